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
CLIENT_OF_ANOTHER_HOST = "The server is another one now: enter the client secret again."
CLIENT_OF_ANOTHER_PROVIDER = "The token URL is at another host now: enter the client secret again."

_IMPLICIT_TLS = (465, 993, 995)
_HOSTS_OF_MICROSOFT = ("office365.com", "outlook.com", "office.com", "office365.us", "outlook.cn", "microsoft.com")


def moved(stored: Server | None, values: Mapping[str, Any]) -> str:
    """Why the secrets of ``stored`` may not go where ``values`` say, in words; "" where they may.

    ``values`` are the model's: provider, host, port, security, verify_tls and proxy.
    """
    if stored is None:
        return ""
    old, new = host_of(stored.host), host_of(values["host"])
    if old != new and new and not (values["provider"] == stored.provider == "microsoft" and is_of_microsoft(new)):
        return ANOTHER_HOST
    if stored.verify_tls and not values["verify_tls"]:
        return UNCHECKED
    plain = values["security"] == "none" and values["port"] not in _IMPLICIT_TLS
    if plain and values["proxy"] is not None and values["proxy"] != stored.proxy:
        return IN_THE_CLEAR
    return ""


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
