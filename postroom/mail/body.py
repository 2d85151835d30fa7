"""Which parts of a MIME tree a person sees as the mail, and which are attachments (RFC 2046, 5.1; RFC 2387)."""

from __future__ import annotations

import html as escapes
import re
from dataclasses import dataclass, field

from postroom.mail.calendar import invitation_text
from postroom.mail.charsets import clean
from postroom.mail.flowed import unflow
from postroom.mail.html import html_to_text
from postroom.mail.limits import MAX_HTML, MAX_TEXT
from postroom.mail.mime import Part
from postroom.mail.mime.transfer import uuencoded
from postroom.mail.rtf import read_rtf
from postroom.mail.unpack import TNEF

# Alternatives for other programs that show what the text and the HTML show too.
_TWINS = ("text/x-amp-html", "text/watch-html")
_HTML = ("text/html", "application/xhtml+xml")
_ENRICHED = ("text/enriched", "text/richtext")
_SHOWN = ("text/plain", *_HTML, *_ENRICHED)
_RTF = ("text/rtf", "application/rtf", "application/x-rtf")
_NO_TEXT = ("text/css", "text/csv", "text/javascript", "text/vcard", "text/x-vcard", "text/directory", "text/calendar")
_MAX_LOCATIONS = 50
_MAX_COMPARED = 100_000
_MARKUP = re.compile(r"<<|<(/?)([A-Za-z-]{1,60})>|<[^<>]{0,200}>")


