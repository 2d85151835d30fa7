"""The two tabs of servers: what is the same about them, under the names of each direction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext_noop as _

from postroom.audit.services import Actor
from postroom.channels.models import IncomingServer, OutgoingServer
from postroom.channels.services import (
    delete_incoming_server,
    delete_outgoing_server,
    save_incoming_server,
    save_outgoing_server,
)

Server = IncomingServer | OutgoingServer


@dataclass(frozen=True, slots=True)
class Side:
    """One direction. ``save`` and ``delete`` are its services, ``test`` the kind of its probe."""

    key: str
    title: str
    add: str
    model: type[IncomingServer] | type[OutgoingServer]
    save: Callable[..., Any]
    delete: Callable[[Actor, Any], None]

    @property
    def test(self) -> str:
        return f"test_{self.key}"

    @property
    def list_name(self) -> str:
        return f"{self.key}-servers"

    @property
    def list_url(self) -> str:
        return reverse(self.list_name)

    def url(self, what: str = "", pk: int | None = None) -> str:
        """The address of a page about a server (``what`` is "", test, delete, ...), or of the form for a new one."""
        if pk is None:
            return reverse(f"{self.key}-server-new")
        return reverse(f"{self.key}-server-{what}" if what else f"{self.key}-server", args=[pk])

    def server_or_404(self, pk: int) -> Server:
        """The server with its health, proxy and, for a mailbox, its defaults."""
        more = ["technician_group", "category", "company", "outgoing_server"] if self.is_incoming else []
        rows = self.model._default_manager.select_related("health", "proxy", *more)
        server: Server | None = rows.filter(pk=pk).first()
        if server is None:
            raise Http404
        return server

    @property
    def is_incoming(self) -> bool:
        return self.key == "incoming"


SIDES = {
    "outgoing": Side(
        "outgoing",
        _("Outgoing Email Servers"),
        _("Add Outgoing Email Servers"),
        OutgoingServer,
        save_outgoing_server,
        delete_outgoing_server,
    ),
    "incoming": Side(
        "incoming",
        _("Incoming Email Servers"),
        _("Add Incoming Email Servers"),
        IncomingServer,
        save_incoming_server,
        delete_incoming_server,
    ),
}
