"""Senders: threads that claim the due mails of one outgoing server and hand them over on a kept connection.

Each server has its own threads and its own pace: its rate limits, its back-off after a fault, its probe while it is
down. A mail becomes ``sending`` by a commit before its DATA: of its own, or the one that writes the answer of the mail
before it.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from datetime import timedelta

from django.db import Error, close_old_connections, connection
from django.utils import timezone

from postroom.channels.health import record_failure, record_success, record_throttle
from postroom.channels.models import OutgoingServer, WorkerHeartbeat
from postroom.channels.queries import endpoint, is_healthy
from postroom.outbox.build import Mailboxes, render, reply_to_of
from postroom.outbox.models import OutboundEmail
from postroom.outbox.services import claim, free_expired, record_error, record_results, reroute, start_sending
from postroom.outbox.services.ledger import BATCH, Claimed, is_overtaken, release, seconds_until_due
from postroom.rules.retry import FAILURES_UNTIL_DOWN, PROBE_SECONDS, connection_retry, throttle_pause
from postroom.transports.base import Sender, TransportError
from postroom.transports.registry import sender

logger = logging.getLogger(__name__)

CONNECTIONS = 2
THROTTLED = "MAILCONRATELIM"
IDLE_SECONDS = 15.0
KEEP_CONNECTION = 60.0
GIVE_WAY_SECONDS = 0.3  # how often somebody with a batch in hand looks whether a more urgent mail has come
KEPT_FREE = 0.25  # of a server's limits, for what is no announcement
TELL_HEALTH_SECONDS = 5.0


class _ClaimGone(Exception):
    """The mail was cancelled, or taken by another worker, before its DATA."""


class ServerSender(threading.Thread):
    """One connection to one outgoing server. Ends when told, after the mail in hand."""

    def __init__(self, server: OutgoingServer, owner: str, number: int) -> None:
        super().__init__(name=f"send {server.name} {number}", daemon=True)
        self._server = server
        self._owner = owner
        self._wake = threading.Event()
        self._ending = threading.Event()
        self._transport: Sender | None = None
        self._used_at = self._told_at = self._looked_at = 0.0
        self._failures = self._throttles = 0
        self._throttled_until = 0.0
        self._mailboxes = Mailboxes({}, frozenset(), "")
        self._begun: Claimed | None = None

    def wake(self) -> None:
        self._wake.set()

    def stop(self) -> None:
        self._ending.set()
        self._wake.set()

    def run(self) -> None:
        while not self._ending.is_set():
            self._wake.clear()
            try:
                pause = self._work()
            except Error as error:
                logger.warning("Sending by %s waits for the database: %s", self._server.name, str(error).strip())
                close_old_connections()
                pause = 1.0
            self._close_if_unused()
            if pause:
                connection.close()
                self._wait(pause)
        self._close()
        connection.close()

    def _wait(self, pause: float) -> None:
        """Sleep; a wake-up ends it early, but not while the server is left alone after a fault."""
        if self._failures or self._throttled_until > time.monotonic():
            self._ending.wait(pause)
        else:
            self._wake.wait(pause)

    def _work(self) -> float:
        """Send what is due; the seconds to sleep before the next look."""
        if not is_healthy(self._server) and self._failures == 0:
            self._failures = 1
        if self._failures and not self._probe():
            return self._pause()
        if (left := self._throttled_until - time.monotonic()) > 0:
            return left
        allowed = allowance(self._server)
        if allowed <= 0:
            return self._throttle(IDLE_SECONDS / 3)
        batch = self._claim(allowed)
        if not batch:
            return seconds_until_due(self._server.pk, IDLE_SECONDS)
        self._mailboxes = Mailboxes.load()
        self._looked_at = time.monotonic()
        for position, claimed in enumerate(batch):
            if self._gives_way(claimed):
                release(batch[position:])
                return 0.0
            if not self._send(claimed, *batch[position + 1 : position + 2]):
                release(batch[position:])
                return self._pause() if self._failures else max(self._throttled_until - time.monotonic(), 0.0)
        return 0.0

    def _gives_way(self, claimed: Claimed) -> bool:
        """Whether the rest of the batch waits: it is time to end, or something faster is due. A begun mail goes on."""
        if claimed is self._begun or self._goes_next(claimed):
            return False
        if self._ending.is_set():
            return True
        self._looked_at = time.monotonic()
        return is_overtaken(self._server.pk, claimed.mail.lane)

    def _goes_next(self, claimed: Claimed) -> bool:
        """Whether nothing has to be asked before the mail may go."""
        looked = not claimed.mail.lane or time.monotonic() - self._looked_at <= GIVE_WAY_SECONDS
        return looked and not self._ending.is_set()

    def _claim(self, allowed: int) -> list[Claimed]:
        """What goes next; announcements only where nothing else waits, and not up to the server's limits (NFR-02)."""
        servers, limit = [self._server.pk], min(BATCH, allowed)
        batch = claim(self._owner, servers, limit=limit, slowest=OutboundEmail.Lane.NOTIFICATION)
        if batch:
            return batch
        room = allowance(self._server, kept_free=KEPT_FREE)
        return claim(self._owner, servers, limit=min(BATCH, room)) if room > 0 else []

    def _probe(self) -> bool:
        """Sign in without sending anything; the first success closes the circuit."""
        try:
            self._sender().open()
        except TransportError as error:
            self._fault(error)
            return False
        self._failures = 0
        self._told_at = time.monotonic()
        record_success(self._server)
        return True

    def _send(self, claimed: Claimed, following: Claimed | None = None) -> bool:
        """Hand one mail over and record the answer; False where the server itself failed."""
        mail = claimed.mail

        def before_data() -> None:
            if claimed is not self._begun and not start_sending(claimed):
                raise _ClaimGone

        try:
            raw = render(mail, self._server, reply_to_of(mail, self._server, self._mailboxes))
            waiting = [item["address"] for item in mail.recipients if item["state"] in ("queued", "deferred")]
            waiting = waiting[: self._server.limit_recipients]  # the others are taken at the next look
            results = self._sender().send(self._server.email, waiting, raw, before_data)
        except _ClaimGone:
            self._close()
            return True
        except (FileNotFoundError, ValueError) as error:
            record_error(claimed, TransportError("MAILGENERIC", str(error), temporary=False, connection=False))
            return True
        except TransportError as error:
            if error.connection:
                self._fault(error)
            record_error(claimed, error, pause=self._pause())
            if error.code == THROTTLED:
                self._throttles += 1
                self._throttle(error.retry_after or throttle_pause(self._throttles, random.random()))  # noqa: S311
            return not error.connection and error.code != THROTTLED
        self._throttles = 0
        self._used_at = time.monotonic()
        _note_server(mail, self._server)
        if following is not None and not self._goes_next(following):
            following = None
        self._begun = following if record_results(claimed, results, following) else None
        self._note_success()
        return True

    def _throttle(self, seconds: float) -> float:
        """Leave the server alone for so long, and say so on its card (HLT-04)."""
        self._throttled_until = time.monotonic() + seconds
        record_throttle(self._server, timezone.now() + timedelta(seconds=seconds))
        return seconds

    def _note_success(self) -> None:
        """Tell the health card, now and then: it costs as much as sending."""
        if self._used_at - self._told_at >= TELL_HEALTH_SECONDS:
            record_success(self._server)
            self._told_at = self._used_at

    def _pause(self) -> float:
        """How long the server is left alone: growing, and once it counts as down, until the next probe."""
        if self._failures >= FAILURES_UNTIL_DOWN:
            return float(PROBE_SECONDS)
        return connection_retry(max(self._failures, 1), random.random())  # noqa: S311

    def _sender(self) -> Sender:
        if self._transport is None:
            self._transport = sender(self._server.protocol, endpoint(self._server))
        return self._transport

    def _fault(self, error: TransportError) -> None:
        self._failures += 1
        self._close()
        if record_failure(self._server, error):
            logger.warning("%s is down: %s %s", self._server.name, error.code, error.message)
            reroute()

    def _close_if_unused(self) -> None:
        if self._transport is not None and time.monotonic() - self._used_at > KEEP_CONNECTION:
            self._close()

    def _close(self) -> None:
        if self._transport is not None:
            self._transport.close()
            self._transport = None


