"""Reader of winmail.dat, in which Outlook hides a mail and its files ([MS-OXTNEF]). Bounded; nothing is trusted."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

from postroom.mail import mapi
from postroom.mail.charsets import codec_of, decode
from postroom.mail.mapi import FIXED, MapiFile, MapiMessage, Properties

_SIGNATURE = b"\x78\x9f\x3e\x22"
_TYPES = ("application/ms-tnef", "application/vnd.ms-tnef", "application/x-tnef")
_SUBJECT = 0x8004
_BODY = 0x800C
_ATTACH_DATA = 0x800F
_ATTACH_TITLE = 0x8010
_ATTACH_START = 0x9002
_MAPI_PROPERTIES = 0x9003
_ATTACH_PROPERTIES = 0x9005
_CODE_PAGE = 0x9007
_MAX_ATTRIBUTES = 10_000
_MAX_PROPERTIES = 20_000
_MAX_VALUES = 1_000
_MAX_DEPTH = 3
_MAX_FILES = 500


@dataclass(slots=True)
class Tnef:
    """The mail inside; ``damaged`` where the stream ended too early or did not add up."""

    message: MapiMessage = field(default_factory=MapiMessage)
    damaged: bool = False


@dataclass(slots=True)
class _Attachment:
    title: str = ""
    content: bytes | None = None
    properties: Properties = field(default_factory=dict)


class _Truncated(Exception):
    """The stream ends within a value."""


def is_tnef(content_type: str, filename: str, content: bytes) -> bool:
    """Whether a part is a winmail.dat, whatever it is called."""
    named = content_type in _TYPES or filename.lower().endswith(("winmail.dat", "win.dat", ".tnef"))
    return (named or content_type == "application/octet-stream") and content.startswith(_SIGNATURE)


def read_tnef(data: bytes, depth: int = 0) -> Tnef:
    """Read a TNEF stream as far as it goes. Never raises."""
    found = Tnef()
    if not data.startswith(_SIGNATURE):
        found.damaged = True
        return found
    reader = _Reader(data, depth)
    try:
        reader.read()
    except (_Truncated, struct.error):
        found.damaged = True
    found.message = reader.message()
    return found


class _Reader:
    """One pass over the attributes of a stream."""

    def __init__(self, data: bytes, depth: int) -> None:
        self._data = data
        self._depth = depth
        self._codec = "cp1252"
        self._properties: Properties = {}
        self._subject = ""
        self._body = ""
        self._attachments: list[_Attachment] = []

    def read(self) -> None:
        """Read all attributes: level, id and type, length, data, checksum."""
        data, at = self._data, 6
        for _ in range(_MAX_ATTRIBUTES):
            if at >= len(data):
                return
            if at + 9 > len(data):
                raise _Truncated
            identifier = int.from_bytes(data[at + 1 : at + 3], "little")
            length = int.from_bytes(data[at + 5 : at + 9], "little")
            content = data[at + 9 : at + 9 + length]
            self._take(identifier, content)
            if len(content) < length:
                raise _Truncated
            at += 9 + length + 2

    def _take(self, identifier: int, content: bytes) -> None:
        if identifier == _CODE_PAGE:
            self._codec = codec_of(f"cp{int.from_bytes(content[:4], 'little')}") or self._codec
        elif identifier == _SUBJECT:
            self._subject = decode(content.rstrip(b"\x00"), self._codec)[0]
        elif identifier == _BODY:
            self._body = decode(content.rstrip(b"\x00"), self._codec)[0].replace("\r\n", "\n")
        elif identifier == _MAPI_PROPERTIES:
            _properties(content, self._codec, self._properties)
        elif identifier == _ATTACH_START:
            if len(self._attachments) < _MAX_FILES:
                self._attachments.append(_Attachment())
        elif self._attachments:
            self._take_attachment(self._attachments[-1], identifier, content)

    def _take_attachment(self, attachment: _Attachment, identifier: int, content: bytes) -> None:
        if identifier == _ATTACH_TITLE:
            attachment.title = decode(content.rstrip(b"\x00"), self._codec)[0]
        elif identifier == _ATTACH_DATA:
            attachment.content = content
        elif identifier == _ATTACH_PROPERTIES:
            _properties(content, self._codec, attachment.properties)

    def message(self) -> MapiMessage:
        """The mail that was read."""
        message = MapiMessage()
        mapi.fill(message, self._properties)
        message.subject = message.subject or self._subject
        message.text = message.text or self._body.strip("\n")
        message.files = [self._file(attachment, n) for n, attachment in enumerate(self._attachments, start=1)]
        return message

    def _file(self, attachment: _Attachment, number: int) -> MapiFile:
        file = mapi.file_of(attachment.properties, number)
        if not mapi.string(attachment.properties, mapi.ATTACH_LONG_FILENAME) and attachment.title:
            file.name = attachment.title
        if attachment.content is not None:
            file.content = attachment.content
        elif file.content[16:20] == _SIGNATURE:
            # An embedded object: the id of its interface, and then a stream of its own.
            file.content = file.content[16:]
            if self._depth < _MAX_DEPTH:
                file.embedded = read_tnef(file.content, self._depth + 1).message
        return file


def _properties(data: bytes, codec: str, found: Properties) -> None:
    """Read a list of MAPI properties as far as it goes; the first of each id counts."""
    at = 4
    for _ in range(min(int.from_bytes(data[:4], "little"), _MAX_PROPERTIES)):
        if at + 4 > len(data):
            raise _Truncated
        kind, identifier = struct.unpack_from("<HH", data, at)
        at += 4
        if identifier >= 0x8000:
            at = _skip_name(data, at)
        value, at = _value(data, at, kind, codec)
        if value is not None:
            found.setdefault(identifier, value)


def _skip_name(data: bytes, at: int) -> int:
    """A named property has a GUID and a number or a name, in front of its value."""
    kind, number = struct.unpack_from("<II", data, at + 16)
    return at + 24 + (_padded(number) if kind == 1 else 0)


def _value(data: bytes, at: int, kind: int, codec: str) -> tuple[mapi.Value | None, int]:
    """The (first) value of a property, and where the next property begins."""
    several, kind = bool(kind & 0x1000), kind & ~0x1000
    size = FIXED.get(kind)
    count = 1
    if several or size is None:
        count = min(struct.unpack_from("<I", data, at)[0], _MAX_VALUES)
        at += 4
    first: mapi.Value | None = None
    for number in range(count):
        length = size
        if length is None:
            length = struct.unpack_from("<I", data, at)[0]
            at += 4
        if number == 0:
            first = mapi.value_of(kind, data[at : at + length], codec)
        at += _padded(length)
        if at > len(data) + 3:
            raise _Truncated
    return first, at


def _padded(length: int) -> int:
    return length + (-length) % 4
