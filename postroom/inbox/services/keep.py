"""Keep a mail: raw bytes and row in one commit. Only then is the mail server told, in a step of its own."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from postroom.channels.models import IncomingServer
from postroom.channels.storage import blobs, hold_blobs
from postroom.inbox.models import InboundEmail, MailboxCursor
from postroom.inbox.services.listed import pass_over

CHANNEL = "postroom_inbox"
HEADER_SCAN = 64 * 1024

_MESSAGE_ID = re.compile(rb"^message-id:[ \t]*(?:\r?\n[ \t]+)?<?([^\s<>]{1,900})>?", re.IGNORECASE | re.MULTILINE)

# By hand: a row has five times as many columns as a mail has facts when it is kept.
_INSERT = """
INSERT INTO inbox_inboundemail (
    mailbox_id, mailbox_email, key, raw_sha256, size, too_large, received_at, message_id, kept_at, due_at, state,
    outcome, reason_code, reason, trace, from_email, from_name, "to", subject, content_hash, fingerprint, authserv_ids,
    released_as, tries, claimed_by, last_error)
SELECT %s, %s, key, sha, size, too_large, received_at, message_id, now(), now(), 'kept',
    '', '', '', '[]', '', '', '{}', '', '', '', '{}', '', 0, '', ''
FROM unnest(%s::text[], %s::text[], %s::bigint[], %s::boolean[], %s::timestamptz[], %s::text[])
    WITH ORDINALITY AS new(key, sha, size, too_large, received_at, message_id, position)
ORDER BY position
ON CONFLICT (mailbox_id, key) DO NOTHING
"""


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
def keep(mailbox: IncomingServer, mails: Sequence[NewInbound]) -> int:
    """Store the mails and their rows, but for those whose key is known already. Wakes the receivers at commit.

    Returns how many are new.
    """
    hold_blobs()
    hashes = blobs().put_many([mail.raw for mail in mails])
    columns: list[Any] = [
        [mail.key for mail in mails],
        hashes,
        [mail.size for mail in mails],
        [mail.too_large for mail in mails],
        [mail.received_at for mail in mails],
        [message_id_of(mail.raw) for mail in mails],
    ]
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, [mailbox.pk, mailbox.email, *columns])
        new: int = cursor.rowcount
    transaction.on_commit(wake)
    return new


@transaction.atomic
def keep_fetched(mailbox: IncomingServer, mails: Sequence[NewInbound], cursor: MailboxCursor) -> None:
    """Keep what was fetched and move the cursor on in the same commit.

    After the folder was made anew (UIDVALIDITY changed, RFC 9051, 2.3.1.1) every key is new: a mail whose bytes are in
    the ledger of this mailbox under another UIDVALIDITY is known, and left out.
    """
    if cursor.rebuilt:
        mails = _unknown(mailbox, mails, Q(key__startswith=f"{cursor.uidvalidity}/"))
    if mails:
        keep(mailbox, mails)
    cursor.save(update_fields=["uidvalidity", "folder", "last_uid", "rebuilt"])


@transaction.atomic
def keep_renumbered(mailbox: IncomingServer, mails: Sequence[NewInbound]) -> None:
    """Keep what was fetched after a POP3 server has given all mails new unique ids: what is known is passed over."""
    new = _unknown(mailbox, mails, Q(key__in=[mail.key for mail in mails]))
    pass_over(mailbox, {mail.key for mail in mails} - {mail.key for mail in new})
    if new:
        keep(mailbox, new)


def _unknown(mailbox: IncomingServer, mails: Sequence[NewInbound], same: Q) -> Sequence[NewInbound]:
    """The mails whose bytes are not in the ledger of this mailbox yet, but in the rows that ``same`` finds."""
    hashes = [hashlib.sha256(mail.raw).hexdigest() for mail in mails]
    rows = InboundEmail.objects.filter(mailbox=mailbox, raw_sha256__in=hashes).exclude(same)
    known = set(rows.values_list("raw_sha256", flat=True))
    return [mail for mail, sha in zip(mails, hashes, strict=True) if sha not in known]


def wake() -> None:
    """Tell the receivers that there is something to do."""
    with connection.cursor() as cursor:
        cursor.execute(f"NOTIFY {CHANNEL}")


def unacknowledged(mailbox: IncomingServer, limit: int) -> list[tuple[str, bool]]:
    """(key, kept whole) of mails of which the server has not been told yet, oldest first."""
    rows = InboundEmail.objects.filter(mailbox=mailbox, acknowledged_at=None).order_by("id")
    return [(key, not too_large) for key, too_large in rows.values_list("key", "too_large")[:limit]]


def acknowledged(mailbox: IncomingServer, keys: Iterable[str]) -> None:
    """The server was told of these."""
    InboundEmail.objects.filter(mailbox=mailbox, key__in=list(keys)).update(acknowledged_at=timezone.now())