def _note_server(mail: OutboundEmail, server: OutgoingServer) -> None:
    mail.from_email, mail.from_name = server.email, server.sender_name


def allowance(server: OutgoingServer, *, kept_free: float = 0.0) -> int:
    """How many mails the server's limits let go now (HLT-04), counted over all workers.

    ``kept_free`` is the share of the limits that is left to more urgent mail.
    """
    allowed = BATCH
    now = timezone.now()
    for limit, window in ((server.limit_per_minute, timedelta(minutes=1)), (server.limit_per_day, timedelta(days=1))):
        if limit:
            sent = OutboundEmail.objects.filter(server=server, sent_at__gt=now - window).count()
            allowed = min(allowed, limit - int(limit * kept_free) - sent)
    return allowed


def connections(server: OutgoingServer, owner: str) -> int:
    """How many connections this worker may have to the server: its share of what the server allows to all of them."""
    if server.limit_connections is None:
        return CONNECTIONS
    at_work = WorkerHeartbeat.objects.filter(role="worker", seen_at__gt=timezone.now() - timedelta(seconds=15))
    names = sorted({owner, *at_work.values_list("name", flat=True)})
    return len(range(names.index(owner), server.limit_connections, len(names)))


class Senders:
    """The sender threads of this worker: kept in step with the configuration. One thread calls it."""

    def __init__(self, owner: str) -> None:
        self._owner = owner
        self._threads: dict[int, tuple[object, list[ServerSender]]] = {}
        self._reload = True

    def wake(self, *, reload: bool = False) -> None:
        """There is something to send, or (``reload``) the servers have changed."""
        if reload:
            self._sync()
        for _, threads in self._threads.values():
            for thread in threads:
                thread.wake()

    def look_after(self) -> None:
        """Free what dead workers held, give mails of servers that are down another one, follow the configuration."""
        if free_expired() + reroute():
            self.wake()
        self._sync()

    def stop(self) -> None:
        everyone = [thread for _, threads in self._threads.values() for thread in threads]
        for thread in everyone:
            thread.stop()
        for thread in everyone:
            thread.join(timeout=8)

    def _sync(self) -> None:
        servers = OutgoingServer.objects.filter(enabled=True, protocol__in=OutgoingServer.Protocol.values)
        wanted = {server.pk: server for server in servers.select_related("proxy", "health")}
        versions = {pk: (server.updated_at, connections(server, self._owner)) for pk, server in wanted.items()}
        for pk in list(self._threads):
            version, threads = self._threads[pk]
            if versions.get(pk) != version:
                for thread in threads:
                    thread.stop()
                del self._threads[pk]
        for pk, server in wanted.items():
            if pk not in self._threads:
                threads = [ServerSender(server, self._owner, number) for number in range(versions[pk][1])]
                self._threads[pk] = (versions[pk], threads)
                for thread in threads:
                    thread.start()
