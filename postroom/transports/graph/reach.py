"""How far an application's token reaches: whether it opens a mailbox that is none of its business (MAPI-06)."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import quote

from postroom.transports.base import Endpoint, TransportError
from postroom.transports.graph.client import GraphClient, Request

SECONDS = 5.0


def opens(endpoint: Endpoint, mailbox: str) -> bool | None:
    """Whether the sign-in of ``endpoint`` opens the inbox of ``mailbox``; None where nobody can tell. Reads no mail."""
    client = GraphClient(replace(endpoint, timeout=min(SECONDS, endpoint.timeout)))
    url = f"/users/{quote(mailbox, safe='@')}/mailFolders/inbox?$select=id"
    try:
        status = client.ask(Request("GET", url), "folder", allow=(403, 404)).status
    except TransportError:
        return None
    finally:
        client.close()
    return None if status == 404 else status != 403
