"""Our own MIME reader (RFC 2046, 5.1) for what the fast one refuses: broken, hostile or truncated mail.

The standard library's feed parser compares every line with the boundary of every open multipart, so a nest of 200 in
40 MB takes it minutes. This one searches offsets in the one buffer, and stops at the limits.
"""

from __future__ import annotations

import binascii
import re

from postroom.mail.limits import MAX_DECODED, MAX_DEPTH, MAX_PARTS
from postroom.mail.mime.fields import read_fields
from postroom.mail.mime.part import Part, make_part
from postroom.mail.words import decode_words, loose_base64

_MAX_FALSE_BOUNDARIES = 100_000
_AFTER = re.compile(rb"(--)?[ \t]*(?:\r?\n|$)")


class Reader:
    """Reads one mail into a tree; ``defects`` names what was salvaged."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.defects: list[str] = []
        self._parts = 0
        self._decoded = 0

    def read(self, start: int = 0, end: int | None = None, depth: int = 0, default_type: str = "text/plain") -> Part:
        """The part in ``raw[start:end]``, with all that is below it."""
        end = len(self.raw) if end is None else end
        fields = read_fields(self.raw, start, end)
        for defect in fields.defects:
            if depth == 0 or defect != "no_headers":
                self._note(defect)
        part = make_part([(name, decode_words(value)) for name, value in fields.values], default_type)
        self._parts += 1
        if part.is_multipart:
            self._read_multipart(part, fields.body, end, depth)
        else:
            part.content = self._decode(part, fields.body, end)
        return part

    def _note(self, defect: str) -> None:
        if defect not in self.defects:
            self.defects.append(defect)

    def _read_multipart(self, part: Part, start: int, end: int, depth: int) -> None:
        boundary = part.parameters.get("boundary", "").rstrip()
        spans = self._spans(boundary.encode("utf-8", "replace"), start, end) if boundary else []
        if not spans or depth >= MAX_DEPTH:
            self._note("nested_too_deep" if depth >= MAX_DEPTH else "no_boundary")
            # What cannot be divided is still text for a person.
            part.content_type, part.parameters = "text/plain", {}
            part.content = self._decode(part, start, end)
            return
        default = "message/rfc822" if part.content_type == "multipart/digest" else "text/plain"
        for first, last in spans:
            if self._parts >= MAX_PARTS:
                self._note("too_many_parts")
                return
            part.children.append(self.read(first, last, depth + 1, default))

    def _spans(self, boundary: bytes, start: int, end: int) -> list[tuple[int, int]]:
        """Where the parts of one multipart lie. A missing closing delimiter is a defect, not an error."""
        delimiter = b"--" + boundary
        spans: list[tuple[int, int]] = []
        opened = -1
        misses = 0
        at = self.raw.find(delimiter, start, end)
        while at != -1:
            after = _AFTER.match(self.raw, at + len(delimiter), end)
            if after is None or (at > start and self.raw[at - 1] != 10):
                misses += 1
                if misses > _MAX_FALSE_BOUNDARIES:
                    break
                at = self.raw.find(delimiter, at + len(delimiter), end)
                continue
            if opened >= 0:
                spans.append((opened, max(opened, self._before_line_end(at))))
            if after[1] or len(spans) > MAX_PARTS:
                return spans
            opened = after.end()
            at = self.raw.find(delimiter, opened, end)
        self._note("no_closing_boundary")
        if opened >= 0:
            spans.append((opened, end))
        return spans

    def _before_line_end(self, at: int) -> int:
        """The line end before a delimiter belongs to the delimiter (RFC 2046, 5.1.1)."""
        at -= 1
        return at - 1 if at > 0 and self.raw[at - 1] == 13 else at

    def _decode(self, part: Part, start: int, end: int) -> bytes:
        body = self.raw[start:end]
        self._decoded += len(body)
        if self._decoded > MAX_DECODED:
            self._note("too_large")
            return b""
        encoding = (part.header("content-transfer-encoding") or "").strip().strip('"').lower()
        if encoding.startswith("base64"):
            return self._base64(body)
        if encoding.startswith("quoted-printable"):
            return binascii.a2b_qp(body)
        if encoding in ("x-uuencode", "uuencode", "x-uue", "uue"):
            return self._uuencoded(body)
        return body

    def _base64(self, body: bytes) -> bytes:
        try:
            return binascii.a2b_base64(b"".join(body.split()), strict_mode=True)
        except binascii.Error:
            self._note("invalid_base64")
            return loose_base64(body)

    def _uuencoded(self, body: bytes) -> bytes:
        lines = body.splitlines()
        out: list[bytes] = []
        for line in lines[next((n for n, line in enumerate(lines) if line.startswith(b"begin ")), -1) + 1 :]:
            if line.strip() in (b"end", b"`", b""):
                break
            try:
                out.append(binascii.a2b_uu(line))
            except binascii.Error:
                self._note("invalid_uuencode")
                return body
        return b"".join(out)
