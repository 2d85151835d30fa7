"""Find the mail inside a forward: an attached message/rfc822, or what mail programs write into the body."""

from __future__ import annotations

from postroom.mail.addresses import parse_addresses
from postroom.mail.attachments import EMBEDDED
from postroom.mail.body import select_body
from postroom.mail.dates import parse_date
from postroom.mail.forwards.inline import forwarded_in_text
from postroom.mail.html import html_to_text, sanitise
from postroom.mail.mime import Part, read_tree
from postroom.mail.model import Forwarded
from postroom.mail.words import decode_words

__all__ = ["find_forwarded", "forwarded_in_text"]
_MAX_EMBEDDED = 20_000_000


def find_forwarded(root: Part, text: str, subject: str, *, replying: bool) -> Forwarded | None:
    """The original mail of a forward, or None. An attached mail wins over text, which anybody can type."""
    for part in root.children:
        if part.content_type in EMBEDDED and part.content:
            attached = _attached(part.content[:_MAX_EMBEDDED])
            if attached is not None:
                return attached
    return forwarded_in_text(text, subject, replying=replying)


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
