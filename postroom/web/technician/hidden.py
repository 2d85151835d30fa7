"""Spam and deleted requests: what is out of sight, and how to bring it back."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from postroom.tickets import queries, workspace
from postroom.tickets.services import Invalid, restore_ticket
from postroom.web.http import PortalRequest, actor, technicians_only


@require_safe
@technicians_only
def hidden_requests(request: PortalRequest) -> HttpResponse:
    """The latest hundred that the reader may bring back."""
    context = {
        "tickets": workspace.out_of_sight(request.user),
        "views": queries.VIEWS,
        "current": "",
        "counts": queries.open_counts(request.user),
    }
    return render(request, "technician/hidden.html", context)


@require_POST
@technicians_only
def restore(request: PortalRequest, number: int) -> HttpResponse:
    """Bring a request back."""
    try:
        ticket = restore_ticket(number, request.user, actor(request))
    except Invalid as invalid:
        messages.error(request, " ".join(message for _field, message in invalid.errors))
        return redirect("hidden-requests")
    messages.success(request, _("#%(number)d is back.") % {"number": ticket.number})
    return redirect("request", ticket.number) if queries.ticket_for(request.user, number) else redirect("requests")
