"""When a server's trouble is worth an alert, and when it is over (HLT-03). The only writer of incidents."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from postroom.channels.models import HealthState, Incident, IncomingServer, OutgoingServer

DOWN_FOR = timedelta(minutes=5)
Kind = Incident.Kind


@transaction.atomic
def follow_health(now: datetime) -> None:
    """Open an incident for each enabled server that is down for 5 minutes or needs a sign-in; close what is over.

    A server that was switched off is no trouble any more. One worker does this at a time.
    """
    for model, side in ((IncomingServer, "incoming"), (OutgoingServer, "outgoing")):
        for server in model._default_manager.select_related("health").defer("password", "client_secret"):
            _follow(server, side, now)


def _follow(server: IncomingServer | OutgoingServer, side: str, now: datetime) -> None:
    trouble = _trouble_of(server, now)
    owner: dict[str, Any] = {side: server}
    open_now = Incident.objects.filter(**owner, cleared_at=None).exclude(kind=Kind.SILENT)
    # What turned into another trouble gets no all-clear: nothing is clear yet.
    open_now.exclude(kind=trouble or "").update(cleared_at=now, **({"cleared_told_at": now} if trouble else {}))
    if trouble is not None and not open_now.filter(kind=trouble).exists():
        health = server.health
        Incident.objects.create(**owner, kind=trouble, code=health.code, message=health.message, since=health.since)


def _trouble_of(server: IncomingServer | OutgoingServer, now: datetime) -> str | None:
    health = getattr(server, "health", None)
    if health is None or not server.enabled:
        return None
    if health.state == HealthState.NEEDS_SIGN_IN:
        return Kind.NEEDS_SIGN_IN
    if health.state == HealthState.UNREACHABLE:
        # A probe in between may have moved the state on: an incident stays open as long as the server is down.
        known = Incident.objects.filter(
            cleared_at=None,
            kind=Kind.DOWN,
            **{"incoming" if isinstance(server, IncomingServer) else "outgoing": server},
        ).exists()
        return Kind.DOWN if known or now - health.since >= DOWN_FOR else None
    return None


@transaction.atomic
def follow_silence(now: datetime, silent: dict[int, datetime]) -> None:
    """Open an incident for each mailbox that is unusually quiet (id to the time of its last mail), close the others."""
    Incident.objects.filter(kind=Kind.SILENT, cleared_at=None).exclude(incoming__in=silent).update(cleared_at=now)
    known = set(Incident.objects.filter(kind=Kind.SILENT, cleared_at=None).values_list("incoming_id", flat=True))
    for server in IncomingServer.objects.filter(pk__in=set(silent) - known, enabled=True):
        Incident.objects.create(
            incoming=server,
            kind=Kind.SILENT,
            message="No mail has come for an unusually long time, and no error either.",
            since=silent[server.pk],
        )
