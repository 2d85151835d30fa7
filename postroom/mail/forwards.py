"""Find the mail inside a forward: an attached message/rfc822, or the header block that mail programs write inline."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from postroom.mail.addresses import parse_addresses
from postroom.mail.attachments import EMBEDDED
from postroom.mail.body import select_body
from postroom.mail.dates import parse_date
from postroom.mail.html import html_to_text, sanitise
from postroom.mail.mime import Part, read_tree
from postroom.mail.model import Address, Forwarded
from postroom.mail.quotes.labels import FORWARD_LINE, FORWARD_SUBJECT, Label, label_of
from postroom.mail.quotes.text import MAX_LINES, is_header_block
from postroom.mail.words import decode_words

_HEADER_LINES = 16
_UNKNOWN_FIELD = re.compile(r"[^\W\d_][\w -]{1,30}\s?:\s")
_MAX_EMBEDDED = 20_000_000


@dataclass(slots=True)
class _Block:
    """An inline header block: its fields, and the line where the forwarded text begins."""

    fields: dict[Label, str] = field(default_factory=dict)
    end: int = 0


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


def forwarded_in_text(text: str, subject: str, *, replying: bool) -> Forwarded | None:
    """Read the first inline header block of a forward.

    A reply (``replying``: by its subject or In-Reply-To) quotes such a block too; there only a line that says
    "Forwarded message" counts, or the subject of a forward.
    """
    accepted = FORWARD_SUBJECT.match(subject) is not None or not replying
    marked = False
    lines = text.split("\n")
    for at, line in enumerate(lines[:MAX_LINES]):
        bare = line.strip()
        if not bare:
            continue
        if FORWARD_LINE.match(bare[:300]):
            marked = True
        elif (accepted or marked) and _opens_block(lines, at, bare, 1 if marked else 2):
            return _read(lines, at)
    return None


def _opens_block(lines: list[str], at: int, bare: str, least: int) -> bool:
    label = label_of(bare)
    if label is None:
        return False
    if label[0] == "from":
        return is_header_block(lines, at, least)
    # Apple Mail and some others put the subject or the date first.
    near = [label_of(line.strip()) for line in lines[at + 1 : at + 6]]
    found = {other[0] for other in near if other is not None}
    return label[0] in ("subject", "date") and "from" in found and len(found) >= 2


def _read(lines: list[str], at: int) -> Forwarded | None:
    block = _block(lines, at)
    senders = _addresses(block.fields.get("from", ""))
    if not senders:
        return None
    body = [_unquote(line) for line in lines[block.end :]]
    return Forwarded(
        sender=senders[0],
        to=_addresses(block.fields.get("to", "")),
        cc=_addresses(block.fields.get("cc", "")),
        subject=block.fields.get("subject", ""),
        date=parse_date(block.fields.get("date")),
        text="\n".join(body).strip(),
    )


def _block(lines: list[str], at: int) -> _Block:
    block = _Block(end=at)
    last: Label | None = None
    for number, line in enumerate(lines[at : at + _HEADER_LINES], start=at):
        bare = _unquote(line).strip()
        label = label_of(bare) if bare else None
        if label is not None and label[0] not in block.fields:
            last = label[0]
            block.fields[last] = label[1].strip("* ")
        elif bare and last is not None and (line[:1] in " \t" or (last in ("to", "cc", "from") and "@" in bare)):
            block.fields[last] += " " + bare
        elif (not (bare and _UNKNOWN_FIELD.match(bare)) and (bare or len(block.fields) >= 4)) or _ends_here(
            lines, number
        ):
            break
        block.end = number + 1
    return block


def _ends_here(lines: list[str], number: int) -> bool:
    """An empty line or an unknown field ends the block unless a known field follows soon."""
    return all(label_of(_unquote(line).strip()) is None for line in lines[number + 1 : number + 3])


def _unquote(line: str) -> str:
    return line[1:].removeprefix(" ") if line.startswith(">") else line


def _addresses(value: str) -> list[Address]:
    """Addresses as people see them: ``Ann [mailto:ann@example.test]``, or ``ann@example.test <mailto:...>``."""
    value = value.replace("[mailto:", "<").replace("[", "<").replace("]", ">").replace("*", "")
    found: list[Address] = []
    for address in parse_addresses(value):
        if all(address.email.lower() != other.email.lower() for other in found):
            found.append(address)
    return found
