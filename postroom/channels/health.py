"""The circuit breaker and the health card of each mail server (SPEC A8, A9): written here, read everywhere.

A server counts as down after 3 connection or sign-in failures in a row and comes back with the first success
(CONTRACT: Times that people can count on).
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from postroom.audit.services import SYSTEM, record
from postroom.channels.models import HealthState, IncomingServer, OutgoingServer, ServerHealth, WorkerHeartbeat
from postroom.rules.retry import FAILURES_UNTIL_DOWN, PROBE_SECONDS
from postroom.transports.base import TransportError

DOWN = (HealthState.UNREACHABLE, HealthState.NEEDS_SIGN_IN)
PROBE_EVERY = timedelta(seconds=PROBE_SECONDS)
SUCCESS_WRITTEN_EVERY = timedelta(seconds=5)
FORGOTTEN_AFTER = timedelta(days=1)


def _owner(server: IncomingServer | OutgoingServer) -> dict[str, Any]:
    return {"incoming" if isinstance(server, IncomingServer) else "outgoing": server}


@contextmanager
def _unless_deleted(server: IncomingServer | OutgoingServer) -> Iterator[None]:
    """A transaction that comes to nothing where the server was deleted while somebody worked with it."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError:
        if type(server)._default_manager.filter(pk=server.pk).exists():
            raise


def record_success(server: IncomingServer | OutgoingServer) -> None:
    """The server did what it was asked. Written at most every 5 s while nothing changes."""
    now = timezone.now()
    fresh = ServerHealth.objects.filter(
        **_owner(server),
        state=HealthState.CONNECTED,
        failures=0,
        last_success__gt=now - SUCCESS_WRITTEN_EVERY,
    )
    if fresh.exists():
        return
    with _unless_deleted(server):
        health, _ = ServerHealth.objects.select_for_update().get_or_create(**_owner(server))
        if health.state != HealthState.CONNECTED:
            if health.state in DOWN:
                _record_switch(server, health.state, HealthState.CONNECTED, "")
            health.state, health.since = HealthState.CONNECTED, now
        health.code, health.message, health.failures = "", "", 0
        health.last_success, health.next_probe_at = now, None
        health.save()


def record_failure(server: IncomingServer | OutgoingServer, error: TransportError) -> bool:
    """The server failed us (connection or sign-in). Returns True if this failure opened the circuit.

    False for a server that was deleted while somebody worked with it.
    """
    now, opened = timezone.now(), False
    with _unless_deleted(server):
        health, _ = ServerHealth.objects.select_for_update().get_or_create(**_owner(server))
        health.failures += 1
        state = _state_after(health, error)
        opened = state in DOWN and state != health.state
        if opened:
            _record_switch(server, health.state, state, f"{error.code}: {error.message}")
        if state != health.state:
            health.state, health.since = state, now
        health.code, health.message = error.code, error.message
        if state != HealthState.DEGRADED:
            health.next_probe_at = now + PROBE_EVERY
        health.save()
    return opened and ServerHealth.objects.filter(pk=health.pk).exists()


def record_throttle(server: IncomingServer | OutgoingServer, until: datetime) -> None:
    """Nothing leaves or is fetched by this server before ``until``: shown on its card, while the mails wait."""
    with _unless_deleted(server):
        ServerHealth.objects.update_or_create(**_owner(server), defaults={"throttled_until": until})


def throttled_until(server: IncomingServer | OutgoingServer) -> datetime | None:
    """Until when the server is left alone, by its own wish or by its limits; None where it is not (HLT-04)."""
    health = getattr(server, "health", None)
    until = health.throttled_until if health is not None and server.enabled else None
    return until if until is not None and until > timezone.now() else None


def _record_switch(server: IncomingServer | OutgoingServer, old: str, new: str, why: str) -> None:
    """Every opening and closing of a circuit is in the Configuration Audit (PRI-05)."""
    changes = [{"field": "health", "old": old, "new": new}]
    if why:
        changes.append({"field": "reason", "old": "", "new": why[:500]})
    record(actor=SYSTEM, action="health changed", object_=server, name=server.name, changes=changes)


def _state_after(health: ServerHealth, error: TransportError) -> HealthState:
    if error.code in ("MAILAUTHPERM", "MAILAUTHSESS") and not error.temporary:
        return HealthState.NEEDS_SIGN_IN
    if health.failures >= FAILURES_UNTIL_DOWN or health.state == HealthState.UNREACHABLE:
        return HealthState.UNREACHABLE
    return HealthState.DEGRADED


def describe(server: IncomingServer | OutgoingServer) -> dict[str, Any]:
    """The ``health`` object of the contract: {state, code, message, since, last_success}; times are ISO 8601."""
    health = getattr(server, "health", None)
    if not server.enabled:
        state, since = "disabled", server.updated_at
    elif health is None:
        state, since = "never_tested", server.created_at
    else:
        state, since = health.state, health.since
    return {
        "state": state,
        "code": health.code if health and server.enabled else "",
        "message": health.message if health and server.enabled else "",
        "since": since.isoformat(),
        "last_success": health.last_success.isoformat() if health and health.last_success else None,
    }


def beat(name: str, role: str) -> None:
    """Say that this process of ``role`` is at work; called every 5 seconds. Forgets those not heard of for a day."""
    now = timezone.now()
    WorkerHeartbeat.objects.update_or_create(
        name=name, defaults={"role": role, "host": socket.gethostname()[:64], "pid": os.getpid(), "seen_at": now}
    )
    WorkerHeartbeat.objects.filter(seen_at__lt=now - FORGOTTEN_AFTER).delete()
