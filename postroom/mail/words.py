"""Encoded words of header fields (RFC 2047), with the broken forms that are really sent."""

from __future__ import annotations

import binascii
import re

from postroom.mail.charsets import clean, codec_of, decode, measure, one_line

_OPENING = re.compile(r"=\?\s?([^?\s]{0,60})\s?\?\s?([bBqQ])\s?\?")
_BASE64_RUN = re.compile(r"[A-Za-z0-9+/=]{4,}\??")
_HEX = re.compile(r"[0-9A-Fa-f]{2}")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]")


def decode_words(value: str) -> str:
    """A header value with its encoded words read, as one line. Never raises; linear in the length of the value."""
    if "=?" not in value:
        return one_line(value)
    text = _read(value)
    # Some programs encode what is encoded already.
    if text.startswith("=?") and text.endswith("?="):
        text = _read(text)
    return one_line(clean(text))


def _read(value: str) -> str:
    out: list[str] = []
    pending: list[bytes] = []
    charset = ""
    end = 0
    position = 0
    mark = 0
    while (found := _OPENING.search(value, position)) is not None:
        # A mark that is nowhere ahead is not looked for again, which keeps this linear.
        mark = value.find("?=", found.end()) if 0 <= mark < found.end() else mark
        closing = _closing(value, found.end(), mark, found[2])
        if closing is None:
            position = found.end()
            continue
        payload, after = closing
        between = value[end : found.start()]
        # White space between two encoded words is not text (RFC 2047, 6.2), and a character may be cut in two there.
        if pending and (between.strip() or found[1].lower() != charset):
            out.append(decode(b"".join(pending), charset)[0])
            pending = []
        if between.strip() or end == 0:
            out.append(between)
        charset = found[1].lower()
        pending.append(_word_bytes(found[2], payload))
        end = position = after
    if pending:
        out.append(decode(b"".join(pending), charset)[0])
    out.append(value[end:])
    return "".join(out)


def _closing(value: str, start: int, end: int, encoding: str) -> tuple[str, int] | None:
    """The payload from ``start`` to the mark at ``end`` (-1: there is none), and where the text goes on.

    None where no encoded word is meant.
    """
    following = value.find("=?", start)
    # ``=?`` is found in the padding of base64 before ``?=``, too.
    if end >= 0 and (following < 0 or end <= following + 1):
        if encoding in "qQ" and _HEX.match(value, end + 2):
            # A bare question mark before an escape: ``?=C3=BC?=``.
            later = value.find("?=", end + 2)
            if later >= 0 and not value[end:later].count(" ") and "=?" not in value[end + 2 : later + 1]:
                end = later
        return value[start:end], end + 2
    # The end is missing: the word was cut off, or the next one starts within it.
    limit = len(value) if following < 0 else following
    if encoding in "qQ":
        return value[start:limit].rstrip().removesuffix("?"), limit
    run = _BASE64_RUN.match(value, start, limit)
    return (run[0].rstrip("?"), run.end()) if run is not None else None


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


def raw_text(value: bytes, charset: str | None = None) -> str:
    """A raw header value as text: UTF-8 (RFC 6532), or what the mail's body is written in, or a guess."""
    try:
        return clean(value.decode("utf-8"))
    except UnicodeDecodeError:
        codec = codec_of(charset) if charset else None
        return decode(value, codec if codec not in (None, "utf-8") else measure(value))[0]
