"""What has to happen now and then, by whichever worker comes first: alerts, retention, tidying.

Every task is short and harmless when run twice; a transaction lock over all hosts lets one worker at a time do it.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from django.db import Error, close_old_connections, connection, transaction
from django.utils import timezone

from postroom.channels.oauth.steps import poll_due
from postroom.channels.services.incidents import follow_health, follow_silence
from postroom.inbox.silence import silent_mailboxes
from postroom.run.upkeep.alerts import tell_of_incidents
from postroom.run.upkeep.loops import tell_of_loops
from postroom.run.upkeep.search import index_new
from postroom.run.upkeep.sweep import sweep
from postroom.run.upkeep.tokens import refresh_due, warn_of_secrets
from postroom.run.upkeep.webhook import call_webhooks
from postroom.tickets.services.announcing import feed_announcements
from postroom.tickets.services.bursts import forget_old, send_merged
from postroom.tickets.services.undelivered import tell_of_undelivered

logger = logging.getLogger(__name__)

TICK_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Task:
    """``seconds`` from the end of one run to the start of the next, in each worker."""

    name: str
    seconds: float
    run: Callable[[], object]


def _alerts() -> None:
    now = timezone.now()
    follow_health(now)
    tell_of_incidents(now)


def _silence() -> None:
    now = timezone.now()
    follow_silence(now, silent_mailboxes(now))


TASKS = (
    Task("alerts", 10, _alerts),
    Task("notices", 3, lambda: send_merged(timezone.now())),
    Task("announcements", 1, lambda: feed_announcements(timezone.now())),
    Task("old notices", 3600, lambda: forget_old(timezone.now())),
    Task("undelivered", 10, lambda: tell_of_undelivered(timezone.now())),
    Task("loops", 30, lambda: tell_of_loops(timezone.now())),
    Task("silence", 900, _silence),
    Task("secrets", 3600, warn_of_secrets),
)
# These wait for the network or for the disk, or go in many small steps: they bring transactions of their own.
UNLOCKED = (
    Task("search", 1, index_new),
    Task("webhook", 5, call_webhooks),
    Task("sweep", 600, sweep),
    Task("tokens", 5, refresh_due),
    Task("devices", 1, poll_due),
)


class Upkeep(threading.Thread):
    """Starts at once and runs the tasks in turn until ``stop`` is set. A task that fails is logged and comes again."""

    def __init__(self, stop: threading.Event) -> None:
        super().__init__(name="upkeep", daemon=True)
        self._stop_event = stop
        self.start()

    def run(self) -> None:
        due = {task.name: time.monotonic() + min(task.seconds, 10) for task in (*TASKS, *UNLOCKED)}
        while not self._stop_event.wait(TICK_SECONDS):
            for task in (*TASKS, *UNLOCKED):
                if time.monotonic() >= due[task.name] and not self._stop_event.is_set():
                    self._do(task)
                    due[task.name] = time.monotonic() + task.seconds
        connection.close()

    def _do(self, task: Task) -> None:
        try:
            if task in UNLOCKED:
                task.run()
            else:
                alone(task)
        except Error as error:
            logger.warning("%s waits for the database: %s", task.name, str(error).strip())
        except Exception:
            logger.exception("The task %s failed; it is tried again in %s s", task.name, task.seconds)
        finally:
            close_old_connections()


@transaction.atomic
def alone(task: Task) -> bool:
    """Run a task unless another worker is at it. Returns whether it ran."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [f"postroom task {task.name}"])
        (free,) = cursor.fetchone()
    if free:
        task.run()
    return bool(free)
