"""Header fields as they are sent: encoded, folded, and without a way to smuggle in another field."""

from __future__ import annotations

import re
from binascii import b2a_base64
from collections.abc import Sequence
from urllib.parse import quote

from postroom.mail.addresses import is_valid
from postroom.mail.model import Address

_WIDTH = 76
_CONTROLS = re.compile("[\x00-\x1f\x7f\u0085\u2028\u2029\ud800-\udfff]+")
_NAME = re.compile(r"[!-9;-~]{1,76}")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]*")
_NOT_ID = re.compile(r"[^!-;=?-~]")
# 45 bytes become 60 letters of base64: with ``=?utf-8?B?`` and ``?=`` an encoded word of 72 (RFC 2047, 2).
_WORD_BYTES = 45
_FORBIDDEN = {"bcc", "resent-bcc"}


def one_line(value: str) -> str:
    """A value without line ends and controls: header injection ends here."""
    return _CONTROLS.sub(" ", value).strip()


def field_line(name: str, value: str) -> bytes:
    """One unstructured field, encoded and folded. Raises ValueError for an impossible or forbidden name."""
    if _NAME.fullmatch(name) is None or name.lower() in _FORBIDDEN:
        raise ValueError(f"no header field may be called {name!r}")
    value = one_line(value)
    room = _WIDTH - len(name) - 2
    if value.isascii() and "=?" not in value:
        if len(value) <= room:
            return f"{name}: {value}\r\n".encode("ascii")
        folded = _fold(value.split(" "), room)
        if folded is not None:
            return f"{name}: {folded}\r\n".encode("ascii")
    return f"{name}: {_encode(value)}\r\n".encode("ascii")


def raw_line(name: str, items: Sequence[str], separator: str = " ") -> bytes:
    """One structured field of ready ASCII items, folded between them."""
    lines: list[str] = []
    line = f"{name}:"
    for number, item in enumerate(items):
        piece = item + (separator.rstrip() if number < len(items) - 1 else "")
        if len(line) + len(piece) + 1 > _WIDTH and len(line) > len(name) + 1:
            lines.append(line)
            line = ""
        line += " " + piece
    lines.append(line)
    return ("\r\n".join(lines) + "\r\n").encode("ascii")


def _fold(words: list[str], room: int) -> str | None:
    """Words on lines of at most 76, or None where one word is too long for a line of 998 (RFC 5322, 2.1.1)."""
    lines: list[str] = []
    line = ""
    for word in words:
        if len(word) > 900:
            return None
        if line and len(line) + 1 + len(word) > room and word:
            lines.append(line)
            line, room = word, _WIDTH - 1
        else:
            line = f"{line} {word}" if line else word
    return "\r\n ".join([*lines, line])


def _encode(value: str) -> str:
    """Encoded words in UTF-8; no character is cut in two (RFC 2047, 5)."""
    words: list[str] = []
    chunk = b""
    for character in value:
        data = character.encode("utf-8")
        if len(chunk) + len(data) > _WORD_BYTES:
            words.append(_word(chunk))
            chunk = b""
        chunk += data
    words.append(_word(chunk))
    return "\r\n ".join(words)


def _word(data: bytes) -> str:
    return f"=?utf-8?B?{b2a_base64(data, newline=False).decode('ascii')}?="


def message_id(value: str) -> str:
    """A Message-ID with angle brackets; what no Message-ID may hold is dropped."""
    return f"<{_NOT_ID.sub('', value)[:900]}>"


def addr_spec(email: str) -> str:
    """The address in ASCII: an international domain in its IDNA form. Raises ValueError where mail cannot go there."""
    email = email.strip()
    local, _at, domain = email.rpartition("@")
    if not is_valid(email) or not local.isascii():
        raise ValueError(f"not an address that can be sent to: {email!r}")
    try:
        return f"{local}@{domain if domain.isascii() else domain.encode('idna').decode('ascii')}"
    except UnicodeError as error:
        raise ValueError(f"not a domain: {domain!r}") from error


def mailbox(address: Address) -> str:
    """A mailbox with its display name, quoted or encoded as needed."""
    spec = addr_spec(address.email)
    name = one_line(address.name)
    if not name:
        return spec
    if not name.isascii() or "=?" in name or len(name) > 200:
        return f"{_encode(name)} <{spec}>"
    if _ATOMS.fullmatch(name) is None:
        name = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return f"{name} <{spec}>"


def parameter(name: str, value: str) -> str:
    """``; name="value"``, or the encoded and continued form of RFC 2231."""
    value = one_line(value)
    if value.isascii() and len(value) <= 60:
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return f';\r\n {name}="{escaped}"'
    encoded = quote(value, safe="")
    pieces: list[str] = []
    while encoded:
        cut = 55
        # An escape is not cut in two.
        while 0 < cut < len(encoded) and "%" in encoded[cut - 2 : cut]:
            cut -= 1
        pieces.append(encoded[:cut])
        encoded = encoded[cut:]
    if len(pieces) == 1:
        return f";\r\n {name}*=utf-8''{pieces[0]}"
    first = f";\r\n {name}*0*=utf-8''{pieces[0]}"
    return first + "".join(f";\r\n {name}*{number}*={piece}" for number, piece in enumerate(pieces[1:], start=1))
