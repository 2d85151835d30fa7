"""What a row of the list offers: enable, make primary, test, send a test mail, fetch now, delete (LST-03, LST-05)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import trigger_client_event

from postroom.channels import services
from postroom.channels.models import IncomingServer, OutgoingRule, OutgoingServer
from postroom.channels.services import Invalid
from postroom.channels.services.fetching import fetch_now
from postroom.outbox.figures import waiting_count
from postroom.web.admin.emails import probing
from postroom.web.admin.emails.listing import is_partial, with_panel
from postroom.web.admin.emails.sides import SIDES, Server, Side
from postroom.web.http import PortalRequest, actor, administrators_only

CHANGED = "servers-changed"


@require_POST
@administrators_only
def enable(request: PortalRequest, direction: str, pk: int) -> HttpResponse:
    """Switch a server on or off; ``enabled`` says which."""
    side = SIDES[direction]
    server = side.server_or_404(pk)
    on = request.POST.get("enabled") == "on"
    return _change(request, side, server, {"enabled": on}, f"{server.name} is {'enabled' if on else 'disabled'}.")


@require_POST
@administrators_only
def make_primary(request: PortalRequest, direction: str, pk: int) -> HttpResponse:
    """Make a server the primary one of its direction; the notice names the one that was (PRI-01)."""
    side = SIDES[direction]
    server = side.server_or_404(pk)
    before = side.model._default_manager.filter(primary=True).exclude(pk=pk).first()
    sentence = gettext("%(name)s is the primary server now, %(other)s no longer.")
    if before is None:
        sentence = gettext("%(name)s is the primary server now.")
    words = sentence % {"name": server.name, "other": before.name if before else ""}
    return _change(request, side, server, {"primary": True}, words)


@require_POST
@administrators_only
def use_mapi(request: PortalRequest, pk: int) -> HttpResponse:
    """Send by MAPI with the same sign-in, where Microsoft refuses SMTP; then test it (R12)."""
    side = SIDES["outgoing"]
    server = side.server_or_404(pk)
    assert isinstance(server, OutgoingServer)
    try:
        server = services.switch_to_mapi(actor(request), server)
    except Invalid as invalid:
        return said(request, side, invalid.errors[0][1])
    return start_test(request, side, server, str(request.user.email or server.email))


def _change(request: PortalRequest, side: Side, server: Server, data: dict[str, bool], words: str) -> HttpResponse:
    try:
        side.save(actor(request), data, server)
    except Invalid as invalid:
        return said(request, side, invalid.errors[0][1])
    return said(request, side, words)


@require_POST
@administrators_only
def fetch(request: PortalRequest, pk: int) -> HttpResponse:
    """Read a mailbox at once."""
    side = SIDES["incoming"]
    server = side.server_or_404(pk)
    assert isinstance(server, IncomingServer)
    if fetch_now(server):
        return said(request, side, gettext("%(name)s is being read now.") % {"name": server.name})
    return said(request, side, gettext("%(name)s is disabled. Enable it first.") % {"name": server.name})


@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def test(request: PortalRequest, direction: str, pk: int) -> HttpResponse:
    """Test Connection on a stored server; the outgoing one sends a mail to ``to``, at first the administrator's own."""
    side = SIDES[direction]
    server = side.server_or_404(pk)
    own = str(request.user.email or server.email)
    if request.method == "POST":
        return start_test(request, side, server, request.POST.get("to", "").strip() or own)
    return _show_test(request, side, server, own, probing.read(request.GET.get("probe", "")))


def start_test(request: PortalRequest, side: Side, server: Server, to: str) -> HttpResponse:
    """Start a test and show its panel. ``to`` is where an outgoing server sends its mail."""
    try:
        probe = services.start_probe(actor(request), side.test, server=server, to="" if side.is_incoming else to)
    except Invalid as invalid:
        return _show_test(request, side, server, to, None, invalid.errors[0][1])
    if not is_partial(request):
        return redirect(f"{side.url('test', server.pk)}?probe={probe.pk}")
    return _show_test(request, side, server, to, probing.shown(probe))


def _show_test(
    request: PortalRequest, side: Side, server: Server, to: str, shown: probing.Shown | None, error: str = ""
) -> HttpResponse:
    context = {"server": server, "to": to, "shown": shown, "error": error}
    response: HttpResponse = with_panel(request, side, "admin/emails/test.html", context, 422 if error else 200)
    # Also the answer to Save and test: the panel of the form gives way to that of the test, the list has a new row.
    response["HX-Retarget"], response["HX-Reswap"], response["HX-Reselect"] = (
        "#panel-slot",
        "innerHTML settle:0ms",
        "#panel",
    )
    return trigger_client_event(response, CHANGED)


@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def delete(request: PortalRequest, direction: str, pk: int) -> HttpResponse:
    """Ask before a server is deleted, naming what depends on it; then delete it (LST-05)."""
    side = SIDES[direction]
    server = side.server_or_404(pk)
    if request.method != "POST":
        return _ask(request, side, server)
    try:
        side.delete(actor(request), server)
    except Invalid as invalid:
        return _ask(request, side, server, invalid.errors[0][1])
    words = gettext("%(name)s is deleted.") % {"name": server.name}
    if not is_partial(request):
        messages.success(request, words)
        return redirect(side.list_name)
    return trigger_client_event(HttpResponse(status=204), "panel-done", {"words": words})


def _ask(request: PortalRequest, side: Side, server: Server, error: str = "") -> HttpResponse:
    context: dict[str, Any] = {
        "server": server,
        "error": error,
        "others": side.model._default_manager.exclude(pk=server.pk).exists(),
        "rules": [],
        "mailboxes": [],
        "waiting": 0,
        "requests": 0,
    }
    if isinstance(server, IncomingServer):
        context["requests"] = server.tickets.count()
    else:
        context["rules"] = list(OutgoingRule.objects.filter(server=server).values_list("name", flat=True))
        context["mailboxes"] = list(server.linked_mailboxes.values_list("name", flat=True))
        context["waiting"] = waiting_count(server.pk)
    response: HttpResponse = with_panel(request, side, "admin/emails/delete.html", context, 422 if error else 200)
    return response


def said(request: PortalRequest, side: Side, words: str) -> HttpResponse:
    """A sentence for the reader: at once under htmx, where the list is fetched anew, else on the list."""
    if not request.htmx:
        messages.info(request, words)
        return redirect(side.list_name)
    response = trigger_client_event(HttpResponse(status=204), "say", {"words": words})
    return trigger_client_event(response, CHANGED)
