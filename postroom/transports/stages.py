"""The stages of Test Connection (TST-03..06): each with its time and words, 20 s over all.

A test that hangs is ended by a timer that shuts the connection down, whatever the thread is waiting for.
"""

from __future__ import annotations

import socket
import threading
import time
from dataclasses import replace

from postroom.transports.base import Endpoint, Stage, TestResult, TransportError

TEST_SECONDS = 20.0


class Progress:
    """Hears how far a connection has come. This one does not listen."""

    def done(self, stage: str, detail: str) -> None:
        """A stage is done, with what it found out."""

    def watch(self, connection: socket.socket) -> None:
        """This is the plain connected socket on which the following stages wait."""


QUIET = Progress()


class Stages(Progress):
    """Collects the stages of one test. A context: at its end, or ``seconds`` after its start, the test is over."""

    def __init__(self, seconds: float = TEST_SECONDS) -> None:
        self._seconds = seconds
        self._stages: list[Stage] = []
        self._start = self._last = time.monotonic()
        self._timer = threading.Timer(seconds, self._end)
        self._timer.daemon = True
        self._sockets: list[socket.socket] = []
        self._lock = threading.Lock()

    def __enter__(self) -> Stages:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        with self._lock:
            for connection in self._sockets:
                connection.close()
            self._sockets.clear()

    def limited(self, endpoint: Endpoint) -> Endpoint:
        """The same endpoint with the time-out of a test."""
        return replace(endpoint, timeout=min(endpoint.timeout, self._seconds))

    def watch(self, connection: socket.socket) -> None:
        """Keep a second handle: TLS takes the first one over, and shutting down either ends both."""
        with self._lock:
            self._sockets.append(connection.dup())

    def _end(self) -> None:
        with self._lock:
            for connection in self._sockets:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue  # the server was faster

    def done(self, stage: str, detail: str) -> None:
        self._stages.append(Stage(stage, True, self._lap(), detail))

    def succeeded(self) -> TestResult:
        return TestResult(True, self._stages)

    def failed(self, error: TransportError) -> TestResult:
        """The result that ends with the stage that failed, or that hung when the time was over."""
        code, message = error.code, error.message
        elapsed = self._lap()
        if self._last - self._start >= self._seconds:
            code = "MAILCONTMO"
            message = (
                f"The test was ended after {self._seconds:g} s: the server did not answer in time. {error.message}"
            )
        self._stages.append(Stage(error.stage or "tcp", False, elapsed, message))
        return TestResult(False, self._stages, code, message)

    def _lap(self) -> int:
        now = time.monotonic()
        ms, self._last = round(1000 * (now - self._last)), now
        return ms
