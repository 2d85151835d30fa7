"""Test Connection (SPEC A7): go through the stages of one server, and note the result in health card, log and audit.

One way for ``postroom servers test``, for probes of saved servers and for probes of values that are not saved. The
latter leave no trace on a health card: there is no server that would have one.
"""

from __future__ import annotations

from typing import Any

from postroom.audit.services import Actor, record
from postroom.channels.health import record_failure, record_success
from postroom.channels.models import IncomingServer, OutgoingServer, Probe
from postroom.channels.queries import endpoint
from postroom.outbox.build import render
from postroom.outbox.services.trial import draft_trial, record_trial
from postroom.run.reach import with_reach
from postroom.tickets.notifications import automatic_headers
from postroom.transports.base import OnStage, Stage, TestResult, TransportError
from postroom.transports.registry import receiver, sender

Server = IncomingServer | OutgoingServer

_SIGN_IN = ("MAILAUTHPERM", "MAILAUTHSESS")
_ONE_MAIL_REFUSED = "MAILCONSMTP"


def try_incoming(
    server: IncomingServer, actor: Actor, *, unsaved: Probe | None = None, on_stage: OnStage | None = None
) -> TestResult:
    """Connect, sign in, open the folder and count; reads nothing, marks nothing.

    ``unsaved``: the probe whose values make up ``server``, none of which is saved.
    """
    try:
        where = endpoint(server)
        source = receiver(server.protocol, where, server.folder)
    except TransportError as error:
        result = _before_connecting(error, on_stage)
    else:
        try:
            result = with_reach(server, where, source.test(on_stage))
        finally:
            source.close()
    _note(server, result, actor, unsaved)
    return result


def try_outgoing(
    server: OutgoingServer,
    actor: Actor,
    to: str = "",
    *,
    unsaved: Probe | None = None,
    on_stage: OnStage | None = None,
) -> TestResult:
    """Connect, sign in and send the confirmation mail to ``to``, or to the server's own address. See above."""
    mail = draft_trial(server, to or server.email, automatic_headers("auto-generated"))
    if unsaved is not None:
        mail.server = None
    try:
        where = endpoint(server)
        target = sender(server.protocol, where)
    except TransportError as error:
        result = _before_connecting(error, on_stage)
    else:
        try:
            raw = render(mail, server, "")
            result = with_reach(server, where, target.test(server.email, mail.to[0], raw, on_stage))
        finally:
            target.close()
    record_trial(mail, ok=result.ok, code=result.code, message=result.message)
    _note(server, result, actor, unsaved)
    return result


def as_contract(result: TestResult) -> dict[str, Any]:
    """{ok, stages: [{name, ok, ms, detail}], code, message}."""
    return {
        "ok": result.ok,
        "stages": [stage_as_contract(stage) for stage in result.stages],
        "code": result.code,
        "message": result.message,
    }


def stage_as_contract(stage: Stage) -> dict[str, Any]:
    """{name, ok, ms, detail}."""
    return {"name": stage.name, "ok": stage.ok, "ms": stage.ms, "detail": stage.detail}


def _before_connecting(error: TransportError, on_stage: OnStage | None) -> TestResult:
    """The sign-in is missing, so nobody connects (OTH-07)."""
    stage = Stage(error.stage or "login", False, 0, error.message)
    if on_stage is not None:
        on_stage(stage)
    return TestResult(False, [stage], error.code, error.message)


def _note(server: Server, result: TestResult, actor: Actor, unsaved: Probe | None) -> None:
    """A refusal of this one mail says nothing against the server's connection."""
    changes: list[dict[str, Any]] = [{"field": "result", "old": None, "new": result.code or "ok"}]
    if unsaved is not None:
        where = f"{server.protocol} {server.host}:{server.port or ''} ({server.security}) as {server.auth_type}"
        changes.append({"field": "unsaved values", "old": None, "new": where})
    elif result.ok:
        record_success(server)
    elif result.code != _ONE_MAIL_REFUSED:
        record_failure(server, TransportError(result.code, result.message, temporary=result.code not in _SIGN_IN))
    record(actor=actor, action="tested", object_=unsaved or server, name=server.name, changes=changes)
