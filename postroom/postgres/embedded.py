"""The embedded server as the processes of one home see it: acquire, ensure_running, release."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from postroom.postgres import locks, server, transfer
from postroom.postgres.cluster import Cluster, Connection


class Embedded:
    """The PostgreSQL server of one home, shared by any number of processes; the last one stops it.

    Each process that uses it holds a shared lock, which the kernel frees however the process ends. Starting and
    stopping happen under an exclusive lock, one at a time. All methods may be called from any thread.

    Args:
        home: everything is kept below ``home/postgres``, which is open to its owner alone.
        fsync: False for databases that may be lost with the machine, as in tests. Counts for the process that starts
            the server.
        programs: a folder with PostgreSQL's programs, instead of the wheel's or the system's.
    """

    def __init__(self, home: Path, *, fsync: bool = True, programs: Path | None = None) -> None:
        self._cluster = Cluster(home)
        self._fsync = fsync
        self._given = programs
        self._mutex = threading.RLock()
        self._user: tuple[int, int] | None = None  # process number and descriptor of the users' lock

    @property
    def connection(self) -> Connection:
        """How to reach the database, whether the server runs or not. Makes the password at the first call.

        Raises PostgresError where the folder cannot be used.
        """
        return self._cluster.connection()

    def acquire(self) -> Connection:
        """Count this process as a user and return once the server is ready, started if need be. Repeating is fine.

        Waits as long as the server needs to recover, and says so in the log. Raises PostgresError.
        """
        self.ensure_running()
        return self.connection

    def ensure_running(self) -> bool:
        """Start the server again if it is gone; True if this call did. Cheap where all is well (under 1 ms).

        For a role to call every few seconds. Raises PostgresError; it may then be called again.
        """
        with self._mutex:
            self._cluster.prepare()
            if self._is_user() and server.is_listening(self._cluster):
                self._cluster.trim_log()
                return False
            with locks.exclusive(self._cluster.start_lock):
                new_user = not self._is_user()
                self._join()
                try:
                    return server.bring_up(self._cluster, self._given, fsync=self._fsync)
                except BaseException:
                    if new_user:
                        self._leave()
                    raise

    def release(self) -> None:
        """Give up the server. The last user stops it: up to 4 s for a clean stop, then a hard one."""
        with self._mutex:
            if self._is_user():
                with locks.exclusive(self._cluster.start_lock):
                    self._leave()

    def dump(self, path: Path) -> None:
        """Write the database to ``path`` (pg_dump's custom format, mode 0600). Raises PostgresError, OSError."""
        transfer.dump(server.programs_for(self._cluster, self._given), self.connection, path)

    def restore(self, path: Path) -> None:
        """Replace the database's tables by those of a dump, all or nothing. Raises PostgresError."""
        transfer.restore(server.programs_for(self._cluster, self._given), self.connection, path)

    def _is_user(self) -> bool:
        return self._user is not None and self._user[0] == os.getpid()

    def _join(self) -> None:
        if self._is_user():
            return
        if self._user is not None:
            os.close(self._user[1])  # a copy from before a fork, which would count for the parent
        handle = locks.open_lock(self._cluster.users_lock)
        locks.take_shared(handle)
        self._user = (os.getpid(), handle)

    def _leave(self) -> None:
        if self._user is not None:
            os.close(self._user[1])
            self._user = None
        if locks.is_free(self._cluster.users_lock):
            server.stop(self._cluster)
