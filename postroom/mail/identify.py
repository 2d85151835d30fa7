"""Signed marks by which an answer finds its request: in the Message-ID, in one footer line, in a plus address.

Each mark is a ticket id and 80 bits of HMAC-SHA256 (RFC 2104) over its purpose and content, in lower case, because
some programs change the case of Message-IDs and addresses. ``keys`` are one key or several, newest first: the newest
signs, all are believed.
"""

from __future__ import annotations

import hmac
import re
from base64 import b32encode
from collections.abc import Sequence
from hashlib import sha256

from postroom.mail.model import ParsedMail
from postroom.mail.subjects import base_subject, strip_tag, subject_tag, tag_in_subject

__all__ = [
    "Keys",
    "base_subject",
    "content_hash",
    "footer_line",
    "mint",
    "plus_address",
    "strip_tag",
    "subject_tag",
    "tag_in_subject",
    "ticket_in_text",
    "ticket_of",
    "ticket_of_address",
]

Keys = bytes | Sequence[bytes]

_MAC = r"[a-z2-7]{16}"
_SERIAL = re.compile(r"[a-z0-9-]{1,64}")
_MINTED = re.compile(rf"<?pr\.(\d{{1,12}})\.([a-z0-9-]{{1,64}})\.({_MAC})@[^<>\s]{{1,255}}>?")
_FOOTER = re.compile(rf"\bpr-(\d{{1,12}})-({_MAC})\b")
_PLUS = re.compile(rf".{{1,200}}\+pr-(\d{{1,12}})-({_MAC})@[^@]{{1,255}}")
_MAX_FOOTERS = 50


def _mac(key: bytes, purpose: str, content: str) -> str:
    digest = hmac.digest(key, f"{purpose}\x00{content}".encode(), sha256)
    return b32encode(digest[:10]).decode("ascii").lower()


def _all(keys: Keys) -> Sequence[bytes]:
    found = [keys] if isinstance(keys, bytes) else keys
    if not found or not all(found):
        raise ValueError("a key is needed, and none may be empty")
    return found


def _is_ours(keys: Keys, purpose: str, content: str, mac: str) -> bool:
    return any(hmac.compare_digest(_mac(key, purpose, content), mac) for key in _all(keys))


def mint(ticket_id: int, serial: str, domain: str, keys: Keys) -> str:
    """A Message-ID without angle brackets for one mail of a ticket.

    ``serial`` tells the mails of one ticket apart: letters, digits and hyphens, at most 64 (ValueError otherwise).
    """
    serial = serial.lower()
    if ticket_id < 0 or _SERIAL.fullmatch(serial) is None:
        raise ValueError(f"no Message-ID can be made of {ticket_id!r} and {serial!r}")
    mac = _mac(_all(keys)[0], "message-id", f"{ticket_id}.{serial}")
    return f"pr.{ticket_id}.{serial}.{mac}@{domain.lower()}"


def ticket_of(message_id: str, keys: Keys) -> int | None:
    """The ticket of a Message-ID that we minted, or None: also for a forged one. Works for each of References."""
    found = _MINTED.fullmatch(message_id.strip().lower())
    if found is None or not _is_ours(keys, "message-id", f"{found[1]}.{found[2]}", found[3]):
        return None
    return int(found[1])


def footer_line(ticket_id: int, keys: Keys) -> str:
    """The one line that stands below what we send."""
    return f"Reference: pr-{ticket_id}-{_mac(_all(keys)[0], 'footer', str(ticket_id))}"


def ticket_in_text(text: str, keys: Keys) -> int | None:
    """The ticket of the first genuine footer line in a text, quoted or not."""
    for number, found in enumerate(_FOOTER.finditer(text.lower())):
        if number >= _MAX_FOOTERS:
            return None
        if _is_ours(keys, "footer", found[1], found[2]):
            return int(found[1])
    return None


def plus_address(address: str, ticket_id: int, keys: Keys) -> str:
    """``support@desk.test`` as ``support+pr-46-...@desk.test``."""
    local, _at, domain = address.rpartition("@")
    return f"{local}+pr-{ticket_id}-{_mac(_all(keys)[0], 'address', str(ticket_id))}@{domain}"


def ticket_of_address(address: str, keys: Keys) -> int | None:
    """The ticket of a plus address that we made, or None."""
    found = _PLUS.fullmatch(address.strip().lower())
    return int(found[1]) if found is not None and _is_ours(keys, "address", found[1], found[2]) else None


def content_hash(mail: ParsedMail) -> str:
    """A digest of what a person would call the same mail, whatever way it came: for recognising duplicates.

    Over sender, subject, date, visible text and attachments; trace fields are left out.
    """
    digest = sha256()
    for piece in (
        mail.sender.email.lower() if mail.sender else "",
        " ".join(mail.subject.split()),
        str(mail.date.timestamp()) if mail.date else "",
        " ".join((mail.text or mail.html or "").split()),
        *sorted(attachment.sha256 for attachment in mail.attachments),
    ):
        digest.update(piece.encode("utf-8", "replace") + b"\x00")
    return digest.hexdigest()
