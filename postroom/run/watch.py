"""The intake role: watch every enabled mailbox, keep what arrives, and tell the mail server afterwards.

One thread waits on the sockets of all mailboxes in IDLE (RFC 2177) and on the clock; a small pool does the fetching.
A mailbox is held by one process over all hosts, by a lease that ends with the process (``channels.presence``).
"""

from __future__ import annotations

import logging
import random
import selectors
import socket
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor

from django.db import Error, close_old_connections, connection

from postroom.channels.health import beat
from postroom.channels.presence import Presence, own_name
from postroom.inbox.services.lease import give_up, take_free
from postroom.rules.retry import connection_retry
from postroom.run.mailbox import Watched

logger = logging.getLogger(__name__)

CONFIG = "postroom_config"
FETCHERS = 4
TICK_SECONDS = 0.5
LEASE_SECONDS = 5.0
BEAT_SECONDS = 5.0
IDLE_LONGEST = 25 * 60.0  # RFC 2177: servers may end an IDLE after 30 minutes


class Watch:
    """The mailboxes that this process holds, and what each is doing: fetching in the pool, or idling until an event."""

    def __init__(self) -> None:
        self.name = own_name("intake")
        self._selector = selectors.DefaultSelector()
        self._bell, self._bell_push = socket.socketpair()
        self._bell.setblocking(False)
        self._selector.register(self._bell, selectors.EVENT_READ, None)
        self._pool = ThreadPoolExecutor(FETCHERS, thread_name_prefix="fetch")
        self._mailboxes: dict[int, Watched] = {}
        self._working: dict[Future[None], Watched] = {}
        self._due: dict[int, float] = {}

    def follow_configuration(self) -> None:
        """Take mailboxes that are free, let go of those that are disabled, gone or changed."""
        held = {server.pk: server for server in take_free(self.name)}
        for pk, mailbox in list(self._mailboxes.items()):
            server = held.get(pk)
            if server is None or server.updated_at != mailbox.server.updated_at:
                if mailbox in self._working.values():
                    mailbox.leave = True
                    continue
                self._drop(mailbox)
        for pk, server in held.items():
            if pk not in self._mailboxes:
                self._mailboxes[pk] = Watched(server, self.name)
                self._due[pk] = 0.0

    def tick(self, seconds: float) -> None:
        """Start what is due, then wait for something to happen on a socket or in the pool, at most ``seconds``."""
        self._start_due()
        for key, _ in self._selector.select(seconds):
            mailbox: Watched | None = key.data
            if mailbox is None:
                self._bell.recv(64)
                continue
            self._unregister(mailbox)
            self._due[mailbox.server.pk] = 0.0
        self._start_due()
        for future in [future for future in self._working if future.done()]:
            self._finished(self._working.pop(future), future)

    def ring(self) -> None:
        """End a wait of ``tick``; any thread may call it."""
        self._bell_push.send(b".")

    def stop(self) -> None:
        """Let fetches in hand end, close everything, free the mailboxes."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        for mailbox in list(self._mailboxes.values()):
            self._drop(mailbox)
        self._selector.close()
        self._bell.close()
        self._bell_push.close()

    def _start_due(self) -> None:
        now = time.monotonic()
        busy = set(self._working.values())
        for pk, due in list(self._due.items()):
            mailbox = self._mailboxes.get(pk)
            if mailbox is not None and due <= now and mailbox not in busy:
                self._unregister(mailbox)
                del self._due[pk]
                future = self._pool.submit(_fetch, mailbox)
                future.add_done_callback(lambda _: self.ring())
                self._working[future] = mailbox

    def _finished(self, mailbox: Watched, future: Future[None]) -> None:
        pk = mailbox.server.pk
        error = future.exception()
        if error is not None:
            logger.error("Reading %s failed", mailbox.server.name, exc_info=error)
            mailbox.failures += 1
        if mailbox.leave or pk not in self._mailboxes:
            self._drop(mailbox)
            return
        now = time.monotonic()
        if mailbox.pause:
            self._due[pk] = now + mailbox.pause
            return
        if mailbox.failures:
            self._due[pk] = now + connection_retry(mailbox.failures, random.random())  # noqa: S311
            return
        pause = float(mailbox.server.poll_seconds)
        if mailbox.socket is not None:
            self._selector.register(mailbox.socket, selectors.EVENT_READ, mailbox)
            pause = min(pause, IDLE_LONGEST)
        self._due[pk] = now + pause

    def _unregister(self, mailbox: Watched) -> None:
        if mailbox.socket is not None and mailbox.socket in self._selector.get_map():
            self._selector.unregister(mailbox.socket)

    def _drop(self, mailbox: Watched) -> None:
        self._unregister(mailbox)
        self._mailboxes.pop(mailbox.server.pk, None)
        self._due.pop(mailbox.server.pk, None)
        mailbox.close()
        give_up(self.name, mailbox.server.pk)


def _fetch(mailbox: Watched) -> None:
    try:
        mailbox.cycle()
    finally:
        connection.close()


def watch(stop: threading.Event) -> None:
    """Run the intake role in this process until ``stop`` is set."""
    state = Watch()
    presence = Presence(state.name, (CONFIG,))
    news = threading.Event()
    listener = threading.Thread(target=_listen, args=(presence, stop, news, state), name="listen", daemon=True)
    presence.wait(0)
    listener.start()
    beat_at = lease_at = 0.0
    try:
        while not stop.is_set():
            now = time.monotonic()
            try:
                if now - beat_at >= BEAT_SECONDS:
                    beat(state.name, "intake")
                    beat_at = now
                if news.is_set() or now - lease_at >= LEASE_SECONDS:
                    news.clear()
                    state.follow_configuration()
                    lease_at = now
            except Error as error:
                logger.warning("The database cannot be used at the moment: %s", str(error).strip())
                close_old_connections()
                lease_at = now - LEASE_SECONDS + 1.0
            state.tick(TICK_SECONDS)
    finally:
        state.stop()
        listener.join(timeout=2)
        presence.close()
        connection.close()


def _listen(presence: Presence, stop: threading.Event, news: threading.Event, state: Watch) -> None:
    while not stop.is_set():
        if presence.wait(1.0):
            news.set()
            state.ring()
