"""Dates as mail programs show them to people: any language, any order of day, month and year."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime, timedelta, timezone

from postroom.mail.dates import parse_date
from postroom.mail.forwards.months import AFTER_NOON, BEFORE_NOON, MONTHS, MONTHS_INSIDE, ZONES

_MAX = 200
_RFC = re.compile(r"(?:[A-Za-z]{3},\s)?\d{1,2}\s[A-Za-z]{3}\s\d{4}\s\d{1,2}:\d\d(?::\d\d)?\s[+-]\d{4}\b")
_CJK = re.compile(r"(\d{4})\s?[年년]\s?(\d{1,2})\s?[月월]\s?(\d{1,2})\s?[日일]")
_YEAR_FIRST = re.compile(r"(?<!\d)(\d{4})[-./]\s?(\d{1,2})[-./]\s?(\d{1,2})(?!\d)")
_YEAR_LAST = re.compile(r"(?<!\d)(\d{1,2})\s?([-./])\s?(\d{1,2})\s?[-./]\s?(\d{4}|\d{2})(?![\d:])")
_VIETNAMESE = re.compile(r"(?:thg|tháng|thang)\s?(\d{1,2})")
_YEAR = re.compile(r"(?<!\d)((?:19|20|25)\d\d)(?!\d)")
_TIME = re.compile(r"(?<!\d)(\d{1,2})\s?[:hH時时시]\s?(\d{2})(?:[:分분]?\s?(\d{2}))?(?!\d)")
_DOTTED_TIME = re.compile(r"(?<![\d.])(\d{1,2})\.(\d{2})(?:\.(\d{2}))?(?![\d.])")
_HOUR = re.compile(r"(?<!\d)(\d{1,2})\s?(?=am\b|pm\b|uhr\b)")
_OFFSET = re.compile(r"(?:gmt|utc)?\s?([+\-−])(\d{1,2})(?::?(\d{2}))?(?!\d)")
_WORD = re.compile(r"[^\W\d_]+")
_TOKEN = re.compile(r"[^\W\d_][\w\u0300-\u036f\u0900-\u097f]*|\d+", re.UNICODE)
_AFTER = re.compile(rf"(?<![^\W\d_])(?:{'|'.join(map(re.escape, AFTER_NOON.split('|')))})(?![^\W\d_])")
_BEFORE = re.compile(rf"(?<![^\W\d_])(?:{'|'.join(map(re.escape, BEFORE_NOON.split('|')))})(?![^\W\d_])")
_STEMS = {
    unicodedata.normalize("NFKC", stem).casefold(): month
    for row in reversed(MONTHS.values())
    for month, stems in enumerate(row.split(" "), start=1)
    for stem in stems.split("|")
}
_LONGEST = max(map(len, _STEMS))
_INSIDE = {
    stem: month
    for row in MONTHS_INSIDE.values()
    for month, stems in enumerate(row.split(" "), start=1)
    for stem in stems.split("|")
}
_BUDDHIST = 543


def parse_when(value: str) -> datetime | None:
    """The instant that a date in a body names, or None. No zone is read as UTC, no time as midnight."""
    value = value.strip()[:_MAX]
    if _RFC.match(value):
        return parse_date(value)
    text = unicodedata.normalize("NFKC", value).casefold()
    if not text.isascii():
        text = "".join(str(unicodedata.digit(char, char)) for char in text)
    day = _day(text)
    if day is None:
        return None
    year, month, number, rest = day
    if year > 2400:
        year -= _BUDDHIST
    hour, minute, second, behind = _time(rest)
    try:
        return datetime(year, month, number, hour, minute, second, tzinfo=_zone(behind))
    except ValueError:
        return None


def _day(text: str) -> tuple[int, int, int, str] | None:
    """Year, month, day, and the text without them."""
    for pattern in (_CJK, _YEAR_FIRST):
        if found := pattern.search(text):
            return int(found[1]), int(found[2]), int(found[3]), _without(text, found)
    if found := _YEAR_LAST.search(text):
        first, second, year = int(found[1]), int(found[3]), int(found[4])
        year = year if year > 99 else year + 2000
        american = second > 12 or (found[2] == "/" and first <= 12 and re.search(r"\d\s?[ap]m\b", text) is not None)
        month, day = (first, second) if american else (second, first)
        return year, month, day, _without(text, found)
    return _named(text)


def _without(text: str, found: re.Match[str]) -> str:
    return f"{text[: found.start()]} {text[found.end() :]}"


def _named(text: str) -> tuple[int, int, int, str] | None:
    """A date whose month is a word."""
    year = _YEAR.search(text)
    if year is None:
        return None
    rest = _without(text, year)
    month, start, end = _month(rest)
    if not month:
        return None
    times = [found.span() for found in _TIME.finditer(rest)]
    numbers = [
        found
        for found in re.finditer(r"(?<!\d)\d{1,2}(?!\d)", rest)
        if 1 <= int(found[0]) <= 31 and not any(left <= found.start() < right for left, right in times)
    ]
    before = [found for found in numbers if 0 <= start - found.end() <= 8]
    after = [found for found in numbers if 0 <= found.start() - end <= 6]
    day = before[-1] if before else after[0] if after else None
    if day is None:
        return None
    left, right = min(start, day.start()), max(end, day.end())
    return int(year[1]), month, int(day[0]), f"{rest[:left]} {rest[right:]}"


def _month(text: str) -> tuple[int, int, int]:
    """The month that is named last (weekdays come first, and some look like months), and where it stands."""
    for stem, month in _INSIDE.items():
        if (at := text.find(stem)) >= 0:
            return month, at, at + len(stem)
    if found := _VIETNAMESE.search(text):
        return int(found[1]), found.start(), found.end()
    best = (0, 0, 0)
    for token in _TOKEN.finditer(text):
        month = _stem(token[0]) or (_stem(token[0][1:]) if token[0][0] == "ב" else 0)
        if month:
            best = (month, token.start(), token.end())
    return best


def _stem(word: str) -> int:
    for length in range(min(len(word), _LONGEST), 1, -1):
        if (month := _STEMS.get(word[:length])) is not None:
            return month
    return 0


def _time(text: str) -> tuple[int, int, int, str]:
    """Hour, minute, second, and the text behind them."""
    found = _TIME.search(text) or _DOTTED_TIME.search(text)
    if found is not None:
        hour, minute, second = int(found[1]), int(found[2]), int(found[3] or 0)
    elif found := _HOUR.search(text):
        hour, minute, second = int(found[1]), 0, 0
    else:
        return 0, 0, 0, ""
    near = f"{text[max(0, found.start() - 8) : found.start()]} {text[found.end() : found.end() + 12]}"
    if hour <= 12 and _AFTER.search(near):
        hour = hour % 12 + 12
    elif hour == 12 and _BEFORE.search(near):
        hour = 0
    return hour, minute, min(second, 59), text[found.end() :]


def _zone(text: str) -> timezone:
    if found := _OFFSET.search(text[:40]):
        hours, minutes = int(found[2]), int(found[3] or 0)
        if hours <= 14:
            offset = timedelta(hours=hours, minutes=minutes)
            return timezone(offset if found[1] == "+" else -offset) if offset else UTC
    for word in _WORD.findall(text[:40]):
        if word in ZONES:
            return timezone(timedelta(hours=ZONES[word])) if ZONES[word] else UTC
    return UTC
