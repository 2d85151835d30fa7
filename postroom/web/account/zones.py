"""The time zones to choose from: the names of the IANA database that stand for a place."""

from __future__ import annotations

from functools import lru_cache
from zoneinfo import available_timezones

_AREAS = ("Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")


@lru_cache(maxsize=1)
def zone_names() -> list[str]:
    """Sorted, UTC first."""
    return ["UTC", *sorted(name for name in available_timezones() if name.partition("/")[0] in _AREAS)]
