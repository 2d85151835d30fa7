"""One request: its tabs Work, Notification, Other Info and History, and what of it is polled (R27)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from postroom.channels.models import EmailPreferences, OutgoingServer
from postroom.inbox.queries import originals_of
from postroom.outbox.queries import delivery_states
from postroom.tickets import queries, workspace
from postroom.tickets.models import Participant, Ticket
from postroom.tickets.services import Invalid, update_ticket
from postroom.tickets.services.bell import mark_read
from postroom.tickets.services.visits import visit
from postroom.web.http import PortalRequest, is_unchanged, not_modified, tag_of, technicians_only
from postroom.web.technician.composer import composer
from postroom.web.technician.forms import ChangeForm, InfoForm

SHOWS = {
    "all": gettext_lazy("All"),
    "technician": gettext_lazy("Technician"),
    "requester": gettext_lazy("Requester"),
}


def ticket_or_404(request: PortalRequest, number: int) -> Ticket:
    """The request, if this technician may see it; else it does not exist for them."""
    ticket = queries.ticket_for(request.user, number)
    if ticket is None:
        raise Http404
    return ticket


def frame(request: PortalRequest, ticket: Ticket, tab: str) -> dict[str, Any]:
    """What every tab shows around itself: views with counts, attributes, the requester's other requests."""
    people = workspace.participants(ticket)
    watchers = [person.email for person in people if person.role == Participant.Role.WATCHER]
    return {
        "ticket": ticket,
        "tab": tab,
        "views": queries.VIEWS,
        "current": "",
        "counts": queries.open_counts(request.user),
        "attributes": ChangeForm.of(ticket),
        "earlier": queries.earlier_tickets(request.user, ticket),
        "watchers": watchers,
        "third_parties": [person.email for person in people if person.role == Participant.Role.THIRD_PARTY],
        "watching": request.user.email in watchers,
        "undeliverable": workspace.undeliverable(ticket),
        "neighbours": workspace.neighbours(request.user, ticket),
        "lost_sender": workspace.sender_was_not_found(ticket),
    }


def conversation(request: PortalRequest, ticket: Ticket, merged: list[Ticket] | None = None) -> dict[str, Any]:
    """The entries, which of them came as a mail that is still kept, and by which servers a mail can be tried again."""
    entries = workspace.conversation(request.user, ticket, merged)
    choose = request.user.is_admin or EmailPreferences.load().allow_choosing_outgoing_server
    return {
        "entries": entries,
        "originals": originals_of(entry.pk for entry in entries),
        "servers": list(OutgoingServer.objects.filter(enabled=True).only("name", "email")) if choose else [],
    }


def _tag(ticket: Ticket, here: workspace.Presence) -> str:
    return tag_of(
        queries.conversation_state(ticket), delivery_states(ticket.number), here.writing, here.reading, ticket.number
    )


@require_safe
@technicians_only
def work(request: PortalRequest, number: int) -> HttpResponse:
    """The Work tab: the conversation and the composer."""
    ticket = ticket_or_404(request, number)
    page = work_page(request, ticket)
    writer = composer(request.user, ticket, entries=page["entries"])
    return render(request, "technician/work.html", page | writer)


def work_page(request: PortalRequest, ticket: Ticket) -> dict[str, Any]:
    """All of the Work tab but its composer. What is on it counts as read, and so does the bell about it."""
    here = workspace.presence(request.user, ticket)
    around = frame(request, ticket, "work")
    shown = conversation(request, ticket, around["neighbours"].merged)
    newest = max((entry.pk for entry in shown["entries"]), default=0)
    read = visit(request.user, ticket, newest, here.mine)
    mark_read(request.user, ticket)
    show = request.GET.get("show", "all")
    unread = [
        e.pk for e in shown["entries"] if e.pk > read > 0 and e.author_id != request.user.pk and e.kind != "event"
    ]
    more = {
        "tag": _tag(ticket, here),
        "here": here,
        "unread": unread[0] if unread else 0,
        "show": show if show in SHOWS else "all",
        "shows": SHOWS,
    }
    return around | shown | more


@require_safe
@technicians_only
def live(request: PortalRequest, number: int) -> HttpResponse:
    """What of the Work tab may have changed: entries, delivery, attributes, who is here; 304 where nothing did."""
    ticket = ticket_or_404(request, number)
    here = workspace.presence(request.user, ticket)
    tag = _tag(ticket, here)
    newest = queries.conversation_state(ticket)[2] if here.mine is None else here.mine.read_entry
    if is_unchanged(request, tag):
        visit(request.user, ticket, newest, here.mine)
        return not_modified(tag)
    shown = conversation(request, ticket)
    visit(request.user, ticket, max((entry.pk for entry in shown["entries"]), default=0), here.mine)
    context = {"ticket": ticket, "attributes": ChangeForm.of(ticket), "here": here} | shown
    response = render(request, "technician/live.html", context)
    response["ETag"] = tag
    return response


@require_safe
@technicians_only
def other_info(request: PortalRequest, number: int) -> HttpResponse:
    """The Other Info tab: Cc Emails, source, mailbox, company, category, times, and what of it can be changed."""
    ticket = ticket_or_404(request, number)
    return _info(request, ticket, InfoForm.of(ticket))


def _info(request: PortalRequest, ticket: Ticket, form: InfoForm, status: int = 200) -> HttpResponse:
    context = frame(request, ticket, "other-info") | {"form": form}
    return render(request, "technician/other_info.html", context, status=status)


@require_POST
@technicians_only
def change_info(request: PortalRequest, number: int) -> HttpResponse:
    """Change what the Other Info tab lets one change; a fault is shown at its field."""
    ticket = ticket_or_404(request, number)
    form = InfoForm(request.POST)
    if form.is_valid():
        try:
            update_ticket(ticket, request.user, form.cleaned_data)
        except Invalid as invalid:
            for name, message in invalid.errors:
                form.add_error(name if name in form.fields else None, message)
        else:
            messages.success(request, _("Saved."))
            return redirect("request-other-info", number)
    return _info(request, ticket, form, 422)


@require_safe
@technicians_only
def history(request: PortalRequest, number: int) -> HttpResponse:
    """The History tab: what happened to the request, the latest first."""
    ticket = ticket_or_404(request, number)
    events = list(queries.history(ticket))
    return render(request, "technician/history.html", frame(request, ticket, "history") | {"events": events})
