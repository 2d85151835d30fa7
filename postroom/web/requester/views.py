"""One's own requests and those of the company. What is internal is not in these pages, nor behind them (WRK-06)."""

from __future__ import annotations

from typing import Any, get_args

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from postroom.accounts.models import User
from postroom.channels.models import Settings
from postroom.tickets import portal, queries
from postroom.tickets.closed import effect_of_reply
from postroom.tickets.models import Entry, Ticket
from postroom.tickets.services import Composed, Invalid, answer_desk, close_as_solved
from postroom.web.files import new_files
from postroom.web.http import PortalRequest, is_unchanged, not_modified, signed_in, tag_of
from postroom.web.requester.forms import ReplyForm
from postroom.web.requester.inline import with_pictures
from postroom.web.requester.sent import sent_to

MAX_SEARCH = 200


@require_safe
@signed_in
def my_requests(request: PortalRequest) -> HttpResponse:
    """The list, the latest activity first: ``?scope=``, ``?show=``, ``?q=``, ``?page=``."""
    user, asked = request.user, request.GET
    contact = portal.is_company_contact(user)
    scope: portal.Scope = "company" if contact and asked.get("scope") == "company" else "mine"
    search = asked.get("q", "").strip()[:MAX_SEARCH]
    wanted = asked.get("show", "")
    shown: portal.Shown = wanted if wanted in get_args(portal.Shown) else "all"  # type: ignore[assignment]
    page = portal.portal_page(user, scope, shown, search, _page_number(asked.get("page", "1")))
    context = {
        "page": page,
        "counts": portal.portal_counts(user, scope, search),
        "scope": scope,
        "shown": shown,
        "search": search,
        "company": user.company if contact else None,
        "mailbox": "" if page.tickets else queries.address_to_write_to(),
    }
    return render(request, "requester/requests.html", {**context, **portal_context()})


def _page_number(asked: str) -> int:
    return max(int(asked), 1) if asked.isascii() and asked.isdecimal() and len(asked) < 5 else 1


def portal_context() -> dict[str, Any]:
    """What every page of the portal knows: whether there is a form for new requests."""
    return {"may_raise": Settings.load().allow_requester_incidents}


def _shown_or_404(user: User, number: int) -> Ticket:
    ticket = portal.portal_ticket(user, number)
    if ticket is None:
        raise Http404
    return ticket


def _tag(ticket: Ticket, entries: list[Entry]) -> str:
    return tag_of(ticket.status, effect_of_reply(ticket), [entry.pk for entry in entries])


def _conversation(user: User, ticket: Ticket) -> dict[str, Any]:
    entries = queries.public_entries(user, ticket)
    effect, settings = effect_of_reply(ticket), portal_context()
    return {
        "ticket": ticket,
        "entries": entries,
        "effect": effect,
        "may_write": effect.kind != "follow_up" or settings["may_raise"],
        "own": ticket.requester_id == user.pk,
        "tag": _tag(ticket, entries),
        **settings,
    }


def _page(request: PortalRequest, ticket: Ticket, form: ReplyForm, status: int = 200) -> HttpResponse:
    user = request.user
    before = ticket.follow_up_of
    context = {
        **_conversation(user, ticket),
        "form": form,
        "follows": before if before is not None and portal.portal_ticket(user, before.number) else None,
        "followed_by": portal.follow_ups(user, ticket),
    }
    only_form = request.htmx and request.method == "POST"
    return render(request, f"requester/{'reply' if only_form else 'request'}.html", context, status=status)


@require_safe
@signed_in
def my_request(request: PortalRequest, number: int) -> HttpResponse:
    """One request with its public conversation."""
    return _page(request, _shown_or_404(request.user, number), ReplyForm())


@require_safe
@signed_in
def live(request: PortalRequest, number: int) -> HttpResponse:
    """The conversation for the page's poll; 304 where nothing is new."""
    context = _conversation(request.user, _shown_or_404(request.user, number))
    if is_unchanged(request, context["tag"]):
        return not_modified(context["tag"])
    response = render(request, "requester/live.html", context)
    response["ETag"] = context["tag"]
    return response


@require_POST
@signed_in
def reply(request: PortalRequest, number: int) -> HttpResponse:
    """Answer the desk; on a request closed long ago that opens a new one, which is shown then."""
    ticket = _shown_or_404(request.user, number)
    form = ReplyForm(request.POST)
    files, too_large = new_files(request.FILES.getlist("attachments"))
    if too_large:
        form.add_error(None, too_large)
    elif form.is_valid():
        text = form.cleaned_data["text"]
        html, shown = with_pictures(text, files)
        try:
            now_on = answer_desk(ticket, request.user, Composed(text=text, html=html, cc=(), files=shown))
        except Invalid as invalid:
            form.take(invalid)
        else:
            return _answered(request, ticket, now_on)
    return _page(request, ticket, form, 422)


def _answered(request: PortalRequest, ticket: Ticket, now_on: Ticket) -> HttpResponse:
    if now_on.pk != ticket.pk:
        words = _("Request #%(old)d is closed, so your reply opened request #%(new)d.")
        messages.success(request, words % {"old": ticket.pk, "new": now_on.pk})
    return sent_to(request, "my-request", now_on.pk)


@require_POST
@signed_in
def solved(request: PortalRequest, number: int) -> HttpResponse:
    """ "My problem is solved": close one's own request."""
    ticket = _shown_or_404(request.user, number)
    try:
        close_as_solved(ticket, request.user)
    except Invalid as invalid:
        messages.error(request, invalid.errors[0][1])
    else:
        messages.success(request, _("Thank you. Request #%(number)d is closed.") % {"number": number})
    return redirect("my-request", number)
