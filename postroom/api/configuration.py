"""The channel configuration, to read: servers with their health, preferences, settings. Never a secret."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from ninja import Query, Router

from postroom.api.errors import answer, not_found
from postroom.api.lists import list_answer
from postroom.api.schemas import Paging
from postroom.api.shapes import Problem
from postroom.api.tokens import ApiRequest
from postroom.channels.health import describe
from postroom.channels.models import EmailPreferences, IncomingServer, OutgoingServer, Settings
from postroom.channels.shapes import show_incoming_server, show_outgoing_server, show_preferences, show_settings

router = Router(tags=["configuration"])

OUTGOING = OutgoingServer.objects.select_related("proxy", "health").order_by("name")
INCOMING = IncomingServer.objects.select_related(
    "proxy", "health", "technician_group", "category", "company", "outgoing_server"
).order_by("name")


def _outgoing(server: OutgoingServer) -> dict[str, Any]:
    return {"id": server.pk, **show_outgoing_server(server), "health": describe(server)}


def _incoming(server: IncomingServer) -> dict[str, Any]:
    return {"id": server.pk, **show_incoming_server(server), "health": describe(server)}


@router.get("/outgoing-servers", response={200: dict[str, Any], 400: Problem})
def list_outgoing_servers(request: ApiRequest, paging: Query[Paging]) -> HttpResponse:
    """Outgoing servers by name."""
    return list_answer(request, OUTGOING.all(), paging, _outgoing)


@router.get("/outgoing-servers/{int:id}", response={200: dict[str, Any], 404: Problem})
def read_outgoing_server(request: ApiRequest, id: int) -> HttpResponse:
    """One outgoing server, in the words of the configuration file, and its health."""
    server = OUTGOING.filter(pk=id).first()
    if server is None:
        raise not_found()
    return answer(_outgoing(server))


@router.get("/incoming-servers", response={200: dict[str, Any], 400: Problem})
def list_incoming_servers(request: ApiRequest, paging: Query[Paging]) -> HttpResponse:
    """Incoming servers by name."""
    return list_answer(request, INCOMING.all(), paging, _incoming)


@router.get("/incoming-servers/{int:id}", response={200: dict[str, Any], 404: Problem})
def read_incoming_server(request: ApiRequest, id: int) -> HttpResponse:
    """One incoming server, in the words of the configuration file, and its health."""
    server = INCOMING.filter(pk=id).first()
    if server is None:
        raise not_found()
    return answer(_incoming(server))


@router.get("/preferences", response=dict[str, Any])
def read_preferences(request: ApiRequest) -> HttpResponse:
    """Email Preference."""
    return answer(show_preferences(EmailPreferences.load()))


@router.get("/support-portal", response=dict[str, Any])
def read_support_portal(request: ApiRequest) -> HttpResponse:
    """What guests may do in the portal."""
    return answer(show_settings(Settings.load())["support_portal"])


@router.get("/security", response=dict[str, Any])
def read_security(request: ApiRequest) -> HttpResponse:
    """Whose verdicts are believed, and who is always let in or kept out."""
    return answer(show_settings(Settings.load())["security"])


@router.get("/limits", response=dict[str, Any])
def read_limits(request: ApiRequest) -> HttpResponse:
    """Sizes, rates and how long things are kept."""
    return answer(show_settings(Settings.load())["limits"])
