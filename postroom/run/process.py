"""What each process does besides its work: listen to signals, end with its parent, look after the database."""

from __future__ import annotations

import logging
import os
import signal
import threading
from pathlib import Path

from postroom.postgres import Embedded, PostgresError

logger = logging.getLogger(__name__)

PARENT_CHECK_SECONDS = 0.5
DATABASE_CHECK_SECONDS = 2.0
LAST_RESORT_SECONDS = 8.0  # of the 10 s in which all of Postroom stops


def stop_on_signals() -> threading.Event:
    """The event that SIGTERM, SIGINT (Ctrl-C) and SIGHUP (a closed terminal) set. Only in the main thread."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())
    return stop


def end_with(parent: int) -> None:
    """Send this process SIGTERM when ``parent`` is no longer its parent, and end it for good if it does not follow.

    An orderly end, so that a supervisor which was killed leaves neither work in hand nor a database server behind.
    """

    def wait() -> None:
        while os.getppid() == parent:
            pause.wait(PARENT_CHECK_SECONDS)
        os.kill(os.getpid(), signal.SIGTERM)
        pause.wait(LAST_RESORT_SECONDS)
        os._exit(1)

    pause = threading.Event()
    threading.Thread(target=wait, name="parent", daemon=True).start()


class DatabaseKeeper:
    """Starts the embedded PostgreSQL again whenever it is gone, from a thread of its own. A context manager."""

    def __init__(self, home: Path) -> None:
        self._server = Embedded(home)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="database", daemon=True)

    def __enter__(self) -> DatabaseKeeper:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(timeout=DATABASE_CHECK_SECONDS)
        if not self._thread.is_alive():
            self._server.release()

    def _keep(self) -> None:
        while not self._stop.is_set():
            try:
                if self._server.ensure_running():
                    logger.warning("The embedded PostgreSQL was gone; it runs again.")
            except PostgresError as error:
                logger.error("The embedded PostgreSQL cannot be started: %s", error)
            self._stop.wait(DATABASE_CHECK_SECONDS)
