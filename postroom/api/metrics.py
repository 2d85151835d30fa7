"""Metrics for Prometheus, counted in the database at the moment they are asked for: every process tells the same."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import get_args

from django.db.models import Count, Min, Q
from django.utils import timezone
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily
from prometheus_client.registry import Collector

from postroom.channels.health import describe
from postroom.channels.models import HealthState, IncomingServer, OutgoingServer
from postroom.inbox.models import InboundEmail
from postroom.inbox.status import live_roles
from postroom.outbox.models import OutboundEmail
from postroom.rules.model import Outcome
from postroom.tickets.models import Ticket

Metrics = Iterator[GaugeMetricFamily]
STATES = (*HealthState.values, "disabled")


class Desk(Collector):
    """The desk's figures. Nothing is read before ``collect``."""

    def describe(self) -> Metrics:
        """No names in advance: registering must not ask the database."""
        return iter(())

    def collect(self) -> Metrics:
        """Every metric, in a fixed number of queries."""
        yield from _incoming()
        yield from _outgoing()
        yield from _servers()
        yield from _requests()
        yield _family("processes", "Live processes by role.", "role", live_roles())


def render() -> bytes:
    """All metrics in Prometheus's text format."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Desk())
    return generate_latest(registry)


def _family(name: str, text: str, label: str, counts: dict[str, int]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"postroom_{name}", text, labels=[label])
    for value, count in counts.items():
        family.add_metric([value], count)
    return family


def _waited(name: str, text: str, since: datetime | None) -> GaugeMetricFamily:
    seconds = max((timezone.now() - since).total_seconds(), 0.0) if since else 0.0
    return GaugeMetricFamily(f"postroom_{name}", text, value=seconds)


def _incoming() -> Metrics:
    done = InboundEmail.objects.exclude(outcome="").values_list("outcome").annotate(Count("pk")).order_by()
    known = dict.fromkeys(get_args(Outcome), 0)
    yield _family("incoming_mails", "Mails in the incoming log by outcome.", "outcome", known | dict(done))
    waiting = InboundEmail.objects.exclude(state=InboundEmail.State.DONE).aggregate(
        count=Count("pk"), oldest=Min("kept_at")
    )
    yield GaugeMetricFamily("postroom_incoming_backlog", "Kept mails not yet done.", value=waiting["count"])
    yield _waited("incoming_oldest_waiting_seconds", "Age of the oldest mail not yet done.", waiting["oldest"])


def _outgoing() -> Metrics:
    states = OutboundEmail.objects.values_list("state").annotate(Count("pk")).order_by()
    known = dict.fromkeys(OutboundEmail.State.values, 0)
    yield _family("outgoing_mails", "Mails in the outgoing log by state.", "state", known | dict(states))
    open_ = OutboundEmail.objects.filter(state__in=[*OutboundEmail.WAITING, OutboundEmail.State.SENDING])
    waiting = open_.aggregate(count=Count("pk"), oldest=Min("created_at"))
    yield GaugeMetricFamily("postroom_outgoing_queue", "Mails waiting to be sent.", value=waiting["count"])
    yield _waited("outgoing_oldest_waiting_seconds", "Age of the oldest mail waiting to be sent.", waiting["oldest"])


def _servers() -> Metrics:
    health = GaugeMetricFamily(
        "postroom_server_health", "1 for the state that a mail server is in.", labels=["direction", "name", "state"]
    )
    queue = GaugeMetricFamily("postroom_server_queue", "Mails waiting for an outgoing server.", labels=["name"])
    waiting = Count("outbound", filter=Q(outbound__state__in=OutboundEmail.WAITING))
    for server in OutgoingServer.objects.select_related("health").annotate(waiting=waiting):
        queue.add_metric([server.name], server.waiting)
        _add_states(health, "outgoing", server)
    for mailbox in IncomingServer.objects.select_related("health"):
        _add_states(health, "incoming", mailbox)
    yield health
    yield queue


def _add_states(family: GaugeMetricFamily, direction: str, server: IncomingServer | OutgoingServer) -> None:
    now = describe(server)["state"]
    for state in STATES:
        family.add_metric([direction, server.name, state], float(state == now))


def _requests() -> Metrics:
    counted = Ticket.objects.filter(deleted_at=None).values_list("status").annotate(Count("pk")).order_by()
    known = dict.fromkeys(Ticket.Status.values, 0)
    yield _family("requests", "Requests by status.", "status", known | dict(counted))
