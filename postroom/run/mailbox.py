"""One watched mailbox: connect, fetch what is new, keep it, tell the server, idle."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from postroom.channels.health import record_failure, record_success, record_throttle
from postroom.channels.models import IncomingServer, Settings
from postroom.channels.queries import endpoint
from postroom.inbox.models import MailboxCursor
from postroom.inbox.services import acknowledged, keep, unacknowledged
from postroom.inbox.services.keep import NewInbound, keep_fetched, keep_renumbered
from postroom.inbox.services.listed import (
    begin_listing,
    due_for_deletion,
    expects_known_mail,
    known_keys,
    pass_over,
    remember,
)
from postroom.transports.base import (
    Change,
    DeltaLost,
    DeltaReceiver,
    FetchedMail,
    ListingReceiver,
    Receiver,
    TransportError,
    UidReceiver,
)
from postroom.transports.registry import receiver

logger = logging.getLogger(__name__)

TOLD_AT_ONCE = 500


class Watched:
    """A mailbox that this process holds. ``cycle`` runs in the pool, one at a time; the rest in the watching thread.

    ``socket`` is set while the server is in IDLE; ``failures`` counts faults in a row; for ``pause`` seconds the server
    wants to be left alone.
    """

    def __init__(self, server: IncomingServer, owner: str) -> None:
        self.server = server
        self.owner = owner
        self.failures = 0
        self.pause = 0.0
        self.leave = False
        self.socket: Any = None
        self._receiver: Receiver | None = None

    def cycle(self) -> None:
        """Take over what is new and go into IDLE. Faults are counted and written to the health card, not raised."""
        was_open, self.pause = self._receiver is not None, 0.0
        try:
            self._take_over()
        except TransportError as error:
            if was_open and error.code == "MAILAUTHSESS":  # sessions end with their token: nothing is wrong (OA-05)
                self.close()
                self.cycle()
                return
            if error.retry_after is not None:
                self._leave_alone(error, error.retry_after)
                return
            self.failures += 1
            record_failure(self.server, error)
            logger.warning("%s cannot be read: %s %s", self.server.name, error.code, error.message)
            self.close()
            return
        self.failures = 0
        record_success(self.server)

    def _leave_alone(self, error: TransportError, seconds: float) -> None:
        """The server is well and wants fewer requests (HLT-04): that is no fault, and what is kept is kept."""
        self.pause = max(seconds, 1.0)
        record_throttle(self.server, timezone.now() + timedelta(seconds=self.pause))
        logger.info("%s waits %g s: %s", self.server.name, self.pause, error.message)
        self.close()

    def _take_over(self) -> None:
        idled, self.socket = self.socket is not None, None
        source = self._receiver
        if source is None:
            source = self._receiver = receiver(self.server.protocol, endpoint(self.server), self.server.folder)
            source.open()
        elif idled and isinstance(source, UidReceiver):
            source.idle_done()
        if isinstance(source, UidReceiver):
            self._read_on(source)
        elif isinstance(source, ListingReceiver):
            self._look(source)
        elif isinstance(source, DeltaReceiver):
            self._follow(source)

    def _read_on(self, source: UidReceiver) -> None:
        cursor = self._cursor(source)
        for batch in self._batches(source, cursor):
            self._keep(cursor, batch)
            self._tell(source)
        self._tell(source)
        self.socket = source.idle_socket()

    def _look(self, source: ListingReceiver) -> None:
        """What the server lists is compared with what is known; then the session ends, and others may have their turn.

        A server that lists nothing of what was left there has given all mails new unique ids: known mail is recognised
        by its bytes, and with ``start: now`` by the time at which it arrived.
        """
        cursor, listed = self._cursor(source), source.listing()
        if cursor.last_uid == 0:
            begin_listing(cursor, listed)
        known = known_keys(self.server, listed)
        renumbered = bool(listed) and not known and expects_known_mail(self.server)
        if renumbered:
            logger.warning("%s: the unique ids are all new, known mail is recognised.", self.server.name)
        for batch in source.fetch([key for key in listed if key not in known], Settings.load().message_size):
            self._keep_listed(batch, renumbered=renumbered)
        self._tell(source)
        source.acknowledge(due_for_deletion(self.server, listed, timezone.now()), "delete")
        self.close()

    def _follow(self, source: DeltaReceiver) -> None:
        """What has changed since the last look is compared with what is known; the place is stored once all is kept.

        A server that has lost the place lists everything anew, and nothing that is known is taken twice.
        """
        cursor = self._cursor(source)
        if cursor.delta_of != source.identity:
            cursor.delta_of, cursor.delta_link, cursor.owed = source.identity, "", []
        self._tell(source)
        try:
            new, link = self._changed(source, cursor)
        except DeltaLost as error:
            if not cursor.delta_link:
                raise
            logger.warning("%s: %s All of the folder is listed again.", self.server.name, error.message)
            cursor.delta_link = ""
            new, link = self._changed(source, cursor)
        for batch in source.fetch_changed(new, Settings.load().message_size):
            keep(self.server, [_new(mail) for mail in batch])
            self._tell(source)
        remember(cursor, link, source.refused)  # those are asked for again at the next look

    def _changed(self, source: DeltaReceiver, cursor: MailboxCursor) -> tuple[list[Change], str]:
        """The mails to fetch, oldest first, and the link to go on by. Pages that have none are behind us at once."""
        new: list[Change] = []
        link = cursor.delta_link
        for page in source.changes(link):
            known = known_keys(self.server, [change.key for change in page.changes])
            dated = source.dated([change for change in page.changes if change.key not in known])
            new += [change for change in dated if change.received_at and self._is_wanted(change.received_at)]
            link = page.link
            if not new:
                remember(cursor, link, cursor.owed)
        listed = {change.key for change in new}
        new += source.dated([Change(key, None) for key in cursor.owed if key not in listed])
        return sorted(new, key=lambda change: (change.received_at or timezone.now(), change.key)), link

    def _keep_listed(self, batch: list[FetchedMail], *, renumbered: bool) -> None:
        if not renumbered:
            keep(self.server, [_new(mail) for mail in batch])
            return
        pass_over(self.server, [mail.key for mail in batch if not self._is_wanted(mail.received_at)])
        keep_renumbered(self.server, [_new(mail) for mail in batch if self._is_wanted(mail.received_at)])

    def _cursor(self, source: Receiver) -> MailboxCursor:
        """Where this folder was read to. A new UIDVALIDITY makes every UID new: known mails show by their content."""
        cursor = MailboxCursor.objects.get(server=self.server)
        if cursor.uidvalidity != source.uidvalidity or cursor.folder != self.server.folder:
            if cursor.uidvalidity is not None:
                cursor.rebuilt = source.uidvalidity > 0
                logger.warning(
                    "%s: the folder was made anew (UIDVALIDITY), known mail is recognised.", self.server.name
                )
            cursor.uidvalidity, cursor.folder, cursor.last_uid = source.uidvalidity, self.server.folder, 0
        return cursor

    def _batches(self, source: UidReceiver, cursor: MailboxCursor) -> Any:
        size = Settings.load().message_size
        if cursor.last_uid == 0 and self.server.start == IncomingServer.Start.NOW:
            later = source.uids_since(self._saved_at() - timedelta(seconds=1))
            cursor.last_uid = later[0] - 1 if later else source.uidnext - 1
            cursor.save(update_fields=["uidvalidity", "folder", "last_uid", "rebuilt"])
        return source.fetch_new(cursor.last_uid, frozenset(), size)

    def _keep(self, cursor: MailboxCursor, batch: list[FetchedMail]) -> None:
        wanted = [mail for mail in batch if self._is_wanted(mail.received_at)]
        cursor.last_uid = max(cursor.last_uid, *(int(mail.key.rpartition("/")[2]) for mail in batch))
        keep_fetched(self.server, [_new(mail) for mail in wanted], cursor)

    def _is_wanted(self, received_at: datetime) -> bool:
        """``start: now`` counts from the moment the server was saved, by the time the mail reached the mailbox."""
        return self.server.start != IncomingServer.Start.NOW or received_at >= self._saved_at()

    def _saved_at(self) -> datetime:
        """When the server was saved, in the whole seconds that INTERNALDATE has."""
        return self.server.created_at.replace(microsecond=0)

    def _tell(self, source: Receiver) -> None:
        """Mark, move or delete what is kept: a step of its own, repeated after a crash.

        Of a mail over the limit only the header is here, so it stays where it is, whatever becomes of the others.
        """
        here = f"{source.uidvalidity}/"
        while told := unacknowledged(self.server, TOLD_AT_ONCE):
            whole = [key for key, is_whole in told if is_whole and key.startswith(here)]
            if whole:
                source.acknowledge(whole, self.server.after, self.server.after_folder)
            acknowledged(self.server, [key for key, _ in told])

    def close(self) -> None:
        self.socket = None
        if self._receiver is not None:
            self._receiver.close()
            self._receiver = None


def _new(mail: FetchedMail) -> NewInbound:
    raw = mail.header if mail.too_large else mail.raw
    return NewInbound(mail.key, raw, mail.received_at, mail.size, mail.too_large)
