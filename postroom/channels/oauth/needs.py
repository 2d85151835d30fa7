"""Which servers wait for somebody to sign in, and how their health says so (OTH-07, UPG-02)."""

from __future__ import annotations

from typing import Any

from postroom.channels.models import HealthState, IncomingServer, OAuthGrant, OutgoingServer, ServerHealth
from postroom.channels.oauth.application import direction_of
from postroom.channels.oauth.tokens import digest, not_signed_in

Server = IncomingServer | OutgoingServer


def needs_sign_in(server: Server) -> bool:
    """True for OAuth by a person without a stored refresh token. The application itself needs nobody."""
    if server.auth_type != "oauth" or server.oauth_grant == "client_credentials":
        return False
    return not OAuthGrant.objects.filter(**{direction_of(server): server}).exclude(refresh_token="").exists()


def underivable(server: Server) -> list[str]:
    """What a server taken over from 8.0 still lacks, by the names of its fields (UPG-02)."""
    if server.auth_type != "oauth" or server.provider == "microsoft" or not server.tenant_id:
        return []
    wanted = ["token_url", "scope"]
    if server.oauth_grant != "client_credentials":
        wanted.insert(0, "authorization_url")
    grant_suffices = not needs_sign_in(server)
    return [name for name in wanted if not getattr(server, name) and not (name == wanted[0] and grant_suffices)]


def note_missing_sign_in(server: Server) -> None:
    """Say on the health card of a server that was just saved that it waits for a sign-in."""
    lacking = underivable(server)
    if not needs_sign_in(server) and not lacking:
        return
    fault = not_signed_in()
    fields = ", ".join(name.replace("_", " ").replace("url", "URL") for name in lacking)
    words = f"Enter the {fields}: the settings of 8.0 do not tell. {fault.message}" if lacking else fault.message
    owner: dict[str, Any] = {direction_of(server): server}
    ServerHealth.objects.update_or_create(
        **owner, defaults={"state": HealthState.NEEDS_SIGN_IN, "code": fault.code, "message": words}
    )


def new_refresh_token(stored: Server | None, given: str) -> str:
    """The refresh token to store, or "" where the one that is entered was entered before and has been rotated since."""
    grant = getattr(stored, "grant", None) if stored is not None else None
    known = given and grant is not None and grant.given == digest(given) and grant.refresh_token
    return "" if known else given
