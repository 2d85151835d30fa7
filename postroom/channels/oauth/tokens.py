"""Access tokens of servers: kept, refreshed ahead of their end, one request at a time over all hosts (OA-03).

The row of the grant is locked while the provider is asked, which takes a bounded time; whoever waits for the lock finds
the new token. A rotated refresh token is stored in the commit that ends the lock.
"""

from __future__ import annotations

import hashlib
import logging
import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from postroom.channels.models import IncomingServer, OAuthGrant, OutgoingServer
from postroom.channels.oauth.application import direction_of, is_google, of_server, redirect_url
from postroom.channels.oauth.words import Explanation, explain
from postroom.transports import oauth as provider
from postroom.transports.base import TransportError

logger = logging.getLogger(__name__)
Server = IncomingServer | OutgoingServer

MARGIN_SECONDS = 300.0
JITTER_SECONDS = 120.0
LOCK_SECONDS = 45
REPEAT_REFUSAL = timedelta(seconds=60)  # a refusal that a person has to mend is not asked for more often
REPEAT_FAULT = timedelta(seconds=5)
_UNSAVED = "The sign-in is not saved yet. Save first, then test."


def token_source(server: Server) -> Callable[[bool], str]:
    """What a transport asks for an access token; true refreshes it first, because the mail server refused the last.

    Raises TransportError at once, before anybody connects, where nobody has signed in (OTH-07).
    """
    application_only = server.oauth_grant == "client_credentials"
    if not server.pk:
        if not application_only:
            raise TransportError("MAILAUTHSESS", _UNSAVED, temporary=False, stage="login")
        return lambda force: _ask(server, "").access_token
    grant = OAuthGrant.objects.filter(**{direction_of(server): server}).first()
    if server._state.fields_cache.get("grant", grant) is None:
        grant = None  # unsaved values that end the sign-in, for a test (see ``draft_server``)
    if not application_only and (grant is None or not grant.refresh_token):
        raise _as_fault(grant) if grant and grant.failed_at else not_signed_in()
    if grant is None:
        owner: dict[str, Any] = {direction_of(server): server}
        grant = OAuthGrant.objects.get_or_create(**owner)[0]
    pk, last = grant.pk, ""

    def token(force: bool) -> str:
        nonlocal last
        last = access_token(pk, refused=last if force else "")
        return last

    return token


def not_signed_in() -> TransportError:
    """The fault of a server that waits for its first sign-in."""
    told = explain("no_sign_in")
    return TransportError(told.mail_code, f"{told.meaning} {told.action}", temporary=False, stage="login")


def access_token(pk: int, *, refused: str = "") -> str:
    """An access token of the grant ``pk`` that is not ``refused``.

    Of many callers one asks the provider, the others get what it got. Raises TransportError; the fault is in the row.
    """
    grant = OAuthGrant.objects.filter(pk=pk).first()
    if grant is None:
        raise not_signed_in()
    if _serves(grant, refused, timezone.now()):
        return grant.access_token
    return _refreshed(pk, refused)


def _refreshed(pk: int, refused: str) -> str:
    """See ``access_token``: what fails is written down, then raised."""
    with transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'")
        grant = OAuthGrant.objects.select_for_update().filter(pk=pk).first()
        if grant is None:
            raise not_signed_in()
        now = timezone.now()
        if _serves(grant, refused, now):
            return grant.access_token
        failed_before = grant.failed_at is not None and not grant.failure_temporary
        pause = REPEAT_FAULT if grant.failure_temporary else REPEAT_REFUSAL
        if grant.failed_at is None or now - grant.failed_at >= pause or refused:
            _ask_and_note(grant)
        alive = grant.expires_at is not None and grant.expires_at > now
        if grant.access_token and alive and grant.access_token != refused:
            return grant.access_token
    if not grant.failure_temporary and not failed_before:
        _let_go(grant.server)
    raise _as_fault(grant)


def _let_go(server: Server) -> None:
    """End the connections of all roles to the server: nothing goes on half signed in (MS-08).

    In a transaction of its own: whoever saves the server locks its row first and the grant's after.
    """
    type(server)._default_manager.filter(pk=server.pk).update(updated_at=timezone.now())
    with connection.cursor() as cursor:
        cursor.execute("NOTIFY postroom_config")


