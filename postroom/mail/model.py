"""The facts of one parsed mail: what every other part of the product knows about it.

Field names follow the public contract of ``postroom parse --jsonl``. Nothing here does anything.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

AutoKind = Literal["no", "auto-replied", "auto-generated", "bulk", "bounce", "read-receipt"]
Protection = Literal["no", "smime", "pgp"]


@dataclass(frozen=True, slots=True)
class Address:
    """One mailbox of RFC 5322, 3.4: display name and addr-spec, as written (compare ``email`` lower-cased)."""

    name: str
    email: str


@dataclass(slots=True)
class Attachment:
    """One part that is not the body. ``content_id`` is bare; ``size`` and ``sha256`` are those of ``content``.

    ``named`` is False where the mail gives no file name and ``filename`` was made up from type or subject.
    """

    filename: str
    content_type: str
    size: int
    content_id: str | None
    inline: bool
    sha256: str
    content: bytes = field(repr=False, default=b"")
    named: bool = True


@dataclass(frozen=True, slots=True)
class BounceRecipient:
    """One failed recipient of a delivery status notification (RFC 3464, 2.3)."""

    address: str
    action: str
    status: str
    diagnostic: str
    kind: str


@dataclass(slots=True)
class Bounce:
    """What a delivery status notification says. ``original_message_id`` is without angle brackets."""

    recipients: list[BounceRecipient]
    original_message_id: str | None


@dataclass(slots=True)
class Forwarded:
    """The mail inside a forward, read from an inline header block or an attached message/rfc822."""

    sender: Address
    to: list[Address]
    cc: list[Address]
    subject: str
    date: datetime | None
    text: str


@dataclass(slots=True)
class ParsedMail:
    """One mail. Message-IDs are without angle brackets; every text is free of NUL and of lone surrogates.

    Where history is folded, ``reply_html`` and ``quoted_html`` are the two parts of ``html``; else both are None.
    ``sender`` is None where no address is written; ``written_sender`` then holds a name, or an address without domain.
    ``headers`` holds (lower-cased name, decoded value) in the order received; ``defects`` names each salvage.
    """

    message_id: str | None = None
    in_reply_to: str | None = None
    references: list[str] = field(default_factory=list)
    subject: str = ""
    date: datetime | None = None
    sender: Address | None = None
    written_sender: Address | None = None
    reply_to: list[Address] = field(default_factory=list)
    to: list[Address] = field(default_factory=list)
    cc: list[Address] = field(default_factory=list)
    text: str = ""
    html: str | None = None
    reply_text: str = ""
    reply_html: str | None = None
    quoted_html: str | None = None
    signature: str | None = None
    attachments: list[Attachment] = field(default_factory=list)
    auto: AutoKind = "no"
    auto_reason: str = ""
    bounce: Bounce | None = None
    forwarded: Forwarded | None = None
    encrypted: Protection = "no"
    signed: Protection = "no"
    defects: list[str] = field(default_factory=list)
    headers: list[tuple[str, str]] = field(default_factory=list)

    def header(self, name: str) -> str | None:
        """The first value of a header field, or None. ``name`` is lower case."""
        return next((value for key, value in self.headers if key == name), None)
