"""Cut a plain text into what is new, what is history, and the signature. Linear in the number of lines."""

from __future__ import annotations

import re
from dataclasses import dataclass

from postroom.mail.quotes.labels import (
    ATTRIBUTION_END,
    ATTRIBUTION_START,
    FORWARD_LINE,
    ORIGINAL_LINE,
    label_of,
)
from postroom.mail.quotes.signatures import cut_signature

_RULE = re.compile(r"^\s*[_\u2500-]{10,200}\s*$")
_WORDY = re.compile(r"[\w\u2190-\u2bff\U0001f000-\U0001faff]|[:;]-?[)(DP]|\+1")
_SPACES = re.compile(r"\n{3,}")
# A longer text is a log file, which is not searched for quotations.
MAX_LINES = 20_000
_MAX_WRAPPED = 4
_HEADER_LINES = 8


@dataclass(slots=True)
class TextSplit:
    """``reply`` is never empty where the text is not; ``cut`` says whether anything was taken off."""

    reply: str
    signature: str | None
    cut: bool


def split_text(text: str) -> TextSplit:
    """Split a visible text. Answers between quoted lines are kept; if nothing would be left, all of it is the reply."""
    lines = text.split("\n")
    kept, cut = _without_history(lines[:MAX_LINES])
    kept += lines[MAX_LINES:]
    body, signature = cut_signature(kept)
    reply = _SPACES.sub("\n\n", "\n".join(line.rstrip() for line in body)).strip()
    if not _WORDY.search(reply):
        whole, signature = cut_signature(lines)
        reply = "\n".join(whole).strip() or text.strip()
        return TextSplit(reply, signature, False)
    return TextSplit(reply, signature, cut or signature is not None)


def _without_history(lines: list[str]) -> tuple[list[str], bool]:
    """The lines that belong to no older mail."""
    kept: list[str] = []
    cut = False
    for at, line in enumerate(lines):
        bare = line.strip()
        if not bare:
            kept.append("")
        elif bare[0] == ">" or bare.startswith("|>"):
            if FORWARD_LINE.match(bare[:300]):
                return kept, True
            cut = True
        elif _starts_older_mail(lines, at, bare):
            _drop_rule(kept)
            return kept, True
        elif bare[-1] in ":：" and (wrapped := _attribution(lines, at)):
            _drop_wrapped(kept, wrapped - 1)
            cut = True
            if not _quoted_below(lines, at + 1):
                return kept, True
        else:
            kept.append(line)
    return kept, cut


def _starts_older_mail(lines: list[str], at: int, bare: str) -> bool:
    """An "Original Message" line, or the header block that Outlook writes."""
    if bare[0] in "-_=*#\u2500\u2014\u2013" and ORIGINAL_LINE.match(bare[:300]):
        return True
    if (bare[0] in "-_=*#\u2500\u2014\u2013" or bare[-1] in ":：") and FORWARD_LINE.match(bare[:300]):
        return True
    label = label_of(bare)
    return label is not None and label[0] == "from" and is_header_block(lines, at)


def is_header_block(lines: list[str], at: int, least: int = 2) -> bool:
    """Whether the ``From:`` line at ``at`` is soon followed by at least ``least`` of date, to, cc, subject."""
    found = set()
    for line in lines[at + 1 : at + 1 + _HEADER_LINES]:
        label = label_of(line.strip())
        if label is not None:
            found.add(label[0])
    return len(found - {"from"}) >= least


def _attribution(lines: list[str], at: int) -> int:
    """How many lines the "On ... wrote:" ending at ``at`` takes, or 0."""
    taken = 0
    for count in range(1, _MAX_WRAPPED + 1):
        first = at - count + 1
        if first < 0 or not lines[first].strip():
            break
        whole = " ".join(line.strip() for line in lines[first : at + 1])
        if len(whole) > 600:
            break
        opening = ATTRIBUTION_START.match(whole)
        if opening is None or not _names_someone(whole):
            continue
        if opening["word"]:
            return count
        # "someone@example.test> wrote:" may be the second half of a longer line.
        taken = taken or count
    return taken


def _names_someone(whole: str) -> bool:
    """An attribution ends with a verb or an address, and holds a date or an address."""
    if ATTRIBUTION_END.search(whole[-300:]) is None:
        return False
    return "@" in whole or any(character.isdigit() for character in whole)


def _quoted_below(lines: list[str], at: int) -> bool:
    """Whether the next line with text is quoted: then answers may stand between the quotations."""
    for line in lines[at : at + 5]:
        if line.strip():
            return line.lstrip()[0] == ">"
    return False


def _drop_wrapped(kept: list[str], count: int) -> None:
    """Take back the first lines of a wrapped attribution."""
    if count:
        del kept[-count:]


def _drop_rule(kept: list[str]) -> None:
    """Take back the line that a mail program drew above the older mail."""
    while kept and not kept[-1].strip():
        kept.pop()
    if kept and _RULE.match(kept[-1]):
        kept.pop()
