"""The list: each event with its audiences, and a switch for each (NTF-01)."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from postroom.tickets.services.templates import switch_template
from postroom.tickets.worded import all_told, told_of
from postroom.web.http import PortalRequest, actor, administrators_only


@require_safe
@administrators_only
def notifications(request: PortalRequest) -> HttpResponse:
    """Every notification by event, and the header and footer of all of them."""
    return render(request, "admin/notifications/list.html", list_context())


def list_context() -> dict[str, Any]:
    """What the list shows."""
    told = all_told()
    events = groupby((one for one in told if not one.is_part), key=lambda one: one.event)
    return {
        "section": "notifications",
        "events": [(event, list(rows)) for event, rows in events],
        "parts": [one for one in told if one.is_part],
        "panel": None,
    }


@require_POST
@administrators_only
def switch(request: PortalRequest, event: str, audience: str) -> HttpResponse:
    """Switch one on or off, in every language; the row as it is then."""
    if told_of(event, audience) is None:
        raise Http404
    switch_template(actor(request), event, audience, enabled=request.POST.get("enabled") == "on")
    if not request.htmx:
        return redirect("notifications")
    return render(request, "admin/notifications/switch.html", {"one": told_of(event, audience)})
