"""The supervisor: starts the roles as processes of their own, starts again what dies, and ends all of them in time.

It does no work itself, so nothing can take it down but a signal. A role that finds its supervisor gone ends by itself
(``process.end_with``).
"""

from __future__ import annotations

import logging
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from postroom.run.bind import is_listening

logger = logging.getLogger(__name__)

TICK_SECONDS = 0.1
KILL_AFTER_SECONDS = 8.0  # of the 10 s in which all of Postroom stops; the database needs the rest
LAST_MAY_TAKE_SECONDS = 0.5
STEADY_SECONDS = 30.0  # who lived that long starts without a pause when it dies
WORKERS = os.cpu_count() or 1
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.5, 30.0


@dataclass(frozen=True, slots=True)
class Role:
    """One process to keep running: ``python -m`` ``arguments``. The others need it until the end if ``ends_last``."""

    name: str
    arguments: tuple[str, ...]
    ends_last: bool = False


def roles(workers: int) -> list[Role]:
    """The roles of an instance on one host."""
    several = [Role(f"worker {number}", ("postroom", "worker")) for number in range(1, workers + 1)]
    return [Role("web", ("postroom", "web")), Role("intake", ("postroom", "intake")), *several]


class Child:
    """A role's process, its deaths, and when it may start again."""

    def __init__(self, role: Role) -> None:
        self.role = role
        self.process: subprocess.Popen[bytes] | None = None
        self._pause = 0.0
        self._started = 0.0
        self._due = 0.0

    def look_after(self) -> bool:
        """Start the process if it is due, note its death; True if it was started for the first time."""
        now = time.monotonic()
        if self.process is None:
            if now >= self._due:
                first = not self._started
                self._start()
                return first
        elif (status := self.process.poll()) is not None:
            self._note_death(status, now)
        return False

    def send(self, number: signal.Signals) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)

    def _start(self) -> None:
        command = [sys.executable, "-m", *self.role.arguments, "--parent", str(os.getpid())]
        # A group of its own: Ctrl-C in the terminal reaches the supervisor alone, which then stops all in order.
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, process_group=0)
        self._started = time.monotonic()

    def _note_death(self, status: int, now: float) -> None:
        self.process = None
        lived = now - self._started
        steady = lived >= STEADY_SECONDS
        self._pause = FIRST_PAUSE_SECONDS if steady or not self._pause else min(self._pause * 2, LONGEST_PAUSE_SECONDS)
        pause = self._pause * random.uniform(0.5, 1.0)  # noqa: S311  so that many hosts do not start in step
        self._due = now + pause
        cause = f"by {signal.Signals(-status).name}" if status < 0 else f"with status {status}"
        logger.warning("%s ended %s after %.0f s; it starts again in %.1f s.", self.role.name, cause, lived, pause)


class Supervisor:
    """Keeps roles running until ``stop`` is set. ``started`` is told of each role that was started first."""

    def __init__(self, wanted: Sequence[Role], started: Callable[[str, int], None] | None = None) -> None:
        self._children = [Child(role) for role in wanted]
        self._started = started

    def run(
        self,
        stop: threading.Event,
        *,
        ready: Sequence[tuple[str, int]] = (),
        announce: Callable[[], None] | None = None,
    ) -> None:
        """Supervise until ``stop`` is set, then end every child within 8 s. ``announce`` is called once all of
        ``ready`` (host, port) answer.
        """
        waiting = list(ready)
        try:
            while not stop.is_set():
                self._look_after()
                if announce is not None and not (waiting := [at for at in waiting if not is_listening(*at)]):
                    announce()
                    announce = None
                stop.wait(TICK_SECONDS)
        finally:
            self.end()

    def _look_after(self) -> None:
        for child in self._children:
            if child.look_after() and self._started is not None and child.process is not None:
                self._started(child.role.name, child.process.pid)

    def end(self) -> None:
        """SIGTERM to all, SIGKILL to those that are left after 8 s; then the same, shortly, to those that end last."""
        needed = [child for child in self._children if child.role.ends_last]
        _end([child for child in self._children if child not in needed], KILL_AFTER_SECONDS)
        _end(needed, LAST_MAY_TAKE_SECONDS)


def _end(children: Sequence[Child], seconds: float) -> None:
    for child in children:
        child.send(signal.SIGTERM)
    deadline = time.monotonic() + seconds
    for child in children:
        if child.process is None:
            continue
        try:
            child.process.wait(timeout=max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            logger.warning("%s did not end in time and is killed.", child.role.name)
            child.send(signal.SIGKILL)
            child.process.wait()
