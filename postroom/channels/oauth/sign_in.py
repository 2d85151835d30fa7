"""Sign in at the provider and back: authorization code with PKCE, device code, the application itself (A3, A4).

A sign-in for a saved server stores its grant at once; one for a server that is still being typed waits for Save. What
asks the provider runs in a worker (``channels.oauth.steps``): pages and scripts leave a row and read it (R26).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from postroom.audit.services import Actor, record
from postroom.channels.models import IncomingServer, OAuthGrant, OutgoingServer, Probe, ServerHealth, SignIn
from postroom.channels.oauth import application as applications
from postroom.channels.oauth.application import direction_of, is_of_microsoft, of_microsoft, of_server, redirect_url
from postroom.channels.oauth.tokens import access_token, digest, keep, without_secrets
from postroom.channels.oauth.words import explain
from postroom.channels.queries import NO_WORKER, probe_of
from postroom.channels.services import (
    Invalid,
    changing,
    save_incoming_server,
    save_outgoing_server,
    start_probe,
    start_step,
)
from postroom.transports import oauth as provider
from postroom.transports.base import TransportError

Server = IncomingServer | OutgoingServer
Status = SignIn.Status

KEPT = timedelta(hours=1)
NOT_YET = ("authorization_pending", "slow_down")


def begin(actor: Actor, server: Server | None, *, session: str = "", **typed: str) -> tuple[SignIn, str]:
    """A sign-in in the browser: the row, and the address to go to. Raises Invalid where something is missing for it.

    ``typed`` is {direction, protocol, email} of a server of Sign in with Microsoft that is not saved yet; ``id`` gives
    the sign-in that id. ``session`` is the browser session that the answer must come back to.
    """
    row, application = _new_row(actor, server, session, typed)
    if not application.authorization_url:
        raise Invalid([("auth.authorization_url", "Enter the authorization URL.")])
    state, row.verifier = provider.new_secret(), provider.new_secret()
    row.state_digest = digest(state)
    row.save(force_insert=True)
    url = provider.authorization_url(
        application,
        redirect_url=redirect_url(),
        state=state,
        verifier=row.verifier,
        scope=_asked_scope(server, application),
        login_hint=row.email,
        prompt="select_account" if _at_microsoft(server) else "",
    )
    return row, url


def begin_device(actor: Actor, server: Server, *, session: str = "") -> SignIn:
    """A sign-in on another device, for desks that the provider cannot send the browser back to. Raises Invalid.

    The row has the code to be shown once a worker has asked for it.
    """
    row, application = _new_row(actor, server, session, {})
    if not applications.device_url(application):
        raise Invalid([("", "This provider is not known to have a sign-in by code. Sign in with the button.")])
    row.kind = SignIn.Kind.DEVICE
    return _ask_worker(row, "device", paced=True)


def start_device(row: SignIn, release: Callable[[], None]) -> SignIn:
    """Ask for the code that the person enters on another device (RFC 8628, 3.1). Run by a worker."""
    application, scope = application_of(row), _asked_scope(row.server, application_of(row))
    release()
    try:
        device = provider.start_device(application, applications.device_url(application), scope)
    except provider.ProviderRefused as refusal:
        return _fail(row, refusal.error, refusal.description)
    except TransportError as error:
        return _fail(row, error.code, message=error.message)
    now = timezone.now()
    row.status, row.device_code, row.user_code = Status.WAITING, device.device_code, device.user_code
    row.verification_url, row.poll_seconds = device.verification_url[:1000], max(1, device.interval)
    row.poll_at, row.expires_at = now + timedelta(seconds=row.poll_seconds), now + timedelta(seconds=device.lifetime)
    row.save()
    return row


def _ask_worker(row: SignIn, step: str, *, paced: bool = False, **more: str) -> SignIn:
    """Leave the next step to a worker; the row says so until that is done."""
    with transaction.atomic():
        row.status = Status.ASKING
        values = {"step": step, "sign_in": str(row.pk), **more}
        row.probe = start_step(_actor_of(row), values, row.server, paced=paced)
        row.save()
    return row


def settled(row: SignIn) -> SignIn:
    """The row as it is now; one whose worker is gone, or that none took up, has failed."""
    if row.status != Status.ASKING:
        return row
    probe = probe_of(row.probe_id) if row.probe_id else None
    row.refresh_from_db()  # after the probe: a worker fills in the row before it ends the probe
    if row.status == Status.ASKING and (probe is None or probe.state == Probe.State.DONE):
        return _fail(row, "no_answer", message=probe.message if probe is not None else NO_WORKER)
    return row


def _new_row(
    actor: Actor, server: Server | None, session: str, typed: dict[str, str]
) -> tuple[SignIn, provider.Application]:
    SignIn.objects.filter(expires_at__lt=timezone.now() - KEPT).exclude(kind=SignIn.Kind.CONSENT).delete()
    row = SignIn(actor_name=actor.name, actor_id=actor.id, session=session)
    if server is None:
        row.id = typed.get("id") or row.id
        row.direction, row.protocol, row.email = typed["direction"], typed["protocol"], typed["email"][:320]
        _check_microsoft()
        return row, of_microsoft(row.direction, row.protocol)
    if server.auth_type != "oauth" or server.oauth_grant == "client_credentials":
        raise Invalid([("auth.grant", "Nobody signs in here: choose OAuth with the grant type Authorization code.")])
    if server.provider == "microsoft":
        _check_microsoft()
    setattr(row, direction_of(server), server)
    row.direction, row.protocol, row.email = direction_of(server), server.protocol, server.username or server.email
    return row, of_server(server)


def _check_microsoft() -> None:
    if words := applications.missing():
        raise Invalid([("", words)])


def _at_microsoft(server: Server | None) -> bool:
    return server is None or is_of_microsoft(server)


def _asked_scope(server: Server | None, application: provider.Application) -> str:
    """The scope of the protocol, and for Sign in with Microsoft what tells who signed in."""
    more = applications.PERSON_SCOPES if server is None or server.provider == "microsoft" else ""
    return f"{application.scope} {more}".strip()


def finish(state: str, session: str, *, code: str = "", error: str = "", description: str = "") -> SignIn | None:
    """What comes back to the callback. None where no sign-in of this session waits for this state.

    The outcome, good or bad, is in the row: nothing is raised for what a provider says (MS-07). A code is exchanged by
    a worker: see ``settled``.
    """
    with transaction.atomic():
        waiting = SignIn.objects.select_for_update().filter(state_digest=digest(state), status=Status.WAITING)
        row = waiting.exclude(kind=SignIn.Kind.CONSENT).first()
        if row is None or not state or (row.session and row.session != session):
            return None
        row.state_digest = ""  # it counts once
        row.save(update_fields=["state_digest"])
    if row.expires_at < timezone.now():
        return _fail(row, "timed_out")
    if error or not code:
        return _fail(row, error or "invalid_request", description)
    return _ask_worker(row, "redeem", code=code)


def redeem(row: SignIn, code: str, release: Callable[[], None]) -> SignIn:
    """Exchange the code that came back (RFC 6749, 4.1.3). Run by a worker."""
    application = application_of(row)
    release()
    return _received(
        row, lambda: provider.redeem(application, code, redirect_url=redirect_url(), verifier=row.verifier)
    )


def poll(row: SignIn) -> SignIn:
    """Ask, if it is time, whether the person has signed in with the code that was shown. Run by a worker."""
    now = timezone.now()
    if row.kind != SignIn.Kind.DEVICE or row.status != Status.WAITING:
        return row
    if row.expires_at < now:
        return _fail(row, "expired_token")
    due = SignIn.objects.filter(pk=row.pk, status=Status.WAITING, poll_at__lte=now)
    if not due.update(poll_at=now + timedelta(seconds=row.poll_seconds)):
        return row
    return _received(row, lambda: provider.poll_device(application_of(row), row.device_code))


def application_of(row: SignIn) -> provider.Application:
    """Which application signs in."""
    return of_server(row.server) if row.server is not None else of_microsoft(row.direction, row.protocol)


def _received(row: SignIn, ask: Any) -> SignIn:
    try:
        token: provider.Token = ask()
    except provider.ProviderRefused as refusal:
        if refusal.error in NOT_YET:
            return _slower(row) if refusal.error == "slow_down" else row
        words = without_secrets(refusal.description, None, row.server) if row.server else refusal.description
        return _fail(row, refusal.error, words)
    except TransportError as error:
        return _fail(row, error.code, message=error.message)
    if not token.refresh_token:
        return _fail(row, "no_refresh_token")
    row.account, row.scopes, row.error, row.message = token.account, token.scopes[:1000], "", ""
    row.tokens, row.device_code, row.verifier = json.dumps(asdict(token)), "", ""
    row.status = Status.OTHER_ACCOUNT if _is_another(row) else Status.DONE
    row.save()
    if row.status == Status.DONE and row.server is not None:
        _store(row, row.server)
    return row


def _is_another(row: SignIn) -> bool:
    """Whether somebody else signed in than the address says, who has not been accepted for it before (MS-06)."""
    server = row.server
    expected = {row.email.lower()} | ({server.email.lower()} if server is not None else set())
    grant = getattr(server, "grant", None) if server is not None else None
    if grant is not None and grant.account:
        expected.add(grant.account)
    return bool(row.account) and bool(row.email) and row.account not in expected


def _slower(row: SignIn) -> SignIn:
    row.poll_seconds += 5
    row.save(update_fields=["poll_seconds"])
    return row


def _fail(row: SignIn, error: str, description: str = "", *, message: str = "") -> SignIn:
    server = row.server
    google = server is not None and applications.is_google(server.token_url)
    told = explain(error, description, redirect_url=redirect_url(), google=google)
    row.status, row.error, row.message = Status.FAILED, told.code[:60], message or told.message
    row.tokens = row.device_code = row.verifier = ""
    row.save()
    if server is not None:
        why = [{"field": "sign-in", "old": None, "new": row.error}]
        record(actor=_actor_of(row), action="sign-in failed", object_=server, name=server.name, changes=why)
    return row


def accept(row: SignIn, actor: Actor, *, shared: bool) -> SignIn:
    """Another account signed in: it opens the mailbox as a shared one, or its own address is the mailbox (MS-06).

    The rights of a delegate are tested at once. Raises Invalid.
    """
    if row.status != Status.OTHER_ACCOUNT:
        return row
    server = row.server
    if server is not None and not shared:
        save: Any = save_incoming_server if isinstance(server, IncomingServer) else save_outgoing_server
        server = save(actor, {"email": row.account}, server)
    row.status = Status.DONE
    row.email = row.email if shared else row.account
    row.save()
    if server is not None:
        _store(row, server)
        if shared:
            try:
                start_probe(actor, f"test_{direction_of(server)}", server=server)
            except Invalid:  # too many tests within a minute: the roles find out by themselves
                return row
    return row


def adopt(actor: Actor, sign_in: str, session: str, server: Server) -> None:
    """Give ``server``, which was just saved, the sign-in that was done while it was being typed."""
    row = _own(sign_in, session).filter(status=Status.DONE, incoming=None, outgoing=None).exclude(tokens="").first()
    if row is not None and server.provider == "microsoft" and row.direction == direction_of(server):
        row.actor_name, row.actor_id = actor.name, actor.id
        _store(row, server)


def of_session(sign_in: str, session: str) -> SignIn | None:
    """The sign-in of this id, if this session began it."""
    return _own(sign_in, session).first()


def _own(sign_in: str, session: str) -> QuerySet[SignIn]:
    try:
        known = SignIn.objects.filter(pk=UUID(sign_in), session=session)
    except ValueError:
        return SignIn.objects.none()
    return known.exclude(session="").exclude(kind=SignIn.Kind.CONSENT)


def _actor_of(row: SignIn) -> Actor:
    return Actor(row.actor_name or "Postroom", row.actor_id)


def _store(row: SignIn, server: Server) -> None:
    """The grant, a clean health card and news for the roles, in one commit; the tokens leave the sign-in."""
    token = provider.Token(**json.loads(row.tokens))
    owner: dict[str, Any] = {direction_of(server): server}
    with changing():
        old = OAuthGrant.objects.filter(**owner).first()
        before = old.account if old is not None else None
        OAuthGrant.objects.filter(**owner).delete()
        keep(OAuthGrant(**owner, consented_at=timezone.now()), token)
        ServerHealth.objects.filter(**owner).delete()
        type(server)._default_manager.filter(pk=server.pk).update(updated_at=timezone.now())
        row.tokens = ""
        setattr(row, direction_of(server), server)
        row.save(update_fields=["tokens", direction_of(server)])
        changes = [{"field": "account", "old": before, "new": token.account or "(not told)"}]
        record(actor=_actor_of(row), action="signed in", object_=server, name=server.name, changes=changes)


def authorize_application(actor: Actor, server: Server) -> OAuthGrant:
    """Let the application sign in for itself and see how far its token reaches (OTH-08, MAPI-06). Run by a worker.

    Raises Invalid.
    """
    owner: dict[str, Any] = {direction_of(server): server}
    grant = OAuthGrant.objects.get_or_create(**owner)[0]
    OAuthGrant.objects.filter(pk=grant.pk).update(access_token="", refresh_at=None, failed_at=None)
    try:
        token = access_token(grant.pk)
    except TransportError as error:
        raise Invalid([("", f"{error.code}: {error.message}")]) from None
    grant.refresh_from_db()
    others = [
        address
        for model in (IncomingServer, OutgoingServer)
        for address in model._default_manager.exclude(email=server.email).values_list("email", flat=True)
        if address.rpartition("@")[2] == server.email.rpartition("@")[2]
    ]
    if server.protocol == "mapi" and others:
        grant.reaches_others = provider.opens_mailbox(applications.graph_url(), token, sorted(others)[0])
        grant.save(update_fields=["reaches_others"])
    ServerHealth.objects.filter(**owner).delete()
    type(server)._default_manager.filter(pk=server.pk).update(updated_at=timezone.now())
    record(actor=actor, action="signed in", object_=server, name=server.name, changes=[])
    return grant
