"""Outgoing and incoming servers with their health, and the proxies that they may use. Never a secret."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from ninja import Router

from postroom.api.bodies import Json
from postroom.api.errors import answer
from postroom.api.resources import Resource, offer
from postroom.api.server_shapes import (
    IncomingServerOut,
    IncomingServerPage,
    OutgoingServerOut,
    OutgoingServerPage,
    ProxyOut,
    ProxyPage,
    ServerStatusOut,
)
from postroom.api.shapes import Problem
from postroom.api.tokens import ApiRequest
from postroom.channels import services
from postroom.channels.health import describe
from postroom.channels.models import IncomingServer, OutgoingServer, ProxyServer
from postroom.channels.queries import with_routes
from postroom.channels.shapes import show_incoming_server, show_outgoing_server, show_proxy
from postroom.inbox.status import status_of

router = Router(tags=["servers"])

SECRETS = ("auth.password", "auth.client_secret", "auth.refresh_token")
READ_ONLY = ("id", "health", "warnings")
SEARCHED = ("name", "email", "host")


def _outgoing_rows() -> QuerySet[OutgoingServer]:
    return OutgoingServer.objects.select_related("proxy", "health").order_by("name")


def _incoming_rows() -> QuerySet[IncomingServer]:
    named = ("proxy", "health", "technician_group", "category", "company", "outgoing_server")
    return with_routes(IncomingServer.objects.select_related(*named)).order_by("name")


def _outgoing(server: OutgoingServer) -> Json:
    return {"id": server.pk, **show_outgoing_server(server), "health": describe(server)}


def _incoming(server: IncomingServer) -> Json:
    return {"id": server.pk, **show_incoming_server(server), "health": describe(server)}


def _warnings(server: IncomingServer | OutgoingServer) -> dict[str, Any]:
    found = services.warnings_of(server)
    return {"warnings": [{"field": field, "message": message} for field, message in found]}


OUTGOING = Resource(
    path="outgoing-servers",
    one="outgoing server",
    many="outgoing servers",
    rows=_outgoing_rows,
    shape=_outgoing,
    whole=lambda server: _outgoing(server) | _warnings(server),
    save=lambda actor, values, row, replace: services.save_outgoing_server(actor, values, row, replace=replace),
    delete=services.delete_outgoing_server,
    out=OutgoingServerOut,
    page=OutgoingServerPage,
    searched=SEARCHED,
    secrets=SECRETS,
    read_only=READ_ONLY,
    version=services.version_of,
)
INCOMING = Resource(
    path="incoming-servers",
    one="incoming server",
    many="incoming servers",
    rows=_incoming_rows,
    shape=_incoming,
    whole=lambda server: _incoming(server) | _warnings(server),
    save=lambda actor, values, row, replace: services.save_incoming_server(actor, values, row, replace=replace),
    delete=services.delete_incoming_server,
    out=IncomingServerOut,
    page=IncomingServerPage,
    searched=SEARCHED,
    secrets=SECRETS,
    read_only=READ_ONLY,
    version=services.version_of,
)
PROXIES = Resource(
    path="proxies",
    one="proxy",
    many="proxies",
    rows=lambda: ProxyServer.objects.order_by("name"),
    shape=lambda proxy: {"id": proxy.pk, **show_proxy(proxy)},
    save=lambda actor, values, row, replace: services.save_proxy(actor, values, row, replace=replace),
    delete=services.delete_proxy,
    out=ProxyOut,
    page=ProxyPage,
    searched=("name", "host"),
    secrets=("password",),
    version=services.version_of,
)

offer(router, OUTGOING)
offer(router, INCOMING)
offer(router, PROXIES)


@router.get("/outgoing-servers/{int:id}/health", response={200: ServerStatusOut, 404: Problem})
def read_outgoing_health(request: ApiRequest, id: int) -> HttpResponse:
    """One outgoing server as in ``health``: its state, and how many mails wait for it."""
    return answer(status_of(OUTGOING.find(id)))


@router.get("/incoming-servers/{int:id}/health", response={200: ServerStatusOut, 404: Problem})
def read_incoming_health(request: ApiRequest, id: int) -> HttpResponse:
    """One incoming server as in ``health``: its state, and how many of its mails are not decided yet."""
    return answer(status_of(INCOMING.find(id)))
