"""The MIME reader (RFC 2046, 5.1), for sound, broken, hostile and truncated mail alike.

The standard library's feed parser compares every line with the boundary of every open multipart, so a nest of 200 in
40 MB takes it minutes. This one searches offsets in the one buffer, and stops at the limits.
"""

from __future__ import annotations

import re

from postroom.mail.limits import MAX_DECODED, MAX_DEPTH, MAX_PARTS
from postroom.mail.mime.fields import read_fields
from postroom.mail.mime.part import Part, make_part
from postroom.mail.mime.transfer import decode_transfer

_MAX_FALSE_BOUNDARIES = 100_000
_AFTER = re.compile(rb"(--)?[ \t]*(?:\r?\n|$)")
# With words behind it a delimiter counts only where there is no better one.
_AFTER_LOOSE = re.compile(rb"(--)?(?:[ \t][^\r\n]*)?(?:\r?\n|$)")
# A delimiter that nobody announced: a line that begins with two hyphens, and a field of a part below it.
_UNANNOUNCED = re.compile(rb"(?:^|\n)--([^\r\n]{1,200}?)[ \t]*\r?\nContent-[A-Za-z-]{2,30}[ \t]*:", re.IGNORECASE)
_LOOK = 20_000
# What may stand above the first delimiter of a mail whose Content-Type was lost.
_BOILERPLATE = re.compile(
    rb"\s{0,99}This is a (?:multi-?part|cryptographically|MIME)[^\n]{0,200}\s{0,99}", re.IGNORECASE
)

_Fields = list[tuple[str, str]]


