"""Microsoft refuses SMTP sign-in in many tenants: the same sign-in can send by MAPI instead, by one click (R12)."""

from __future__ import annotations

from postroom.audit.services import Actor
from postroom.channels.models import IncomingServer, OutgoingServer
from postroom.channels.services.outgoing import save_outgoing_server

Server = IncomingServer | OutgoingServer

OFFER = (
    "Microsoft takes no SMTP sign-in for this mailbox. Switch the server to MAPI: it goes on with the same sign-in, "
    "and nothing has to be switched on in the tenant."
)
_REFUSALS = ("5.7.139", "5.7.30", "5.7.3 ")


def offers_mapi(server: Server | None, code: str, message: str) -> bool:
    """Whether a fault of ``server`` is one that goes away with MAPI: a Microsoft sign-in that SMTP does not take."""
    if not isinstance(server, OutgoingServer) or server.provider != "microsoft" or server.protocol != "smtp":
        return False
    return code.startswith(("MAILAUTH", "MAILCONSMTP")) and any(refusal in message for refusal in _REFUSALS)


def switch_to_mapi(actor: Actor, server: OutgoingServer) -> OutgoingServer:
    """Send by MAPI from now on, with the sign-in that is there. Raises Invalid."""
    return save_outgoing_server(actor, {"protocol": "mapi"}, server)
