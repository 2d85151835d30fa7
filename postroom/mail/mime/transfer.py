"""Content-Transfer-Encoding (RFC 2045, 6) and uuencode, with the damage that they meet on the way. Never raises."""

from __future__ import annotations

import binascii
import re

from postroom.mail.words import loose_base64

_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_BLANKS = b" \t\r\n\v\f"
_URL_SAFE = bytes.maketrans(b"-_", b"+/")
_NAME = re.compile(r"[a-z0-9-]+")
_PADDING = re.compile(rb"={1,9}")
_BEGIN = re.compile(rb"^begin(?:-base64)? [0-7]{3,4} ([^\r\n]{0,300}?)[ \t]*\r?$", re.MULTILINE)
_FILE_END = re.compile(rb"^(?:end|====)[ \t]*\r?$", re.MULTILINE)
_MAX_FILES = 100


def decode_transfer(body: bytes, encoding: str) -> tuple[bytes, str | None]:
    """The content behind a transfer encoding (the value of its field) and the defect met, or None."""
    found = _NAME.search(encoding.lower())
    name = found[0] if found is not None else ""
    if name == "base64":
        return _base64(body)
    if name in ("quoted-printable", "quoted", "quotedprintable"):
        return binascii.a2b_qp(body), None
    if name in ("x-uuencode", "uuencode", "x-uue", "uue"):
        files = uuencoded(body, cut_off=True)
        return (files[0][3], None) if files else (body, "invalid_uuencode")
    return body, None


def _base64(body: bytes) -> tuple[bytes, str | None]:
    foreign = body.translate(None, _ALPHABET + b"\r\n")
    if foreign in (b"", b"=", b"==") and body.rstrip().endswith(foreign):
        try:
            return binascii.a2b_base64(body), None
        except binascii.Error:
            return loose_base64(body), "invalid_base64"
    strange = foreign.translate(None, _BLANKS + b"=")
    if strange and not strange.translate(None, b"-_"):
        return _segments(body.translate(_URL_SAFE)), "invalid_base64"
    if _is_prose(body, len(strange)):
        return body, "not_base64"
    whole = b"".join(body.split())
    if not strange and len(whole) % 4 == 0 and b"=" not in whole[:-2]:
        # White space alone is allowed anywhere (RFC 2045, 6.8).
        return loose_base64(whole), None
    return _segments(body), "invalid_base64"


def _is_prose(body: bytes, strange: int) -> bool:
    """A text under a wrong name: base64 has neither short words nor so much else."""
    words = body.split()
    if strange * 8 > len(body):
        return True
    return len(words) >= 4 and len(words) > 1.5 * (body.count(b"\n") + 1) and len(body) < 25 * len(words)


def _segments(body: bytes) -> bytes:
    """Base64 whose pieces were padded one by one and then joined. What follows and is no base64 is left out."""
    first, *others = _PADDING.split(body)
    pieces = [loose_base64(first)]
    for piece in others:
        if piece[:1] in (b" ", b"\t") or piece.strip().translate(None, _ALPHABET + b"\r\n"):
            break
        pieces.append(loose_base64(piece))
    return b"".join(pieces)


def uuencoded(body: bytes, *, cut_off: bool = False) -> list[tuple[int, int, str, bytes]]:
    """The uuencoded files in a text: (start, end, name, content) of each, in order.

    A file without an end is none, unless the text is known to be one that may be ``cut_off``.
    """
    files: list[tuple[int, int, str, bytes]] = []
    position = 0
    while len(files) < _MAX_FILES and (begin := _BEGIN.search(body, position)) is not None:
        position = begin.end()
        found = _FILE_END.search(body, position)
        if found is None and not cut_off:
            break
        end = found.start() if found is not None else len(body)
        content = _lines(body[position:end], begin[0].startswith(b"begin-base64"))
        after = body.find(b"\n", end)
        position = len(body) if after < 0 else after + 1
        if content is not None:
            files.append((begin.start(), position, begin[1].decode("utf-8", "replace"), content))
    return files


def _lines(body: bytes, base64: bool) -> bytes | None:
    """The content between ``begin`` and ``end``, or None where a line is not uuencoded."""
    if base64:
        return loose_base64(body)
    out: list[bytes] = []
    for line in body.splitlines():
        if not line.strip() or line == b"`":
            continue
        try:
            out.append(binascii.a2b_uu(line))
        except binascii.Error:
            # Some programs write more letters than the count at the start of the line says.
            try:
                out.append(binascii.a2b_uu(line[: 1 + ((((line[0] - 32) & 63) + 2) // 3) * 4]))
            except binascii.Error:
                return None
    return b"".join(out) or None
