"""What deserves a second look in a server's settings though it can be saved (OUT-04 to OUT-06, OUT-12)."""

from __future__ import annotations

from pathlib import Path

from postroom.channels.models import IncomingServer, OutgoingServer
from postroom.channels.oauth.needs import needs_sign_in, underivable
from postroom.channels.services.offers import OFFER, offers_mapi
from postroom.rules.fields import Problem

_MICROSOFT = ("office365.com", "outlook.com", "hotmail.com")


def warnings_of(server: IncomingServer | OutgoingServer) -> list[Problem]:
    """The warnings for one stored server, as (field, message)."""
    found: list[Problem] = []
    host = server.host.lower()
    if server.security == "none" and server.auth_type == "basic" and server.port not in (465, 993, 995):
        found.append(("security", "The password travels unencrypted. Choose TLS or SSL where the server offers it."))
    if server.auth_type == "basic" and host.endswith(_MICROSOFT):
        found.append(("auth.type", "Microsoft retires Basic Auth. Use Sign in with Microsoft."))
    if server.ca_file and not Path(server.ca_file).is_file():
        found.append(("ca_file", "This file is not on this host; connections to the server fail without it."))
    if not server.verify_tls and not (server.security == "none" and server.port not in (465, 993, 995)):
        words = "The server's certificate is not checked: whoever stands in between can read the password and all mail."
        found.append(("verify_tls", words))
    health = getattr(server, "health", None) if server.pk else None
    if health is not None and offers_mapi(server, health.code, health.message):
        found.append(("protocol", OFFER))
    if server.pk and server.tenant_id:
        found += _warnings_of_upgrade(server)
    if isinstance(server, OutgoingServer):
        found += _warnings_of_outgoing(server)
    return found


def _warnings_of_upgrade(server: IncomingServer | OutgoingServer) -> list[Problem]:
    """What a server that comes from 8.0 still waits for (UPG-02)."""
    found: list[Problem] = [
        (f"auth.{name}", "The settings of 8.0 do not tell this, and it cannot be derived: enter it.")
        for name in underivable(server)
    ]
    if needs_sign_in(server):
        found.append(("auth", "Needs sign-in: choose Re-authenticate in the list of servers."))
    return found


def _warnings_of_outgoing(server: OutgoingServer) -> list[Problem]:
    found: list[Problem] = []
    if OutgoingServer.objects.filter(email=server.email).exclude(pk=server.pk).exists():
        found.append(("email", "Another outgoing server sends from this address too."))
    read = {
        address.lower()
        for mailbox in IncomingServer.objects.filter(enabled=True)
        for address in (mailbox.email, *mailbox.aliases)
    }
    if server.reply_to and server.reply_to not in read:
        found.append(("reply_to", "No incoming server reads this address: replies will not reach the service desk."))
    return found
