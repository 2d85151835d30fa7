"""Servers that sign in by OAuth at the provider of the tests."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.test import Client

from postroom.audit.services import Actor
from postroom.channels.models import IncomingServer, OAuthGrant, OutgoingServer
from postroom.channels.services import save_incoming_server, save_outgoing_server
from postroom.run.configuration import export_configuration
from tests.build import a_token, ada
from tests.servers.identity import CLIENT, SECRET, Identity

ADA = Actor("Ada", None, "127.0.0.1")


def auth(identity: Identity, **parts: Any) -> dict[str, Any]:
    """The contract's ``auth`` of OAuth by a person; a part that is None is left out."""
    values = {
        "type": "oauth",
        "client_id": CLIENT,
        "client_secret": SECRET,
        "authorization_url": identity.authorization_url,
        "token_url": identity.token_url,
        "scope": "mail offline_access",
        **parts,
    }
    return {name: value for name, value in values.items() if value is not None}


def sender(identity: Identity, name: str = "Support", **parts: Any) -> OutgoingServer:
    """An outgoing server that was signed in before, unless ``refresh_token`` says otherwise."""
    parts.setdefault("refresh_token", identity.a_refresh_token())
    where = {"host": "127.0.0.1", "port": parts.pop("port", 2525), "security": "none"}
    email = parts.pop("email", "support@desk.test")
    return save_outgoing_server(ADA, {"name": name, "email": email, **where, "auth": auth(identity, **parts)})


def mailbox(identity: Identity, name: str = "Support", **parts: Any) -> IncomingServer:
    """A mailbox that was signed in before, unless ``refresh_token`` says otherwise."""
    parts.setdefault("refresh_token", identity.a_refresh_token())
    protocol = parts.pop("protocol", "imap")
    where = {"host": "127.0.0.1", "port": parts.pop("port", 2143), "security": "none", "protocol": protocol}
    return save_incoming_server(
        ADA, {"name": name, "email": "support@desk.test", **where, "auth": auth(identity, **parts)}
    )


def grant_of(server: OutgoingServer | IncomingServer) -> OAuthGrant:
    """The grant as it is stored now."""
    side = "incoming" if isinstance(server, IncomingServer) else "outgoing"
    return OAuthGrant.objects.get(**{side: server})


def everything_told(client: Client) -> list[str]:
    """All that somebody may read of a desk: its database, export, API, pages and the answer to a wrong callback."""
    with connection.cursor() as cursor:
        told = [_rows_of(cursor, table) for table in connection.introspection.table_names(cursor)]
    told.append(str(export_configuration()))
    script = Client(headers={"Authorization": f"Bearer {a_token(ada())}"})
    told += [_text(script, f"/api/v1/{path}") for path in ("health", "audit", "incoming-servers", "outgoing-servers")]
    told += [_text(client, f"/admin/{path}") for path in ("audit", "audit/export.json", "oauth/microsoft")]
    for side, model in (("incoming", IncomingServer), ("outgoing", OutgoingServer)):
        told.append(_text(client, f"/admin/emails/{side}"))
        for pk in model._default_manager.values_list("pk", flat=True):
            told += [_text(client, f"/admin/{part}/{side}/{pk}") for part in ("emails", "oauth")]
    return [*told, client.get("/oauth/callback?state=wrong&code=x").content.decode()]


def _rows_of(cursor: Any, table: str) -> str:
    cursor.execute(f'SELECT row_to_json(t)::text FROM "{table}" t')
    return str(cursor.fetchall())


def _text(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return b"".join(answer).decode()
