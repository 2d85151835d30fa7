"""Cut the lines of a text at the older mails in it. What stays are segments: what was written between two cuts."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from postroom.mail.quotes.attribution import attribution_at, possible_ends, quoted_below
from postroom.mail.quotes.blocks import read_block
from postroom.mail.quotes.labels import (
    BARE_MARKERS,
    MARK,
    forward_line,
    is_above_line,
    is_original_line,
    is_quoted,
    label_of,
    peel,
)
from postroom.mail.quotes.lines import notable_lines

_RULE = re.compile(r"^[\s>*]*[_\u2500\u2010-\u2015\u2014-]{5,200}[\s*]*$")
_PROMPT = re.compile(r"^>>> ?[\w(@#'\"]|^> (?:\$|#|sudo |\w+ --)")
_MARKER_START = frozenset("-_=*#~[\u2010\u2011\u2012\u2013\u2014\u2015\u2500")


@dataclass(slots=True)
class Kept:
    """``segments`` of lines; ``cut`` where anything was taken off; ``forward`` where a line says that it is one."""

    segments: list[list[str]] = field(default_factory=lambda: [[]])
    cut: bool = False
    forward: bool = False
    leading_block: int = 0

    def fold(self) -> None:
        """Here something was taken off."""
        self.cut = True
        if any(line.strip() for line in self.segments[-1]):
            self.segments.append([])

    def drop_rule(self) -> None:
        """Take back the line that a mail program drew above the older mail."""
        lines = self.segments[-1]
        while lines and not lines[-1].strip():
            lines.pop()
        if lines and _RULE.match(lines[-1]):
            lines.pop()

    @property
    def is_empty(self) -> bool:
        """Whether nothing stands above yet."""
        return not any(line.strip() for segment in self.segments for line in segment)


class _Reader:
    """One pass over the lines of a text."""

    def __init__(self, lines: list[str], ends: list[bool], *, blocks: bool) -> None:
        self.lines = lines
        self.blocks = blocks
        self.kept = Kept()
        self.ends = ends
        self.quotes = _quotations(lines, ends)

    def run(self, notable: list[int]) -> Kept:
        """Read to the end or to the first older mail that reaches to the end. All but ``notable`` lines just stay."""
        at = 0
        for number in notable:
            if number < at:
                continue
            self.kept.segments[-1] += self.lines[at:number]
            after = self._step(number, self.lines[number].strip())
            if after is None:
                self.kept.fold()
                return self.kept
            at = after
        self.kept.segments[-1] += self.lines[at:]
        return self.kept

    def _step(self, at: int, bare: str) -> int | None:
        """The next line to read, or None where the rest is history."""
        if not bare:
            self.kept.segments[-1].append("")
        elif bare[0] == MARK:
            self.kept.fold()
        elif at in self.quotes and not (bare[:4] == ">>> " and bare[-3:] == ">>>"):
            return self._quoted(at)
        elif is_above_line(bare):
            if not self.kept.is_empty:
                return None
            self.kept.fold()
        elif self.blocks and (after := self._older_mail(at, bare)) is not None:
            return after or None
        elif any(self.ends[at : at + 5]) and (count := attribution_at(self.lines, at, self.ends)):
            self.kept.fold()
            return at + count if quoted_below(self.lines, at + count) else None
        else:
            self.kept.segments[-1].append(self.lines[at])
        return at + 1

    def _quoted(self, at: int) -> int | None:
        end = self.quotes[at]
        first = next((peel(line) for line in self.lines[at:end] if peel(line)), "")
        if first and forward_line(first) is not None:
            self.kept.forward = True
            return None
        self.kept.fold()
        return end

    def _older_mail(self, at: int, bare: str) -> int | None:
        """Where to go on behind an announced older mail or a header block; 0 for the end; None if there is none."""
        if (bare[0] in _MARKER_START or bare[-1] in ":：*") and forward_line(bare.strip("* ")) is not None:
            self.kept.drop_rule()
            self.kept.forward = True
            return 0
        if (bare[0] in _MARKER_START or bare[:8] in BARE_MARKERS) and is_original_line(bare):
            end = self._behind_marker(at + 1)
        elif label_of(bare) is not None and (block := read_block(self.lines, at)) is not None:
            end = block.end
            if self.kept.is_empty:
                self.kept.leading_block = end
        else:
            return None
        self.kept.drop_rule()
        if not quoted_below(self.lines, end):
            return 0
        self.kept.fold()
        return end

    def _behind_marker(self, start: int) -> int:
        """The line behind the header block that may stand below an "Original Message"."""
        below = next((at for at in range(start, min(start + 4, len(self.lines))) if self.lines[at].strip()), None)
        block = read_block(self.lines, below, marked=True) if below is not None else None
        return block.end if block is not None else start


def without_history(lines: list[str], ends: list[bool], notable: list[int]) -> Kept:
    """What belongs to no older mail. ``ends`` and ``notable`` are those of ``quotes.lines``."""
    return _Reader(lines, ends, blocks=True).run(notable)


def without_quotations(lines: list[str]) -> Kept:
    """The same, but only quoted lines and what introduces them are taken off."""
    ends = possible_ends(lines)
    return _Reader(lines, ends, blocks=False).run(notable_lines(lines, ends))


def _quotations(lines: list[str], ends: list[bool]) -> dict[int, int]:
    """The ``>`` lines that are quotations, each with the line behind its group.

    A person may well begin a line with ``>``: one lone line, or lines behind a colon, count only where something
    else in the mail says that it quotes.
    """
    groups: list[tuple[int, int]] = []
    at = 0
    while at < len(lines):
        if not is_quoted(lines[at]):
            at += 1
            continue
        end = at
        while end < len(lines) and (is_quoted(lines[end]) or _goes_on(lines, end)):
            end += 1
        groups.append((at, end))
        at = end
    if not groups:
        return {}
    groups = [group for group in groups if not _is_shell(lines, *group)]
    if len(groups) == 1 and not _introduced(lines, groups[0], ends):
        start, end = groups[0]
        above = next((line.strip() for line in reversed(lines[:start]) if line.strip()), "")
        named = above[-1:] in (":", "：") and above[:1].isupper() and len(above.split()) <= 3
        prose = any(len(line.split()) >= 9 for line in lines[start:end])
        if not (named and prose) and (end - start == 1 or above[-1:] in (":", "：")):
            return {}
    return {at: end for start, end in groups for at in range(start, end)}


def _goes_on(lines: list[str], at: int) -> bool:
    """Whether an empty line stands between two quoted ones."""
    return not lines[at].strip() and at + 1 < len(lines) and is_quoted(lines[at + 1])


def _is_shell(lines: list[str], start: int, end: int) -> bool:
    """Whether each line is the prompt of a program."""
    return all(_PROMPT.match(line.lstrip()) for line in lines[start:end] if line.strip())


def _introduced(lines: list[str], group: tuple[int, int], ends: list[bool]) -> bool:
    """Whether an attribution, a marker or a header block stands above or in the first lines of a quotation."""
    start, end = group
    first = next((at for at in range(start, end) if peel(lines[at])), start)
    bare = peel(lines[first])
    if label_of(bare) is not None or forward_line(bare) is not None or attribution_at(lines, first, ends):
        return True
    above = [at for at in range(max(0, start - 8), start) if lines[at].strip()][-5:]
    return any(attribution_at(lines, at, ends) for at in above) or any(
        is_original_line(lines[at].strip()) for at in above
    )
