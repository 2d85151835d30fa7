"""Many phrases of many languages, looked for in one text: ten times faster than one large alternation."""

from __future__ import annotations

from collections.abc import Iterable


class Stems:
    """Phrases in folded case. In a text that is ASCII only those are looked for that are ASCII too."""

    __slots__ = ("_all", "_ascii")

    def __init__(self, phrases: Iterable[str]) -> None:
        self._all = tuple(phrases)
        self._ascii = tuple(phrase for phrase in self._all if phrase.isascii())

    def are_in(self, folded: str) -> bool:
        """Whether one of them stands in a case-folded text."""
        for phrase in self._ascii if folded.isascii() else self._all:  # noqa: SIM110  any() costs twice as much
            if phrase in folded:
                return True
        return False
