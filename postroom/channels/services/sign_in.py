"""The ``auth`` object of a mail server: none, Basic Auth, or OAuth in today's form or in 8.0's (SPEC A2 to A5, A24)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from postroom.channels import microsoft
from postroom.channels.models import IncomingServer, OutgoingServer
from postroom.channels.services.destination import CLIENT_OF_ANOTHER_HOST, CLIENT_OF_ANOTHER_PROVIDER, token_host_moved
from postroom.channels.services.reading import check_tenant, is_safe_url, read_date, read_url
from postroom.rules.fields import Fields

Server = IncomingServer | OutgoingServer

AUTH_FIELDS = (
    "type",
    "username",
    "password",
    "grant",
    "client_id",
    "client_secret",
    "tenant_id",
    "authorization_url",
    "token_url",
    "scope",
    "refresh_token",
    "secret_expires_on",
)
_EMPTY: dict[str, Any] = {
    "username": "",
    "password": "",
    "oauth_grant": "",
    "client_id": "",
    "client_secret": "",
    "tenant_id": "",
    "authorization_url": "",
    "token_url": "",
    "scope": "",
    "secret_expires_on": None,
}
_AUTHORIZE_PATH = re.compile(r"(?P<base>.+)/oauth2(/v2\.0)?/authorize/?")
_APP_PASSWORD = re.compile(r"[a-z]{4}( [a-z]{4}){3}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Around:
    """What reading ``auth`` has to know of the rest of the server. ``stored`` is the server as it is now, if it is.

    ``moved`` says why the stored secrets may not go where the server is to be, or "".
    """

    direction: str
    protocol: str
    provider: str
    host: str
    stored: Server | None
    moved: str = ""


def read_sign_in(fields: Fields, around: Around) -> tuple[dict[str, Any], str]:
    """The model's sign-in values, and the refresh token ("" = keep what is stored).

    ``auth`` is replaced whole, but a secret that is left out is kept. Without ``auth`` everything stays as it is.
    """
    microsoft_sign_in = around.provider == "microsoft"
    auth = fields.nested("auth", AUTH_FIELDS)
    if auth is None:
        return _read_nothing(fields, around), ""
    options = ["oauth"] if microsoft_sign_in else ["basic", "oauth"]
    kind = auth.choice(
        "type", "oauth" if microsoft_sign_in else "", [*options, *(["none"] if _may_be_open(around) else [])]
    )
    if kind == "basic":
        return {**_EMPTY, "auth_type": kind, **_read_basic(auth, around)}, ""
    if kind == "oauth":
        values, refresh_token = _read_oauth(auth, around)
        return {**_EMPTY, "auth_type": kind, **values}, refresh_token
    return {**_EMPTY, "auth_type": kind}, ""


def _read_nothing(fields: Fields, around: Around) -> dict[str, Any]:
    """Without ``auth`` what is stored stays, if it may go where the server is now."""
    stored, microsoft_sign_in = around.stored, around.provider == "microsoft"
    if stored is not None:
        if microsoft_sign_in and stored.auth_type != "oauth":
            fields.fail("auth.type", "Sign in with Microsoft needs oauth.")
        if around.moved and stored.password:
            fields.fail("auth.password", around.moved)
        elif around.moved and stored.oauth_grant == "client_credentials":
            fields.fail("auth.client_secret", CLIENT_OF_ANOTHER_HOST)
        return {}
    if microsoft_sign_in:
        return {**_EMPTY, "auth_type": "oauth", "oauth_grant": "authorization_code"}
    fields.fail("auth", "Say how to sign in: type is basic, oauth" + (", or none." if _may_be_open(around) else "."))
    return {}


def _may_be_open(around: Around) -> bool:
    """Only a relay can go without sign-in: incoming servers have no such switch (INC)."""
    return around.direction == "outgoing" and around.provider != "microsoft" and around.protocol != "mapi"


def _read_basic(auth: Fields, around: Around) -> dict[str, str]:
    if around.protocol == "mapi":
        auth.fail("type", "MAPI needs oauth: Microsoft Graph takes no passwords.")
    kept = around.stored.password if around.stored and around.stored.auth_type == "basic" else ""
    words = around.moved if kept and around.moved else "Enter the password."
    password = auth.secret("password", "" if around.moved else kept, required=words)
    if around.host.lower().endswith(("gmail.com", "googlemail.com")) and _APP_PASSWORD.fullmatch(password.strip()):
        password = password.replace(" ", "")  # Google shows app passwords in groups of four (OTH-02)
    return {"username": auth.text("username", longest=320), "password": password}


def _read_oauth(auth: Fields, around: Around) -> tuple[dict[str, Any], str]:
    stored = around.stored if around.stored and around.stored.auth_type == "oauth" else None
    grant = auth.choice("grant", "authorization_code", ["authorization_code", "client_credentials"])
    ours = around.provider == "other"
    values: dict[str, Any] = {
        "oauth_grant": grant,
        "username": auth.text("username", longest=320),
        "client_id": auth.text("client_id", required="Enter the client ID." if ours else ""),
        "tenant_id": check_tenant(auth, "tenant_id", auth.text("tenant_id")),
        "authorization_url": read_url(auth, "authorization_url"),
        "token_url": read_url(auth, "token_url"),
        "scope": auth.text("scope", longest=1000),
        "secret_expires_on": read_date(auth, "secret_expires_on"),
    }
    refresh_token = auth.secret("refresh_token")
    is_old = bool(values["tenant_id"]) and not values["token_url"] and not values["scope"]
    if ours:
        _upgrade(values, around)
    values["client_secret"] = _read_client_secret(auth, around, grant, values["token_url"])
    if ours:
        has_token = is_old or refresh_token or (stored is not None and hasattr(stored, "grant"))
        if grant == "authorization_code" and not values["authorization_url"] and not has_token:
            auth.fail("authorization_url", "Enter the authorization URL.")
        for name, message in (("token_url", "Enter the token URL."), ("scope", "Enter the scope.")):
            # A server of 8.0 is taken as it is: what cannot be derived is listed, and it needs a sign-in (UPG-02).
            if not values[name] and not is_old and not any(path == auth.path(name) for path, _ in auth.errors):
                auth.fail(name, message)
    return values, refresh_token


def _read_client_secret(auth: Fields, around: Around, grant: str, token_url: str) -> str:
    """A stored client secret goes to the host that it went to before, and stands for no sign-in at another server."""
    stored = around.stored if around.stored and around.stored.auth_type == "oauth" else None
    kept, ours = stored.client_secret if stored else "", around.provider == "other"
    words = "Enter the client secret."
    if kept and token_host_moved(stored, token_url):
        kept, words = "", CLIENT_OF_ANOTHER_PROVIDER
    elif kept and around.moved and grant == "client_credentials":
        kept, words = "", CLIENT_OF_ANOTHER_HOST
    return auth.secret("client_secret", kept, required=words if ours else "")


def _upgrade(values: dict[str, Any], around: Around) -> None:
    """Derive what the 8.0 form (client, tenant, authorization URL) does not have: token URL and scope (R17, UPG-02)."""
    url, tenant = values["authorization_url"], values["tenant_id"]
    if url and not is_safe_url(url):
        return
    parts = urlsplit(url)
    if parts.hostname == "accounts.google.com":
        values["token_url"] = values["token_url"] or microsoft.GOOGLE_TOKEN_URL
        values["scope"] = values["scope"] or microsoft.GOOGLE_SCOPE
        return
    origin = f"{parts.scheme}://{parts.netloc}" if url else ""
    path = _AUTHORIZE_PATH.fullmatch(url.partition("?")[0])
    of_microsoft = origin in ("", microsoft.authority()) or parts.hostname in microsoft.IDENTITY_HOSTS
    if not values["token_url"] and tenant and (of_microsoft or path is not None):
        base = "" if origin in ("", microsoft.DEFAULT_AUTHORITY) else origin
        values["token_url"] = microsoft.token_url(tenant, base)
        values["authorization_url"] = values["token_url"].removesuffix("token") + "authorize"
    elif not values["token_url"] and path is not None:
        base = f"{path['base']}/oauth2/v2.0"
        values["token_url"], values["authorization_url"] = f"{base}/token", f"{base}/authorize"
    if not values["scope"] and (of_microsoft or path is not None) and (tenant or url):
        values["scope"] = microsoft.scope_for(around.direction, around.protocol, values["oauth_grant"])
