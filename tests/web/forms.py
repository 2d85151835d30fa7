"""What a browser would send of a form on a page: its fields in the order of the page (HTML, 4.10.22)."""

from __future__ import annotations

from html.parser import HTMLParser

Pairs = list[tuple[str, str]]


class _Form(HTMLParser):
    def __init__(self, id: str) -> None:
        super().__init__()
        self.pairs: Pairs = []
        self._id, self._inside = id, False
        self._select = ""
        self._options: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self._inside = given.get("id") == self._id
        if not self._inside:
            return
        name, value = given.get("name") or "", given.get("value") or ""
        if tag == "select":
            self._select, self._options = name, []
        elif tag == "option" and self._select:
            self._options.append((value, "selected" in given))
        elif tag == "input" and name and (given.get("type") not in ("checkbox", "radio") or "checked" in given):
            self.pairs.append((name, value))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False
        elif tag == "select" and self._select:
            chosen = next((value for value, selected in self._options if selected), self._options[0][0])
            self.pairs.append((self._select, chosen))
            self._select = ""


def fields_of(page: str, id: str) -> Pairs:
    """The pairs (name, value) of the form with this id, buttons left out."""
    form = _Form(id)
    form.feed(page)
    return form.pairs
