"""A stored secret stays with the server that it was entered for: it never follows a changed host by itself.

Whoever may change where a server is, but not read its password, would otherwise have it sent to a host of their own, by
a save as by Test Connection on unsaved values.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from postroom.channels import microsoft
from postroom.channels.models import IncomingServer, OutgoingServer
from postroom.channels.services.reading import scheme_and_host
from postroom.rules.fields import Fields

Server = IncomingServer | OutgoingServer

ANOTHER_HOST = "The server is another one now: type the password again."
UNCHECKED = "The server's certificate is no longer checked: type the password again."
IN_THE_CLEAR = "The password would travel in the clear through another proxy: type it again."
READABLE = "The proxy could read the password with another certificate or without one: type it again."
CLIENT_OF_ANOTHER_HOST = "The server is another one now: enter the client secret again."
CLIENT_OF_ANOTHER_PROVIDER = "The token URL is at another host now: enter the client secret again."

_IMPLICIT_TLS = (465, 993, 995)
_HOSTS_OF_MICROSOFT = ("office365.com", "outlook.com", "office.com", "office365.us", "outlook.cn", "microsoft.com")


def moved(stored: Server | None, values: Mapping[str, Any]) -> str:
    """Why the secrets of ``stored`` may not go where ``values`` say, in words; "" where they may.

    ``values`` are the model's: provider, host, port, security, verify_tls, ca_file and proxy.
    """
    if stored is None:
        return ""
    old, new = host_of(stored.host), host_of(values["host"])
    if old != new and new and not (values["provider"] == stored.provider == "microsoft" and is_of_microsoft(new)):
        return ANOTHER_HOST
    if stored.verify_tls and not values["verify_tls"]:
        return UNCHECKED
    return _before_a_proxy(stored, values)


def _before_a_proxy(stored: Server, values: Mapping[str, Any]) -> str:
    """A proxy sees all that it passes on: it is asked again for each change that lets it read what it could not.

    Each half alone looks harmless: a proxy for a connection with TLS, and no TLS for a server that has a proxy.
    """
    if values["proxy"] is None:
        return ""
    another = values["proxy"] != stored.proxy
    if is_plain(values["security"], values["port"]):
        return IN_THE_CLEAR if another or not is_plain(stored.security, stored.port) else ""
    own = values["ca_file"] and (another or values["ca_file"] != stored.ca_file)
    return READABLE if own or (another and not values["verify_tls"]) else ""


def is_plain(security: str, port: int | None) -> bool:
    """Whether a password goes over the wire as it is. On 465, 993 and 995 TLS comes first (OUT-07)."""
    return security == "none" and port not in _IMPLICIT_TLS


def is_readable_by_proxy(server: Server) -> bool:
    """Whether the proxy of ``server`` could read the secret that is shown to the mail server."""
    secret = server.password or server.client_secret or hasattr(server, "grant")
    return bool(secret) and (is_plain(server.security, server.port) or not server.verify_tls or bool(server.ca_file))


def token_host_moved(stored: Server | None, token_url: str) -> bool:
    """Whether the client secret of ``stored`` would be sent to another host than before."""
    if stored is None or not stored.token_url:
        return False
    return scheme_and_host(token_url) != scheme_and_host(stored.token_url)


def check_microsoft_host(fields: Fields, provider: str, host: str) -> None:
    """The tokens of Sign in with Microsoft are for Microsoft's hosts; a cloud of one's own has its own (authority)."""
    ours = microsoft.authority() == microsoft.DEFAULT_AUTHORITY
    if provider == "microsoft" and ours and host and not is_of_microsoft(host_of(host)):
        fields.fail("host", "Sign in with Microsoft is for Microsoft's own servers. Choose Other for this one.")


def is_of_microsoft(host: str) -> bool:
    return any(host == known or host.endswith(f".{known}") for known in _HOSTS_OF_MICROSOFT)


def host_of(host: str) -> str:
    """A host, or that of an Exchange address, in one form to be compared."""
    return (scheme_and_host(host)[1] if "://" in host else host).lower().rstrip(".")
