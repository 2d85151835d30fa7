"""Cut a plain text into what is new, what is history, and the signature. Linear in the number of lines."""

from __future__ import annotations

import re
from dataclasses import dataclass

from postroom.mail.quotes.footers import cut_banner
from postroom.mail.quotes.history import Kept, without_history, without_quotations
from postroom.mail.quotes.labels import MARK, SIGNATURE_MARK
from postroom.mail.quotes.lines import MAX_READ, lines_of
from postroom.mail.quotes.signatures import cut_signature

_WORDY = re.compile(r"[\w\u2190-\u2bff\U0001f000-\U0001faff]|[:;]-?[)(DP]|\+1")
_SPACES = re.compile(r"\n{3,}")
_MARKS = re.compile(f"[{MARK}{SIGNATURE_MARK}]\n?")


@dataclass(slots=True)
class TextSplit:
    """``reply`` is never empty where the text is not; ``cut`` says whether anything was taken off."""

    reply: str
    signature: str | None
    cut: bool


def split_text(text: str) -> TextSplit:
    """Split a visible text. Answers between quoted lines are kept; if nothing would be left, all of it is the reply."""
    found = lines_of(text)
    lines = found.all
    kept = without_history(lines[:MAX_READ], found.ends, found.notable)
    kept.segments[-1] += lines[MAX_READ:]
    reply, signature = _compose(kept.segments)
    if _WORDY.search(reply):
        return TextSplit(reply, signature, kept.cut or signature is not None)
    if kept.leading_block and not kept.forward:
        split = _below_own_headers(lines, kept)
        if split is not None:
            return split
    if kept.cut:
        return TextSplit(_tidy(lines), None, False)
    whole, signature = cut_signature(lines, last=True)
    return TextSplit(_tidy(whole) or _tidy(lines), signature, False)


def _below_own_headers(lines: list[str], kept: Kept) -> TextSplit | None:
    """A mail that begins with a header block: a bare forward, or its own header. Nothing but ``>`` lines is folded."""
    below = without_quotations(lines[kept.leading_block : MAX_READ])
    reply, signature = _compose(below.segments)
    if not _WORDY.search(reply):
        return None
    return TextSplit(f"{_tidy(lines[: kept.leading_block])}\n\n{reply}", signature, False)


def _compose(segments: list[list[str]]) -> tuple[str, str | None]:
    """The segments as one text, without the signatures at their ends."""
    pieces: list[str] = []
    signatures: list[str] = []
    filled = [segment for segment in segments if any(line.strip() for line in segment)]
    filled[:1] = [cut_banner(segment) for segment in filled[:1]]
    for segment in reversed(filled):
        body, ending = cut_signature(segment, last=not any(pieces), alone=len(filled) == 1)
        pieces.append(_tidy(body))
        signatures.append(ending or "")
    reply, signature = ("\n\n".join(filter(None, reversed(found))) for found in (pieces, signatures))
    return reply, signature or None


def _tidy(lines: list[str]) -> str:
    text = "\n".join(line.rstrip() for line in lines)
    if MARK in text or SIGNATURE_MARK in text:
        text = _MARKS.sub("", text)
    if "\n\n\n" in text:
        text = _SPACES.sub("\n\n", text)
    return text.strip("\n").rstrip()