def _serves(grant: OAuthGrant, refused: str, now: datetime) -> bool:
    fresh = grant.refresh_at is not None and grant.refresh_at > now
    return bool(grant.access_token) and fresh and grant.access_token != refused


def _ask_and_note(grant: OAuthGrant) -> None:
    """Ask the provider and write into the row what came of it."""
    server = grant.server
    try:
        token = _ask(server, grant.refresh_token)
    except TransportError as error:
        _note_fault(grant, error.code, "", error.message, temporary=True)
    except provider.ProviderRefused as refusal:
        _note_refusal(grant, _explained(grant, refusal))
    else:
        keep(grant, token)


def _ask(server: Server, refresh_token: str) -> provider.Token:
    application = of_server(server)
    if server.oauth_grant == "client_credentials":
        return provider.client_credentials(application)
    if not refresh_token:
        raise provider.ProviderRefused("no_sign_in")
    return provider.refresh(application, refresh_token, application.scope if server.provider == "microsoft" else "")


def keep(grant: OAuthGrant, token: provider.Token) -> None:
    """Store what a token request gave. Where it has no refresh token the old one stays (RFC 6749, 6)."""
    now = timezone.now()
    margin = min(MARGIN_SECONDS + random.random() * JITTER_SECONDS, token.lifetime / 2)  # noqa: S311
    grant.access_token = token.access_token
    grant.refresh_token = token.refresh_token or grant.refresh_token
    grant.expires_at = now + timedelta(seconds=token.lifetime)
    grant.refresh_at = grant.expires_at - timedelta(seconds=margin)
    grant.scopes = (token.scopes or grant.scopes)[:1000]
    grant.account = token.account or grant.account
    grant.tenant = (token.tenant or grant.tenant)[:200]
    grant.roles = token.roles[:1000]
    grant.refreshed_at = now
    grant.failed_at, grant.failure_temporary = None, False
    grant.failure_code = grant.failure_error = grant.failure_message = ""
    grant.save()


def _explained(grant: OAuthGrant, refusal: provider.ProviderRefused) -> Explanation:
    server = grant.server
    age = (timezone.now() - grant.consented_at) / timedelta(days=1) if grant.consented_at else None
    return explain(
        refusal.error,
        without_secrets(refusal.description, grant, server),
        redirect_url=redirect_url(),
        google=is_google(server.token_url),
        age_days=age,
    )


def without_secrets(words: str, grant: OAuthGrant | None, server: Server) -> str:
    """What a provider said, in case it repeats what it was told."""
    secrets = [server.client_secret, of_server(server).client_secret]
    if grant is not None:
        secrets += [grant.refresh_token, grant.access_token]
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        words = words.replace(secret, "********")
    return words


def _note_refusal(grant: OAuthGrant, told: Explanation) -> None:
    if told.dead:
        grant.refresh_token = ""
    grant.access_token, grant.expires_at = "", None
    _note_fault(grant, told.mail_code, told.code, told.message, temporary=False)


def _note_fault(grant: OAuthGrant, code: str, error: str, message: str, *, temporary: bool) -> None:
    grant.failed_at = timezone.now()
    grant.failure_code, grant.failure_error, grant.failure_message = code, error[:60], message
    grant.failure_temporary = temporary
    # Not before that is it asked again ahead of time.
    grant.refresh_at = grant.failed_at + timedelta(seconds=30 + random.random() * 10)  # noqa: S311
    grant.save()
    logger.warning("%s: no access token: %s %s", grant.server.name, code, message)


def _as_fault(grant: OAuthGrant) -> TransportError:
    return TransportError(
        grant.failure_code or "MAILAUTHSESS",
        grant.failure_message or not_signed_in().message,
        temporary=grant.failure_temporary,
        stage="login",
    )


def digest(secret: str) -> str:
    """What is kept of a secret that is only to be recognised."""
    return hashlib.sha256(secret.encode()).hexdigest()


def forgive(which: Q) -> None:
    """Let grants be tried again at once: what they failed by was changed."""
    OAuthGrant.objects.filter(which).update(failed_at=None, failure_temporary=False, refresh_at=None)
