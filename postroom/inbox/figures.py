"""What the list of incoming servers shows of the ledger, for all mailboxes at once (SPEC LST-03)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, OuterRef, Subquery

from postroom.channels.models import IncomingServer
from postroom.inbox.models import InboundEmail


@dataclass(frozen=True, slots=True)
class ReadingFigures:
    """What one mailbox received: when last, how many mails of today are processed, and how many are held."""

    last_received: datetime | None = None
    today: int = 0
    held: int = 0


def reading_figures(midnight: datetime) -> dict[int, ReadingFigures]:
    """The figures of every mailbox, in two queries; ``midnight`` is when today began."""
    mails = InboundEmail.objects.filter(mailbox=OuterRef("pk")).order_by()
    done = mails.filter(received_at__gte=midnight, state=InboundEmail.State.DONE).values("mailbox")
    mailboxes = IncomingServer.objects.order_by().annotate(
        last=Subquery(mails.order_by("-received_at").values("received_at")[:1]),
        today=Subquery(done.annotate(count=Count("pk")).values("count")),
    )
    waiting = InboundEmail.objects.filter(outcome="held").exclude(mailbox=None).order_by()
    held = dict(waiting.values_list("mailbox").annotate(Count("pk")))
    return {
        pk: ReadingFigures(last, today or 0, held.get(pk, 0))
        for pk, last, today in mailboxes.values_list("pk", "last", "today")
    }
