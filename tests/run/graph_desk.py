"""A desk at Microsoft Graph, signed in: servers without the flow that made them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from postroom.channels.models import IncomingServer, OAuthGrant, OutgoingServer
from postroom.inbox.models import MailboxCursor

DESK = "support@desk.test"
CLOUD: dict[str, Any] = {
    "email": DESK,
    "protocol": "mapi",
    "provider": "microsoft",
    "security": "ssl",
    "auth_type": "oauth",
}


def a_grant(token: str = "good", **owner: Any) -> OAuthGrant:
    """A sign-in whose token is good for an hour."""
    until = timezone.now() + timedelta(hours=1)
    return OAuthGrant.objects.create(
        access_token=token, refresh_token="refresh", expires_at=until, refresh_at=until, **owner
    )


def a_cloud_mailbox(name: str = "Cloud", token: str = "good", **fields: Any) -> IncomingServer:
    """A mailbox that is read by Graph, held by the intake ``intake``."""
    server = IncomingServer.objects.create(
        name=name, **{**CLOUD, "oauth_grant": "authorization_code", "start": "all", **fields}
    )
    MailboxCursor.objects.create(server=server, lease_owner="intake")
    a_grant(token, incoming=server)
    return server


def a_cloud_sender(name: str = "Cloud", token: str = "good", **fields: Any) -> OutgoingServer:
    """A server that sends by Graph."""
    server = OutgoingServer.objects.create(name=name, **{**CLOUD, "oauth_grant": "authorization_code", **fields})
    a_grant(token, outgoing=server)
    return server
