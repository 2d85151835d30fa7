"""Recognise the lines of ``phrases``: the fields of a header block and the lines above an older mail."""

from __future__ import annotations

import re
import unicodedata

from postroom.mail.quotes.phrases import (
    ABOVE_LINE,
    BEGIN_FORWARD,
    FIELDS,
    FORWARD_PREFIXES,
    FORWARDED,
    LABELS,
    ORIGINAL,
    Label,
)
from postroom.mail.stems import Stems

# Stands in a text where a container of HTML was folded; no mail that is shown uses these private characters.
MARK = "\ue0f0"
SIGNATURE_MARK = "\ue0f1"
MAX_LINE = 400
MAX_LABEL = 40
_DASHES = "-_=*#~\u2010-\u2015\u2500\u2014"
# Marks of direction, byte order and width, which are not seen.
_UNSEEN = dict.fromkeys(
    map(ord, "\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff")
)
_UNSEEN |= dict.fromkeys(map(ord, "\xa0\u202f\u2007"), " ")
_MEANING: dict[str, Label] = {
    word.casefold(): label
    for row in reversed(LABELS.values())
    for label, words in zip(FIELDS, row, strict=True)
    for word in words.split("|")
}


def alternatives(table: dict[str, str]) -> str:
    """All phrases of a table as one alternation, the longest first."""
    words = {word for row in table.values() for word in row.split("|")}
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


_ORIGINAL_LINE = re.compile(
    rf"[{_DASHES}\s\[]{{2,80}}(?:{alternatives(ORIGINAL)})\s*[:：®\]]?\s*[{_DASHES}\s]{{0,80}}$|"
    r"\[?original message processed by david|>?\s?(?:le )?message du \d",
    re.IGNORECASE,
)
_FORWARD_LINE = re.compile(
    rf"[{_DASHES}\s]{{2,80}}(?:{alternatives(FORWARDED)})\s*(?:[:：]?\s*[{_DASHES}\s]{{2,80}}|\b.{{0,120}}$)|"
    rf"[{_DASHES}\s]{{0,10}}(?:{alternatives(BEGIN_FORWARD)})\s*[:：]\s*[{_DASHES}\s]{{0,10}}$|"
    rf"(?:{alternatives(BEGIN_FORWARD)})$",
    re.IGNORECASE,
)
FORWARD_SUBJECT = re.compile(
    rf"\s*(?:\[[^\[\]]{{1,30}}\]\s*)?\[?(?:{FORWARD_PREFIXES})(?:\s?\[\d{{1,3}}\])?\s?[:：]", re.I
)
_REPLY, _ABOVE, _LINE = (Stems(words.split("|")) for words in ABOVE_LINE)
_RULES = "-_=*#~ \t\u2010\u2011\u2012\u2013\u2014\u2015\u2500"
# Labels that may follow each other on one line ("From: a@example.testTo: b@example.test"), as they are spelled.
_SPELLED = {word for row in LABELS.values() for words in row[:5] for word in words.split("|")}
_LONGEST = max(map(len, _SPELLED))
_SHORT = 3
BARE_MARKERS = ("Original", "Message ", "Le messa")  # how lines begin that announce an older mail without dashes
_MAX_INLINE = 20


def visible(text: str) -> str:
    """The text without characters that are not seen, composed (NFC): what phrases are compared with."""
    return text if text.isascii() else unicodedata.normalize("NFC", text.translate(_UNSEEN))


def peel(line: str) -> str:
    """A line without quotation marks and the white space around it."""
    return line.lstrip(">|\t ").rstrip() if line[:1] in ">| \t" else line.rstrip()


def is_quoted(line: str) -> bool:
    """Whether a line begins with ``>``, near the margin; ``>> News <<`` is a heading."""
    return line[:5].lstrip()[:1] == ">" and not line.rstrip().endswith("<<")


def label_of(line: str) -> tuple[Label, str] | None:
    """What one line of a header block in a body says: (``from``, "Ann <ann@example.test>"), or None."""
    at = line.find(":", 0, MAX_LABEL)
    wide = line.find("：", 0, MAX_LABEL)
    if wide >= 0 and (at < 0 or wide < at):
        at = wide
    if at < 1:
        return None
    label = _MEANING.get(line[:at].strip(" \t*_>|\"'").casefold())
    return (label, line[at + 1 : 4000].strip(" \t*_|")) if label else None


def inline_labels(line: str) -> list[str]:
    """One line that holds several fields, cut before each of them."""
    starts: list[int] = []
    colon = -1
    for _number in range(_MAX_INLINE):
        colon = min((at for mark in ":：" if (at := line.find(mark, colon + 1)) >= 0), default=-1)
        if colon < 0:
            break
        start = _label_before(line, colon)
        if start is not None:
            starts.append(start)
    if len(starts) < 2:
        return [line]
    return [line[start:end] for start, end in zip(starts, [*starts[1:], len(line)], strict=True)]


def _label_before(line: str, colon: int) -> int | None:
    """Where the label that ends at a colon begins; a short one stands behind a gap."""
    end = colon - 1 if line[colon - 1 : colon] == " " else colon
    for start in range(max(0, end - _LONGEST), end):
        if line[start:end] in _SPELLED and (end - start > _SHORT or not line[start - 1 : start].isalnum()):
            return start
    return None


def is_original_line(bare: str) -> bool:
    """Whether this is an "-----Original Message-----" of any language."""
    return len(bare) <= MAX_LINE and bare.strip(_RULES) != "" and _ORIGINAL_LINE.match(bare) is not None


def forward_line(bare: str) -> str | None:
    """What stands behind a "---- Forwarded message ----" of any language on the same line, or None if it is none."""
    if not bare.strip(_RULES):
        return None
    found = _FORWARD_LINE.match(bare[:4000])
    return bare[found.end() :].strip() if found is not None else None


def is_above_line(bare: str) -> bool:
    """Whether this is a "reply above this line" of a service desk."""
    if len(bare) > 160 or (bare[0].isalnum() and bare[-1] not in "-=_#~*>:"):
        return False
    folded = bare.casefold()
    return all(stems.are_in(folded) for stems in (_ABOVE, _LINE, _REPLY))
