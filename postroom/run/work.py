"""The worker role: turns kept mails into outcomes and sends what is queued, until told to stop.

The main thread receives and looks after the ledgers; each outgoing server has senders of its own (``run.send``), so
that a slow server holds up nobody else. What comes up now and then is in ``run.upkeep``.
"""

from __future__ import annotations

import gc
import logging
import threading
import time

from django.db import Error, close_old_connections, connection

from postroom.channels.health import beat
from postroom.channels.presence import Presence, own_name
from postroom.channels.services.probes import CHANNEL as PROBES
from postroom.inbox import services as inbox
from postroom.inbox.receive import Receiver
from postroom.inbox.services.keep import CHANNEL as INBOX
from postroom.outbox.services.queue import CHANNEL as OUTBOX
from postroom.run.probes import Probes
from postroom.run.send import Senders
from postroom.run.upkeep import Upkeep
from postroom.transports.txt import TxtResolver

logger = logging.getLogger(__name__)

CONFIG = "postroom_config"
POLL_SECONDS = 1.0
HOUSEKEEPING_SECONDS = 2.0
BEAT_SECONDS = 5.0
GARBAGE = (20_000, 20, 20)  # batches make and drop many objects: the default looks for cycles a hundred times each


def work(stop: threading.Event) -> None:
    """Run the worker role in this process until ``stop`` is set; then finish what is in hand and return."""
    name = own_name("worker")
    presence = Presence(name, (INBOX, OUTBOX, PROBES, CONFIG))
    senders, probes = Senders(name), Probes(name)
    receiver = threading.Thread(target=_receive_until, args=(stop, name, wake := threading.Event()), name="receive")
    gc.freeze()
    gc.set_threshold(*GARBAGE)
    presence.wait(0)
    receiver.start()
    upkeep = Upkeep(stop)
    kept_at = beat_at = 0.0
    try:
        while not stop.is_set():
            now = time.monotonic()
            try:
                if now - beat_at >= BEAT_SECONDS:
                    beat(name, "worker")
                    beat_at = now
                if now - kept_at >= HOUSEKEEPING_SECONDS:
                    if inbox.free_lost():
                        wake.set()
                    senders.look_after()
                    probes.look_after()
                    kept_at = now
            except Error as error:
                logger.warning("The database cannot be used at the moment: %s", str(error).strip())
                close_old_connections()
            _pass_on(presence.wait(POLL_SECONDS), wake, senders, probes)
    finally:
        wake.set()
        receiver.join()
        probes.stop()
        upkeep.join(timeout=2)
        senders.stop()
        presence.close()
        connection.close()


def _pass_on(heard: set[str], wake: threading.Event, senders: Senders, probes: Probes) -> None:
    """Wake those whom something was said to; where nothing was, those that look by themselves now and then."""
    if INBOX in heard or not heard:
        wake.set()
    if PROBES in heard or not heard:
        probes.wake()
    if OUTBOX in heard or CONFIG in heard:
        senders.wake(reload=CONFIG in heard)


def _receive_until(stop: threading.Event, name: str, wake: threading.Event) -> None:
    """Receive batch after batch while there are any; sleep until woken."""
    receiver = Receiver(name, TxtResolver)
    while not stop.is_set():
        wake.clear()
        try:
            while not stop.is_set() and receiver.receive():
                pass
            pause = inbox.seconds_until_due(POLL_SECONDS)
        except Error as error:
            logger.warning("Receiving waits for the database: %s", str(error).strip())
            close_old_connections()
            _give_back(name)
            receiver = Receiver(name, TxtResolver)
            stop.wait(1.0)
            continue
        wake.wait(pause)
    if receiver.holds:
        _give_back(name)
    connection.close()


def _give_back(name: str) -> None:
    try:
        inbox.give_back(name)
    except Error:
        close_old_connections()
