"""Sizes as people write them: ``35MB`` for 35,000,000 bytes."""

from __future__ import annotations

import re

_UNITS = {"": 1, "b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "kib": 2**10, "mib": 2**20, "gib": 2**30}
_SIZE = re.compile(r"(\d{1,12})\s*([a-z]{0,3})", re.IGNORECASE)


def parse_size(text: str) -> int | None:
    """The bytes of ``35MB``, ``500 kB``, ``1GiB`` or ``1024``; None where it is none of these."""
    found = _SIZE.fullmatch(text.strip())
    unit = _UNITS.get(found[2].lower()) if found else None
    return int(found[1]) * unit if found and unit else None


def format_size(size: int) -> str | int:
    """The shortest way to write ``size`` that ``parse_size`` reads as the same number.

    >>> format_size(35_000_000), format_size(1023)
    ('35MB', 1023)
    """
    for unit in ("GB", "MB", "KB"):
        if size and size % _UNITS[unit.lower()] == 0:
            return f"{size // _UNITS[unit.lower()]}{unit}"
    return size
