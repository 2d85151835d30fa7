"""The part of a worker that answers pages and scripts: at once in a test's own thread, or beside it in another."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

from django.db import connection

from postroom.channels.oauth.steps import poll_due
from postroom.channels.services import claim_probe
from postroom.run import probes


def work_off() -> None:
    """Run every probe that waits, and ask for every sign-in on another device whose turn it is."""
    while (probe := claim_probe("worker")) is not None:
        probes.run(probe)
    poll_due()


@contextmanager
def a_worker() -> Iterator[None]:
    """A worker beside the test, which must not be in a transaction."""
    over = Event()

    def work() -> None:
        while not over.wait(0.02):
            work_off()
        connection.close()

    thread = Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
