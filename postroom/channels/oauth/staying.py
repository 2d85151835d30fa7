"""Staying connected: which grants are due, which secrets run out, how a server's sign-in stands (OA-03 to OA-07)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone

from postroom.channels.models import IncomingServer, MicrosoftApp, OAuthGrant, OutgoingServer
from postroom.channels.oauth.application import direction_of, is_google, is_of_microsoft, of_server
from postroom.channels.oauth.consent import limiting_commands, reach_warning
from postroom.channels.oauth.needs import needs_sign_in, underivable

Server = IncomingServer | OutgoingServer

WEEKLY = timedelta(days=6)  # at least weekly, with a day to spare (OA-06)
WARN_STEPS = (0, 1, 7, 14, 30)  # days before the end, and the day itself
_PROTOCOL_SCOPES = ("openid", "profile", "email", "offline_access")


def due_grants(now: datetime) -> list[int]:
    """The grants to be refreshed ahead of their end: of enabled servers as the token ages, of all of them weekly."""
    enabled = Q(incoming__enabled=True) | Q(outgoing__enabled=True)
    by_person = Q(incoming__oauth_grant="authorization_code") | Q(outgoing__oauth_grant="authorization_code")
    idle = Q(refreshed_at__lt=now - WEEKLY) | Q(refreshed_at=None)
    rows = OAuthGrant.objects.filter(by_person).exclude(refresh_token="")
    aged = enabled & (Q(refresh_at__lte=now) | Q(refresh_at=None))
    rested = idle & (Q(refresh_at__lte=now) | Q(refresh_at=None))
    return list(rows.filter(aged | rested).order_by("refresh_at").values_list("pk", flat=True))


def expiring_secrets(today: date) -> list[tuple[str, date, int]]:
    """The client secrets that end within 30 days: (whose, when, days left; negative once it is over) (OA-07)."""
    limit = today + timedelta(days=WARN_STEPS[-1])
    found: list[tuple[str, date]] = []
    for app in MicrosoftApp.objects.filter(secret_expires_on__lte=limit):
        if app.secret_expires_on is not None:
            found.append(("the Microsoft application", app.secret_expires_on))
    for model in (OutgoingServer, IncomingServer):
        for server in model._default_manager.filter(auth_type="oauth", secret_expires_on__lte=limit):
            if server.secret_expires_on is not None:
                found.append((f"the {direction_of(server)} server {server.name}", server.secret_expires_on))
    return [(whose, day, (day - today).days) for whose, day in found]


def secret_warning(whose: str, day: date, left: int) -> str:
    """What is said of a client secret that ends."""
    when = "has expired" if left < 0 else "expires today" if left == 0 else f"expires in {left} day{'s' * (left != 1)}"
    return f"The client secret of {whose} {when} ({day.isoformat()}). Create a new one at the provider and enter it."


def status_of(server: Server) -> dict[str, Any]:
    """How the server's sign-in stands, without secrets; times are ISO 8601.

    {state: signed_in|needs_sign_in|failing, account, tenant, consented_at, refreshed_at, expires_at, required, granted,
    lacking, missing_settings, failure: {code, error, message}|None, secret_expires_on, warnings, commands}
    """
    grant = OAuthGrant.objects.filter(**{direction_of(server): server}).first() or OAuthGrant()
    application = of_server(server)
    required = _scopes(application.scope)
    granted = grant.roles.split() or _scopes(grant.scopes)
    failed = grant.failed_at is not None
    warning = reach_warning(server, grant.roles, grant.reaches_others)
    return {
        "state": "needs_sign_in"
        if needs_sign_in(server) or (failed and not grant.failure_temporary)
        else "failing"
        if failed
        else "signed_in",
        "account": grant.account,
        "tenant": grant.tenant,
        "consented_at": _iso(grant.consented_at),
        "refreshed_at": _iso(grant.refreshed_at),
        "expires_at": _iso(grant.expires_at),
        "required": required,
        "granted": granted,
        "lacking": _lacking(required, granted) if server.oauth_grant != "client_credentials" else [],
        "missing_settings": underivable(server),
        "failure": {"code": grant.failure_code, "error": grant.failure_error, "message": grant.failure_message}
        if failed
        else None,
        "secret_expires_on": server.secret_expires_on.isoformat() if server.secret_expires_on else None,
        "warnings": [*([warning] if warning else []), *_notes(server)],
        "commands": limiting_commands(server, application.client_id) if warning else [],
    }


def _notes(server: Server) -> list[str]:
    today = timezone.localdate()
    mine = {f"the {direction_of(server)} server {server.name}"}
    if server.provider == "microsoft":
        mine.add("the Microsoft application")
    notes = [secret_warning(*one) for one in expiring_secrets(today) if one[0] in mine]
    if is_google(server.token_url):
        notes.append("While the consent screen is in Testing, Google's sign-in ends after 7 days: publish it.")
    tenant = of_server(server).token_url
    shared = any(f"/{name}/" in tenant for name in ("common", "organizations", "consumers"))
    if server.oauth_grant == "client_credentials" and is_of_microsoft(server) and shared:
        notes.append("An application that signs in itself needs the tenant's GUID or domain as the tenant.")
    return notes


def _scopes(text: str) -> list[str]:
    return [scope for scope in text.split() if scope not in _PROTOCOL_SCOPES]


def _lacking(required: list[str], granted: list[str]) -> list[str]:
    """The required scopes that were not granted. Providers name them with or without their resource."""
    if not granted:
        return []  # a provider that says nothing granted what was asked for (RFC 6749, 5.1)
    short = {_short(scope) for scope in granted}
    return [scope for scope in required if _short(scope) not in short]


def _short(scope: str) -> str:
    return scope.lower() if scope.endswith("/") else scope.lower().rpartition("/")[2]


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment is not None else None
