"""Reader of .msg files, in which Outlook keeps one mail ([MS-OXMSG]), and of mails dragged into another mail."""

from __future__ import annotations

import struct
from io import BytesIO

import olefile

from postroom.mail import mapi
from postroom.mail.mapi import FIXED, MapiFile, MapiMessage, Properties
from postroom.mail.model import Address

_PROPERTIES = "__properties_version1.0"
_VALUE = "__substg1.0_"
_MAX_RECIPIENTS = 1_000
_MAX_FILES = 500
_MAX_DEPTH = 4
_MAX_STREAM = 60_000_000


def is_msg(filename: str, content_type: str, content: bytes) -> bool:
    """Whether an attachment is a mail saved by Outlook, and no other Office document."""
    named = filename.lower().endswith(".msg") or content_type == "application/vnd.ms-outlook"
    return named and content.startswith(olefile.MAGIC)


def read_msg(data: bytes) -> MapiMessage | None:
    """The mail in a .msg file: people, subject, date, text, HTML, files; None for what is none. Never raises."""
    if not data.startswith(olefile.MAGIC):
        return None
    try:
        with olefile.OleFileIO(BytesIO(data)) as file:
            return _Message(file).read("", 32, 0) if file.exists(_PROPERTIES) else None
    except (OSError, ValueError, TypeError, IndexError, AttributeError, RecursionError, struct.error):
        # What olefile raises on a file whose tables lead nowhere.
        return None


class _Message:
    """Reads message objects out of one compound file."""

    def __init__(self, file: olefile.OleFileIO) -> None:
        self._file = file
        self._spent = 0
        self._folders: dict[str, list[str]] = {}
        self._streams: dict[str, list[str]] = {}
        for path in file.listdir():
            folder, name = "/".join(path[:-1]), path[-1]
            if name == _PROPERTIES and folder:
                self._folders.setdefault("/".join(path[:-2]), []).append(folder)
            elif name.startswith(_VALUE):
                self._streams.setdefault(folder, []).append(name)

    def _stream(self, path: str) -> bytes:
        """The content of one stream; all streams share a budget."""
        size = self._file.get_size(path)
        self._spent += size
        return self._file.openstream(path).read() if self._spent <= _MAX_STREAM else b""

    def read(self, folder: str, header: int, depth: int) -> MapiMessage:
        """The message object in a folder, whose property stream has a header of that many bytes."""
        properties = self._properties(folder, header)
        message = MapiMessage()
        codec = mapi.codec(properties)
        below = sorted(self._folders.get(folder, []))
        for each in [path for path in below if "__recip_version1.0_" in path][:_MAX_RECIPIENTS]:
            self._recipient(message, self._properties(each, 8, codec))
        mapi.fill(message, properties)
        files = [path for path in below if "__attach_version1.0_" in path][:_MAX_FILES]
        message.files = [self._attachment(each, n, codec, depth) for n, each in enumerate(files, start=1)]
        return message

    def _recipient(self, message: MapiMessage, properties: Properties) -> None:
        found = mapi.address(properties, mapi.DISPLAY_NAME, mapi.SMTP_ADDRESS, mapi.EMAIL_ADDRESS)
        if found is None:
            return
        name = "" if found.name == found.email else found.name.strip("'")
        kind = properties.get(mapi.RECIPIENT_TYPE)
        (message.cc if kind == 2 else message.to if kind != 3 else []).append(Address(name, found.email))

    def _attachment(self, folder: str, number: int, codec: str, depth: int) -> MapiFile:
        properties = self._properties(folder, 8, codec)
        file = mapi.file_of(properties, number)
        inner = f"{folder}/{_VALUE}3701000D"
        if depth < _MAX_DEPTH and inner in self._folders.get(folder, []):
            file.embedded = self.read(inner, 24, depth + 1)
        return file

    def _properties(self, folder: str, header: int, codec: str = "") -> Properties:
        """The properties of one object: small values stand in its property stream, the others in streams."""
        prefix = f"{folder}/" if folder else ""
        content = self._stream(prefix + _PROPERTIES)
        found: Properties = {}
        for at in range(header, len(content) - 15, 16):
            kind, identifier = struct.unpack_from("<HH", content, at)
            if kind in FIXED:
                value = mapi.value_of(kind, content[at + 8 : at + 16], "cp1252")
                if value is not None:
                    found[identifier] = value
        codec = codec or mapi.codec(found)
        for name in self._streams.get(folder, []):
            tag = name[len(_VALUE) : len(_VALUE) + 8]
            if len(name) != len(_VALUE) + 8 or any(letter not in "0123456789ABCDEFabcdef" for letter in tag):
                continue
            value = mapi.value_of(int(tag[4:], 16), self._stream(prefix + name), codec)
            if value is not None:
                found[int(tag[:4], 16)] = value
        return found
