"""What technicians do with a whole request or one entry, each asked in a dialog: merge, split, move, link, spam."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from postroom.outbox.models import Suppression
from postroom.outbox.services.suppressions import delete_suppression
from postroom.tickets import queries, services, workspace
from postroom.tickets.models import Entry, Ticket
from postroom.tickets.services import Invalid
from postroom.tickets.services.log import log_event
from postroom.web.http import PortalRequest, actor, technicians_only
from postroom.web.technician.details import frame, ticket_or_404
from postroom.web.technician.dialogs import (
    DeleteForm,
    LinkForm,
    MergeForm,
    MoveForm,
    RequesterForm,
    SpamForm,
    SplitForm,
)

Given = dict[str, Any]
Run = Callable[[PortalRequest, Ticket, Entry | None, Given], tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Act:
    """One dialog: its words, its form, and what it does; ``run`` returns where to go and what to say."""

    title: str | Promise
    words: str | Promise
    button: str | Promise
    form: type[forms.Form]
    run: Run
    danger: bool = False


def _merge(request: PortalRequest, ticket: Ticket, entry: Entry | None, given: Given) -> tuple[str, str]:
    target = services.merge(ticket, given["into"], request.user, copy_people=given["copy_people"])
    said = _("Merged #%(number)d into this request.") % {"number": ticket.number}
    return reverse("request", args=[target.number]), said


def _link(request: PortalRequest, ticket: Ticket, entry: Entry | None, given: Given) -> tuple[str, str]:
    other = services.link(ticket, given["request"], request.user)
    return reverse("request", args=[ticket.number]), _("Linked with #%(number)d.") % {"number": other.number}


def _spam(request: PortalRequest, ticket: Ticket, entry: Entry | None, given: Given) -> tuple[str, str]:
    services.mark_as_spam(ticket, request.user, actor(request), block_sender=given["block_sender"])
    return reverse("hidden-requests"), _("#%(number)d is spam. It can be brought back here.") % {
        "number": ticket.number
    }


def _delete(request: PortalRequest, ticket: Ticket, entry: Entry | None, given: Given) -> tuple[str, str]:
    services.delete_ticket(ticket, request.user)
    return reverse("hidden-requests"), _("#%(number)d was deleted. It can be brought back here.") % {
        "number": ticket.number
    }


def _requester(request: PortalRequest, ticket: Ticket, entry: Entry | None, given: Given) -> tuple[str, str]:
    changed = services.change_requester(ticket, request.user, given["requester"], given["name"])
    said = _("%(name)s is the requester now.") % {"name": changed.requester.name}
    return reverse("request", args=[ticket.number]), said


def _split(request: PortalRequest, ticket: Ticket, entry: Entry | None, given: Given) -> tuple[str, str]:
    assert entry is not None
    fresh = services.split_off(entry, request.user, given["subject"])
    said = _("This request was made of an entry of #%(number)d.") % {"number": ticket.number}
    return reverse("request", args=[fresh.number]), said


def _move(request: PortalRequest, ticket: Ticket, entry: Entry | None, given: Given) -> tuple[str, str]:
    assert entry is not None
    services.move_entry(entry, given["into"], request.user)
    said = _("The entry was moved here. Later answers to it come here too.")
    return reverse("request", args=[given["into"]]), said


ACTS: dict[str, Act] = {
    "merge": Act(
        gettext_lazy("Merge into another request"),
        gettext_lazy(
            "This request is closed. Its conversation is shown in the other one, to technicians alone, and later mail "
            "goes there. You can take it apart again."
        ),
        gettext_lazy("Merge"),
        MergeForm,
        _merge,
    ),
    "link": Act(
        gettext_lazy("Link with another request"),
        gettext_lazy("Both requests show each other. Requesters do not see it."),
        gettext_lazy("Link"),
        LinkForm,
        _link,
    ),
    "spam": Act(
        gettext_lazy("Mark as spam"),
        gettext_lazy(
            "The request goes out of sight, and mail to it is held. Under “Spam and deleted” it can be brought back."
        ),
        gettext_lazy("Mark as spam"),
        SpamForm,
        _spam,
        danger=True,
    ),
    "delete": Act(
        gettext_lazy("Delete this request"),
        gettext_lazy("The request goes out of sight, and mail to it is held. An administrator can bring it back."),
        gettext_lazy("Delete"),
        DeleteForm,
        _delete,
        danger=True,
    ),
    "requester": Act(
        gettext_lazy("Change the requester"),
        gettext_lazy(
            "The new requester sees the public conversation and gets the replies; the former one no longer does. "
            "An address that nobody has becomes a guest."
        ),
        gettext_lazy("Change the requester"),
        RequesterForm,
        _requester,
    ),
}
ENTRY_ACTS: dict[str, Act] = {
    "split": Act(
        gettext_lazy("Make a request of this entry"),
        gettext_lazy(
            "The entry leaves this request and opens a new one: of whoever wrote it from outside, else of the same "
            "requester. Later answers to it go there. Nobody is mailed, nobody is copied."
        ),
        gettext_lazy("Split off"),
        SplitForm,
        _split,
    ),
    "move": Act(
        gettext_lazy("Move this entry to another request"),
        gettext_lazy(
            "Later answers to this mail go to the other request. Where that belongs to somebody else, the entry is "
            "internal there."
        ),
        gettext_lazy("Move"),
        MoveForm,
        _move,
    ),
}


@require_http_methods(["GET", "HEAD", "POST"])
@technicians_only
def act(request: PortalRequest, number: int, name: str) -> HttpResponse:
    """Ask in a dialog, or do it."""
    ticket = ticket_or_404(request, number)
    if name == "delete" and not request.user.is_admin:
        raise Http404
    return _asked(request, ticket, None, ACTS[name])


@require_http_methods(["GET", "HEAD", "POST"])
@technicians_only
def act_on_entry(request: PortalRequest, number: int, pk: int, name: str) -> HttpResponse:
    """Ask in a dialog, or do it."""
    ticket = ticket_or_404(request, number)
    return _asked(request, ticket, entry_or_404(request, ticket, pk), ENTRY_ACTS[name])


def entry_or_404(request: PortalRequest, ticket: Ticket, pk: int) -> Entry:
    """An entry of this request."""
    entry = queries.entry_for(request.user, pk)
    if entry is None or entry.ticket_id != ticket.pk:
        raise Http404
    return entry


def _asked(request: PortalRequest, ticket: Ticket, entry: Entry | None, asked: Act) -> HttpResponse:
    form = asked.form(request.POST if request.method == "POST" else None, initial={"subject": ticket.subject})
    if request.method == "POST" and form.is_valid():
        try:
            where, said = asked.run(request, ticket, entry, form.cleaned_data)
        except Invalid as invalid:
            for field, message in invalid.errors:
                form.add_error(field if field in form.fields else None, message)
        else:
            messages.success(request, said)
            return HttpResponse(headers={"HX-Redirect": where}) if request.htmx else redirect(where)
    context: dict[str, Any] = {"ticket": ticket, "entry": entry, "act": asked, "form": form, "path": request.path}
    context["others"] = queries.earlier_tickets(request.user, ticket)
    if not request.htmx:
        context |= frame(request, ticket, "act")
    template = "technician/dialog.html" if request.htmx else "technician/act.html"
    return render(request, template, context, status=422 if form.errors else 200)


def _quickly(request: PortalRequest, number: int, run: Callable[[Ticket], str]) -> HttpResponse:
    """Do something that needs no question; a refusal is said in words."""
    ticket = ticket_or_404(request, number)
    try:
        messages.success(request, run(ticket))
    except Invalid as invalid:
        messages.error(request, " ".join(message for _field, message in invalid.errors))
    return redirect("request", number)


@require_POST
@technicians_only
def watch(request: PortalRequest, number: int) -> HttpResponse:
    """Watch the request, or no longer."""

    def run(ticket: Ticket) -> str:
        if request.POST.get("watch") == "0":
            services.unwatch(ticket, request.user)
            return _("You no longer watch this request.")
        services.watch(ticket, request.user)
        return _("You watch this request.")

    return _quickly(request, number, run)


@require_POST
@technicians_only
def unmerge(request: PortalRequest, number: int) -> HttpResponse:
    """Take the request out of the one it was merged into."""

    def run(ticket: Ticket) -> str:
        services.unmerge(ticket, request.user)
        return _("This request stands for itself again.")

    return _quickly(request, number, run)


@require_POST
@technicians_only
def unlink(request: PortalRequest, number: int, other: int) -> HttpResponse:
    """Take a link back."""

    def run(ticket: Ticket) -> str:
        services.unlink(ticket, other, request.user)
        return _("The link was taken back.")

    return _quickly(request, number, run)


@require_POST
@technicians_only
def accept(request: PortalRequest, number: int, pk: int) -> HttpResponse:
    """Let an unknown sender take part (THR-04)."""

    def run(ticket: Ticket) -> str:
        entry = entry_or_404(request, ticket, pk)
        services.accept_sender(entry, request.user)
        return _("%(address)s takes part now.") % {"address": entry.author_email}

    return _quickly(request, number, run)


@require_POST
@technicians_only
def release_address(request: PortalRequest, number: int) -> HttpResponse:
    """Let automatic mail go to the requester or a Cc again (BNC-01)."""

    def run(ticket: Ticket) -> str:
        address = request.POST.get("address", "").strip().lower()
        row = Suppression.objects.filter(address=address).first()
        if row is None or address not in workspace.undeliverable(ticket):
            raise Invalid([("", _("That address is not on the suppression list."))])
        delete_suppression(actor(request), row)
        log_event(ticket, request.user, action="released", address=address)
        return _("Automatic mail goes to %(address)s again.") % {"address": address}

    return _quickly(request, number, run)
