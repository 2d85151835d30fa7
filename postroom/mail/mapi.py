"""MAPI properties ([MS-OXPROPS]), in which Outlook keeps a mail: shared by winmail.dat and .msg files."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from postroom.mail.charsets import clean, codec_of, decode
from postroom.mail.model import Address
from postroom.mail.rtf import decompress_rtf, read_rtf

Value = bytes | str | int | datetime
Properties = dict[int, Value]

SUBJECT = 0x0037
CLIENT_SUBMIT_TIME = 0x0039
SENT_REPRESENTING_NAME = 0x0042
SENT_REPRESENTING_ADDRESS = 0x0065
TRANSPORT_HEADERS = 0x007D
RECIPIENT_TYPE = 0x0C15
SENDER_NAME = 0x0C1A
SENDER_ADDRESS = 0x0C1F
DISPLAY_CC = 0x0E03
DISPLAY_TO = 0x0E04
DELIVERY_TIME = 0x0E06
BODY = 0x1000
RTF_COMPRESSED = 0x1009
BODY_HTML = 0x1013
MESSAGE_ID = 0x1035
DISPLAY_NAME = 0x3001
EMAIL_ADDRESS = 0x3003
ATTACH_DATA = 0x3701
ATTACH_FILENAME = 0x3704
ATTACH_METHOD = 0x3705
ATTACH_LONG_FILENAME = 0x3707
ATTACH_MIME_TAG = 0x370E
ATTACH_CONTENT_ID = 0x3712
SMTP_ADDRESS = 0x39FE
INTERNET_CODEPAGE = 0x3FDE
MESSAGE_CODEPAGE = 0x3FFD
SENDER_SMTP_ADDRESS = 0x5D01
SENT_REPRESENTING_SMTP_ADDRESS = 0x5D02

# Bytes that a value of each type takes; types that are not here have a length in front.
FIXED = {0x01: 0, 0x02: 2, 0x03: 4, 0x04: 4, 0x05: 8, 0x06: 8, 0x07: 8, 0x0A: 4, 0x0B: 2, 0x14: 8, 0x40: 8, 0x48: 16}
STRING8, UNICODE, OBJECT, BINARY = 0x1E, 0x1F, 0x0D, 0x102
_INTEGERS = (0x02, 0x03, 0x0B, 0x14)
_SYSTIME = 0x40
_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
_FIRST_DAY, _LAST_DAY = datetime(1970, 1, 2, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class MapiFile:
    """One attachment: ``content_id`` is '' where it has none; ``embedded`` is a mail inside this one."""

    name: str
    content_type: str
    content: bytes
    content_id: str = ""
    embedded: MapiMessage | None = None


@dataclass(slots=True)
class MapiMessage:
    """What Outlook knows of one mail. ``text`` is '' and ``html`` None where it has none; the header is as received."""

    sender: Address | None = None
    to: list[Address] = field(default_factory=list)
    cc: list[Address] = field(default_factory=list)
    subject: str = ""
    date: datetime | None = None
    message_id: str = ""
    text: str = ""
    html: str | None = None
    header: str = ""
    files: list[MapiFile] = field(default_factory=list)


def value_of(kind: int, data: bytes, codec: str) -> Value | None:
    """One value of a property type as a Python value, or None for a type that nothing here needs."""
    if kind == UNICODE:
        return _ended(clean(data.decode("utf-16-le", "replace")))
    if kind == STRING8:
        return _ended(decode(data.rstrip(b"\x00"), codec)[0])
    if kind in (BINARY, OBJECT):
        return data
    if kind in _INTEGERS:
        return int.from_bytes(data[: FIXED[kind]], "little")
    if kind == _SYSTIME and len(data) >= 8:
        return file_time(data)
    return None


def _ended(text: str) -> str:
    return text.rstrip("\x00").replace("\r\n", "\n")


def file_time(data: bytes) -> datetime | None:
    """A FILETIME (units of 100 ns since 1601) as an aware datetime, or None outside 1970 to 2200."""
    try:
        moment = _EPOCH + timedelta(microseconds=struct.unpack_from("<Q", data)[0] // 10)
    except OverflowError:
        return None
    return moment.replace(microsecond=0) if _FIRST_DAY < moment < _LAST_DAY else None


def string(properties: Properties, *names: int) -> str:
    """The first of these properties that is a string and not empty, or ''."""
    for name in names:
        value = properties.get(name)
        if isinstance(value, str) and value.strip("\x00 "):
            return value.strip("\x00 ")
    return ""


def codec(properties: Properties) -> str:
    """The codec of 8-bit strings and of the HTML."""
    for name in (INTERNET_CODEPAGE, MESSAGE_CODEPAGE):
        number = properties.get(name)
        if isinstance(number, int) and (found := codec_of(f"cp{number}")) is not None:
            return found
    return "cp1252"


def address(properties: Properties, name: int, *emails: int) -> Address | None:
    """A person: the SMTP address where there is one; an X.500 address of Exchange counts for nothing."""
    shown = string(properties, name)
    email = next((text for each in emails if "@" in (text := string(properties, each))), "")
    if not email and "@" in shown:
        email = shown
    return Address(shown if shown != email else "", email) if shown or email else None


def fill(message: MapiMessage, properties: Properties) -> None:
    """Set the facts of a mail from the properties of the message object."""
    message.sender = address(
        properties,
        SENT_REPRESENTING_NAME,
        SENT_REPRESENTING_SMTP_ADDRESS,
        SENT_REPRESENTING_ADDRESS,
        SENDER_SMTP_ADDRESS,
        SENDER_ADDRESS,
    ) or address(properties, SENDER_NAME, SENDER_SMTP_ADDRESS, SENDER_ADDRESS)
    message.subject = string(properties, SUBJECT)
    for name in (CLIENT_SUBMIT_TIME, DELIVERY_TIME):
        moment = properties.get(name)
        if message.date is None and isinstance(moment, datetime):
            message.date = moment
    message.message_id = string(properties, MESSAGE_ID).strip("<>")
    message.header = string(properties, TRANSPORT_HEADERS)
    message.text = string(properties, BODY).strip("\n")
    message.html = _html(properties)
    rtf = properties.get(RTF_COMPRESSED)
    if isinstance(rtf, bytes) and message.html is None and not message.text:
        message.text, message.html = read_rtf(decompress_rtf(rtf))
    if not message.to:
        message.to = shown_names(string(properties, DISPLAY_TO))
    if not message.cc:
        message.cc = shown_names(string(properties, DISPLAY_CC))


_META = re.compile(rb"charset\s{0,5}=\s{0,5}[\"']?([A-Za-z0-9_-]{2,40})")


def _html(properties: Properties) -> str | None:
    value = properties.get(BODY_HTML)
    if isinstance(value, bytes):
        declared = _META.search(value, 0, 4096)
        charset = declared[1].decode("ascii") if declared is not None else codec(properties)
        value = decode(value.rstrip(b"\x00"), charset)[0]
    return value if isinstance(value, str) and value.strip("\x00 \n") else None


def shown_names(names: str) -> list[Address]:
    """Recipients by what Outlook shows of them: names with semicolons between."""
    found = [name.strip().strip("'") for name in names.split(";")[:1_000]]
    return [Address("" if "@" in name else name, name if "@" in name else "") for name in found if name]


def file_of(properties: Properties, number: int) -> MapiFile:
    """One attachment from its properties."""
    data = properties.get(ATTACH_DATA)
    return MapiFile(
        name=string(properties, ATTACH_LONG_FILENAME, ATTACH_FILENAME, DISPLAY_NAME) or f"attachment-{number}.bin",
        content_type=string(properties, ATTACH_MIME_TAG).lower() or "application/octet-stream",
        content=data if isinstance(data, bytes) else b"",
        content_id=string(properties, ATTACH_CONTENT_ID).strip("<>"),
    )
