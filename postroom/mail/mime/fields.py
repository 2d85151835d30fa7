"""The header block of a mail or a part (RFC 5322, 2.2), read from the raw bytes in the order received."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from postroom.mail.limits import MAX_HEADER_BLOCK, MAX_HEADER_VALUE, MAX_HEADERS
from postroom.mail.words import raw_text

_END = re.compile(rb"\r?\n\r?\n")
_FIELD = re.compile(rb"([!-9;-~]{1,200})[ \t]*:")


@dataclass(slots=True)
class Fields:
    """``values`` are (lower-cased name, unfolded text with encoded words unread); the body starts at ``body``."""

    values: list[tuple[str, str]] = field(default_factory=list)
    body: int = 0
    defects: list[str] = field(default_factory=list)


def read_fields(raw: bytes, start: int, end: int) -> Fields:
    """Read the header block of ``raw[start:end]``. Never raises; a line that is no field is skipped or ends it."""
    if raw.startswith((b"\n", b"\r\n"), start):
        return Fields(body=start + (1 if raw[start] == 10 else 2))
    stop = min(end, start + MAX_HEADER_BLOCK)
    found = _END.search(raw, start, stop)
    fields = Fields(body=found.end() if found else end)
    block_end = found.start() if found else stop
    if found is None and stop < end:
        fields.defects.append("headers_too_long")
        fields.body = stop
    position = start
    pieces: list[list[bytes]] = []
    for line in raw[start:block_end].split(b"\n"):
        if not _take(line, pieces, fields):
            fields.body = position
            break
        position += len(line) + 1
    _finish(pieces, fields)
    return fields


def _take(line: bytes, pieces: list[list[bytes]], fields: Fields) -> bool:
    """Add one line to the fields; False when the body has begun without an empty line."""
    line = line.rstrip(b"\r")
    if line[:1] in (b" ", b"\t"):
        if pieces:
            pieces[-1].append(line)
        return True
    match = _FIELD.match(line)
    if match is not None:
        pieces.append([match[1], line[match.end() :]])
        return True
    if not pieces:
        fields.defects.append("no_headers")
        return False
    if line.startswith((b"From ", b">From ")):
        return True
    fields.defects.append("malformed_header")
    return not line.startswith(b"--") and len(fields.defects) < 20


def _finish(pieces: list[list[bytes]], fields: Fields) -> None:
    if len(pieces) > MAX_HEADERS:
        fields.defects.append("too_many_headers")
    for name, *lines in pieces[:MAX_HEADERS]:
        value = (b"".join(lines) if len(lines) > 1 else lines[0]).strip()
        if len(value) > MAX_HEADER_VALUE:
            fields.defects.append("header_too_long")
            value = value[:MAX_HEADER_VALUE]
        text = value.decode("ascii").replace("\x00", "") if value.isascii() else raw_text(value)
        fields.values.append((name.decode("ascii").lower(), text.replace("\r", "")))
    fields.defects = list(dict.fromkeys(fields.defects))