class Reader:
    """Reads one mail into a tree; ``defects`` names what was salvaged."""

    def __init__(self, raw: bytes, parts: int = 0) -> None:
        self.raw = raw
        self.defects: list[str] = []
        self._parts = parts
        self._decoded = 0

    def read(self, start: int = 0, end: int | None = None, depth: int = 0, default_type: str = "text/plain") -> Part:
        """The part in ``raw[start:end]``, with all that is below it."""
        end = len(self.raw) if end is None else end
        fields = read_fields(self.raw, start, end)
        for defect in fields.defects:
            if depth == 0 or defect != "no_headers":
                self._note(defect)
        return self.read_body(fields.values, fields.body, end, depth, default_type)

    def read_body(self, fields: _Fields, start: int, end: int, depth: int = 0, default: str = "text/plain") -> Part:
        """The part whose header fields are ``fields`` and whose body is ``raw[start:end]``."""
        part = make_part(fields, default)
        self._parts += 1
        if depth == 0 and part.content_type == "text/plain" and self.raw.find(b"--", start, start + 400) >= 0:
            self._recognise(part, start, end)
        if part.is_multipart:
            self._read_multipart(part, fields, start, end, depth)
        else:
            part.content = self._decode(part, start, end)
        return part

    def _note(self, defect: str) -> None:
        if defect not in self.defects:
            self.defects.append(defect)

    def _recognise(self, part: Part, start: int, end: int) -> None:
        """A multipart whose Content-Type was lost begins with a delimiter and ends with one."""
        above = _BOILERPLATE.match(self.raw, start, min(end, start + 600))
        first = above.end() if above is not None else start
        if not self.raw[first : first + 99].lstrip().startswith(b"--"):
            return
        boundary = self._unannounced(start, min(end, start + 900))
        if boundary and self.raw.rfind(b"\n--" + boundary + b"--", start, end) >= 0:
            self._note("no_content_type")
            part.content_type = "multipart/mixed"
            part.parameters = {"boundary": boundary.decode("utf-8", "replace")}

    def _unannounced(self, start: int, end: int) -> bytes:
        found = _UNANNOUNCED.search(self.raw, start, end)
        return found[1] if found is not None else b""

    def _read_multipart(self, part: Part, fields: _Fields, start: int, end: int, depth: int) -> None:
        if depth >= MAX_DEPTH:
            self._note("nested_too_deep")
            self._as_text(part, start, end)
            return
        boundary = part.parameters.get("boundary", "").rstrip().encode("utf-8", "replace")
        first, spans = self._spans(boundary, start, end) if boundary else (end, [])
        if not spans:
            if self._read_encoded(part, fields, start, end, depth):
                return
            guessed = self._unannounced(start, min(end, start + _LOOK))
            if guessed:
                self._note("boundary_guessed")
                first, spans = self._spans(guessed, start, end)
        if not spans and boundary:
            first, spans = self._spans(boundary, start, end, _AFTER_LOOSE)
        if not spans:
            self._note("no_boundary")
            self._as_text(part, start, first)
            return
        self._read_preamble(part, fields, start, first)
        default = "message/rfc822" if part.content_type == "multipart/digest" else "text/plain"
        for opened, closed in spans:
            if self._parts >= MAX_PARTS:
                self._note("too_many_parts")
                return
            part.children.append(self.read(opened, closed, depth + 1, default))

    def _as_text(self, part: Part, start: int, end: int) -> None:
        """What cannot be divided is still text for a person."""
        part.content_type, part.parameters = "text/plain", {}
        part.content = self._decode(part, start, end)

    def _read_encoded(self, part: Part, fields: _Fields, start: int, end: int, depth: int) -> bool:
        """A multipart must not be encoded (RFC 2045, 6.4), but some are: delimiters and all."""
        encoding = (part.header("content-transfer-encoding") or "").lower()
        if "base64" not in encoding and "quoted" not in encoding:
            return False
        content = self._decode(part, start, end)
        if b"--" not in content:
            return False
        inner = Reader(content, self._parts)
        plain = [(name, value) for name, value in fields if name != "content-transfer-encoding"]
        found = inner.read_body(plain, 0, len(content), depth + 1)
        if not found.children:
            return False
        self._note("encoded_multipart")
        part.children = found.children
        self._parts = inner._parts
        self.defects.extend(defect for defect in inner.defects if defect not in self.defects)
        return True

    def _read_preamble(self, part: Part, fields: _Fields, start: int, first: int) -> None:
        """The first part where its delimiter was lost: its fields stand below those of the multipart."""
        types = [at for at, (name, _value) in enumerate(fields) if name == "content-type"]
        if len(types) < 2 or not self.raw[start:first].strip() or "multipart" in fields[types[1]][1].lower():
            return
        if _BOILERPLATE.match(self.raw, start, first) is not None:
            return
        self._note("no_opening_boundary")
        child = make_part(fields[types[1] :])
        child.content = self._decode(child, start, max(start, self._before_line_end(first)))
        self._parts += 1
        part.children.append(child)

    def _spans(
        self, boundary: bytes, start: int, end: int, behind: re.Pattern[bytes] = _AFTER
    ) -> tuple[int, list[tuple[int, int]]]:
        """Where the first delimiter is, and where the parts lie. A missing closing delimiter is no error."""
        delimiter = b"--" + boundary
        spans: list[tuple[int, int]] = []
        opened = -1
        misses = 0
        first = end
        closed = False
        at = self.raw.find(delimiter, start, end)
        while at != -1:
            after = behind.match(self.raw, at + len(delimiter), end)
            if after is None or (at > start and self.raw[at - 1] != 10):
                misses += 1
                if misses > _MAX_FALSE_BOUNDARIES:
                    break
                at = self.raw.find(delimiter, at + len(delimiter), end)
                continue
            first = min(first, at)
            if opened >= 0:
                spans.append((opened, max(opened, self._before_line_end(at))))
            if len(spans) > MAX_PARTS:
                return first, spans
            if closed and not after[1]:
                self._note("parts_after_end")
            closed = closed or after[1] is not None
            opened = -1 if after[1] else after.end()
            at = self.raw.find(delimiter, after.end(), end)
        if opened >= 0:
            spans.append((opened, end))
        if not closed:
            self._note("no_closing_boundary")
        return first, spans

    def _before_line_end(self, at: int) -> int:
        """The line end before a delimiter belongs to the delimiter (RFC 2046, 5.1.1)."""
        at -= 1
        return at - 1 if at > 0 and self.raw[at - 1] == 13 else at

    def _decode(self, part: Part, start: int, end: int) -> bytes:
        self._decoded += end - start
        if self._decoded > MAX_DECODED:
            self._note("too_large")
            return b""
        encoding = part.header("content-transfer-encoding")
        if not encoding:
            return self.raw[start:end]
        content, defect = decode_transfer(self.raw[start:end], encoding)
        if defect:
            self._note(defect)
        return content
