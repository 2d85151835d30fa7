"""The stages of Test Connection (TST-03..06): each with its time and words, 20 s over all.

A test that hangs is ended by a timer that shuts the connection down, whatever the thread is waiting for.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Iterable
from dataclasses import replace

from postroom.transports.base import Certificate, Endpoint, OnStage, Stage, TestResult, TransportError
from postroom.transports.certificates import certificate_of, certificate_words, expiry_warning

TEST_SECONDS = 20.0


class Progress:
    """Hears how far a connection has come. This one does not listen."""

    def done(self, stage: str, detail: str) -> None:
        """A stage is done, with what it found out."""

    def watch(self, connection: socket.socket) -> None:
        """This is the plain connected socket on which the following stages wait."""

    def secured(self, connection: socket.socket) -> None:
        """TLS is on this socket now, and the certificate is verified."""

    def offers(self, capabilities: Iterable[str], note: str = "") -> None:
        """The server is at the client's service: its capabilities, and what else is to be said of them."""


QUIET = Progress()


class Stages(Progress):
    """Collects the stages of one test. A context: at its end, or ``seconds`` after its start, the test is over.

    ``on_stage`` hears of each stage as it is done. What the test finds out besides is set on the attributes.
    """

    def __init__(self, on_stage: OnStage | None = None, *, seconds: float = TEST_SECONDS) -> None:
        self.certificate: Certificate | None = None
        self.capabilities: tuple[str, ...] = ()
        self.warnings: list[str] = []
        self.messages: int | None = None
        self.unseen: int | None = None
        self._on_stage = on_stage
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
        """The same endpoint with the time that is left of the test as its time-out."""
        left = self._start + self._seconds - time.monotonic()
        return replace(endpoint, timeout=min(endpoint.timeout, max(left, 0.1)))

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
        self._add(Stage(stage, True, self._lap(), detail))

    def secured(self, connection: socket.socket) -> None:
        assert isinstance(connection, ssl.SSLSocket)
        self.certificate = certificate_of(connection)
        self.warnings += expiry_warning(self.certificate)
        self.done("tls", f"{connection.version()}, {certificate_words(self.certificate)}")

    def offers(self, capabilities: Iterable[str], note: str = "") -> None:
        self.capabilities = tuple(capabilities)
        self.done("capabilities", (" ".join(self.capabilities) or "none") + note)

    def succeeded(self) -> TestResult:
        return self._result(True)

    def failed(self, error: TransportError) -> TestResult:
        """The result that ends with the stage that failed, or that hung when the time was over."""
        code, message = error.code, error.message
        elapsed = self._lap()
        if self._last - self._start >= self._seconds:
            code = "MAILCONTMO"
            message = (
                f"The test was ended after {self._seconds:g} s: the server did not answer in time. {error.message}"
            )
        self._add(Stage(error.stage or "tcp", False, elapsed, message))
        return self._result(False, code, message)

    def _add(self, stage: Stage) -> None:
        self._stages.append(stage)
        if self._on_stage is not None:
            self._on_stage(stage)
            self._last = time.monotonic()  # telling is no part of the next stage

    def _result(self, ok: bool, code: str = "", message: str = "") -> TestResult:
        return TestResult(
            ok,
            list(self._stages),
            code,
            message,
            certificate=self.certificate,
            capabilities=self.capabilities,
            warnings=tuple(self.warnings),
            messages=self.messages,
            unseen=self.unseen,
        )

    def _lap(self) -> int:
        now = time.monotonic()
        ms, self._last = round(1000 * (now - self._last)), now
        return ms
