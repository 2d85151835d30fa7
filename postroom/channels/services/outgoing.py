"""The only writer of outgoing servers (SPEC A2)."""

from __future__ import annotations

from postroom.audit.services import Actor
from postroom.channels.models import IncomingServer, OutgoingRule, OutgoingServer
from postroom.channels.services.changing import changing
from postroom.channels.services.primary import read_primary
from postroom.channels.services.servers import SHARED_FIELDS, check_deletable, current, delete, read_server, store
from postroom.rules.fields import Fields, Invalid

OUTGOING_FIELDS = (*SHARED_FIELDS, "sender_name", "reply_to", "save_to_sent_items", "limits")
LIMIT_FIELDS = ("per_minute", "per_day", "recipients", "connections")
_MOST = 10_000_000


def save_outgoing_server(
    actor: Actor,
    data: object,
    instance: OutgoingServer | None = None,
    *,
    replace: bool = False,
    settle: bool = True,
    elsewhere: bool = False,
) -> OutgoingServer:
    """Make an outgoing server of ``data`` (CONTRACT: Configuration file), or change ``instance``.

    What is left out stays, or with ``replace`` goes back to its default; a secret that is left out always stays.
    Without ``settle`` the direction may be left without a primary server (see ``settle_primary``). ``elsewhere``: the
    files that it names need not be on this host. Raises Invalid.
    """
    with changing():
        stored = current(OutgoingServer, instance)
        base = stored if stored is not None and not replace else OutgoingServer()
        fields = Fields(data, OUTGOING_FIELDS)
        values, refresh_token = read_server(fields, base, stored, ["smtp", "mapi"], elsewhere=elsewhere)
        values["sender_name"] = fields.text("sender_name", base.sender_name)
        values["reply_to"] = fields.email("reply_to", base.reply_to)
        values["save_to_sent_items"] = fields.boolean("save_to_sent_items", base.save_to_sent_items)
        values |= _read_limits(fields, base)
        values["primary"] = read_primary(fields, OutgoingServer, stored, enabled=values["enabled"], settle=settle)
        fields.done()
        return store(actor, current(OutgoingServer, stored) or OutgoingServer(), stored, values, refresh_token)


def _read_limits(fields: Fields, base: OutgoingServer) -> dict[str, int | None]:
    if not fields.given("limits"):
        return {f"limit_{name}": getattr(base, f"limit_{name}") for name in LIMIT_FIELDS}
    limits = fields.nested("limits", LIMIT_FIELDS)
    return {
        f"limit_{name}": limits.optional_integer(name, low=1, high=_MOST) if limits is not None else None
        for name in LIMIT_FIELDS
    }


def delete_outgoing_server(actor: Actor, server: OutgoingServer) -> None:
    """Delete a server that nothing depends on. Raises Invalid naming what does (LST-05)."""
    with changing():
        check_deletable(server)
        rules = list(OutgoingRule.objects.filter(server=server).values_list("name", flat=True))
        mailboxes = list(IncomingServer.objects.filter(outgoing_server=server).values_list("name", flat=True))
        used = [f"the rule {name}" for name in rules] + [f"the incoming server {name}" for name in mailboxes]
        if used:
            raise Invalid([("", f"{server.name} is used by {', '.join(used)}.")])
        delete(actor, server)
