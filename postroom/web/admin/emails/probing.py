"""Probes on the pages: Test Connection, discovery and counts run in a worker; their row is polled here (R26)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_http_methods

from postroom.channels import queries
from postroom.channels.models import Probe
from postroom.channels.services import OFFER, offers_mapi
from postroom.channels.services.probes import cancel_probe
from postroom.web.admin.emails.codes import advice
from postroom.web.http import PortalRequest, administrators_only

STAGES = {
    "dns": gettext_noop("Host name"),
    "proxy": gettext_noop("Proxy"),
    "tcp": gettext_noop("Connection"),
    "tls": gettext_noop("Encryption"),
    "capabilities": gettext_noop("Capabilities"),
    "login": gettext_noop("Sign-in"),
    "folder": gettext_noop("Folder"),
    "sender": gettext_noop("Sender"),
    "recipient": gettext_noop("Recipient"),
    "data": gettext_noop("Message"),
    "provider": gettext_noop("Identity provider"),
    "account": gettext_noop("Account"),
}
_GOOD = {
    "test_outgoing": gettext_noop("The test mail was taken over for delivery."),
    "test_incoming": gettext_noop("The mailbox can be read. Nothing was read or marked."),
    "sign_in": gettext_noop("Signed in."),
}
_ALWAYS = {
    "test_outgoing": ("dns", "tcp", "sender", "recipient", "data"),
    "test_incoming": ("dns", "tcp", "login"),
    "sign_in": ("provider",),
}


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a test: ``state`` is ok, bad, running, waiting or skipped."""

    label: str
    state: str
    ms: int | None
    detail: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A probe for the template. ``side`` is the direction whose suggestions are wanted, or "" for both."""

    probe: Probe
    steps: list[Step]
    is_done: bool
    advice: str
    side: str

    @property
    def suggestions(self) -> list[tuple[int, dict[str, Any]]]:
        """What discovery found for this direction, each with its number among all."""
        numbered = enumerate(self.found("suggestions") or [])
        return [(number, each) for number, each in numbered if self.side in ("", each.get("direction"))]

    @property
    def good_news(self) -> str:
        """What is said where all went well."""
        return _(_GOOD.get(self.probe.kind, ""))

    @property
    def mapi_offer(self) -> str:
        """The offer to send by MAPI, where Microsoft refuses SMTP to this server; else "" (R12)."""
        return OFFER if offers_mapi(self.probe.outgoing, self.probe.code, self.probe.message) else ""

    def found(self, name: str) -> Any:
        """What the probe found out: certificate, capabilities, warnings, suggestions, messages, unseen; or None."""
        return (self.probe.result or {}).get(name)


def shown(probe: Probe, side: str = "") -> Shown:
    """A probe with the stages that are over, the one that runs, and those that are still to come."""
    is_done = probe.state == "done"
    steps = [
        Step(
            _(STAGES.get(stage["name"], stage["name"].capitalize())),
            "ok" if stage["ok"] else "bad",
            stage["ms"],
            stage["detail"],
        )
        for stage in probe.stages
    ]
    reported = {stage["name"] for stage in probe.stages}
    coming = [name for name in _ALWAYS.get(probe.kind, ()) if name not in reported]
    for index, name in enumerate(coming):
        state = "skipped" if is_done else "running" if index == 0 else "waiting"
        steps.append(Step(_(STAGES[name]), state, None, ""))
    if is_done and probe.ok:
        steps = [step for step in steps if step.state != "skipped"]
    return Shown(probe, steps, is_done, advice(probe.code), side)


def read(text: str, side: str = "") -> Shown | None:
    """The probe that a form names, or None for what is none or is gone."""
    try:
        probe = queries.probe_of(uuid.UUID(text))
    except ValueError:
        return None
    return shown(probe, side) if probe is not None else None


@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def probe(request: PortalRequest, pk: uuid.UUID) -> HttpResponse:
    """How far a probe is, asked for until it is done; a POST cancels it (TST-06)."""
    found = queries.probe_of(pk)
    if found is None:
        raise Http404
    if request.method == "POST":
        cancel_probe(found)
        found = queries.probe_of(pk) or found
    return render(request, "admin/emails/probe.html", {"shown": shown(found, request.GET.get("side", ""))})
