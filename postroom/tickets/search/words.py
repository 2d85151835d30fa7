"""What of a text can be searched for: its words, in any language, folded so that ``Müller`` is found by ``muller``.

Documents and questions go through the same function, so that what was written is what is found. No dictionary and no
stemming: a desk has mail in thirty languages. Scripts without spaces between words are cut into pairs of characters.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import NamedTuple

MAX_TEXT = 200_000  # characters of one entry that are indexed
MAX_WORD = 64
MAX_WORDS = 10  # of a question

_WORD = re.compile(r"[^\W_]+")
# Thai to Burmese and Khmer, kana, and the Han ideographs of the basic plane.
_UNSPACED = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+"
)
_NUMBER = re.compile(r"\[?#([0-9]{1,18})\]?")
_DIGITS = re.compile(r"[0-9]{1,18}")


class Part(NamedTuple):
    """What may stand for a word of a question, and whether more letters may follow it."""

    forms: tuple[str, ...]
    begins: bool


def words(text: str) -> set[str]:
    """The different words of a text."""
    return set(_words(text))


def _words(text: str) -> Iterator[str]:
    text = _folded(text)
    found: list[str] = _WORD.findall(text)
    if text.isascii():
        yield from (word[:MAX_WORD] for word in found)
        return
    for word in found:
        at = 0
        for run in _UNSPACED.finditer(word):
            if at < run.start():
                yield word[at : run.start()][:MAX_WORD]
            yield from _pairs(run[0])
            at = run.end()
        if at < len(word):
            yield word[at:][:MAX_WORD]


def _pairs(run: str) -> list[str]:
    return [run[at : at + 2] for at in range(len(run) - 1)] or [run]


def _folded(text: str) -> str:
    """Lower case without accents (Unicode 3.13, NFKD)."""
    if text.isascii():
        return text.lower()
    parted = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in parted if not unicodedata.combining(character))


def number_in(text: str) -> int | None:
    """The number that somebody looks for, as in ``46``, ``#46`` or ``[#46]``; None where it is anything else."""
    found = _NUMBER.fullmatch(text.strip()) or _DIGITS.fullmatch(text.strip())
    return int(found[found.lastindex or 0]) if found and found[0].isascii() else None


def number_word(number: int) -> str:
    """How the number of a request stands among the words of its documents; no word looks like it."""
    return f"#{number}"


def block_words(entry: int, levels: Iterable[int]) -> list[str]:
    """Which blocks of 2^level entries an entry lies in, as words; see ``search.hits``."""
    return [block_word(level, entry >> level) for level in levels]


def block_word(level: int, block: int) -> str:
    """One block as a word; no word of a text looks like it."""
    return f"@{level}:{block}"


def asked(text: str) -> list[list[Part]]:
    """A question as its words, each in the parts that it falls into: an address has several, which belong together.

    The last word may be a beginning, unless a space follows it: then it has been typed to its end.
    """
    pieces = text.split()[:MAX_WORDS]
    whole: list[list[Part]] = []
    for at, piece in enumerate(pieces):
        unfinished = at == len(pieces) - 1 and not text[-1].isspace()
        if parts := _parts(piece, unfinished):
            whole.append(parts)
    return whole


def _parts(piece: str, unfinished: bool) -> list[Part]:
    if number := _NUMBER.fullmatch(piece):
        return [Part((number_word(int(number[1])),), False)]
    found = list(dict.fromkeys(_words(piece)))[:MAX_WORDS]
    if len(found) == 1 and _DIGITS.fullmatch(found[0]) and found[0].isascii():
        return [Part((found[0], number_word(int(found[0]))), False)]
    last = found[-1] if found and unfinished and not _UNSPACED.search(found[-1]) else None
    return [Part((part,), part == last) for part in found]
