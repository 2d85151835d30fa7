"""Exactly one primary server per direction, as long as one is enabled (PRI-01)."""

from __future__ import annotations

from collections.abc import Collection

from postroom.audit.changes import record_save
from postroom.audit.services import Actor
from postroom.channels.models import IncomingServer, OutgoingServer
from postroom.rules.fields import Fields

Server = IncomingServer | OutgoingServer
ServerClass = type[IncomingServer] | type[OutgoingServer]


def read_primary(fields: Fields, model: ServerClass, stored: Server | None, *, enabled: bool, settle: bool) -> bool:
    """Whether the server is to be primary.

    With ``settle`` the answer leaves the direction with a primary server; without it the caller does that at the end
    of several changes, by ``settle_primary``.
    """
    was = stored is not None and stored.primary
    wanted = fields.boolean("primary", was)
    others = model._default_manager.filter(enabled=True).exclude(pk=stored.pk if stored else 0)
    if not enabled:
        if was and settle and others.exists():
            fields.fail("enabled", "This is the primary server. Make another server the primary one first.")
        elif wanted and fields.given("primary"):
            fields.fail("primary", "A disabled server cannot be the primary server.")
        return False
    if not settle or wanted:
        return wanted
    if was and others.exists():
        fields.fail("primary", "One server must be the primary one. Make another server primary instead.")
    return was or not model._default_manager.filter(primary=True).exists()


def take_primary_from_others(actor: Actor, model: ServerClass, server: Server) -> None:
    """Switch the primary server of this direction off, unless it is ``server``; the caller's transaction swaps both."""
    for other in model._default_manager.filter(primary=True).exclude(pk=server.pk):
        _switch(actor, other, on=False)


def settle_primary(actor: Actor, model: ServerClass, leaving: Collection[int] = ()) -> Server | None:
    """Make the first enabled server primary where there is no primary one; the server that became it.

    Servers whose keys are ``leaving`` are about to be deleted and are not primary any more.
    """
    primary = model._default_manager.filter(primary=True).first()
    if primary is not None and primary.pk not in leaving:
        return None
    if primary is not None:
        _switch(actor, primary, on=False)
    first = model._default_manager.filter(enabled=True).exclude(pk__in=leaving).order_by("pk").first()
    if first is not None:
        _switch(actor, first, on=True)
    return first


def _switch(actor: Actor, server: Server, *, on: bool) -> None:
    server.primary = on
    server.save(update_fields=["primary", "updated_at"])
    record_save(actor, server, {"primary": not on}, {"primary": on})
