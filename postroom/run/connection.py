"""Test Connection (SPEC A7): go through the stages of one server, and note the result in health card, log and audit."""

from __future__ import annotations

from typing import Any

from postroom.audit.services import Actor, record
from postroom.channels.health import record_failure, record_success
from postroom.channels.models import IncomingServer, OutgoingServer
from postroom.channels.queries import endpoint
from postroom.outbox.build import render
from postroom.outbox.services.trial import draft_trial, record_trial
from postroom.tickets.notifications import automatic_headers
from postroom.transports.base import TestResult, TransportError
from postroom.transports.registry import RECEIVERS, SENDERS, receiver, sender

_SIGN_IN = ("MAILAUTHPERM", "MAILAUTHSESS")
_ONE_MAIL_REFUSED = "MAILCONSMTP"


def try_incoming(server: IncomingServer, actor: Actor) -> TestResult:
    """Connect, sign in and open the folder; reads nothing, marks nothing."""
    if server.protocol not in RECEIVERS:
        return _unspoken(server)
    source = receiver(server.protocol, endpoint(server), server.folder)
    try:
        result = source.test()
    finally:
        source.close()
    _note(server, result, actor)
    return result


def try_outgoing(server: OutgoingServer, actor: Actor, to: str = "") -> TestResult:
    """Connect, sign in and send the confirmation mail to ``to``, or to the server's own address."""
    if server.protocol not in SENDERS:
        return _unspoken(server)
    mail = draft_trial(server, to or server.email, automatic_headers("auto-generated"))
    target = sender(server.protocol, endpoint(server))
    try:
        result = target.test(server.email, mail.to[0], render(mail, server, ""))
    finally:
        target.close()
    record_trial(mail, ok=result.ok, code=result.code, message=result.message)
    _note(server, result, actor)
    return result


def as_contract(result: TestResult) -> dict[str, Any]:
    """{ok, stages: [{name, ok, ms, detail}], code, message}."""
    return {
        "ok": result.ok,
        "stages": [
            {"name": stage.name, "ok": stage.ok, "ms": stage.ms, "detail": stage.detail} for stage in result.stages
        ],
        "code": result.code,
        "message": result.message,
    }


def _unspoken(server: IncomingServer | OutgoingServer) -> TestResult:
    return TestResult(False, [], "MAILGENERIC", f"This version does not speak {server.get_protocol_display()}.")


def _note(server: IncomingServer | OutgoingServer, result: TestResult, actor: Actor) -> None:
    """A refusal of this one mail says nothing against the server's connection."""
    if result.ok:
        record_success(server)
    elif result.code != _ONE_MAIL_REFUSED:
        record_failure(server, TransportError(result.code, result.message, temporary=result.code not in _SIGN_IN))
    outcome = [{"field": "result", "old": None, "new": result.code or "ok"}]
    record(actor=actor, action="tested", object_=server, name=server.name, changes=outcome)
