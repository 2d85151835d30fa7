"""Bytes to a MIME tree: the fast reader (Rust) first, our own for all that it refuses or repairs silently."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from fast_mail_parser import ParseError, PyLazyMimePart, parse_email_tree

from postroom.mail.limits import MAX_DEPTH, MAX_PARTS
from postroom.mail.mime.fields import Fields, read_fields
from postroom.mail.mime.part import Part, make_part
from postroom.mail.mime.reader import Reader

_FIRST_FIELD = re.compile(rb"[!-9;-~]{1,200}:")
# The fast reader copies each embedded mail once a level: 256 levels of 40 MB would be 10 GB.
_MAX_EMBEDDED = 10
# Beyond it the fast reader gains nothing and copies much: 40 MB of false boundaries took it 14 s and 5 GB.
_MAX_FAST = 2_000_000
_KNOWN_ENCODINGS = ("", "7bit", "8bit", "binary", "base64", "quoted-printable")


@dataclass(slots=True)
class Tree:
    """The root part, the mail's own header fields with encoded words unread, and what was salvaged."""

    root: Part
    fields: list[tuple[str, str]]
    defects: list[str] = field(default_factory=list)


class _NotFaithful(Exception):
    """The fast reader's answer would lose something."""


def read_tree(raw: bytes) -> Tree:
    """Read any bytes into a tree. Never raises, within the limits of ``limits``."""
    raw, defects = _unwrap(raw)
    fields = read_fields(raw, 0, len(raw))
    defects.extend(fields.defects)
    root = None if defects else _fast(raw)
    if root is None:
        reader = Reader(raw)
        root = reader.read()
        defects.extend(reader.defects)
    return Tree(root, fields.values, list(dict.fromkeys(defects)))


def header_fields(raw: bytes) -> Fields:
    """The header fields alone of an embedded mail, or of a text/rfc822-headers part."""
    return read_fields(_unwrap(raw)[0], 0, len(raw))


def _unwrap(raw: bytes) -> tuple[bytes, list[str]]:
    """Undo what happened to the file, not to the mail: CR line ends, an mbox line, empty lines on top."""
    defects: list[str] = []
    if not raw:
        return raw, ["empty"]
    if b"\n" not in raw and b"\r" in raw:
        raw = raw.replace(b"\r", b"\n")
        defects.append("cr_line_ends")
    if raw.startswith(b"\xef\xbb\xbf"):
        raw = raw[3:]
    if raw[:1] in (b"\n", b"\r") and _FIRST_FIELD.match(raw[:4096].lstrip(b"\r\n")):
        raw = raw.lstrip(b"\r\n")
        defects.append("empty_lines_on_top")
    if raw.startswith((b"From ", b">From ")):
        raw = raw.partition(b"\n")[2]
        defects.append("mbox_line")
    return raw, defects


def _fast(raw: bytes) -> Part | None:
    """The fast reader's tree, or None when ours must read."""
    if len(raw) > _MAX_FAST or raw.count(b"essage/rfc822") + raw.count(b"ESSAGE/RFC822") > _MAX_EMBEDDED:
        return None
    try:
        return _convert(parse_email_tree(raw, mode="lazy"), raw, 0, [0], "text/plain")
    except (ParseError, _NotFaithful, ValueError):
        return None


def _convert(node: PyLazyMimePart, raw: bytes, depth: int, count: list[int], default_type: str) -> Part:
    count[0] += 1
    if count[0] > MAX_PARTS or depth > MAX_DEPTH:
        raise _NotFaithful
    headers = [(name.lower(), value) for name, values in node.headers.items() for value in values]
    part = make_part(headers, default_type)
    if depth and any("\ufffd" in value for _name, value in headers):
        raise _NotFaithful
    if part.is_multipart:
        boundary = part.parameters.get("boundary", "")
        if not node.children or not boundary or raw.rfind(f"--{boundary}--".encode()) < 0:
            raise _NotFaithful
        default = "message/rfc822" if part.content_type == "multipart/digest" else "text/plain"
        part.children = [_convert(child, raw, depth + 1, count, default) for child in node.children]
        return part
    encoding = (part.header("content-transfer-encoding") or "").strip().lower()
    if encoding not in _KNOWN_ENCODINGS or (node.children and part.content_type != "message/rfc822"):
        raise _NotFaithful
    part.content = node.content or b""
    if not part.content and node.encoded_size and encoding in ("base64", "quoted-printable"):
        raise _NotFaithful
    return part
