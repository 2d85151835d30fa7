"""The header block that Outlook and others write above an older mail: ``From:``, ``Sent:``, ``To:``, ``Subject:``."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from postroom.mail.quotes.labels import inline_labels, label_of, peel
from postroom.mail.quotes.phrases import Label

_HEADER_LINES = 40
_UNKNOWN_FIELD = re.compile(r"[^\W\d_][\w -]{1,30}\s?:\s")
_YEAR = re.compile(r"(?:19|20|25)\d\d")
_OPENS = ("from", "date", "subject", "to")
_FACTS = ("to", "cc", "date", "subject")


@dataclass(slots=True)
class Block:
    """The fields of a header block by their meaning, and the line where the text below it begins."""

    fields: dict[Label, str] = field(default_factory=dict)
    end: int = 0


def read_block(lines: list[str], at: int, *, marked: bool = False) -> Block | None:
    """The header block that begins at line ``at``, or None.

    ``marked``: a line above says that an older mail follows, so less is asked of the block itself. Without it the
    block needs two more facts, and an address or both date and subject: "From: London" is no header block.
    A sender with an address needs no more than a date.
    """
    first = label_of(peel(lines[at]))
    if first is None or first[0] not in _OPENS:
        return None
    block = _collect(lines, at)
    sender = block.fields.get("from")
    if not sender:
        return None
    facts = [label for label in _FACTS if label in block.fields]
    if marked:
        return block if facts or "@" in sender else None
    if facts == ["date"]:
        return block if "@" in sender and _YEAR.search(block.fields["date"]) is not None else None
    told = any("@" in value for value in block.fields.values()) or ("date" in facts and "subject" in facts)
    return block if len(facts) >= 2 and told else None


def _collect(lines: list[str], at: int) -> Block:
    block = Block(end=at)
    last: Label | None = None
    number = at
    for number in range(at, min(at + _HEADER_LINES, len(lines))):
        bare = peel(lines[number])
        if not bare:
            if not _goes_on(lines, number, block, last):
                break
            continue
        label = label_of(bare)
        if label is not None and (label[0] == "other" or label[0] not in block.fields):
            last = _take(block, bare)
        elif label is None and _UNKNOWN_FIELD.match(bare) and _known_follows(lines, number, block):
            last = "other"
        elif label is None and last is not None and _continues(lines, number, block, last):
            block.fields[last] = f"{block.fields.get(last, '')} {bare}".strip()
        else:
            break
        block.end = number + 1
    return block


def _take(block: Block, bare: str) -> Label:
    """Note the field or the fields of one line; the last of them."""
    last: Label = "other"
    pieces = inline_labels(bare) if bare.count(":") + bare.count("：") > 2 and "@" in bare else [bare]
    for piece in pieces:
        label = label_of(piece)
        if label is None:
            continue
        last = label[0]
        if last != "other":
            block.fields.setdefault(last, label[1])
    return last


def _continues(lines: list[str], number: int, block: Block, last: Label) -> bool:
    """Whether a line without a label belongs to the field above it."""
    line, value = lines[number], block.fields.get(last, "")
    if last == "other":
        return line[:1] in " \t" and _known_follows(lines, number, block)
    if not value:
        return True
    if last in ("to", "cc", "from") and ("@" in line or value[-1] in ",;<"):
        return True
    if line[:1] in " \t" and line[:4] != "    " and line[:2] != "> ":
        return last == "subject" or _known_follows(lines, number, block)
    return last in ("subject", "to", "cc") and _known_follows(lines, number, block, near=1)


def _goes_on(lines: list[str], number: int, block: Block, last: Label | None) -> bool:
    """Whether the block goes on behind an empty line."""
    if last is not None and last != "other" and not block.fields.get(last):
        return last != "subject" or "from" not in block.fields or _known_follows(lines, number, block)
    return _known_follows(lines, number, block)


def _known_follows(lines: list[str], number: int, block: Block, near: int = 2) -> bool:
    """Whether a field that the block does not have yet stands on the next lines."""
    for line in lines[number + 1 : number + 1 + near]:
        label = label_of(peel(line))
        if label is not None and label[0] not in block.fields:
            return True
    return False
