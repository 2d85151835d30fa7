"""Fetch now: have a mailbox read at once instead of at its next turn (LST-03)."""

from __future__ import annotations

from django.utils import timezone

from postroom.channels.models import IncomingServer
from postroom.channels.services.changing import changing


def fetch_now(server: IncomingServer) -> bool:
    """Whoever reads the mailbox connects anew and takes over what is there. False where the server is disabled.

    Roles follow ``updated_at``: a newer one reads as a change of the connection. Nothing else of the server changes, so
    it is not audited.
    """
    with changing():
        return IncomingServer.objects.filter(pk=server.pk, enabled=True).update(updated_at=timezone.now()) > 0
