"""A visible text as lines, and which of them can begin an older mail: asked once, used by all who look for one.

Most lines of most mails are plain prose. Whoever reads a text line by line goes through ``notable`` alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from postroom.mail.quotes.attribution import MAX_LINES, possible_ends
from postroom.mail.quotes.labels import BARE_MARKERS, MAX_LABEL, visible

# A longer text is a log file, which is not searched for quotations.
MAX_READ = 20_000
_ENDS = frozenset("-=_#~*>:：") | frozenset(" \t\r\x0b\x0c\x1c\x1d\x1e\x1f\x85\xa0\u2028\u2029")


@dataclass(frozen=True, slots=True)
class Lines:
    """``all`` lines of a text. For the first ``MAX_READ``: which can end an attribution (``ends``), and the numbers
    of those where an older mail can begin (``notable``, ascending). Not to be changed: readers share it.
    """

    all: list[str]
    ends: list[bool]
    notable: list[int]


@lru_cache(maxsize=4)
def lines_of(text: str) -> Lines:
    """The lines of a text. Two readers ask for each mail's text one after the other, hence the cache."""
    every = visible(text).split("\n")
    read = every[:MAX_READ]
    ends = possible_ends(read)
    return Lines(every, ends, notable_lines(read, ends))


def notable_lines(lines: list[str], ends: list[bool]) -> list[int]:
    """The lines that are not plain prose, and those from which on an attribution could reach to one of ``ends``."""
    near = {before for at, may_end in enumerate(ends) if may_end for before in range(at - MAX_LINES + 1, at + 1)}
    return [at for at, line in enumerate(lines) if line and (at in near or not _is_prose(line))]


def _is_prose(line: str) -> bool:
    """Whether a line begins with a letter or digit, ends with no mark, and has no label: nothing begins with it."""
    start = line[:MAX_LABEL]
    return (
        line[0].isalnum()
        and line[-1] not in _ENDS
        and ":" not in start
        and not start.startswith(BARE_MARKERS)
        and (start.isascii() or "：" not in start)
    )
