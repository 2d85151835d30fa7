"""Who is at work: each process of a role holds a session advisory lock under its name, and listens for wake-ups.

PostgreSQL frees the lock the moment the process or its host dies, so whatever it had claimed is free at once, without a
time-out. Needs a direct connection to PostgreSQL (no pooler in transaction mode between).
"""

from __future__ import annotations

import logging
import os
import secrets
import socket
import time

import psycopg
from django.db import connection
from psycopg import sql

logger = logging.getLogger(__name__)

OWNER_IS_GONE = """NOT EXISTS (
    SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1 AND granted
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND ((classid::bigint << 32) | objid::bigint) = hashtextextended(claimed_by, 0))"""


def own_name(role: str) -> str:
    """A name for this process that no other has: host, pid, role and a random part. At most 64 characters."""
    return f"{socket.gethostname()[:24]}:{os.getpid()}:{role}:{secrets.token_hex(4)}"


class Presence:
    """One kept connection: the advisory lock of ``name``, and LISTEN on ``channels``. One thread uses it."""

    def __init__(self, name: str, channels: tuple[str, ...]) -> None:
        self.name = name
        self._channels = channels
        self._connection: psycopg.Connection | None = None

    def wait(self, seconds: float) -> set[str]:
        """Sleep until a channel is notified or ``seconds`` are over; the channels that were. Reconnects by itself.

        After a lost connection all channels are reported, since something may have been missed.
        """
        try:
            if self._connection is None or self._connection.closed:
                self._connect()
                return set(self._channels)
            heard = {notice.channel for notice in self._connection.notifies(timeout=seconds, stop_after=1)}
            return heard | {notice.channel for notice in self._connection.notifies(timeout=0)} if heard else heard
        except psycopg.OperationalError as error:
            logger.warning("The database cannot be reached: %s", str(error).strip())
            self.close()
            time.sleep(min(seconds, 1.0))
            return set()

    def _connect(self) -> None:
        parameters = connection.get_connection_params()
        wanted = {key: parameters[key] for key in ("dbname", "user", "password", "host", "port") if parameters.get(key)}
        self._connection = psycopg.connect(**wanted, autocommit=True, connect_timeout=10)
        self._connection.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [self.name])
        for channel in self._channels:
            self._connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))

    def close(self) -> None:
        """Give up the lock and the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
