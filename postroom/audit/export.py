"""The configuration audit as files: CSV for spreadsheets, JSON for programs, streamed entry by entry (AUD-03)."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from typing import Any

from postroom.audit.models import AuditEntry
from postroom.audit.queries import as_row

COLUMNS = ("id", "at", "actor", "actor_name", "ip", "action", "object_type", "object_id", "object_name")
CHANGE_COLUMNS = ("field", "old", "new")
# The last four are = + - @ in full width, which spreadsheets of East Asia take for the same.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")


class _Echo:
    """What a CSV writer writes to: it hands the line back."""

    def write(self, line: str) -> str:
        return line


def csv_lines(entries: Iterable[AuditEntry]) -> Iterator[str]:
    """A line a change (RFC 4180) under a line of names; an entry without changes has one line."""
    writer = csv.writer(_Echo())
    yield writer.writerow([*COLUMNS, *CHANGE_COLUMNS])
    for entry in entries:
        row = as_row(entry)
        about = {f"object_{name}": value for name, value in row["object"].items()}
        whole = [(row | about)[name] for name in COLUMNS]
        for change in row["changes"] or [{}]:
            yield writer.writerow(as_cell(value) for value in (*whole, *(change.get(name) for name in CHANGE_COLUMNS)))


def json_pieces(entries: Iterable[AuditEntry]) -> Iterator[str]:
    """A JSON array of the entries as ``as_row`` shapes them, a line each."""
    before = "[\n"
    for entry in entries:
        yield before + json.dumps(as_row(entry), ensure_ascii=False)
        before = ",\n"
    yield "[]\n" if before == "[\n" else "\n]\n"


def as_cell(value: Any) -> str:
    """Text that no spreadsheet takes for a formula."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f"'{text}" if text.startswith(_FORMULA) and not isinstance(value, int | float) else text
