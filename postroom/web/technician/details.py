"""One request: its tabs Work, Notification, Other Info and History, and what of it is polled (R27)."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from postroom.inbox.queries import originals_of
from postroom.outbox.queries import delivery_states
from postroom.tickets import queries
from postroom.tickets.models import Ticket
from postroom.web.http import PortalRequest, is_unchanged, not_modified, tag_of, technicians_only
from postroom.web.technician.composer import composer
from postroom.web.technician.forms import ChangeForm


def ticket_or_404(request: PortalRequest, number: int) -> Ticket:
    """The request, if this technician may see it; else it does not exist for them."""
    ticket = queries.ticket_for(request.user, number)
    if ticket is None:
        raise Http404
    return ticket


def frame(request: PortalRequest, ticket: Ticket, tab: str) -> dict[str, Any]:
    """What every tab shows around itself: views with counts, attributes, the requester's other requests."""
    return {
        "ticket": ticket,
        "tab": tab,
        "views": queries.VIEWS,
        "current": "",
        "counts": queries.open_counts(request.user),
        "attributes": ChangeForm.of(ticket),
        "earlier": queries.earlier_tickets(request.user, ticket),
    }


def _conversation(request: PortalRequest, ticket: Ticket) -> dict[str, Any]:
    entries = queries.entries_for(request.user, ticket)
    return {"entries": entries, "originals": originals_of(entry.pk for entry in entries)}


def _tag(ticket: Ticket) -> str:
    return tag_of(queries.conversation_state(ticket), delivery_states(ticket.number))


@require_safe
@technicians_only
def work(request: PortalRequest, number: int) -> HttpResponse:
    """The Work tab: the conversation and the composer."""
    ticket = ticket_or_404(request, number)
    tag = _tag(ticket)
    context = frame(request, ticket, "work") | _conversation(request, ticket) | composer(request.user, ticket)
    return render(request, "technician/work.html", context | {"tag": tag})


@require_safe
@technicians_only
def live(request: PortalRequest, number: int) -> HttpResponse:
    """What of the Work tab may have changed: entries, their delivery, the attributes; 304 where nothing did."""
    ticket = ticket_or_404(request, number)
    tag = _tag(ticket)
    if is_unchanged(request, tag):
        return not_modified(tag)
    context = {"ticket": ticket, "attributes": ChangeForm.of(ticket)} | _conversation(request, ticket)
    response = render(request, "technician/live.html", context)
    response["ETag"] = tag
    return response


@require_safe
@technicians_only
def other_info(request: PortalRequest, number: int) -> HttpResponse:
    """The Other Info tab: Cc Emails, source, mailbox, company, category, times."""
    ticket = ticket_or_404(request, number)
    return render(request, "technician/other_info.html", frame(request, ticket, "other-info"))


@require_safe
@technicians_only
def history(request: PortalRequest, number: int) -> HttpResponse:
    """The History tab: what happened to the request, the latest first."""
    ticket = ticket_or_404(request, number)
    events = list(queries.history(ticket))
    return render(request, "technician/history.html", frame(request, ticket, "history") | {"events": events})
