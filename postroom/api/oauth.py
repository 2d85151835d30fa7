"""Sign-ins of servers, and the admin consent of the Microsoft application. Never a token."""

from __future__ import annotations

from typing import Any, Literal

from django.http import HttpResponse
from ninja import Router

from postroom.api.bodies import Json, ValuesIfAny
from postroom.api.connections import settled
from postroom.api.errors import answer, not_found, wrong_values
from postroom.api.shapes import Problem, Shape
from postroom.api.tokens import ApiRequest
from postroom.audit.services import Actor
from postroom.channels.models import IncomingServer, OutgoingServer, SignIn
from postroom.channels.oauth.application import redirect_url
from postroom.channels.oauth.consent import consent_link
from postroom.channels.oauth.sign_in import accept, begin, begin_device
from postroom.channels.oauth.sign_in import settled as sign_in_as_it_is
from postroom.channels.oauth.staying import status_of
from postroom.channels.services import start_step

router = Router(tags=["servers"])

Direction = Literal["incoming", "outgoing"]


class FailureOut(Shape):
    code: str
    error: str
    message: str


class SignInOut(Shape):
    """One sign-in that was begun: open ``authorization_url``, or enter ``user_code`` at ``verification_url``."""

    id: str
    flow: Literal["code", "device"]
    status: Literal["waiting", "asking", "other_account", "done", "failed"]
    authorization_url: str | None = None
    user_code: str | None = None
    verification_url: str | None = None
    redirect_url: str
    expires_at: str
    account: str
    error: str
    message: str


class AuthorizationOut(Shape):
    """How the sign-in of a server stands; ``sign_in`` is the one that was begun last."""

    state: Literal["signed_in", "needs_sign_in", "failing"]
    account: str
    tenant: str
    consented_at: str | None
    refreshed_at: str | None
    expires_at: str | None
    required: list[str]
    granted: list[str]
    lacking: list[str]
    missing_settings: list[str]
    failure: FailureOut | None
    secret_expires_on: str | None
    warnings: list[str]
    commands: list[str]
    sign_in: SignInOut | None = None


class PermissionOut(Shape):
    resource: str
    name: str
    type: str
    scope: str


class ConsentOut(Shape):
    by: str
    at: str
    tenant: str
    scopes: list[str]


class ConsentLinkOut(Shape):
    """``url`` is for a Microsoft administrator and counts for 7 days; ``text`` goes with it."""

    url: str
    text: str
    redirect_url: str
    permissions: list[PermissionOut]
    consented: ConsentOut | None


def _server(direction: str, pk: int) -> IncomingServer | OutgoingServer:
    model: Any = IncomingServer if direction == "incoming" else OutgoingServer
    found: IncomingServer | OutgoingServer | None = model.objects.select_related("proxy").filter(pk=pk).first()
    if found is None:
        raise not_found()
    if found.auth_type != "oauth":
        raise wrong_values([("auth.type", "This server does not sign in by OAuth.")])
    return found


def _shown(server: IncomingServer | OutgoingServer, row: SignIn | None, url: str | None = None) -> Json:
    return status_of(server) | {"sign_in": _sign_in(row, url) if row is not None else None}


def _sign_in(row: SignIn, url: str | None) -> Json:
    return {
        "id": str(row.pk),
        "flow": row.kind,
        "status": row.status,
        "authorization_url": url,
        "user_code": row.user_code or None,
        "verification_url": row.verification_url or None,
        "redirect_url": redirect_url(),
        "expires_at": row.expires_at.isoformat(),
        "account": row.account,
        "error": row.error,
        "message": row.message,
    }


def _read(direction: str, pk: int) -> HttpResponse:
    server = _server(direction, pk)
    row = SignIn.objects.filter(**{direction: server}).order_by("-created_at").first()
    return answer(_shown(server, sign_in_as_it_is(row) if row is not None else None))


def _authorize(request: ApiRequest, direction: str, pk: int, payload: Json | None) -> HttpResponse:
    payload = payload or {}
    server, actor = _server(direction, pk), request.auth.actor
    if "accept" in payload:
        return _accept(request, direction, pk, payload)
    if server.oauth_grant == "client_credentials":
        probe = settled(start_step(actor, {"step": "application"}, server, paced=True))
        if not probe.ok:
            raise wrong_values([("", probe.message)])
        return answer(_shown(server, None))
    if payload.get("flow") == "device":
        return answer(_shown(server, _device(actor, server)))
    row, url = begin(actor, server)
    return answer(_shown(server, row, url))


def _device(actor: Actor, server: IncomingServer | OutgoingServer) -> SignIn:
    """A sign-in on another device, once a worker has the code that is to be shown."""
    row = begin_device(actor, server)
    assert row.probe is not None
    settled(row.probe)
    row = sign_in_as_it_is(row)
    if row.status == SignIn.Status.FAILED:
        raise wrong_values([("", row.message)])
    return row


def _accept(request: ApiRequest, direction: str, pk: int, payload: Json) -> HttpResponse:
    waiting = SignIn.objects.filter(**{f"{direction}_id": pk}, status=SignIn.Status.OTHER_ACCOUNT)
    row = waiting.order_by("-created_at").first()
    if row is None or payload["accept"] not in ("shared", "own"):
        raise wrong_values([("accept", "Choose shared or own, once another account has signed in.")])
    row = accept(row, request.auth.actor, shared=payload["accept"] == "shared")
    return answer(_shown(_server(direction, pk), row))


@router.get("/incoming-servers/{int:id}/authorize", response={200: AuthorizationOut, 400: Problem, 404: Problem})
def read_incoming_authorization(request: ApiRequest, id: int) -> HttpResponse:
    """How the sign-in of a mailbox stands."""
    return _read("incoming", id)


@router.post("/incoming-servers/{int:id}/authorize", response={200: AuthorizationOut, 400: Problem, 404: Problem})
def authorize_incoming(request: ApiRequest, id: int, payload: ValuesIfAny) -> HttpResponse:
    """Begin a sign-in: {flow: code|device}; or answer for another account that signed in: {accept: shared|own}."""
    return _authorize(request, "incoming", id, payload)


@router.get("/outgoing-servers/{int:id}/authorize", response={200: AuthorizationOut, 400: Problem, 404: Problem})
def read_outgoing_authorization(request: ApiRequest, id: int) -> HttpResponse:
    """How the sign-in of an outgoing server stands."""
    return _read("outgoing", id)


@router.post("/outgoing-servers/{int:id}/authorize", response={200: AuthorizationOut, 400: Problem, 404: Problem})
def authorize_outgoing(request: ApiRequest, id: int, payload: ValuesIfAny) -> HttpResponse:
    """Begin a sign-in: {flow: code|device}; or answer for another account that signed in: {accept: shared|own}."""
    return _authorize(request, "outgoing", id, payload)


@router.get("/microsoft-app/consent-link", response={200: ConsentLinkOut, 400: Problem})
def read_consent_link(request: ApiRequest) -> HttpResponse:
    """The ready admin consent link, the text for the Microsoft administrator, and the consent that was given."""
    return answer(consent_link(request.auth.actor))


@router.post("/microsoft-app/consent-link", response={200: ConsentLinkOut, 400: Problem})
def make_consent_link(request: ApiRequest) -> HttpResponse:
    """The same."""
    return answer(consent_link(request.auth.actor))
