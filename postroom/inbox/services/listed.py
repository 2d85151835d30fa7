"""What is known of the mails of a server without order (POP3, Graph): kept, passed over, or due for deletion (R23)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from django.db import transaction

from postroom.channels.models import IncomingServer
from postroom.inbox.models import InboundEmail, MailboxCursor, PassedOver

AT_ONCE = 5_000


def pass_over(server: IncomingServer, keys: Iterable[str]) -> None:
    """Never fetch these."""
    rows = [PassedOver(server=server, key=key) for key in keys]
    PassedOver.objects.bulk_create(rows, batch_size=AT_ONCE, ignore_conflicts=True)


@transaction.atomic
def begin_listing(cursor: MailboxCursor, keys: Sequence[str]) -> None:
    """The first look at a mailbox. With ``start: now`` what is there is passed over: POP3 knows no date (CONTRACT)."""
    if cursor.server.start == IncomingServer.Start.NOW:
        pass_over(cursor.server, keys)
    cursor.last_uid = 1
    cursor.save(update_fields=["uidvalidity", "folder", "last_uid", "rebuilt"])


def remember(cursor: MailboxCursor, link: str, owed: Iterable[str]) -> None:
    """Microsoft Graph goes on from ``link``: what it told of before is in the ledger, is not wanted, or is ``owed``."""
    keys = sorted(owed)
    if (cursor.delta_link, cursor.owed) == (link, keys):
        return
    cursor.delta_link, cursor.owed = link, keys
    cursor.save(update_fields=["uidvalidity", "folder", "last_uid", "rebuilt", "delta_link", "delta_of", "owed"])


def known_keys(server: IncomingServer, keys: Sequence[str]) -> frozenset[str]:
    """Those of ``keys`` that are in the ledger or are passed over."""
    found: set[str] = set()
    for some in _parts(keys):
        found.update(InboundEmail.objects.filter(mailbox=server, key__in=some).values_list("key", flat=True))
        found.update(PassedOver.objects.filter(server=server, key__in=some).values_list("key", flat=True))
    return frozenset(found)


def expects_known_mail(server: IncomingServer) -> bool:
    """True where mails that are known were left on the server, so that one that lists none of them has renumbered."""
    if PassedOver.objects.filter(server=server).exists():
        return True
    return server.after != IncomingServer.After.DELETE and InboundEmail.objects.filter(mailbox=server).exists()


def due_for_deletion(server: IncomingServer, keys: Sequence[str], now: datetime) -> list[str]:
    """Those of ``keys`` that were kept, whole, more than ``after_days`` ago; empty unless the mailbox is set so."""
    if server.after != IncomingServer.After.DELETE_LATER or server.after_days is None:
        return []
    kept = InboundEmail.objects.filter(
        mailbox=server, too_large=False, kept_at__lte=now - timedelta(days=server.after_days)
    )
    return [key for some in _parts(keys) for key in kept.filter(key__in=some).values_list("key", flat=True)]


def _parts(keys: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(keys), AT_ONCE):
        yield keys[start : start + AT_ONCE]
