"""The list of requests: views with counts, filters, search, pages, and live arrival by polling (R27)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from postroom.accounts.models import User
from postroom.tickets import listing, queries
from postroom.tickets.access import sight_of
from postroom.tickets.services.saved_views import may_change
from postroom.web.http import PortalRequest, not_modified, tag_of, technicians_only
from postroom.web.technician.filtering import FilterForm, filter_words, mailboxes

MAX_SEARCH = 200


@require_safe
@technicians_only
def requests(request: PortalRequest) -> HttpResponse:
    """The whole page, or for htmx its list alone; 304 where the poll has it already.

    The tag has two halves: of all that the list could depend on, which one cheap query tells, and of what it shows.
    """
    state = tag_of(request.get_full_path(), request.user.pk, listing.list_state())[1:-1]
    known = (request.headers.get("If-None-Match", "") if request.htmx else "").strip('"').split(".")
    if known[0] == state:
        return not_modified(f'"{".".join(known)}"')
    context = _context(request, request.user)
    page = context["page"]
    rows = [(ticket.number, ticket.updated_at, ticket.number in page.unread) for ticket in page.tickets]
    shown = tag_of(rows, context["counts"], page.after, [view.name for view in context["saved_views"]])[1:-1]
    tag = f'"{state}.{shown}"'
    if known[-1] == shown:
        return not_modified(tag)
    if not page.tickets:
        context["mailbox"] = queries.address_to_write_to()
    template = "technician/list.html" if request.htmx else "technician/requests.html"
    response = render(request, template, context | {"tag": tag})
    patch_vary_headers(response, ["HX-Request"])
    response["ETag"] = tag
    return response


@require_safe
@technicians_only
def filters(request: PortalRequest) -> HttpResponse:
    """The filter panel, fetched when it is opened: it needs the names of groups, people and categories."""
    asked = asked_of(request, request.user)
    named = listing.saved_views(request.user).filter(pk=asked["saved"]).first()
    context = asked | {
        "form": FilterForm(asked["filters"] | {"order": asked["order"]}),
        "groups": queries.technician_groups(),
        "mailboxes": mailboxes(),
        "address": address_of(asked),
        "named": named,
        "may_change": named is not None and may_change(request.user, named),
    }
    return render(request, "technician/filters.html", context)


def asked_of(request: HttpRequest, user: User) -> dict[str, Any]:
    """What the address asks for, without what means nothing: view, filters, order, search, saved view."""
    given = request.GET
    view = given.get("view", "open")
    order = given.get("order", "activity")
    saved = given.get("saved", "")
    return {
        "view": view if view in listing.VIEWS else "open",
        "order": order if order in listing.ORDERS else "activity",
        "search": given.get("q", "").replace("\x00", "")[:MAX_SEARCH].lstrip(),
        "filters": listing.clean_filters(user, {name: given.get(name, "") for name in given}),
        "saved": int(saved) if saved.isascii() and saved.isdecimal() and len(saved) < 18 else 0,
    }


def address_of(asked: dict[str, Any], **changed: str) -> str:
    """The list's address for what is asked for, without a place in it; ``changed`` over it, empty values left out."""
    values = {"view": asked["view"], "q": asked["search"], **asked["filters"]}
    if asked["order"] != "activity":
        values["order"] = asked["order"]
    if asked["saved"]:
        values["saved"] = str(asked["saved"])
    return "?" + urlencode({name: value for name, value in (values | changed).items() if value})


def _context(request: HttpRequest, user: User) -> dict[str, Any]:
    asked = asked_of(request, user)
    saved_views = list(listing.saved_views(user))
    named = next((view for view in saved_views if view.pk == asked["saved"]), None)
    sight = sight_of(user)
    page = listing.list_tickets(
        user,
        asked["view"],
        filters=asked["filters"],
        order=asked["order"],
        search=asked["search"],
        before=request.GET.get("before", ""),
        after=request.GET.get("after", ""),
        sight=sight,
    )
    plain = not asked["search"] and not asked["filters"] and named is None
    return asked | {
        "views": listing.VIEWS,
        "title": named.name if named else listing.VIEWS[asked["view"]],
        "current": asked["view"] if plain else "",
        "saved_views": saved_views,
        "named": named,
        "counts": listing.open_counts(user, sight),
        "page": page,
        "mailbox": "",
        "address": address_of(asked),
        "chips": [
            (label, words, address_of(asked, **{name: ""}))
            for name, label, words in filter_words(user, asked["filters"])
        ],
        "unfiltered": address_of(asked | {"filters": {}, "saved": 0}, q=""),
        "orders": listing.ORDERS,
    }
