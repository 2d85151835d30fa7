"""Which application a server signs in with: the instance's Microsoft application, or one of its own (MS-05, OTH-03)."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from datetime import date

from django.conf import settings

from postroom.channels import microsoft
from postroom.channels.models import IncomingServer, MicrosoftApp, OAuthGrant, OutgoingServer, ProxyServer
from postroom.transports.base import Proxy
from postroom.transports.oauth import Application

Server = IncomingServer | OutgoingServer

PERSON_SCOPES = "openid profile email"


@dataclass(frozen=True, slots=True)
class MicrosoftApplication:
    """The Microsoft application as it counts now: what the environment says goes before what was entered."""

    client_id: str
    tenant: str
    client_secret: str = field(default="", repr=False)
    certificate: str = field(default="", repr=False)
    secret_expires_on: date | None = None


def microsoft_application() -> MicrosoftApplication:
    """See POSTROOM_MICROSOFT_CLIENT_ID, _CLIENT_SECRET and _TENANT."""
    row = MicrosoftApp.objects.filter(pk=1).first() or MicrosoftApp()
    given = {
        name: os.environ.get(f"POSTROOM_MICROSOFT_{name}", "") for name in ("CLIENT_ID", "CLIENT_SECRET", "TENANT")
    }
    return MicrosoftApplication(
        client_id=given["CLIENT_ID"] or row.client_id,
        tenant=given["TENANT"] or row.tenant or "organizations",
        client_secret=given["CLIENT_SECRET"] or row.client_secret,
        certificate="" if given["CLIENT_SECRET"] else row.certificate,
        secret_expires_on=row.secret_expires_on,
    )


def missing() -> str:
    """What keeps Sign in with Microsoft from working, in words; "" if nothing does."""
    app = microsoft_application()
    if not app.client_id:
        return (
            "No Microsoft application is entered yet. Register one in Microsoft Entra and enter its client ID, client "
            "secret and tenant."
        )
    if not app.client_secret and not app.certificate:
        return "The Microsoft application has neither a client secret nor a certificate yet."
    return ""


def redirect_url() -> str:
    """The one address that providers send the browser back to."""
    return f"{settings.POSTROOM_URL}/oauth/callback"


def graph_url() -> str:
    """Base of Microsoft Graph (POSTROOM_GRAPH_URL: sovereign clouds)."""
    return (os.environ.get("POSTROOM_GRAPH_URL", "") or "https://graph.microsoft.com/v1.0").rstrip("/")


def of_microsoft(direction: str, protocol: str, grant: str = "authorization_code") -> Application:
    """The application for a server of Sign in with Microsoft; the scope follows the protocol (A5)."""
    app = microsoft_application()
    base = f"{microsoft.authority()}/{app.tenant}/oauth2/v2.0"
    return Application(
        client_id=app.client_id,
        client_secret=app.client_secret,
        certificate=app.certificate,
        authorization_url=f"{base}/authorize",
        token_url=microsoft.token_url(app.tenant),
        scope=microsoft.scope_for(direction, protocol, grant),
    )


def of_server(server: Server) -> Application:
    """The application that ``server`` signs in with, through the proxy of the server (PRX-02)."""
    proxy = proxy_of(server.proxy)
    if server.provider == "microsoft":
        found = of_microsoft(direction_of(server), server.protocol, server.oauth_grant)
        scope = microsoft.for_shared_mailbox(found.scope) if _is_shared(server) else found.scope
        return replace(found, scope=scope, proxy=proxy)
    return Application(
        client_id=server.client_id,
        client_secret=server.client_secret,
        authorization_url=server.authorization_url,
        token_url=server.token_url,
        scope=server.scope,
        proxy=proxy,
        ca_file=server.ca_file,
    )


def _is_shared(server: Server) -> bool:
    """Whether the person who signed in opens another mailbox than their own by Microsoft Graph (MS-06)."""
    if server.protocol != "mapi" or server.oauth_grant == "client_credentials" or not server.pk:
        return False
    rows = OAuthGrant.objects.filter(**{direction_of(server): server}).exclude(account="")
    return rows.exclude(account__iexact=server.username or server.email).exists()


def direction_of(server: Server) -> str:
    return "incoming" if isinstance(server, IncomingServer) else "outgoing"


def proxy_of(proxy: ProxyServer | None) -> Proxy | None:
    """The proxy as transports take it."""
    if proxy is None:
        return None
    kind = "socks5" if proxy.type == "socks5" else "http"
    return Proxy(kind, proxy.host, proxy.port, proxy.username, proxy.password)  # type: ignore[arg-type]


def is_google(url: str) -> bool:
    """Whether a token or authorization URL is one of Google's."""
    host = url.partition("://")[2].partition("/")[0].lower()
    return host.endswith(("google.com", "googleapis.com"))


def is_of_microsoft(server: Server) -> bool:
    """Whether the server's sign-in is at Microsoft, by the button or by URLs of its own."""
    own = server.token_url.startswith((microsoft.authority(), microsoft.DEFAULT_AUTHORITY))
    return server.provider == "microsoft" or own


def device_url(application: Application) -> str:
    """Where a device code is asked for; "" where no such place is known."""
    if is_google(application.token_url):
        return "https://oauth2.googleapis.com/device/code"
    head, found, _ = application.token_url.rpartition("/oauth2/v2.0/token")
    return f"{head}/oauth2/v2.0/devicecode" if found else ""
