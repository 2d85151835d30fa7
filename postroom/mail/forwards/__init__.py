"""Find the mail inside a forward: an attached mail, or what mail programs write into the body."""

from __future__ import annotations

import re
from collections.abc import Iterator

from postroom.mail.addresses import parse_addresses
from postroom.mail.attached import attached_message
from postroom.mail.body import select_body
from postroom.mail.dates import parse_date
from postroom.mail.forwards.inline import forwarded_in_text, is_forward_subject
from postroom.mail.html import html_to_text, sanitise
from postroom.mail.mime import Part, read_tree
from postroom.mail.model import Forwarded
from postroom.mail.words import decode_words

__all__ = ["find_forwarded", "forwarded_in_text"]
_MAX_EMBEDDED = 20_000_000
_MAX_DEPTH = 4
_MAILTO = re.compile(r'<a href="mailto:([^"<>\s?]{3,254})[^"<>]{0,500}"[^<>]{0,200}>([^<>@]{0,200})</a>')


def find_forwarded(root: Part, text: str, subject: str, *, replying: bool) -> Forwarded | None:
    """The original mail of a forward, or None. An attached mail wins over text, which anybody can type.

    A reply (``replying``) may have a mail attached as well; it is no forward then.
    """
    declared = is_forward_subject(subject, text)
    if declared or not replying:
        for part in _parts(root, _MAX_DEPTH):
            raw = attached_message(part)
            attached = _attached(raw[:_MAX_EMBEDDED]) if raw else None
            if attached is not None:
                return attached
    found = forwarded_in_text(text, subject, replying=replying)
    if found is None and declared:
        found = _in_html(root, subject)
    return found


def _parts(part: Part, depth: int) -> Iterator[Part]:
    for child in part.children:
        yield child
        if depth and child.is_multipart:
            yield from _parts(child, depth - 1)


def _in_html(root: Part, subject: str) -> Forwarded | None:
    """Where the text tells less than the HTML: an address may stand only in the link of a name."""
    html = select_body(root, []).html
    if html is None:
        return None
    shown = _MAILTO.sub(r"\2 &lt;\1&gt;", sanitise(html))
    return forwarded_in_text(html_to_text(shown), subject, replying=False)


def _attached(raw: bytes) -> Forwarded | None:
    tree = read_tree(raw)
    fields = dict(reversed(tree.fields))
    senders = parse_addresses(fields.get("from"))
    if not senders:
        return None
    body = select_body(tree.root, [])
    return Forwarded(
        sender=senders[0],
        to=parse_addresses(fields.get("to")),
        cc=parse_addresses(fields.get("cc")),
        subject=decode_words(fields.get("subject", "")),
        date=parse_date(fields.get("date")),
        text=body.text if body.text is not None else html_to_text(sanitise(body.html or "")),
    )
