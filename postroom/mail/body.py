"""Which parts of a MIME tree a person sees as the mail, and which are attachments (RFC 2046, 5.1; RFC 2387)."""

from __future__ import annotations

import html as escapes
import re
from dataclasses import dataclass, field

from postroom.mail.html import html_to_text
from postroom.mail.mime import Part

_SPACE_STUFFED = re.compile(r"^(>*) ?(.*)$")
# Alternatives for other programs that show what the text and the HTML show too.
_TWINS = ("text/x-amp-html", "text/watch-html")
_MARKUP = re.compile(r"<[^<>]{0,200}>")


@dataclass(slots=True)
class Body:
    """``text`` and ``html`` as sent (None where the mail has none), and the parts left over."""

    text: str | None = None
    html: str | None = None
    rest: list[Part] = field(default_factory=list)


def select_body(root: Part, defects: list[str]) -> Body:
    """Choose the visible parts of a mail. Nothing is lost: what is not shown is in ``rest``."""
    return _select(root, defects, first=True)


def _select(part: Part, defects: list[str], *, first: bool) -> Body:
    if not part.is_multipart:
        return _leaf(part, defects, first=first)
    if part.content_type == "multipart/alternative":
        return _alternative(part, defects, first=first)
    if part.content_type == "multipart/related":
        return _related(part, defects, first=first)
    if part.content_type == "multipart/encrypted":
        return Body(rest=list(_leaves(part)))
    return _sequence(part.children, defects, first=first)


def _leaves(part: Part) -> list[Part]:
    return [leaf for child in part.children for leaf in _leaves(child)] if part.is_multipart else [part]


def _leaf(part: Part, defects: list[str], *, first: bool) -> Body:
    kind = part.content_type
    shown = kind in ("text/plain", "text/html", "text/enriched", "text/richtext")
    if not shown or part.disposition == "attachment" or (part.filename and not first):
        return Body(rest=[part])
    text = part.text(defects)
    if kind == "text/html":
        return Body(html=text)
    if kind != "text/plain":
        text = escapes.unescape(_MARKUP.sub("", text))
    elif part.parameters.get("format", "").lower() == "flowed":
        text = unflow(text, delete_space=part.parameters.get("delsp", "").lower() == "yes")
    return Body(text=text)


def _alternative(part: Part, defects: list[str], *, first: bool) -> Body:
    """The first text that says anything and the last HTML: what follows is meant to be richer (RFC 2046, 5.1.4)."""
    body = Body()
    for child in part.children:
        if child.content_type in _TWINS:
            continue
        found = _select(child, defects, first=first)
        if found.html is not None:
            body.html = found.html
        if found.text is not None and not (body.text or "").strip():
            body.text = found.text
        body.rest.extend(found.rest)
    return body


def _related(part: Part, defects: list[str], *, first: bool) -> Body:
    """The root is the part that ``start`` names, else the first (RFC 2387, 3.2)."""
    start = part.parameters.get("start", "").strip("<> ")
    root = next((c for c in part.children if start and c.content_id == start), part.children[0])
    body = _select(root, defects, first=first)
    for child in part.children:
        if child is not root:
            found = _select(child, defects, first=first and body.text is None and body.html is None)
            _append(body, found)
    return body


def _sequence(children: list[Part], defects: list[str], *, first: bool) -> Body:
    body = Body()
    for child in children:
        nothing_yet = body.text is None and body.html is None
        _append(body, _select(child, defects, first=first and nothing_yet))
    return body


def _append(body: Body, found: Body) -> None:
    """Join a further visible part below those so far, in text and in HTML."""
    body.rest.extend(found.rest)
    if found.text is None and found.html is None:
        return
    if body.text is None and body.html is None:
        body.text, body.html = found.text, found.html
        return
    if body.html is not None or found.html is not None:
        one = body.html if body.html is not None else text_to_html(body.text or "")
        other = found.html if found.html is not None else text_to_html(found.text or "")
        if body.text is None and found.text is None:
            body.html = one + "\n" + other
            return
        body.text = body.text if body.text is not None else html_to_text(body.html or "")
        found.text = found.text if found.text is not None else html_to_text(found.html or "")
        body.html = one + "\n" + other
    body.text = f"{(body.text or '').rstrip()}\n\n{found.text or ''}".strip("\n")


def text_to_html(text: str) -> str:
    """Plain text as HTML that looks the same."""
    return f'<div style="white-space:pre-wrap">{escapes.escape(text.strip())}</div>'


def unflow(text: str, *, delete_space: bool = False) -> str:
    """Join the soft lines of format=flowed (RFC 3676); quoted lines join only at the same depth."""
    out: list[str] = []
    paragraph: list[str] = []
    open_depth: int | None = None
    for line in text.split("\n"):
        found = _SPACE_STUFFED.match(line)
        depth, content = (len(found[1]), found[2]) if found is not None else (0, line)
        # A signature separator ends with a space and is never soft (RFC 3676, 4.3).
        separator = content == "-- "
        soft = content.endswith(" ") and not separator
        if open_depth != depth or separator:
            out.append("".join(paragraph))
            paragraph = [">" * depth + " " if depth else ""]
        paragraph.append(content[:-1] if soft and delete_space else content)
        open_depth = depth if soft else None
    out.append("".join(paragraph))
    return "\n".join(out[1:])
