"""Take back what nobody has in hand yet: for an announcement that is paused or cancelled (ANN-01)."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from postroom.outbox.models import OutboundEmail

State = OutboundEmail.State


@transaction.atomic
def withdraw(ids: Iterable[int], reason: str) -> list[int]:
    """Cancel those of these mails that wait and that no worker holds. Returns which these were.

    One that may have been delivered already (``uncertain``) stays.
    """
    waiting = OutboundEmail.objects.select_for_update(skip_locked=True).filter(
        pk__in=list(ids), state__in=(State.QUEUED, State.DEFERRED), claimed_by="", sent_at=None
    )
    rows = list(waiting.only("pk", "recipients"))
    for row in rows:
        row.state, row.reason = State.CANCELLED, reason
        for recipient in row.recipients:
            recipient["state"] = "cancelled"
    OutboundEmail.objects.bulk_update(rows, ["state", "reason", "recipients"], batch_size=200)
    return [row.pk for row in rows]
