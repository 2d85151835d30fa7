"""The life of an incoming mail after it was kept: claimed in batches, then done with exactly one outcome.

A claim belongs to a living worker (``channels.presence``); what a dead one held is free at once. Every write is fenced
by ``claimed_by``, so that a row which changed hands is never written twice.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection
from django.db.models import F
from django.utils import timezone

from postroom.channels.presence import OWNER_IS_GONE
from postroom.inbox.models import InboundEmail

BATCH = 100
MAX_TRIES = 3
MAX_WORKERS_LOST = 10
PAUSES = (timedelta(seconds=5), timedelta(seconds=30))

# The array is made once: as ``IN (SELECT ...)`` a plan may run it again for each row, past the limit.
_CLAIM = """
UPDATE inbox_inboundemail SET state = 'processing', claimed_by = %s, tries = tries + 1
WHERE id = ANY(ARRAY(
    SELECT id FROM inbox_inboundemail
    WHERE state = 'kept' AND due_at <= %s AND {which}
    ORDER BY due_at, id LIMIT %s FOR UPDATE SKIP LOCKED))
RETURNING id
"""

_CONCLUDE = """
UPDATE inbox_inboundemail AS row SET
    state = 'done', claimed_by = '', outcome = new.outcome, reason_code = new.reason_code, reason = new.reason,
    trace = new.trace, message_id = new.message_id, from_email = new.from_email, from_name = new.from_name,
    "to" = ARRAY(SELECT jsonb_array_elements_text(new."to")), subject = new.subject, content_hash = new.content_hash,
    fingerprint = new.fingerprint, authserv_ids = ARRAY(SELECT jsonb_array_elements_text(new.authserv_ids)),
    ticket_id = new.ticket_id, entry_id = new.entry_id, duplicate_of_id = new.duplicate_of_id, last_error = ''
FROM jsonb_to_recordset(%s::jsonb) AS new(
    id bigint, outcome text, reason_code text, reason text, trace jsonb, message_id text, from_email text,
    from_name text, "to" jsonb, subject text, content_hash text, fingerprint text, authserv_ids jsonb,
    ticket_id bigint, entry_id bigint, duplicate_of_id bigint)
