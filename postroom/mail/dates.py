"""The Date field (RFC 5322, 3.3 and the obsolete forms of 4.3) as an aware datetime."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime

_MONTHS = {
    name: n
    for n, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), start=1
    )
}
_COMMON = re.compile(
    r"\s*(?:[A-Za-z]{3},\s*)?(\d{1,2})\s+([A-Za-z]{3})\s+(\d{4})\s+(\d{1,2}):(\d\d)(?::(\d\d))?\s+([+-])(\d\d)(\d\d)\b"
)


def parse_date(value: str | None) -> datetime | None:
    """The instant a Date field names, with its offset, or None. A date without a zone is read as UTC. Never raises."""
    if not value:
        return None
    found = _COMMON.match(value)
    try:
        date = _common(found) if found else _other(value.strip()[:200])
    except (ValueError, TypeError, IndexError, OverflowError, AttributeError):
        return None
    return date if date is not None and 1900 <= date.year <= 2200 else None


def _common(found: re.Match[str]) -> datetime | None:
    day, name, year, hour, minute, second, sign, hours, minutes = found.groups()
    offset = timedelta(hours=int(hours), minutes=int(minutes))
    zone = timezone(-offset if sign == "-" else offset) if offset else UTC
    # A leap second is written as 60, which datetime refuses.
    moment = (int(year), _MONTHS.get(name.lower(), 0), int(day), int(hour), int(minute), min(int(second or 0), 59))
    return datetime(*moment, tzinfo=zone)


def _other(value: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        date = datetime.fromisoformat(value)
    return date if date.tzinfo is not None else date.replace(tzinfo=UTC)
