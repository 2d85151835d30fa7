"""Bytes to a MIME tree: what happened to the file is undone first, then the reader reads."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, field

from postroom.mail.mime.fields import Fields, read_fields
from postroom.mail.mime.part import Part
from postroom.mail.mime.reader import Reader

_FIRST_FIELD = re.compile(rb"[!-9;-~]{1,200}:")
_LOOK = 4_096


@dataclass(slots=True)
class Tree:
    """The root part, the mail's own header fields with encoded words unread, and what was salvaged."""

    root: Part
    fields: list[tuple[str, str]]
    defects: list[str] = field(default_factory=list)


def read_tree(raw: bytes) -> Tree:
    """Read any bytes into a tree. Never raises, within the limits of ``limits``."""
    raw, defects = _unwrap(raw)
    fields = read_fields(raw, 0, len(raw))
    reader = Reader(raw)
    root = reader.read_body(fields.values, fields.body, len(raw))
    return Tree(root, fields.values, list(dict.fromkeys(defects + fields.defects + reader.defects)))


def header_fields(raw: bytes) -> Fields:
    """The header fields alone of an embedded mail, or of a text/rfc822-headers part."""
    raw = _unwrap(raw)[0]
    return read_fields(raw, 0, len(raw))


def _unwrap(raw: bytes) -> tuple[bytes, list[str]]:
    """Undo what happened to the file, not to the mail: line ends, byte order marks, an mbox line, lines on top."""
    if not raw:
        return raw, ["empty"]
    defects: list[str] = []
    raw = _line_ends(_marks(raw, defects), defects)
    if raw[:1] in (b"\n", b"\r", b" ", b"\t", b"\x00") and _FIRST_FIELD.match(raw[:_LOOK].lstrip(b"\r\n \t\x00")):
        raw = raw.lstrip(b"\r\n \t\x00")
        defects.append("empty_lines_on_top")
    while raw.startswith((b"From ", b">From ")) and not raw[5:99].lstrip(b" \t").startswith(b":"):
        raw = raw.partition(b"\n")[2]
        defects.append("mbox_line")
    return raw, defects


def _marks(raw: bytes, defects: list[str]) -> bytes:
    """A file that an editor saved: with a byte order mark, or in UTF-16."""
    if raw.startswith(codecs.BOM_UTF8):
        return raw[3:]
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        text = raw.decode("utf-16", "replace")
        if _FIRST_FIELD.match(text[:300].encode("utf-8", "replace")):
            defects.append("utf16_file")
            return text.encode("utf-8", "replace")
    return raw


def _line_ends(raw: bytes, defects: list[str]) -> bytes:
    """LF or CRLF instead of a bare CR, or of CR CR LF. Content that is binary is left alone."""
    head = raw[:_LOOK]
    first = head.find(b"\r")
    if first < 0 or head.startswith(b"\r\n", first):
        return raw
    newline = head.find(b"\n")
    if head.startswith(b"\r\r\n", first):
        defects.append("cr_line_ends")
        return raw.replace(b"\r\r\n", b"\r\n")
    if newline < 0 or (first < newline and _FIRST_FIELD.match(head, first + 1)):
        defects.append("cr_line_ends")
        return raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return raw
