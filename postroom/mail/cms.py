"""The outer layers of a CMS message (RFC 5652, 8551): what kind it is, and the content of one that is only signed.

Nothing is verified or decrypted. BER is read, because Outlook and others write indefinite lengths.
"""

from __future__ import annotations

import zlib
from binascii import Error as NotBase64
from binascii import a2b_base64
from dataclasses import dataclass
from typing import Literal

Kind = Literal["signed", "enveloped", "compressed", "other"]

_PKCS7 = bytes.fromhex("2a864886f70d0107")
_COMPRESSED = bytes.fromhex("2a864886f70d0109100109")
_AUTHENTICATED = bytes.fromhex("2a864886f70d0109100117")
_ENVELOPED = (3, 4, 6)
_MAX_CONTENT = 60_000_000
_MAX_DEPTH = 12


@dataclass(frozen=True, slots=True)
class Envelope:
    """``content`` is the MIME entity inside a signed or compressed message, or None."""

    kind: Kind
    content: bytes | None


class _Malformed(Exception):
    """No BER, or not the structure that was expected."""


@dataclass(frozen=True, slots=True)
class _Element:
    """One BER element: where its content lies, and where the next element begins."""

    tag: int
    start: int
    end: int
    after: int


def open_envelope(data: bytes) -> Envelope:
    """Look into the content of an application/pkcs7-mime part. Never raises."""
    if data[:20].lstrip().startswith((b"-----BEGIN", b"MII", b"MIA")):
        data = _from_text(data)
    try:
        return _open(data)
    except (_Malformed, IndexError, zlib.error):
        return Envelope("other", None)


def _from_text(data: bytes) -> bytes:
    lines = [line for line in data.splitlines() if not line.startswith(b"-----")]
    try:
        return a2b_base64(b"".join(lines))
    except NotBase64:
        return data


def _open(data: bytes) -> Envelope:
    outer = _element(data, 0, len(data))
    kind = _element(data, outer.start, outer.end)
    if kind.tag != 0x06:
        raise _Malformed
    name = data[kind.start : kind.end]
    if name == _AUTHENTICATED or (name[:-1] == _PKCS7 and name[-1] in _ENVELOPED):
        return Envelope("enveloped", None)
    signed = name == _PKCS7 + b"\x02"
    if not signed and name != _COMPRESSED:
        return Envelope("other", None)
    explicit = _element(data, kind.after, outer.end)
    body = _element(data, explicit.start, explicit.end)
    version = _element(data, body.start, body.end)
    algorithms = _element(data, version.after, body.end)
    holder = _element(data, algorithms.after, body.end)
    content_type = _element(data, holder.start, holder.end)
    if content_type.after >= holder.end:
        # A detached signature carries no content.
        return Envelope("signed" if signed else "compressed", None)
    wrapped = _element(data, content_type.after, holder.end)
    content = b"".join(_octets(data, wrapped.start, wrapped.end, 0))
    if signed:
        return Envelope("signed", content)
    return Envelope("compressed", zlib.decompressobj().decompress(content, _MAX_CONTENT))


def _octets(data: bytes, start: int, end: int, depth: int) -> list[bytes]:
    """The pieces of an OCTET STRING, which BER may cut up."""
    pieces: list[bytes] = []
    while start < end and depth < _MAX_DEPTH:
        element = _element(data, start, end)
        if element.tag == 0x04:
            pieces.append(data[element.start : element.end])
        elif element.tag == 0x24:
            pieces.extend(_octets(data, element.start, element.end, depth + 1))
        start = element.after
    return pieces


def _element(data: bytes, start: int, limit: int, depth: int = 0) -> _Element:
    """Read tag and length at ``start``. An element that claims more than there is ends with its surroundings."""
    if start + 2 > limit or depth > _MAX_DEPTH:
        raise _Malformed
    tag, length = data[start], data[start + 1]
    start += 2
    if length == 0x80:
        return _indefinite(data, tag, start, limit, depth)
    if length > 0x80:
        size = length & 0x7F
        if size > 6 or start + size > limit:
            raise _Malformed
        length = int.from_bytes(data[start : start + size], "big")
        start += size
    end = min(start + length, limit)
    return _Element(tag, start, end, end)


def _indefinite(data: bytes, tag: int, start: int, limit: int, depth: int) -> _Element:
    """An element of indefinite length ends with two zero bytes."""
    at = start
    while at + 2 <= limit and data[at : at + 2] != b"\x00\x00":
        at = _element(data, at, limit, depth + 1).after
    return _Element(tag, start, at, min(at + 2, limit))
