"""The side panel of one server: a form whose every button sends the whole of it and gets it back settled (NAV-02).

``action`` says what for: show (fields appear and vanish), a preset, discovery, a count, a sample, a test, or to save.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_http_methods
from django_htmx.http import trigger_client_event

from postroom.channels import services
from postroom.channels.oauth.sign_in import adopt
from postroom.channels.services import Invalid
from postroom.mail.addresses import is_valid
from postroom.rules import filters
from postroom.rules.model import Filter
from postroom.web.admin.emails import certificates, presets, probing, values
from postroom.web.admin.emails.acting import start_test
from postroom.web.admin.emails.listing import is_partial, with_panel
from postroom.web.admin.emails.panel import Panel
from postroom.web.admin.emails.sides import SIDES, Server, Side
from postroom.web.admin.oauth.sign_ins import session_of
from postroom.web.http import PortalRequest, actor, administrators_only

FORM = "admin/emails/panel.html"
PROBES = ("test", "discover", "count")
UNVERIFIED = gettext_noop("Confirm that nobody checks who answers, or have the certificate checked.")
CONFIRM = "Confirm that the password may travel unencrypted, or choose SSL or TLS."


@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def new(request: PortalRequest, direction: str) -> HttpResponse:
    """Add a server; ``?copy=`` starts from another one, without its secrets."""
    side = SIDES[direction]
    if request.method == "POST":
        return _answer(request, _of_form(request, side, None))
    copied = request.GET.get("copy", "")
    start = values.of_new(side)
    if copied.isascii() and copied.isdecimal() and len(copied) < 10:
        start = _copy_of(side.server_or_404(int(copied)))
    panel = Panel(side, None, start)
    presets.fill(side, panel.values)
    return _show(request, panel)


@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def edit(request: PortalRequest, direction: str, pk: int) -> HttpResponse:
    """Change a server."""
    side = SIDES[direction]
    server = side.server_or_404(pk)
    if request.method == "POST":
        return _answer(request, _of_form(request, side, server))
    panel = Panel(side, server, {**values.of_server(server), "version": services.version_of(server)})
    presets.fill(side, panel.values)
    return _show(request, panel)


def _copy_of(server: Server) -> values.Values:
    """A copy has no secrets, is not primary, and waits to be enabled: two would race for one mailbox (INC-03)."""
    start = values.of_server(server)
    return {**start, "name": f"{server.name} (copy)", "primary": "", "enabled": "", "confirmed": ""}


def _of_form(request: PortalRequest, side: Side, server: Server | None) -> Panel:
    panel = Panel(side, server, values.of_form(request.POST))
    presets.fill(side, panel.values)
    for name in PROBES:
        known = probing.read(panel.values.get(f"probe.{name}", ""), side.key)
        if known is not None:
            panel.probes[name] = known
    return panel


def _show(request: PortalRequest, panel: Panel, status: int = 200) -> HttpResponse:
    response: HttpResponse = with_panel(request, panel.side, FORM, {"panel": panel}, status)
    return response


def _answer(request: PortalRequest, panel: Panel) -> HttpResponse:
    """Do what the button says. Whatever cannot be done is said in the panel, with everything typed still there."""
    verb, _, rest = request.POST.get("action", "save").partition(":")
    act = _ACTIONS.get(verb)
    try:
        done = act(request, panel, rest) if act else None
    except services.ChangedMeanwhile as changed:
        panel.values["version"] = changed.version
        panel.refuse(dict(changed.errors))
        return _show(request, panel, 422)
    except Invalid as invalid:
        panel.refuse(values.errors_by_field(invalid.errors, panel.values))
        return _show(request, panel, 422)
    return done or _show(request, panel)


def _save(request: PortalRequest, panel: Panel, rest: str) -> HttpResponse | None:
    """Store the server; with ``test`` also run Test Connection on it (OUT-11)."""
    side = panel.side
    _keep_certificate(panel)
    if panel.needs_confirmation and not panel.values.get("confirmed"):
        panel.errors["confirmed"] = CONFIRM
    if panel.is_unverified and not panel.values.get("unverified.confirmed"):
        panel.errors["unverified.confirmed"] = _(UNVERIFIED)
    # The service is asked even so: all faults are shown at once, and nothing is stored where there is one.
    server: Server = _checked_save(request, panel)
    words = _("%(name)s is saved.") % {"name": server.name}
    if rest == "test":
        return start_test(request, side, server, str(request.user.email or server.email))
    if not is_partial(request):
        messages.success(request, words)
        return redirect(side.list_name)
    return trigger_client_event(HttpResponse(status=204), "panel-done", {"words": words})


def _checked_save(request: PortalRequest, panel: Panel) -> Server:
    with services.changing():
        if panel.server is not None:
            services.check_version(panel.server, seen=panel.values.get("version", ""))
        saved: Server = panel.side.save(actor(request), panel.data(), panel.server)
        if panel.errors:
            raise Invalid(list(panel.errors.items()))
        adopt(actor(request), panel.values.get("sign_in", ""), session_of(request), saved)
    return saved


def _keep_certificate(panel: Panel) -> None:
    pem = panel.values.get("ca_pem", "")
    if pem:
        panel.values["ca_file"] = certificates.keep(pem)
        panel.values["ca_pem"] = ""


def _test(request: PortalRequest, panel: Panel, rest: str) -> None:
    """Test Connection on what the form says now; the secrets that are not typed are the stored ones (TST-06)."""
    _keep_certificate(panel)
    to = "" if panel.side.is_incoming else str(request.user.email or "")
    started = services.start_probe(actor(request), panel.side.test, server=panel.server, data=panel.data(), to=to)
    panel.probes["test"] = probing.shown(started)


def _count(request: PortalRequest, panel: Panel, rest: str) -> None:
    """Count the mails that are in the folder, before choosing what to take over (INC-06)."""
    _keep_certificate(panel)
    started = services.start_probe(actor(request), "count", server=panel.server, data=panel.data())
    panel.probes["count"] = probing.shown(started)


def _discover(request: PortalRequest, panel: Panel, rest: str) -> None:
    """Look for the settings of the typed address, once for each address and only while no server is entered."""
    email = panel.values.get("email", "").lower()
    entered = panel.values.get("host", "") not in ("", panel.values.get("filled.host", ""))
    if panel.is_microsoft or entered or not is_valid(email) or panel.values.get("discovered") == email:
        return
    panel.values["discovered"] = email
    try:
        started = services.start_probe(actor(request), "discover", data={"email": email})
    except Invalid as invalid:
        panel.notes["discover"] = invalid.errors[0][1]
        return
    panel.probes["discover"] = probing.shown(started, panel.side.key)


def _use(request: PortalRequest, panel: Panel, rest: str) -> None:
    """Take over one of the settings that discovery found."""
    found = panel.probes.get("discover")
    suggestions = (found.found("suggestions") or []) if found is not None else []
    chosen = next((each for number, each in enumerate(suggestions) if str(number) == rest), None)
    if chosen is None:
        return
    for name in ("protocol", "host", "port", "security"):
        if chosen.get(name) not in (None, ""):
            panel.values[name] = str(chosen[name])
    username = str(chosen.get("username") or "")
    panel.values["auth.username"] = "" if username == panel.values.get("email", "").lower() else username
    panel.probes.pop("discover")
    presets.fill(panel.side, panel.values)


def _preset(request: PortalRequest, panel: Panel, rest: str) -> None:
    """Fill in the endpoints of Azure or Google."""
    if rest in ("azure", "google"):
        presets.apply_oauth(panel.side, panel.values, rest)
        presets.fill(panel.side, panel.values)


def _microsoft(request: PortalRequest, panel: Panel, rest: str) -> None:
    """Choose Sign in with Microsoft instead of what is there (OUT-05)."""
    panel.values["provider"] = "microsoft"
    presets.fill(panel.side, panel.values)


def _sample(request: PortalRequest, panel: Panel, rest: str) -> None:
    """Say what the filters of the form would do with a mail (FLT-07)."""
    lists = panel.data()["filter"]
    rule = Filter(
        type="allow" if lists["type"] == "allow" else "ignore",
        emails=tuple(lists["emails"]),
        domains=tuple(lists["domains"]),
        keywords=tuple(lists["keywords"]),
    )
    sender, subject, text = (panel.values.get(f"sample.{name}", "") for name in ("from", "subject", "text"))
    panel.verdict = {
        "new": filters.verdict(rule, [sender], subject, text),
        "reply": filters.verdict(rule, [sender], subject, text, reply=True),
    }


_ACTIONS: dict[str, Callable[[PortalRequest, Panel, str], Any]] = {
    "save": _save,
    "test": _test,
    "count": _count,
    "discover": _discover,
    "use": _use,
    "preset": _preset,
    "microsoft": _microsoft,
    "sample": _sample,
}
