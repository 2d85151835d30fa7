"""A mail that Outlook kept in its own form, written as the mail it was (RFC 5322), so that one reader reads all."""

from __future__ import annotations

from binascii import b2a_base64
from collections.abc import Sequence
from email.utils import format_datetime
from hashlib import sha256

from postroom.mail.field_lines import field_line, mailbox, one_line, parameter, raw_line
from postroom.mail.mapi import MapiFile, MapiMessage
from postroom.mail.model import Address

_MAX_DEPTH = 4


def as_eml(message: MapiMessage, depth: int = 0) -> bytes:
    """The bytes of a mail with these facts. Its own header, as received, is kept in front where Outlook kept it."""
    lines = [b"MIME-Version: 1.0\r\n"]
    if message.sender is not None:
        lines.append(_people("From", [message.sender]))
    if message.to:
        lines.append(_people("To", message.to))
    if message.cc:
        lines.append(_people("Cc", message.cc))
    lines.append(field_line("Subject", message.subject))
    if message.date is not None:
        lines.append(field_line("Date", format_datetime(message.date)))
    if message.message_id:
        lines.append(field_line("Message-ID", f"<{message.message_id}>"))
    parts = [_text("plain", message.text)] if message.text else []
    if message.html is not None:
        parts.append(_text("html", message.html))
    body = _joined("alternative", parts) if len(parts) > 1 else (parts or [_text("plain", "")])[0]
    files = [_file(each, depth) for each in message.files]
    return b"".join(lines) + (_joined("mixed", [body, *files]) if files else body)


def _people(name: str, people: Sequence[Address]) -> bytes:
    return raw_line(name, [_person(each) for each in people], ", ")


def _person(person: Address) -> str:
    """A mailbox; where there is no address that mail could go to, the name alone."""
    try:
        return mailbox(person)
    except ValueError:
        name = one_line(person.name or person.email)
        encoded = b2a_base64(name.encode()[:300], newline=False).decode("ascii")
        return f"=?utf-8?B?{encoded}?= <>"


def _text(subtype: str, text: str) -> bytes:
    head = f"Content-Type: text/{subtype}; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    return head.encode("ascii") + _base64(text.encode("utf-8", "replace"))


def _file(file: MapiFile, depth: int) -> bytes:
    if file.embedded is not None and depth < _MAX_DEPTH:
        return b"Content-Type: message/rfc822\r\n\r\n" + as_eml(file.embedded, depth + 1)
    kind = file.content_type if file.content_type.isascii() and file.content_type.count("/") == 1 else ""
    head = f"Content-Type: {one_line(kind).partition(';')[0] or 'application/octet-stream'}\r\n"
    if file.content_id:
        head += field_line("Content-ID", f"<{one_line(file.content_id)[:200]}>").decode("ascii")
    head += f"Content-Disposition: attachment{parameter('filename', file.name)}\r\n"
    return (head + "Content-Transfer-Encoding: base64\r\n\r\n").encode("ascii", "replace") + _base64(file.content)


def _base64(data: bytes) -> bytes:
    encoded = b2a_base64(data, newline=False)
    return b"\r\n".join(encoded[at : at + 76] for at in range(0, len(encoded), 76)) + b"\r\n"


def _joined(subtype: str, parts: Sequence[bytes]) -> bytes:
    boundary = b"=_" + sha256(b"".join(parts)).hexdigest()[:32].encode("ascii")
    head = b"Content-Type: multipart/" + subtype.encode("ascii") + b'; boundary="' + boundary + b'"\r\n\r\n'
    return head + b"".join(b"--" + boundary + b"\r\n" + part + b"\r\n" for part in parts) + b"--" + boundary + b"--\r\n"
