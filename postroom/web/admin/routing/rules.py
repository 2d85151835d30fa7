"""The panel Configure Outgoing Email Rules (SPEC A10): edited as a draft, stored by Update."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from postroom.channels.models import OutgoingRule, OutgoingServer
from postroom.channels.queries import is_healthy, outgoing_servers, server_facts
from postroom.channels.shapes import show_rule
from postroom.rules.outgoing import choose_server
from postroom.rules.overlaps import shadowing
from postroom.tickets.models import Ticket
from postroom.web.admin.emails.listing import is_partial, list_context
from postroom.web.admin.emails.sides import SIDES
from postroom.web.admin.routing.attributes import NOTIFICATIONS, OPERATORS, Pickers
from postroom.web.admin.routing.drafts import Draft, DraftRule
from postroom.web.admin.routing.edits import edit
from postroom.web.admin.routing.trial import Trial, facts_of, try_it
from postroom.web.admin.routing.updating import NotStored, update
from postroom.web.admin.routing.wording import words_of
from postroom.web.http import PortalRequest, actor, administrators_only


@dataclass(frozen=True, slots=True)
class Row:
    """A rule as the panel shows it; ``change`` is new, changed or empty, ``warnings`` are sentences."""

    number: int
    rule: DraftRule
    words: str
    change: str
    warnings: list[str]
    is_routed: bool


@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def rules(request: PortalRequest) -> HttpResponse:
    """The panel; Update stores all rules or says at its row what is wrong."""
    if request.method != "POST":
        return _page(request, Draft.stored())
    draft = Draft.posted(request.body)
    try:
        update(actor(request), draft)
    except NotStored as fault:
        return _page(request, draft, error=str(fault), status=422)
    messages.success(request, gettext("The outgoing rules are updated."))
    return redirect("outgoing-servers")


@require_POST
@administrators_only
def draft(request: PortalRequest) -> HttpResponse:
    """The panel after one edit (``do``), with everything that was typed; nothing is stored."""
    drawn = Draft.posted(request.body)
    return _page(request, drawn, focus=edit(drawn, request.POST.get("do", "")))


def _page(request: PortalRequest, drawn: Draft, *, error: str = "", focus: str = "", status: int = 200) -> HttpResponse:
    pickers, servers = Pickers(), outgoing_servers()
    stored = list(OutgoingRule.objects.select_related("server"))
    trial = Trial(event="reply")
    if request.method == "POST":
        asked = request.POST.get("try_request", "")[:40]
        trial = try_it(request.user, drawn, asked, request.POST.get("try_event", "reply")[:40], pickers)
    rows = _rows(drawn, stored, servers, pickers)
    context: dict[str, Any] = {
        "version": drawn.version,
        "rule_rows": rows,
        "changes": _changes(drawn, rows, stored),
        "servers": servers,
        "operators": OPERATORS,
        "pickers": pickers,
        "notifications": NOTIFICATIONS,
        "trial": trial,
        "newest": Ticket.objects.order_by("-number").values_list("number", flat=True).first() or 1,
        "error": error,
        "is_quiet": is_partial(request) and not request.POST.get("do"),
        "focus": focus,
    }
    if is_partial(request):
        return render(request, "admin/routing/rules_panel.html", context, status=status)
    around = {**list_context(request, SIDES["outgoing"]), **context, "open_panel": "admin/routing/rules_panel.html"}
    return render(request, "admin/routing/rules.html", around, status=status)


def _rows(drawn: Draft, stored: list[OutgoingRule], servers: list[OutgoingServer], pickers: Pickers) -> list[Row]:
    before = {rule.pk: show_rule(rule) for rule in stored}
    by_name = {server.name.casefold(): server for server in servers}
    caught = shadowing(facts_of(drawn, {name: server.pk for name, server in by_name.items()}))
    rows = []
    for index, rule in enumerate(drawn.rules):
        server = by_name.get(rule.server.casefold())
        warnings = [_trouble(server, servers)] if server is not None else []
        if index in caught:
            earlier = drawn.rules[caught[index]]
            sentence = gettext("Never matches: rule %(n)d %(name)s catches everything first.")
            warnings.append(sentence % {"n": caught[index] + 1, "name": earlier.name})
        old = before.get(rule.pk or 0)
        change = "new" if old is None else "" if old == rule.shape() else "changed"
        words = words_of(rule.root, pickers)
        rows.append(Row(index + 1, rule, words, change, [one for one in warnings if one], server is not None))
    return rows


def _trouble(server: OutgoingServer, servers: list[OutgoingServer]) -> str:
    """Why the server of a rule cannot send now, and what happens instead (ORL-10); "" if it can."""
    if server.enabled and is_healthy(server):
        return ""
    state = gettext("disabled") if not server.enabled else gettext(server.health.get_state_display()).lower()
    instead = choose_server(server.pk, [], server_facts(servers), None, "", {}).server_id
    other = next((one.name for one in servers if one.pk == instead), "")
    words = gettext("%(name)s is %(state)s: the rule still counts, and its mail waits.")
    if other:
        words = gettext("%(name)s is %(state)s: the rule still counts, and its mail leaves by %(other)s.")
    return words % {"name": server.name, "state": state, "other": other}


def _changes(drawn: Draft, rows: list[Row], stored: list[OutgoingRule]) -> list[str]:
    """What Update would change, in words."""
    here = [rule.pk for rule in drawn.rules if rule.pk is not None]
    there = [rule.pk for rule in stored]
    kinds = {kind: sum(row.change == kind for row in rows) for kind in ("new", "changed")}
    kinds["deleted"] = len(set(there) - set(here))
    moved = here != [pk for pk in there if pk in set(here)]
    said = {"new": gettext("%(n)d new"), "changed": gettext("%(n)d changed"), "deleted": gettext("%(n)d deleted")}
    counted = [said[kind] % {"n": count} for kind, count in kinds.items() if count]
    return counted + [gettext("order changed")] * moved
