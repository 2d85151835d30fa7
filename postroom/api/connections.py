"""Test Connection and discovery: a worker does the talking, this waits for the row that it writes (ruling R26)."""

from __future__ import annotations

import time
from typing import Any

from django.db import close_old_connections
from django.http import HttpResponse
from ninja import Router

from postroom.api.bodies import Json, Values, ValuesIfAny
from postroom.api.errors import Refused, answer
from postroom.api.server_shapes import DiscoveryOut, TrialOut
from postroom.api.servers import INCOMING, OUTGOING, READ_ONLY
from postroom.api.shapes import Problem
from postroom.api.tokens import ApiRequest
from postroom.channels.models import IncomingServer, OutgoingServer, Probe
from postroom.channels.queries import probe_of
from postroom.channels.services import Invalid, start_probe
from postroom.rules.fields import Fields

router = Router(tags=["servers"])

PATIENCE = 25.0  # the worker gives up after 20 s, and needs a moment to begin
LOOK_EVERY = 0.25

TESTED = {200: TrialOut, 400: Problem, 404: Problem, 429: Problem}


@router.post("/outgoing-servers/{int:id}/test", response=TESTED)
def test_outgoing(request: ApiRequest, id: int, payload: ValuesIfAny) -> HttpResponse:
    """Connect, sign in and send a confirmation to ``to`` (default: the server's own address).

    Further fields of the server are tested in place of the saved ones, which stay as they are.
    """
    return _tested(request, "test_outgoing", OUTGOING.find(id), payload or {})


@router.post("/incoming-servers/{int:id}/test", response=TESTED)
def test_incoming(request: ApiRequest, id: int, payload: ValuesIfAny) -> HttpResponse:
    """Connect, sign in and look at the folder; nothing is read or marked. Further fields as for outgoing servers."""
    return _tested(request, "test_incoming", INCOMING.find(id), payload or {})


@router.post("/outgoing-servers/test", response=TESTED)
def test_outgoing_values(request: ApiRequest, payload: Values) -> HttpResponse:
    """The same with values that are not saved, as POST ``outgoing-servers`` takes them, and ``to``."""
    return _tested(request, "test_outgoing", None, payload)


@router.post("/incoming-servers/test", response=TESTED)
def test_incoming_values(request: ApiRequest, payload: Values) -> HttpResponse:
    """The same with values that are not saved, as POST ``incoming-servers`` takes them."""
    return _tested(request, "test_incoming", None, payload)


@router.post("/discovery", response={200: DiscoveryOut, 400: Problem, 429: Problem})
def discover(request: ApiRequest, payload: Values) -> HttpResponse:
    """Suggest servers for ``email``, from known providers and from what its domain says (RFC 6186)."""
    found = settled(_started(request, "discover", None, payload, ""))
    return answer({**_outcome(found), "suggestions": found.result.get("suggestions", [])})


def _tested(
    request: ApiRequest, kind: str, server: IncomingServer | OutgoingServer | None, payload: Json
) -> HttpResponse:
    values = {name: value for name, value in payload.items() if name not in (*READ_ONLY, "to")}
    to = ""
    if kind == "test_outgoing" and payload.get("to") is not None:
        fields = Fields({"to": payload["to"]}, ["to"])
        to = fields.email("to")
        fields.done()
    elif "to" in payload and kind != "test_outgoing":
        raise Invalid([("to", "A test of an incoming server sends no mail.")])
    found = settled(_started(request, kind, server, values or ({} if server is None else None), to))
    return answer({**_outcome(found), "result": found.result})


def _started(
    request: ApiRequest, kind: str, server: IncomingServer | OutgoingServer | None, data: Json | None, to: str
) -> Probe:
    try:
        return start_probe(request.auth.actor, kind, server=server, data=data, to=to)
    except Invalid as error:
        if all(not field for field, _ in error.errors):
            raise Refused(429, "too_many", str(error), error.errors) from None
        raise


def settled(probe: Probe) -> Probe:
    """The row when it is done or patience ends. While waiting the database connection is somebody else's."""
    until = time.monotonic() + PATIENCE
    while (found := probe_of(probe.pk) or probe).state != Probe.State.DONE and time.monotonic() < until:
        close_old_connections()
        time.sleep(LOOK_EVERY)
    return found


def _outcome(probe: Probe) -> dict[str, Any]:
    if probe.state == Probe.State.DONE:
        return {"ok": bool(probe.ok), "stages": probe.stages, "code": probe.code, "message": probe.message}
    message = f"The test was not finished after {PATIENCE:.0f} seconds."
    return {"ok": False, "stages": probe.stages, "code": "MAILGENERIC", "message": message}