@dataclass(slots=True)
class Body:
    """``text`` and ``html`` as sent (None where the mail has none), and the parts left over.

    ``spare`` is a body that counts only where there is no other: that of a winmail.dat.
    """

    text: str | None = None
    html: str | None = None
    rest: list[Part] = field(default_factory=list)
    spare: Body | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing of it is visible."""
        return not (self.text or "").strip() and not (self.html or "").strip()


def select_body(root: Part, defects: list[str]) -> Body:
    """Choose the visible parts of a mail. Nothing is lost: what is not shown is in ``rest``."""
    body = _select(root, defects, first=True)
    if body.is_empty:
        _use_what_there_is(body, defects)
    return body


def _use_what_there_is(body: Body, defects: list[str]) -> None:
    """A mail without a text of its own: that of a winmail.dat, an invitation, rich text, or any other text."""
    if body.spare is not None:
        body.text, body.html = body.spare.text, body.spare.html
    for part in body.rest:
        if not body.is_empty:
            return
        if part.content_type == "text/calendar":
            body.text = invitation_text(part.text(defects)) or None
        elif part.disposition == "attachment" or part.filename:
            continue
        elif part.content_type in _RTF:
            text, html = read_rtf(part.content)
            body.text, body.html = text or None, html
        elif part.content_type == "message/partial" or (
            part.content_type.startswith("text/") and part.content_type not in _NO_TEXT
        ):
            body.text = part.text(defects)


def _select(part: Part, defects: list[str], *, first: bool) -> Body:
    if not part.is_multipart:
        return _leaf(part, defects, first=first)
    if part.content_type == "multipart/alternative":
        return _alternative(part, defects, first=first)
    if part.content_type == "multipart/related" and part.children:
        return _related(part, defects, first=first)
    if part.content_type == "multipart/encrypted":
        return Body(rest=list(_leaves(part)))
    if part.content_type == TNEF:
        return _tnef(part, defects)
    return _sequence(part.children, defects, first=first)


def _leaves(part: Part) -> list[Part]:
    return [leaf for child in part.children for leaf in _leaves(child)] if part.is_multipart else [part]


def _leaf(part: Part, defects: list[str], *, first: bool) -> Body:
    kind = part.content_type
    if kind not in _SHOWN or part.disposition == "attachment" or (part.filename and not first):
        return Body(rest=[part])
    if part.filename and b"\x00" in part.content[:1_000] and "utf" not in part.parameters.get("charset", "").lower():
        # A file, whatever its type says.
        return Body(rest=[part])
    text = part.text(defects)
    if kind in _HTML:
        return Body(html=text)
    if kind in _ENRICHED:
        return Body(text=_without_markup(text))
    if part.parameters.get("format", "").lower() == "flowed":
        text = unflow(text, delete_space=part.parameters.get("delsp", "").lower() == "yes")
    if "\nend" in text and ("\nbegin" in text or text.startswith("begin")):
        return _without_uuencoded(text)
    return Body(text=text)


def _without_markup(text: str) -> str:
    """text/enriched (RFC 1896): commands taken off, what ``<param>`` holds with them, single line ends joined."""
    pieces: list[str] = []
    position = 0
    hidden = False
    for found in _MARKUP.finditer(text):
        if not hidden:
            pieces.append(text[position : found.start()])
        position = found.end()
        if found[0] == "<<":
            pieces.append("<")
        elif found[2] and found[2].lower() == "param":
            hidden = not found[1]
    pieces.append(text[position:])
    return escapes.unescape("".join(pieces))


def _without_uuencoded(text: str) -> Body:
    """Files that an old program put into the text itself are attachments."""
    data = text.encode("utf-8", "replace")
    body = Body()
    pieces: list[bytes] = []
    position = 0
    for start, end, name, content in uuencoded(data):
        pieces.append(data[position:start])
        position = end
        body.rest.append(Part([], "application/octet-stream", {}, "attachment", name, content))
    pieces.append(data[position:])
    body.text = b"".join(pieces).decode("utf-8", "replace") if body.rest else text
    return body


def _alternative(part: Part, defects: list[str], *, first: bool) -> Body:
    """The first text that says anything and the last HTML: what follows is meant to be richer (RFC 2046, 5.1.4).

    Programs that confuse alternative with mixed send several plain texts; none of them is dropped.
    """
    body = Body()
    for child in part.children:
        if child.content_type in _TWINS:
            continue
        found = _select(child, defects, first=first)
        if found.html is not None and (found.html.strip() or body.html is None):
            body.html = found.html
        if found.text is not None:
            if not (body.text or "").strip():
                body.text = found.text
            elif child.content_type == "text/plain" and _adds(body.text or "", found.text):
                body.text = f"{(body.text or '').rstrip()}\n\n{found.text}"
        body.rest.extend(found.rest)
        body.spare = body.spare or found.spare
    return body


def _adds(text: str, other: str) -> bool:
    """Whether the other text says something that this one does not say."""
    return len(text) < _MAX_COMPARED and f" {' '.join(other.split())} " not in f" {' '.join(text.split())} "


def _related(part: Part, defects: list[str], *, first: bool) -> Body:
    """The root is the part that ``start`` names, else the first (RFC 2387, 3.2)."""
    start = part.parameters.get("start", "").strip("<> ")
    root = next((c for c in part.children if start and c.content_id == start), part.children[0])
    body = _select(root, defects, first=first)
    for child in part.children:
        if child is not root:
            found = _select(child, defects, first=first and body.text is None and body.html is None)
            _append(body, found)
    if body.html is not None:
        body.html = _with_locations(body.html, part.children[:_MAX_LOCATIONS])
    return body


def _with_locations(html: str, parts: list[Part]) -> str:
    """Pictures that the HTML names by their Content-Location (RFC 2557) are named by a Content-ID from here on."""
    for number, part in enumerate(parts, start=1):
        location = part.header("content-location")
        if location and part.content_id is None and f'"{location}"' in html:
            name = f"part-{number}@content-location"
            part.headers.append(("content-id", f"<{name}>"))
            html = html.replace(f'"{location}"', f'"cid:{name}"')
    return html


def _sequence(children: list[Part], defects: list[str], *, first: bool) -> Body:
    body = Body()
    for child in children:
        nothing_yet = body.text is None and body.html is None
        _append(body, _select(child, defects, first=first and nothing_yet))
    return body


def _tnef(part: Part, defects: list[str]) -> Body:
    """The texts are alternatives of each other; all the rest are files."""
    texts = [child for child in part.children if child.content_type in _SHOWN and child.disposition != "attachment"]
    spare = Body()
    for child in texts:
        found = _leaf(child, defects, first=True)
        spare.text, spare.html = found.text or spare.text, found.html or spare.html
    return Body(rest=[child for child in part.children if child not in texts], spare=spare)


def _append(body: Body, found: Body) -> None:
    """Join a further visible part below those so far, in text and in HTML."""
    body.rest.extend(found.rest)
    body.spare = body.spare or found.spare
    if found.text is None and found.html is None:
        return
    if body.text is None and body.html is None:
        body.text, body.html = found.text, found.html
        return
    if len(body.text or "") > MAX_TEXT or len(body.html or "") > MAX_HTML:
        # It is cut there anyway.
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
    return f'<div style="white-space:pre-wrap">{escapes.escape(clean(text).strip())}</div>'
