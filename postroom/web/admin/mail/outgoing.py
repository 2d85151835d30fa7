"""Outgoing mail: every mail with how it is doing, and what is done with many at once (A8, A22, B-02, WRK-07)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBadRequest, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST, require_safe

from postroom.audit.services import Actor
from postroom.channels.health import describe
from postroom.channels.models import HealthState, OutgoingServer
from postroom.outbox import queries
from postroom.outbox.models import OutboundEmail
from postroom.outbox.services import Bulk, cancel_many, retry_many
from postroom.web.admin.mail import words
from postroom.web.admin.mail.lists import (
    AT_ONCE,
    Asked,
    answer,
    clean,
    day,
    following_day,
    is_live,
    number,
    slice_of,
    told,
    zone,
)
from postroom.web.http import PortalRequest, actor, administrators_only

FILTERS = ("state", "q", "server", "kind", "day", "tz")
BROKEN = (HealthState.UNREACHABLE, HealthState.NEEDS_SIGN_IN)
_VIEW_OF = {str(state): view for view, (_, states) in queries.VIEWS.items() for state in states}


@dataclass(frozen=True, slots=True)
class Route:
    """A way out that is closed: which server (None: there is none at all), why, and how many mails wait for it."""

    server: OutgoingServer | None
    why: str
    waiting: int


def failed_routes(servers: list[OutgoingServer]) -> list[Route]:
    """The ways out that are closed while mail waits for them: none at all, servers that are down or disabled."""
    waiting = queries.waiting_by_server()
    routes = (
        [Route(None, gettext("There is no outgoing server that can send now."), waiting[None])]
        if None in waiting
        else []
    )
    for server in servers:
        health, count = describe(server), waiting.get(server.pk, 0)
        if count and health["state"] in BROKEN:
            why = f"{HealthState(health['state']).label}. {health['code']} {health['message']}".strip()
            routes.append(Route(server, why, count))
        elif count and health["state"] == "disabled":
            routes.append(Route(server, gettext("The server is disabled."), count))
    return routes


def all_servers() -> list[OutgoingServer]:
    """Every outgoing server with its health, without its secrets."""
    servers = OutgoingServer.objects.select_related("health").defer("password", "client_secret")
    return list(servers.order_by("-primary", "name"))


def _wanted(asked: Asked, servers: list[OutgoingServer]) -> queries.LogFilter:
    values = asked.values
    tz = zone(values["tz"])
    since = day(values["day"], tz)
    by_name = {server.name.lower(): server.pk for server in servers}
    return queries.LogFilter(
        view=view_of(asked),
        search=values["q"],
        server_id=by_name.get(values["server"].lower(), 0) if values["server"] else None,
        kind=values["kind"] if values["kind"] in OutboundEmail.Kind.values else "",
        since=since,
        until=following_day(since, tz),
    )


def view_of(asked: Asked) -> str:
    """The view that is asked for, by its own name or by that of a state in it."""
    state = asked.values["state"]
    return state if state in queries.VIEWS else _VIEW_OF.get(state, "all")


@require_safe
@administrators_only
def outgoing(request: PortalRequest) -> HttpResponse:
    """The list: searched and filtered, live, with the ways out that are closed."""
    asked = Asked.of(request.GET, FILTERS)
    servers = all_servers()
    wanted = _wanted(asked, servers)
    page = slice_of(queries.log(wanted), asked)
    counts = queries.log_counts()
    routes = failed_routes(servers)
    rows = [(mail.pk, mail.state, mail.attempts, mail.server_id, mail.reason) for mail in page.rows]
    context: dict[str, Any] = {
        "section": "mail-outgoing",
        "asked": asked,
        "view": wanted.view,
        "views": [
            (name, label)
            for name, (label, _) in queries.VIEWS.items()
            if name != "cancelled" or counts[name] or name == wanted.view
        ],
        "counts": counts,
        "counted": queries.COUNTED,
        "page": page,
        "servers": servers,
        "kinds": OutboundEmail.Kind.choices,
        "routes": routes,
        "live": is_live(asked, wanted.until),
        "words": words,
    }
    facts = (rows, counts, [(route.why, route.waiting) for route in routes], page.newer, page.older)
    return answer(request, "admin/mail/outgoing.html", "admin/mail/outgoing_list.html", context, facts)


@require_POST
@administrators_only
def bulk(request: PortalRequest) -> HttpResponse:
    """Try again or cancel the mails that are selected, or all that are found, as far as they let it."""
    action = request.POST.get("action", "")
    if action not in ("retry", "cancel"):
        return HttpResponseBadRequest("Unknown action.")
    asked = Asked.of(QueryDict(request.POST.get("back", "").removeprefix("?")[:2000]), FILTERS)
    mails = _selected(request.POST, asked)
    server = enabled_server(request.POST.get("server", ""))
    messages.info(
        request, _done(action, mails, actor(request), server) if mails else gettext("Select the mails first.")
    )
    return redirect(reverse("mail-outgoing") + asked.again())


def enabled_server(key: str) -> OutgoingServer | None:
    """The server that was picked, if it is enabled."""
    wanted = number(clean(key))
    return OutgoingServer.objects.filter(pk=wanted, enabled=True).first() if wanted is not None else None


def _selected(given: QueryDict, asked: Asked) -> list[OutboundEmail]:
    if given.get("all") == "1":
        return list(queries.log(_wanted(asked, all_servers())).only("pk").order_by("pk")[:AT_ONCE])
    keys = [key for text in given.getlist("mail")[:AT_ONCE] if (key := number(clean(text))) is not None]
    return list(OutboundEmail.objects.filter(pk__in=keys).only("pk").order_by("pk"))


def _done(action: str, mails: list[OutboundEmail], by: Actor, server: OutgoingServer | None) -> str:
    result: Bulk = retry_many(mails, by, server) if action == "retry" else cancel_many(mails, by)
    if action != "retry":
        words = ngettext("%(n)d mail cancelled.", "%(n)d mails cancelled.", result.done)
    elif server:
        words = ngettext(
            "%(n)d mail queued again for %(server)s.", "%(n)d mails queued again for %(server)s.", result.done
        )
    else:
        words = ngettext("%(n)d mail queued again.", "%(n)d mails queued again.", result.done)
    return told(words % {"n": result.done, "server": server.name if server else ""}, result.refused)
