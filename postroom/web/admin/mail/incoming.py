"""Incoming mail: every mail with what became of it, and what is done with many at once (A13, B-01, B-02)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBadRequest, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST, require_safe

from postroom.audit.services import Actor
from postroom.channels.models import IncomingServer, Settings
from postroom.inbox import queries
from postroom.inbox.models import InboundEmail
from postroom.inbox.services import block_senders, discard, release_many, reprocess
from postroom.outbox.services import Bulk
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

FILTERS = ("view", "q", "mailbox", "outcome", "day", "tz")
# Views that are shown only while there is something in them.
NOW_AND_THEN = ("off", "loops")


@dataclass(frozen=True, slots=True)
class Verb:
    """What can be done with many mails: how, and how its end is told."""

    do: Callable[..., Bulk]
    told: Callable[[int], str]


def _released(n: int) -> str:
    return ngettext(
        "%(n)d mail released: requests are made of them now.", "%(n)d mails released: requests are made of them now.", n
    )


def _reprocessed(n: int) -> str:
    return ngettext("%(n)d mail decided anew.", "%(n)d mails decided anew.", n)


def _discarded(n: int) -> str:
    return ngettext("%(n)d mail discarded.", "%(n)d mails discarded.", n)


def _blocked(n: int) -> str:
    return ngettext("%(n)d sender on the block list.", "%(n)d senders on the block list.", n)


VERBS = {
    "release": Verb(release_many, _released),
    "reprocess": Verb(reprocess, _reprocessed),
    "discard": Verb(discard, _discarded),
    "block": Verb(block_senders, _blocked),
}


def _wanted(asked: Asked, mailboxes: list[IncomingServer]) -> queries.LogFilter:
    values = asked.values
    tz = zone(values["tz"])
    since = day(values["day"], tz)
    by_address = {server.email.lower(): server.pk for server in mailboxes}
    outcome = values["outcome"] if values["outcome"] in words.CHOICES else ""
    return queries.LogFilter(
        view=view_of(asked),
        search=values["q"],
        mailbox_id=by_address.get(values["mailbox"].lower(), 0) if values["mailbox"] else None,
        outcome=outcome,
        since=since,
        until=following_day(since, tz),
    )


def view_of(asked: Asked) -> str:
    """The view that is asked for: what needs attention, or everything where an outcome or a search is named."""
    view = asked.values["view"]
    if view in queries.VIEWS:
        return view
    return "all" if asked.values["outcome"] or asked.values["q"] else "attention"


def _mailboxes() -> list[IncomingServer]:
    return list(IncomingServer.objects.only("email", "name", "enabled", "primary").order_by("-primary", "name"))


@require_safe
@administrators_only
def incoming(request: PortalRequest) -> HttpResponse:
    """The list: what needs attention first, searched and filtered, live."""
    asked = Asked.of(request.GET, FILTERS)
    mailboxes = _mailboxes()
    wanted = _wanted(asked, mailboxes)
    page = slice_of(queries.log(wanted), asked)
    counts = queries.log_counts()
    rows = [(row.pk, row.state, row.outcome, row.reason_code, row.ticket_id) for row in page.rows]
    context: dict[str, Any] = {
        "section": "mail-incoming",
        "asked": asked,
        "view": wanted.view,
        "views": [
            (name, label)
            for name, (label, _) in queries.VIEWS.items()
            if name not in NOW_AND_THEN or counts[name] or name == wanted.view
        ],
        "counts": counts,
        "counted": queries.COUNTED,
        "page": page,
        "mailboxes": mailboxes,
        "live": is_live(asked, wanted.until),
        "words": words,
        "outcomes": words.CHOICES,
    }
    if not request.htmx:
        context["settings"] = Settings.load()
    facts = (rows, counts, page.newer, page.older)
    return answer(request, "admin/mail/incoming.html", "admin/mail/incoming_list.html", context, facts)


@require_safe
@administrators_only
def attention(request: PortalRequest) -> HttpResponse:
    """The badge of the menu: how many mails were held or failed and wait for a person (C-07)."""
    context = {"attention": queries.needs_attention(), "counted": queries.COUNTED}
    return answer(request, "admin/mail/badge.html", "admin/mail/badge.html", context, context)


@require_POST
@administrators_only
def bulk(request: PortalRequest) -> HttpResponse:
    """Do the same with the mails that are selected, or with all that are found, as far as they let it."""
    verb = VERBS.get(request.POST.get("action", ""))
    if verb is None:
        return HttpResponseBadRequest("Unknown action.")
    back = QueryDict(request.POST.get("back", "").removeprefix("?")[:2000])
    asked = Asked.of(back, FILTERS)
    rows = _selected(request.POST, asked)
    messages.info(request, _done(verb, rows, actor(request)) if rows else gettext("Select the mails first."))
    return redirect(reverse("mail-incoming") + asked.again())


def _selected(given: QueryDict, asked: Asked) -> list[InboundEmail]:
    if given.get("all") == "1":
        return list(queries.log(_wanted(asked, _mailboxes())).order_by("pk")[:AT_ONCE])
    keys = [key for text in given.getlist("mail")[:AT_ONCE] if (key := number(clean(text))) is not None]
    return list(InboundEmail.objects.filter(pk__in=keys).order_by("pk"))


def _done(verb: Verb, rows: list[InboundEmail], by: Actor) -> str:
    result = verb.do(rows, by, partly=True)
    return told(verb.told(result.done) % {"n": result.done}, result.refused)