WHERE row.id = new.id AND row.claimed_by = %s AND row.state = 'processing'
"""

_FREE = f"""
UPDATE inbox_inboundemail SET state = 'kept', claimed_by = ''
WHERE state = 'processing' AND {OWNER_IS_GONE}
"""  # noqa: S608  no input in it


class ClaimLost(Exception):
    """A row of the batch belongs to another worker by now; the transaction must be rolled back."""


@dataclass(slots=True)
class Conclusion:
    """What is written into a row when its mail is done. Texts are cut to their columns by ``conclude``."""

    id: int
    outcome: str
    reason_code: str = ""
    reason: str = ""
    trace: list[dict[str, str]] | None = None
    message_id: str = ""
    from_email: str = ""
    from_name: str = ""
    to: list[str] | None = None
    subject: str = ""
    content_hash: str = ""
    fingerprint: str = ""
    authserv_ids: list[str] | None = None
    ticket_id: int | None = None
    entry_id: int | None = None
    duplicate_of_id: int | None = None


def claim(owner: str, limit: int = BATCH, *, alone: bool = True) -> list[InboundEmail]:
    """Take due mails, oldest first. One that was tried before comes alone, so that it can hurt nobody else.

    Without ``alone`` such a mail is not taken: the caller has others at hand.
    """
    if limit <= 0:
        return []
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM.format(which="tries = 0"), [owner, now, limit])
        ids = [row[0] for row in cursor.fetchall()]
        if not ids and alone:
            cursor.execute(_CLAIM.format(which="tries > 0"), [owner, now, 1])
            ids = [row[0] for row in cursor.fetchall()]
    return list(InboundEmail.objects.filter(pk__in=ids).defer("trace", "last_error").order_by("pk")) if ids else []


def seconds_until_due(longest: float) -> float:
    """How long until the next kept mail is due, at most ``longest`` seconds; 0 if one is due now."""
    first = (
        InboundEmail.objects.filter(state=InboundEmail.State.KEPT)
        .order_by("due_at")
        .values_list("due_at", flat=True)[:1]
    )
    waits = [(due - timezone.now()).total_seconds() for due in first]
    return min(longest, max(0.0, *waits, 0.0)) if waits else longest


def put_back(owner: str, ids: Sequence[int], after: timedelta) -> None:
    """Give claimed mails back untried: they wait for another mail that is still being worked on."""
    InboundEmail.objects.filter(pk__in=ids, claimed_by=owner, state=InboundEmail.State.PROCESSING).update(
        state=InboundEmail.State.KEPT, claimed_by="", tries=F("tries") - 1, due_at=timezone.now() + after
    )


def give_back(owner: str) -> None:
    """Give back all that ``owner`` holds, untried: after the database was away nobody knows how far it came."""
    InboundEmail.objects.filter(claimed_by=owner, state=InboundEmail.State.PROCESSING).update(
        state=InboundEmail.State.KEPT, claimed_by="", tries=F("tries") - 1
    )


def conclude(owner: str, conclusions: Sequence[Conclusion]) -> None:
    """End mails, in the caller's transaction. Raises ClaimLost if one of them is no longer ``owner``'s."""
    rows: list[dict[str, Any]] = [
        {
            "id": item.id,
            "outcome": item.outcome,
            "reason_code": item.reason_code[:40],
            "reason": item.reason,
            "trace": item.trace or [],
            "message_id": item.message_id[:998],
            "from_email": item.from_email[:320].lower(),
            "from_name": item.from_name[:320],
            "to": [address[:320] for address in item.to or []],
            "subject": item.subject[:998],
            "content_hash": item.content_hash,
            "fingerprint": item.fingerprint,
            "authserv_ids": [name[:255] for name in item.authserv_ids or []],
            "ticket_id": item.ticket_id,
            "entry_id": item.entry_id,
            "duplicate_of_id": item.duplicate_of_id,
        }
        for item in conclusions
    ]
    with connection.cursor() as cursor:
        cursor.execute(_CONCLUDE, [json.dumps(rows), owner])
        if cursor.rowcount != len(rows):
            raise ClaimLost(f"{len(rows) - cursor.rowcount} of {len(rows)} mails belong to another worker.")


def fail(owner: str, row: InboundEmail, error: str) -> None:
    """Write down an error: the mail is tried again after a pause, and parked as ``failed`` after three tries."""
    held = InboundEmail.objects.filter(pk=row.pk, claimed_by=owner, state=InboundEmail.State.PROCESSING)
    if row.tries >= MAX_TRIES:
        held.update(
            state=InboundEmail.State.DONE,
            outcome="failed",
            reason_code="unprocessable",
            reason=f"Given up after {row.tries} tries. {error.splitlines()[-1] if error else ''}",
            trace=[{"step": "failed", "verdict": "failed", "detail": error[-2000:]}],
            last_error=error,
            claimed_by="",
        )
    else:
        pause = PAUSES[min(row.tries, len(PAUSES)) - 1]
        held.update(state=InboundEmail.State.KEPT, claimed_by="", last_error=error, due_at=timezone.now() + pause)


def free_lost() -> int:
    """Take mails back from workers that are gone, and park what was in the hands of ten that ended."""
    with connection.cursor() as cursor:
        cursor.execute(_FREE)
        freed: int = cursor.rowcount
    InboundEmail.objects.filter(state=InboundEmail.State.KEPT, tries__gte=MAX_WORKERS_LOST).update(
        state=InboundEmail.State.DONE,
        outcome="failed",
        reason_code="unprocessable",
        reason=f"{MAX_WORKERS_LOST} workers that took this mail up ended before it was done.",
    )
    return freed
