"""Which servers MAPI can mean: Microsoft Graph, at the one address that the instance knows (SPEC A6, MAPI-03 to 05)."""

from __future__ import annotations

from urllib.parse import urlsplit

from postroom.channels.oauth.application import graph_url
from postroom.channels.services.destination import host_of, is_of_microsoft
from postroom.rules.fields import Fields

GRAPH_HOST = "graph.microsoft.com"
_EWS_IS_OVER = (
    "Exchange Online refuses EWS since October 2026. MAPI there is Microsoft Graph: enter graph.microsoft.com, or "
    "choose Sign in with Microsoft."
)
_ON_PREMISES = (
    "MAPI is Microsoft Graph, which reads mailboxes of Exchange Online alone. Choose IMAP and SMTP for Exchange on "
    "your own premises."
)
_ANOTHER_CLOUD = "MAPI is Microsoft Graph: enter {host}. The address of another cloud is POSTROOM_GRAPH_URL's to name."


def check_mapi_host(fields: Fields, host: str) -> None:
    """Refuse, in words, what is no Microsoft Graph: nobody else gets its tokens."""
    ours = urlsplit(graph_url()).hostname or GRAPH_HOST
    if "://" in host:
        fields.fail("host", _EWS_IS_OVER if is_of_microsoft(host_of(host)) else _ON_PREMISES)
    elif host and host_of(host) not in (GRAPH_HOST, ours):
        fields.fail("host", _ANOTHER_CLOUD.format(host=ours))
