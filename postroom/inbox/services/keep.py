"""Keep a mail: raw bytes and row in one commit, before the mail server is told anything; telling it is a step of its own."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection, transaction
from django.utils import timezone

from postroom.channels.models import IncomingServer
from postroom.channels.storage import blobs
from postroom.inbox.models import InboundEmail, MailboxCursor

CHANNEL = "postroom_inbox"
HEADER_SCAN = 64 * 1024

_MESSAGE_ID = re.compile(rb"^message-id:[ \t]*(?:\r?\n[ \t]+)?<?([^\s<>]{1,900})>?", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class NewInbound:
    """A mail as it comes from a server or a pipe. ``raw`` is its header section alone where ``too_large``."""

    key: str
    raw: bytes = field(repr=False)
    received_at: datetime
    size: int
    too_large: bool = False


def message_id_of(raw: bytes) -> str:
    """The Message-ID in the header section, without angle brackets, or "": quick, for telling replies in the queue."""
    head = raw[:HEADER_SCAN]
    for blank in (b"\r\n\r\n", b"\n\n"):
        if (end := head.find(blank)) >= 0:
            head = head[: end + 1]
    found = _MESSAGE_ID.search(head)
    return found.group(1).decode("utf-8", "replace").replace("\x00", "") if found else ""


@transaction.atomic
def keep(mailbox: IncomingServer, mails: Sequence[NewInbound]) -> None:
    """Store the mails and their rows; those whose key is known already are left as they are. Wakes the receivers at commit."""
    hashes = blobs().put_many([mail.raw for mail in mails])
    InboundEmail.objects.bulk_create(
        [
            InboundEmail(
                mailbox=mailbox,
                mailbox_email=mailbox.email,
                key=mail.key,
                raw_sha256=sha,
                size=mail.size,
                too_large=mail.too_large,
                received_at=mail.received_at,
                message_id=message_id_of(mail.raw),
            )
            for mail, sha in zip(mails, hashes, strict=True)
        ],
        ignore_conflicts=True,
    )
    transaction.on_commit(wake)


@transaction.atomic
def keep_fetched(mailbox: IncomingServer, mails: Sequence[NewInbound], cursor: MailboxCursor) -> None:
    """Keep what was fetched and move the cursor on in the same commit.

    After the folder was made anew (UIDVALIDITY changed, RFC 9051, 2.3.1.1) every key is new: a mail whose bytes are in
    the ledger of this mailbox under another UIDVALIDITY is known, and left out.
    """
    if cursor.rebuilt:
        hashes = [hashlib.sha256(mail.raw).hexdigest() for mail in mails]
        known = set(
            InboundEmail.objects.filter(mailbox=mailbox, raw_sha256__in=hashes)
            .exclude(key__startswith=f"{cursor.uidvalidity}/")
            .values_list("raw_sha256", flat=True)
        )
        mails = [mail for mail, sha in zip(mails, hashes, strict=True) if sha not in known]
    if mails:
        keep(mailbox, mails)
    cursor.save()


def wake() -> None:
    """Tell the receivers that there is something to do."""
    with connection.cursor() as cursor:
        cursor.execute(f"NOTIFY {CHANNEL}")


def unacknowledged(mailbox: IncomingServer, limit: int) -> list[str]:
    """Keys of kept mails of which the server has not been told yet, oldest first."""
    rows = InboundEmail.objects.filter(mailbox=mailbox, acknowledged_at=None).order_by("id")
    return list(rows.values_list("key", flat=True)[:limit])


def acknowledged(mailbox: IncomingServer, keys: Iterable[str]) -> None:
    """The server was told of these."""
    InboundEmail.objects.filter(mailbox=mailbox, key__in=list(keys)).update(acknowledged_at=timezone.now())
