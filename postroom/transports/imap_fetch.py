"""Reading FETCH answers (RFC 9051, 7.5.2) straight from ``imaplib``, at a tenth of the work of a full parser."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

BATCH_MAILS = 100
BATCH_BYTES = 8_000_000
HEADER_BYTES = 10_000

_UID = re.compile(rb"\bUID (\d+)")
_SIZE = re.compile(rb"RFC822\.SIZE (\d+)")
_DATE = re.compile(rb'INTERNALDATE "( ?\d{1,2})-(\w{3})-(\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)"')
_SHORT = re.compile(rb'BODY\[\S*\](?:<\d+>)? "((?:[^"\\]|\\.)*)"')
_MONTHS = {name: number for number, name in enumerate(b"jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)}
Sizes = dict[int, tuple[int, datetime]]


def sizes_in(data: Iterable[Any]) -> Sizes:
    """RFC822.SIZE in bytes and INTERNALDATE by UID, ascending."""
    found: Sizes = {}
    for item in data:
        line = item if isinstance(item, bytes) else b" ".join(item or ())
        uid, size, date = _UID.search(line), _SIZE.search(line), internal_date(line)
        if uid and size and date:
            found[int(uid[1])] = (int(size[1]), date)
    return dict(sorted(found.items()))


def bodies_in(data: Sequence[Any]) -> dict[int, bytes]:
    """The body or section of each mail by UID; what only tells of flags is passed over."""
    found: dict[int, bytes] = {}
    for position, item in enumerate(data):
        if isinstance(item, tuple):
            behind = data[position + 1] if position + 1 < len(data) else b""
            uid = _UID.search(item[0]) or (_UID.search(behind) if isinstance(behind, bytes) else None)
            if uid:
                found[int(uid[1])] = item[1]
        elif item and (short := _SHORT.search(item)) and (uid := _UID.search(_SHORT.sub(b"", item))):
            found[int(uid[1])] = re.sub(rb"\\(.)", rb"\1", short[1])
    return found


def internal_date(line: bytes) -> datetime | None:
    """When the mail reached the mailbox, with the server's offset."""
    found = _DATE.search(line)
    if found is None:
        return None
    day, month, year, hour, minute, second, sign, off_hours, off_minutes = found.groups()
    offset = timedelta(hours=int(off_hours), minutes=int(off_minutes)) * (-1 if sign == b"-" else 1)
    number = _MONTHS[month.lower()]
    return datetime(int(year), number, int(day), int(hour), int(minute), int(second), tzinfo=timezone(offset))


def sequence_set(uids: Iterable[int]) -> str:
    """A sequence set with ranges: ``1:3,7`` (RFC 9051, 9)."""
    ranges: list[list[int]] = []
    for uid in sorted(set(uids)):
        if ranges and uid == ranges[-1][1] + 1:
            ranges[-1][1] = uid
        else:
            ranges.append([uid, uid])
    return ",".join(str(low) if low == high else f"{low}:{high}" for low, high in ranges)


def batches(sizes: Sizes, max_size: int) -> Iterator[list[int]]:
    """UIDs in order, at most 100 mails or 8 MB together; mails over ``max_size`` weigh as much as their header."""
    batch: list[int] = []
    weight = 0
    for uid, (whole, _) in sizes.items():
        size = whole if whole <= max_size else min(whole, HEADER_BYTES)
        if batch and (len(batch) == BATCH_MAILS or weight + size > BATCH_BYTES):
            yield batch
            batch, weight = [], 0
        batch.append(uid)
        weight += size
    if batch:
        yield batch
