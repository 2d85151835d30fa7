"""The web role: granian serves the WSGI application from one or two processes with a few threads each."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import Error, close_old_connections
from django.utils.module_loading import import_string
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from postroom.run.process import DatabaseKeeper, end_with
from postroom.run.role import leave_database

logger = logging.getLogger(__name__)

PROCESSES = min(2, os.cpu_count() or 1)
THREADS = 8  # each may hold one of the 12 connections that the database pool of a process has
BEAT_SECONDS = 5.0
DRAIN_SECONDS = 5
_LOGGING = {"handlers": {}, "loggers": {"_granian": {"handlers": [], "propagate": True}}}  # as Django logs


def serve(host: str, port: int) -> None:
    """Serve until SIGTERM or SIGINT; then end what is in hand, for at most 5 s."""
    settings.STATIC_ROOT.mkdir(exist_ok=True)  # whitenoise warns where there is none
    leave_database()
    server = Granian(
        settings.WSGI_APPLICATION,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=PROCESSES,
        blocking_threads=THREADS,
        websockets=False,
        log_level=LogLevels.error,
        log_dictconfig=_LOGGING,
        respawn_failed_workers=True,
        workers_kill_timeout=DRAIN_SECONDS,
    )
    server.serve(target_loader=_Loader(os.getpid()))


class _Loader:
    """Loads the application in a process of granian's, and starts what else belongs to a process of a role."""

    def __init__(self, parent: int) -> None:
        self._parent = parent

    def __call__(self, target: str) -> Callable[..., Any]:
        end_with(self._parent)
        if settings.POSTROOM_EMBEDDED:
            DatabaseKeeper(settings.POSTROOM_HOME).__enter__()
        threading.Thread(target=_beat, name="beat", daemon=True).start()
        application: Callable[..., Any] = import_string(target)
        return application


def _beat() -> None:
    """Say every 5 s that this process is at work."""
    from postroom.channels.health import beat
    from postroom.channels.presence import own_name

    name = own_name("web")
    while True:
        try:
            beat(name, "web")
        except Error as error:
            logger.warning("The database cannot be used at the moment: %s", str(error).strip())
        finally:
            close_old_connections()
        time.sleep(BEAT_SECONDS)
