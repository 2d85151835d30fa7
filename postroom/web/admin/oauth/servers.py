"""The sign-in of one saved server: who, since when, what was granted, and one button to do it again (A3, OTH-07)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from postroom.channels.models import IncomingServer, OutgoingServer
from postroom.channels.oauth.application import device_url, is_of_microsoft, missing, of_server, redirect_url
from postroom.channels.oauth.staying import status_of
from postroom.channels.services import Invalid, start_step
from postroom.web.admin.emails.probing import read
from postroom.web.http import PortalRequest, actor, administrators_only

Server = IncomingServer | OutgoingServer

_TIMES = ("consented_at", "refreshed_at", "expires_at")


def server_or_404(direction: str, pk: int) -> Server:
    """A server that signs in by OAuth."""
    model: Any = IncomingServer if direction == "incoming" else OutgoingServer
    found: Server | None = model.objects.select_related("proxy").filter(pk=pk, auth_type="oauth").first()
    if found is None:
        raise Http404
    return found


@require_safe
@administrators_only
def page(request: PortalRequest, direction: str, pk: int) -> HttpResponse:
    """How the sign-in of a server stands, and what can be done."""
    return show(request, server_or_404(direction, pk), direction)


def show(request: PortalRequest, server: Server, direction: str, error: str = "") -> HttpResponse:
    """The page, with ``error`` where something could not be begun."""
    told = status_of(server)
    context = {
        "section": "outgoing-servers",
        "server": server,
        "direction": direction,
        "told": told,
        "times": {name: datetime.fromisoformat(told[name]) if told[name] else None for name in _TIMES},
        "by_application": server.oauth_grant == "client_credentials",
        "has_device": bool(device_url(of_server(server))),
        "at_microsoft": is_of_microsoft(server),
        "missing": missing() if server.provider == "microsoft" else "",
        "redirect_url": redirect_url(),
        "error": error,
        "shown": read(request.GET.get("probe", "")),
    }
    return render(request, "admin/oauth/server.html", context, status=422 if error else 200)


@require_POST
@administrators_only
def authorize(request: PortalRequest, direction: str, pk: int) -> HttpResponse:
    """Let the application itself sign in now: a worker does, and the page shows how far it is (R26)."""
    server = server_or_404(direction, pk)
    try:
        probe = start_step(actor(request), {"step": "application"}, server, paced=True)
    except Invalid as invalid:
        return show(request, server, direction, invalid.errors[0][1])
    return redirect(f"{reverse('oauth-server', args=[direction, pk])}?probe={probe.pk}")
