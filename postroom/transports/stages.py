"""The stages of Test Connection (TST-03..06): each with its time and words, 20 s over all."""

from __future__ import annotations

import time
from dataclasses import replace

from postroom.transports.base import Endpoint, Stage, TestResult, TransportError


class Stages:
    """Collects the stages of one test; ``note`` is called when one is done."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._start = self._last = time.monotonic()
        self.done: list[Stage] = []

    def limited(self, endpoint: Endpoint) -> Endpoint:
        """The same endpoint with the time-out of a test."""
        return replace(endpoint, timeout=min(endpoint.timeout, self._seconds))

    def note(self, stage: str, detail: str) -> None:
        """A stage is done. Raises TransportError when the time for the whole test is over."""
        self.done.append(Stage(stage, True, self._lap(), detail))
        if self._last - self._start > self._seconds:
            raise TransportError(
                "MAILCONTMO", f"The test took longer than {self._seconds:g} s.", temporary=True, stage=stage
            )

    def failed(self, error: TransportError) -> TestResult:
        """The result that ends with the stage that failed."""
        self.done.append(Stage(error.stage or "tcp", False, self._lap(), error.message))
        return TestResult(False, self.done, error.code, error.message)

    def _lap(self) -> int:
        now = time.monotonic()
        ms, self._last = round(1000 * (now - self._last)), now
        return ms
