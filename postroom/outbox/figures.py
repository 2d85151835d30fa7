"""What the list of outgoing servers shows of the ledger, for all servers at once (SPEC LST-03, LST-05)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count

from postroom.outbox.models import OutboundEmail


@dataclass(frozen=True, slots=True)
class SendingFigures:
    """What one server has to send, and what became of its mails in the last 24 hours (LST-03)."""

    queue: int = 0
    sent: int = 0
    failed: int = 0


def sending_figures(now: datetime) -> dict[int, SendingFigures]:
    """The figures of every server that has any, in three queries over partial indexes."""
    since = now - timedelta(hours=24)
    states = OutboundEmail.State
    counts = [
        OutboundEmail.objects.filter(state__in=(*OutboundEmail.WAITING, states.SENDING)),
        OutboundEmail.objects.filter(sent_at__gt=since),
        OutboundEmail.objects.filter(state__in=(states.FAILED, states.BOUNCED), due_at__gt=since),
    ]
    queue, sent, failed = (
        dict(rows.exclude(server=None).order_by().values_list("server").annotate(Count("pk"))) for rows in counts
    )
    return {
        server: SendingFigures(queue.get(server, 0), sent.get(server, 0), failed.get(server, 0))
        for server in {*queue, *sent, *failed}
    }


def waiting_count(server_id: int) -> int:
    """How many mails wait to be sent by a server."""
    unsent = (*OutboundEmail.WAITING, OutboundEmail.State.SENDING)
    return OutboundEmail.objects.filter(server=server_id, state__in=unsent).count()
