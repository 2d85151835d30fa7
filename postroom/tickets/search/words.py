"""What of a text can be searched for: its words, in any language, folded so that ``Müller`` is found by ``muller``.

Documents and questions go through the same function, so that what was written is what is found. No dictionary and no
stemming: a desk has mail in thirty languages. Scripts without spaces between words are cut into pairs of characters.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

MAX_TEXT = 200_000  # characters of one entry that are indexed
MAX_WORD = 64
MAX_WORDS = 10  # of a question
PREFIX_FROM = 3  # a shorter beginning of a word would find everything

_WORD = re.compile(r"[^\W_]+")
# Thai to Burmese and Khmer, kana, and the Han ideographs of the basic plane.
_UNSPACED = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+"
)
_NUMBER = re.compile(r"\[?#([0-9]{1,18})\]?")
_DIGITS = re.compile(r"[0-9]{1,18}")


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
    """Which blocks of 2^level entries an entry lies in, as words; see ``search.find``."""
    return [block_word(level, entry >> level) for level in levels]


def block_word(level: int, block: int) -> str:
    """One block as a word; no word of a text looks like it."""
    return f"@{level}:{block}"


def asked(text: str) -> list[tuple[list[str], bool]]:
    """A question as words that all have to be there: (what may stand for the word, whether it may be a beginning).

    The last word may be a beginning, unless a space follows it: then it has been typed to its end.
    """
    pieces = text.split()[:MAX_WORDS]
    whole: list[tuple[list[str], bool]] = []
    for at, piece in enumerate(pieces):
        if number := _NUMBER.fullmatch(piece):
            whole.append(([number_word(int(number[1]))], False))
            continue
        parts = list(dict.fromkeys(_words(piece)))
        unfinished = at == len(pieces) - 1 and not text[-1].isspace()
        for part in parts:
            numbered = _DIGITS.fullmatch(part) if len(parts) == 1 else None
            forms = [part, number_word(int(part))] if numbered else [part]
            ends = unfinished and part == parts[-1] and len(part) >= PREFIX_FROM and not _UNSPACED.search(part)
            whole.append((forms, ends and not numbered))
    return whole[: 2 * MAX_WORDS]
