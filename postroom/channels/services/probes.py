"""The only writer of probes: ask for one, and for workers take one, tell its stages, end it (R26, TST-06).

Unsaved values are checked exactly as saving them would; nothing of that is stored but the values themselves, encrypted,
until the probe has ended. So that a test is no port scanner it is for mail ports, thirty a minute for each actor, and
in the audit.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Any, TypeVar

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from postroom.audit.services import SYSTEM, Actor
from postroom.channels.models import IncomingServer, OutgoingServer, Probe
from postroom.channels.presence import OWNER_IS_GONE
from postroom.channels.queries import NO_WORKER, PROBE_WAITS, WORKER_GONE
from postroom.channels.secret import SecretUnreadable
from postroom.channels.services.incoming import save_incoming_server
from postroom.channels.services.outgoing import save_outgoing_server
from postroom.channels.services.reading import is_loopback
from postroom.mail.addresses import is_valid
from postroom.rules.fields import Fields, Invalid

Server = IncomingServer | OutgoingServer
AnyServer = TypeVar("AnyServer", IncomingServer, OutgoingServer)

CHANNEL = "postroom_probe"
MOST_IN_A_MINUTE = 30
LEASE = timedelta(seconds=30)  # a probe takes 20 at most
KEPT = timedelta(days=1)
MAIL_PORTS = (25, 26, 110, 143, 465, 587, 993, 995, 2465, 2525, 2526, 2587)

_END_LOST = f"""
UPDATE channels_probe SET state = 'done', ok = false, code = 'MAILGENERIC', message = %s, values = '',
    finished_at = now()
WHERE state = 'running' AND (lease_until < now() OR {OWNER_IS_GONE})
"""  # noqa: S608  no input in it


def start_probe(
    actor: Actor,
    kind: str,
    *,
    server: Server | None = None,
    data: Mapping[str, Any] | None = None,
    to: str = "",
) -> Probe:
    """Ask for a probe of ``kind`` (``Probe.Kind``); a worker takes it up at commit.

    ``server`` is a saved row, ``data`` unsaved values in the contract's shape; with both, ``data`` over the saved row,
    whose secrets hold where they are left out. For ``discover`` ``data`` is {"email": ...}. ``to`` is where the
    confirmation mail of ``test_outgoing`` goes, or "" for the server's own address. Raises Invalid.
    """
    wanted = Probe.Kind(kind)
    direction = "outgoing" if wanted == Probe.Kind.TEST_OUTGOING else "incoming"
    if to and not is_valid(to):
        raise Invalid([("to", "Must be a mail address, such as ada@desk.test.")])
    with transaction.atomic():
        _end_stale()
        _check_pace(actor)
        if wanted == Probe.Kind.DISCOVER:
            fields = Fields(data, ["email"])
            data = {"email": fields.email("email", required="Enter the mail address.")}
            fields.done()
        else:
            _check_server(direction, server, data)
        return _asked(actor, wanted, data, server, to)


def start_step(actor: Actor, values: Mapping[str, str], server: Server | None, *, paced: bool) -> Probe:
    """Ask for one step of a sign-in at an identity provider: {step: redeem|device|application, ...}.

    ``paced``: somebody pressed a button for it, which counts towards the thirty a minute. Raises Invalid.
    """
    with transaction.atomic():
        _end_stale()
        if paced:
            _check_pace(actor)
        return _asked(actor, Probe.Kind.SIGN_IN, values, server, "")


def _asked(actor: Actor, kind: Probe.Kind, data: Mapping[str, Any] | None, server: Server | None, to: str) -> Probe:
    direction = "outgoing" if isinstance(server, OutgoingServer) else "incoming"
    probe = Probe.objects.create(
        kind=kind,
        values="" if data is None else json.dumps(dict(data)),
        to=to,
        requested_by=actor.name,
        requester_id=actor.id,
        requester_ip=actor.ip,
        **({direction: server} if server is not None else {}),
    )
    with connection.cursor() as cursor:
        cursor.execute(f"NOTIFY {CHANNEL}")
    return probe


def _end_stale() -> None:
    """Forget what is a day old, and end what no worker took."""
    now = timezone.now()
    Probe.objects.filter(created_at__lt=now - KEPT).delete()
    waiting = Probe.objects.filter(state=Probe.State.WAITING, created_at__lt=now - PROBE_WAITS)
    waiting.update(**_ending(ok=False, code="MAILGENERIC", message=NO_WORKER))


def _check_pace(actor: Actor) -> None:
    """At most thirty a minute; those who ask at the same time take turns."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 1))", [f"probe {actor.id or actor.name}"])
    own = Q(requester_id=actor.id) if actor.id is not None else Q(requester_id=None, requested_by=actor.name)
    recent = Probe.objects.filter(own, created_at__gt=timezone.now() - timedelta(minutes=1)).count()
    if recent >= MOST_IN_A_MINUTE:
        raise Invalid([("", f"You have started {recent} tests within a minute. Wait a moment, then test again.")])


