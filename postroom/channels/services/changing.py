"""What is around every change of the configuration: one transaction, one writer at a time, news for the roles."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

CHANNEL = "postroom_config"
WRITERS_LOCK = 0x636F6E66  # any number that nobody else uses in this database


@contextmanager
def changing() -> Iterator[None]:
    """A transaction in which the configuration may be written.

    Writers take turns, so that a check (a name is free, one server is primary) still holds when the row is written.
    PostgreSQL delivers the notification at commit and once, however often it was asked for.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [WRITERS_LOCK])
        yield
        cursor.execute(f"NOTIFY {CHANNEL}")
