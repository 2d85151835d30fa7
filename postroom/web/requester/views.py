"""A requester's own requests. What is internal is not in these pages, nor in anything they link to (WRK-06)."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from postroom.accounts.models import User
from postroom.tickets import queries
from postroom.tickets.models import Ticket
from postroom.tickets.services import Composed, Invalid, add_reply
from postroom.web.files import new_files
from postroom.web.http import PortalRequest, is_unchanged, not_modified, signed_in, tag_of
from postroom.web.requester.forms import ReplyForm


def _own_or_404(user: User, number: int) -> Ticket:
    ticket = queries.ticket_for(user, number)
    if ticket is None or ticket.requester_id != user.pk:
        raise Http404
    return ticket


def _page(user: User, ticket: Ticket, form: ReplyForm) -> dict[str, Any]:
    entries = queries.public_entries(user, ticket)
    return {"ticket": ticket, "entries": entries, "form": form, "tag": _tag(ticket, entries)}


def _tag(ticket: Ticket, entries: list[Any]) -> str:
    return tag_of(ticket.status, [entry.pk for entry in entries])


@require_safe
@signed_in
def my_requests(request: PortalRequest) -> HttpResponse:
    """The list, the latest activity first."""
    asked = request.GET.get("page", "1")
    number = max(int(asked), 1) if asked.isascii() and asked.isdecimal() and len(asked) < 5 else 1
    page = queries.own_tickets(request.user, page=number)
    mailbox = "" if page.tickets else queries.address_to_write_to()
    return render(request, "requester/requests.html", {"page": page, "mailbox": mailbox})


@require_safe
@signed_in
def my_request(request: PortalRequest, number: int) -> HttpResponse:
    """One request with its public conversation."""
    ticket = _own_or_404(request.user, number)
    return render(request, "requester/request.html", _page(request.user, ticket, ReplyForm()))


@require_safe
@signed_in
def live(request: PortalRequest, number: int) -> HttpResponse:
    """The conversation for the page's poll; 304 where nothing is new."""
    ticket = _own_or_404(request.user, number)
    entries = queries.public_entries(request.user, ticket)
    tag = _tag(ticket, entries)
    if is_unchanged(request, tag):
        return not_modified(tag)
    response = render(request, "requester/live.html", {"ticket": ticket, "entries": entries})
    response["ETag"] = tag
    return response


@require_POST
@signed_in
def reply(request: PortalRequest, number: int) -> HttpResponse:
    """Answer the desk."""
    ticket = _own_or_404(request.user, number)
    form = ReplyForm(request.POST)
    files, too_large = new_files(request.FILES.getlist("attachments"))
    if too_large:
        form.add_error(None, too_large)
    elif form.is_valid():
        try:
            add_reply(ticket, request.user, Composed(text=form.cleaned_data["text"], cc=(), files=tuple(files)))
        except Invalid as invalid:
            for name, message in invalid.errors:
                form.add_error(name if name in form.fields else None, message)
    if form.errors:
        return render(request, "requester/request.html", _page(request.user, ticket, form), status=422)
    return redirect("my-request", number)