def _check_server(direction: str, server: Server | None, data: Mapping[str, Any] | None) -> None:
    model: type[Any] = OutgoingServer if direction == "outgoing" else IncomingServer
    if server is not None and not isinstance(server, model):
        raise TypeError(f"{server} is no {direction} server")
    if server is None and data is None:
        raise Invalid([("", "Say which server to test.")])
    if data is not None:
        _check_reach(draft_server(model, data, server), server)


def _check_reach(draft: Server, stored: Server | None) -> None:
    """Unsaved values reach mail ports only; what is saved is in the audit with its host and port already."""
    same = stored is not None and (stored.host, stored.port) == (draft.host, draft.port)
    if same or draft.protocol == "mapi":
        return
    if draft.port not in MAIL_PORTS and not is_loopback(draft.host):
        ports = ", ".join(str(port) for port in MAIL_PORTS)
        raise Invalid([("port", f"What is not saved is tested on mail ports only ({ports}). Save first, then test.")])


def draft_server(model: type[AnyServer], data: Mapping[str, Any], stored: AnyServer | None) -> AnyServer:
    """The server that saving ``data`` would make, with its secrets and without a key if it is new; nothing is stored.

    It is saved and taken back, so that it cannot differ from what saving does. Raises Invalid.
    """
    save: Any = save_incoming_server if model is IncomingServer else save_outgoing_server
    with transaction.atomic():
        saved = save(SYSTEM, data, stored, settle=False)
        draft = model._default_manager.select_related("proxy", "grant").get(pk=saved.pk)
        transaction.set_rollback(True)
    if stored is None:
        draft.pk = None
    return draft


def cancel_probe(probe: Probe) -> None:
    """Nobody waits for the answer any more: what comes of it is not written down here."""
    Probe.objects.filter(pk=probe.pk).exclude(state=Probe.State.DONE).update(**_ending(ok=False, message="Cancelled."))


def claim_probe(owner: str) -> Probe | None:
    """Take the oldest probe that waits, for ``owner``."""
    now = timezone.now()
    with transaction.atomic():
        waiting = Probe.objects.filter(state=Probe.State.WAITING, created_at__gt=now - PROBE_WAITS)
        probe = waiting.select_for_update(skip_locked=True).defer("values").order_by("created_at").first()
        if probe is not None:
            probe.state, probe.started_at = Probe.State.RUNNING, now
            probe.claimed_by, probe.lease_until = owner, now + LEASE
            probe.save(update_fields=["state", "started_at", "claimed_by", "lease_until"])
            with suppress(SecretUnreadable):  # whoever runs the probe asks for them again, and says so
                probe.refresh_from_db(fields=["values"])
    return probe


def note_stage(probe: Probe, stage: dict[str, Any]) -> None:
    """A stage is done: {name, ok, ms, detail}."""
    probe.stages.append(stage)
    _mine(probe).update(stages=probe.stages)


def finish_probe(probe: Probe, *, ok: bool, code: str = "", message: str = "", result: dict[str, Any]) -> None:
    """The probe is over. Nothing happens if it was cancelled, or ended for its worker."""
    _mine(probe).update(**_ending(ok=ok, code=code, message=message), stages=probe.stages, result=result)


def end_lost_probes() -> None:
    """End the probes of workers that are gone, and those that no worker took."""
    with connection.cursor() as cursor:
        cursor.execute(_END_LOST, [WORKER_GONE])
    _end_stale()


def _mine(probe: Probe) -> Any:
    return Probe.objects.filter(pk=probe.pk, state=Probe.State.RUNNING, claimed_by=probe.claimed_by)


def _ending(*, ok: bool, code: str = "", message: str = "") -> dict[str, Any]:
    return {
        "state": Probe.State.DONE,
        "ok": ok,
        "code": code,
        "message": message,
        "values": "",
        "finished_at": timezone.now(),
    }
