"""When to try again: pauses after connection faults and temporary replies (4yz, RFC 5321, 4.5.4.1), and circuits.

``jitter`` is a number from 0 to 1 that the caller draws, so that many tries do not come at once.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

GIVE_UP_AFTER = timedelta(days=3)
PROBE_SECONDS = 30
FAILURES_UNTIL_DOWN = 3

_CONNECTION_PAUSES = (5.0, 15.0, 30.0)
_CONNECTION_PAUSE = 60.0
_THROTTLE_PAUSES = (60.0, 120.0, 240.0, 480.0, 960.0)
_PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 15, 30, 60, 120, 240))

Circuit = Literal["up", "down"]


def next_try(attempts: int, first_failed_at: datetime, now: datetime, jitter: float) -> datetime | None:
    """When a mail that was refused for now is tried again, or None to give up.

    ``attempts`` counts the tries made. Pauses grow from at most one minute to at most four hours; the last try comes
    three days after the first failure.
    """
    deadline = first_failed_at + GIVE_UP_AFTER
    if now >= deadline:
        return None
    pause = _PAUSES[min(max(attempts, 1), len(_PAUSES)) - 1]
    return min(now + pause * (1 - 0.2 * jitter), deadline)


def connection_retry(failures: int, jitter: float) -> float:
    """Seconds until a server is tried again after so many connection faults in a row: 5, 15, 30, then about 60."""
    if failures <= len(_CONNECTION_PAUSES):
        return _CONNECTION_PAUSES[max(failures, 1) - 1]
    return _CONNECTION_PAUSE * (0.9 + 0.2 * jitter)


def throttle_pause(times: int, jitter: float) -> float:
    """Seconds for which a server that says "not so fast" is left alone: one minute, doubled each time, at most 16."""
    return _THROTTLE_PAUSES[min(max(times, 1), len(_THROTTLE_PAUSES)) - 1] * (0.9 + 0.1 * jitter)


def circuit(state: Circuit, failures: int) -> Circuit:
    """The state of a server after ``failures`` connection or sign-in failures in a row: one success brings it back."""
    if failures <= 0:
        return "up"
    return "down" if failures >= FAILURES_UNTIL_DOWN else state
