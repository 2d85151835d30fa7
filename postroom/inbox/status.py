"""How the instance is doing, as ``postroom status --json`` and REST's ``health`` tell it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import Count
from django.utils import timezone

from postroom.channels.health import describe
from postroom.channels.models import HealthState, IncomingServer, OutgoingServer, WorkerHeartbeat
from postroom.inbox.models import InboundEmail
from postroom.outbox.models import OutboundEmail

ALIVE_FOR = timedelta(seconds=15)  # three signs of life may be missed
UNSENT = (*OutboundEmail.WAITING, OutboundEmail.State.SENDING)
NEEDS_ATTENTION = (HealthState.UNREACHABLE, HealthState.NEEDS_SIGN_IN)


def status() -> dict[str, Any]:
    """{ok, servers: [{direction, name, email, health, backlog, queue}], database, workers, roles, unassigned}.

    ``backlog`` counts mails that arrived and are not decided yet, ``queue`` mails that wait to be sent; ``unassigned``
    are those that wait for want of an outgoing server. ``ok`` is false where a server needs attention. ``workers``
    counts live worker processes, ``roles`` the processes of each role.
    """
    backlog = _counts(InboundEmail.objects.exclude(state=InboundEmail.State.DONE).values_list("mailbox"))
    queue = _counts(OutboundEmail.objects.filter(state__in=UNSENT).values_list("server"))
    servers = [
        _row(server, "incoming", backlog.get(server.pk, 0), 0)
        for server in IncomingServer.objects.select_related("health").order_by("name")
    ] + [
        _row(server, "outgoing", 0, queue.get(server.pk, 0))
        for server in OutgoingServer.objects.select_related("health").order_by("name")
    ]
    roles = live_roles()
    return {
        "ok": not any(_needs_attention(server["health"]) for server in servers),
        "servers": servers,
        "database": "ok",
        "workers": roles.get("worker", 0),
        "roles": roles,
        "unassigned": queue.get(None, 0),
    }


def status_of(server: IncomingServer | OutgoingServer) -> dict[str, Any]:
    """One server as it stands in ``status``: {direction, name, email, health, backlog, queue}."""
    if isinstance(server, IncomingServer):
        waiting = InboundEmail.objects.filter(mailbox=server).exclude(state=InboundEmail.State.DONE)
        return _row(server, "incoming", waiting.count(), 0)
    return _row(server, "outgoing", 0, OutboundEmail.objects.filter(server=server, state__in=UNSENT).count())


def live_roles() -> dict[str, int]:
    """How many processes of each role gave a sign of life just now."""
    alive = WorkerHeartbeat.objects.filter(seen_at__gt=timezone.now() - ALIVE_FOR)
    return dict(alive.values_list("role").annotate(Count("pk")).order_by("role"))


def _counts(rows: Any) -> dict[int | None, int]:
    return dict(rows.annotate(Count("pk")).order_by())


def _row(server: IncomingServer | OutgoingServer, direction: str, backlog: int, queue: int) -> dict[str, Any]:
    return {
        "direction": direction,
        "name": server.name,
        "email": server.email,
        "health": describe(server),
        "backlog": backlog,
        "queue": queue,
    }


def _needs_attention(health: dict[str, Any]) -> bool:
    """True where a person has to act: a server that is down, or one that refuses the sign-in."""
    return health["state"] in NEEDS_ATTENTION or health["code"].startswith("MAILAUTH")
