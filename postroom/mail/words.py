"""Encoded words and parameters of header fields: RFC 2047 and RFC 2231, with the broken forms that are really sent."""

from __future__ import annotations

import binascii
import re
from urllib.parse import unquote_to_bytes

from postroom.mail.charsets import clean, decode, one_line
from postroom.mail.limits import MAX_HEADER_VALUE

# Spaces inside an encoded word are forbidden but common, so only ``?`` ends it.
_WORD = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?]*)\?=")
_PARAMETER = re.compile(r';\s*([^\s=;"]{1,100})\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;]*))', re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]")
_SECTION = re.compile(r"^(.*?)(?:\*(\d{1,3}))?(\*)?$", re.DOTALL)


def decode_words(value: str) -> str:
    """A header value with its encoded words read, as one line. Never raises."""
    if "=?" not in value:
        return one_line(value)
    out: list[str] = []
    pending: list[bytes] = []
    charset = ""
    end = 0
    for found in _WORD.finditer(value):
        between = value[end : found.start()]
        # White space between two encoded words is not text (RFC 2047, 6.2), and a character may be cut in two there.
        if pending and (between.strip() or found[1].lower() != charset):
            out.append(decode(b"".join(pending), charset)[0])
            pending = []
        if between.strip() or end == 0:
            out.append(between)
        charset = found[1].lower()
        pending.append(_word_bytes(found[2], found[3]))
        end = found.end()
    if pending:
        out.append(decode(b"".join(pending), charset)[0])
    out.append(value[end:])
    return one_line(clean("".join(out)))


def _word_bytes(encoding: str, text: str) -> bytes:
    data = text.encode("utf-8", "replace")
    if encoding in "qQ":
        return binascii.a2b_qp(data.replace(b" ", b"_"), header=True)
    return loose_base64(data)


def loose_base64(data: bytes) -> bytes:
    """Decode base64 that may hold foreign characters or end too early."""
    letters = _NOT_BASE64.sub(b"", data)
    if len(letters) % 4 == 1:
        letters = letters[:-1]
    return binascii.a2b_base64(letters + b"=" * (-len(letters) % 4))


def raw_text(value: bytes) -> str:
    """A raw header value as text: UTF-8 (RFC 6532), or the one-byte charset of an old program."""
    try:
        return clean(value.decode("utf-8"))
    except UnicodeDecodeError:
        return decode(value, None if len(value) > 40 else "cp1252")[0]


def parameters(value: str) -> tuple[str, dict[str, str]]:
    """The main value (lower case) and the parameters of a Content-Type or Content-Disposition (RFC 2045, 2231)."""
    value = value[:MAX_HEADER_VALUE]
    head, semicolon, _rest = value.partition(";")
    found: dict[str, str] = {}
    sections: dict[str, dict[int, tuple[bool, str]]] = {}
    if semicolon:
        for match in _PARAMETER.finditer(value, len(head)):
            name = match[1].lower()
            text = _ESCAPED.sub(r"\1", match[2]) if match[2] is not None else (match[3] or "").strip().strip('"')
            _add_parameter(name, text, found, sections)
    for name, pieces in sections.items():
        found[name] = _join(pieces)
    return head.strip().lower(), found


def _add_parameter(
    name: str, text: str, found: dict[str, str], sections: dict[str, dict[int, tuple[bool, str]]]
) -> None:
    if "*" not in name:
        found.setdefault(name, decode_words(text))
        return
    parts = _SECTION.match(name)
    if parts is not None:
        sections.setdefault(parts[1], {}).setdefault(int(parts[2] or 0), (parts[3] is not None, text))


def _join(pieces: dict[int, tuple[bool, str]]) -> str:
    """The sections of one RFC 2231 parameter in order; the first one names the charset."""
    charset: str | None = None
    content = b""
    for number in sorted(pieces):
        encoded, text = pieces[number]
        if encoded and number == min(pieces) and text.count("'") >= 2:
            charset, _language, text = text.split("'", 2)
        content += unquote_to_bytes(text) if encoded else text.encode("utf-8", "replace")
    text = decode(content, charset or None)[0]
    return decode_words(text) if "=?" in text else one_line(text)
