"""The header block of a mail or a part (RFC 5322, 2.2), read from the raw bytes in the order received."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from postroom.mail.limits import MAX_HEADER_BLOCK, MAX_HEADER_VALUE, MAX_HEADERS
from postroom.mail.words import raw_text

_END = re.compile(rb"\r?\n\r?\n")
_FIELD = re.compile(rb"([!-9;-~]{1,200})[ \t]*:([^\n]*(?:\n[ \t][^\n]*)*)(?:\n|\Z)")
# Fields that begin a line of a header and hardly ever a line of text.
_KNOWN = re.compile(
    rb"^(?:from|to|cc|subject|date|message-id|in-reply-to|references|reply-to|sender|return-path|received|mime-version|"
    rb"content-[a-z-]{1,30}|x-[a-z-]{1,40}|delivered-to|user-agent|list-[a-z-]{1,30}|dkim-signature)[ \t]*:",
    re.IGNORECASE | re.MULTILINE,
)
_CHARSET = re.compile(rb"charset[ \t]{0,9}=[ \t]{0,9}\"?([A-Za-z0-9_.:-]{2,40})", re.IGNORECASE)
# Fields whose value goes on in the next line where a program forgot to indent it.
_RUNS_ON = {"subject", "to", "cc", "references"}
_MAX_BAD_LINES = 20


@dataclass(slots=True)
class Fields:
    """``values`` are (lower-cased name, unfolded text with encoded words unread); the body starts at ``body``."""

    values: list[tuple[str, str]] = field(default_factory=list)
    body: int = 0
    defects: list[str] = field(default_factory=list)


def read_fields(raw: bytes, start: int, end: int) -> Fields:
    """Read the header block of ``raw[start:end]``. Never raises; a line that is no field is skipped or ends it."""
    if raw.startswith((b"\n", b"\r\n"), start):
        return Fields(body=min(start + (1 if raw[start] == 10 else 2), end))
    stop = min(end, start + MAX_HEADER_BLOCK)
    found = _END.search(raw, start, stop)
    fields = Fields(body=found.end() if found else end)
    if found is None and stop < end:
        fields.defects.append("headers_too_long")
        fields.body = stop
    block = raw[start : found.start() if found else stop]
    ended_at = _Block(block, fields).read()
    if ended_at is not None:
        fields.body = start + ended_at
    fields.defects = list(dict.fromkeys(fields.defects))
    return fields


class _Block:
    """One header block on its way into ``fields``."""

    def __init__(self, block: bytes, fields: Fields) -> None:
        self._block = block
        self._fields = fields
        self._charset: str | None = None
        self._bad = 0

    def read(self) -> int | None:
        """Read all fields; the offset where the body begins if that is within the block."""
        block, values = self._block, self._fields.values
        position = 0
        while position < len(block):
            match = _FIELD.match(block, position)
            if match is None:
                line_end = block.find(b"\n", position)
                line_end = len(block) if line_end < 0 else line_end
                if not self._skips(block[position:line_end].strip(b"\r"), position):
                    return position
                position = line_end + 1
                continue
            position = match.end()
            if len(values) >= MAX_HEADERS:
                self._fields.defects.append("too_many_headers")
                return None
            values.append((match[1].decode("ascii").lower(), self._text(match[2])))
        return None

    def _text(self, value: bytes) -> str:
        """The value without its line ends."""
        if b"\n" in value or b"\x00" in value:
            value = value.translate(None, b"\r\n\x00")
        value = value.strip()
        if len(value) > MAX_HEADER_VALUE:
            self._fields.defects.append("header_too_long")
            value = value[:MAX_HEADER_VALUE]
        text = value.decode("ascii") if value.isascii() else raw_text(value, self._declared())
        return text.replace("\r", "") if "\r" in text else text

    def _declared(self) -> str:
        """The charset of the body, which is that of raw header values too."""
        if self._charset is None:
            found = _CHARSET.search(self._block)
            self._charset = found[1].decode("ascii") if found is not None else ""
        return self._charset

    def _skips(self, line: bytes, position: int) -> bool:
        """Deal with a line that is no field; False when the body has begun without an empty line."""
        fields = self._fields
        if not line.strip() or (not fields.values and line[:1] in b" \t") or line.startswith((b"From ", b">From ")):
            return True
        self._bad += 1
        more = not line.startswith(b"--") and _KNOWN.search(self._block, position) is not None
        if not more or self._bad > _MAX_BAD_LINES:
            fields.defects.append("malformed_header" if fields.values else "no_headers")
            return False
        fields.defects.append("malformed_header")
        if fields.values and fields.values[-1][0] in _RUNS_ON:
            name, value = fields.values[-1]
            fields.values[-1] = (name, f"{value} {self._text(line)}"[:MAX_HEADER_VALUE])
        return True
