"""The worker's part of a sign-in: it alone talks to the provider, tells how long that took, fills in the row (R26)."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from django.utils import timezone

from postroom.audit.services import Actor
from postroom.channels.models import Probe, SignIn
from postroom.channels.oauth.application import of_server
from postroom.channels.oauth.sign_in import application_of, authorize_application, poll, redeem, start_device
from postroom.transports.base import OnStage, Stage

AT_ONCE = 5


def carry_out(probe: Probe, on_stage: OnStage, release: Callable[[], None]) -> dict[str, Any]:
    """Take the step that ``probe`` stands for; what ``finish_probe`` wants to know of it.

    ``release`` gives the database connection back while the provider is waited for. Raises Invalid where an application
    could not sign in.
    """
    asked = json.loads(probe.values)
    if asked["step"] == "application":
        return _application(probe, on_stage)
    row = SignIn.objects.filter(pk=asked["sign_in"], status=SignIn.Status.ASKING).first()
    if row is None:
        return {"ok": False, "code": "MAILGENERIC", "message": "This sign-in is over.", "result": {}}
    host, began = urlsplit(application_of(row).token_url).hostname or "", time.monotonic()
    row = redeem(row, asked["code"], release) if asked["step"] == "redeem" else start_device(row, release)
    ok = row.status != SignIn.Status.FAILED
    on_stage(Stage("provider", ok, _since(began), f"{host} answered" if ok else row.message))
    if row.account:
        on_stage(Stage("account", row.status == SignIn.Status.DONE, 0, f"{row.account} signed in"))
    code = "" if ok else "MAILAUTHSESS"
    return {"ok": ok, "code": code, "message": row.message, "result": {}}


def _application(probe: Probe, on_stage: OnStage) -> dict[str, Any]:
    server = probe.incoming or probe.outgoing
    assert server is not None  # see start_step
    began = time.monotonic()
    authorize_application(Actor(probe.requested_by, probe.requester_id, probe.requester_ip), server)
    host = urlsplit(of_server(server).token_url).hostname or ""
    on_stage(Stage("provider", True, _since(began), f"{host} gave a token"))
    return {"ok": True, "message": "", "result": {}}


def _since(began: float) -> int:
    return round((time.monotonic() - began) * 1000)


def poll_due() -> int:
    """Ask for the sign-ins on other devices whose turn it is (RFC 8628, 3.4); how many were asked for."""
    waiting = SignIn.objects.filter(kind=SignIn.Kind.DEVICE, status=SignIn.Status.WAITING, poll_at__lte=timezone.now())
    due = list(waiting.order_by("poll_at")[:AT_ONCE])
    for row in due:
        poll(row)
    return len(due)
