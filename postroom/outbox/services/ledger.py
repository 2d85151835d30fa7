"""The life of an outgoing mail: claimed, ``sending`` just before DATA, then what the server said.

A claim is a lease. One that runs out while the mail is queued frees it; while ``sending`` nobody knows whether the
server took the mail over, so it becomes ``uncertain`` and is tried once more on the same server (RFC 5321, 4.5.3.2.6
and 6.1 explain the window). All writes are fenced by ``claimed_by``.
"""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection
from django.db.models import Min
from django.utils import timezone

from postroom.channels import prepared
from postroom.channels.presence import OWNER_IS_GONE
from postroom.outbox.models import OutboundEmail
from postroom.rules.retry import GIVE_UP_AFTER, next_try
from postroom.transports.base import RecipientResult, TransportError

State = OutboundEmail.State

LEASE = timedelta(minutes=5)
UNCERTAIN_AGAIN = timedelta(seconds=60)
BATCH = 40

# The array is made once: as ``IN (SELECT ...)`` a plan may run it again for each row, past the limit.
_CLAIM = """
UPDATE outbox_outboundemail SET claimed_by = %s, lease_until = %s
WHERE id = ANY(ARRAY(
    SELECT id FROM outbox_outboundemail
    WHERE state IN ('queued', 'deferred', 'uncertain') AND due_at <= %s
      AND (lease_until IS NULL OR lease_until < %s)
      AND server_id = ANY(%s) AND lane <= %s
    ORDER BY lane, due_at LIMIT %s FOR UPDATE SKIP LOCKED))
RETURNING id
"""

_FREE_CLAIMED = f"""
UPDATE outbox_outboundemail SET claimed_by = '', lease_until = NULL
WHERE state IN ('queued', 'deferred', 'uncertain') AND claimed_by <> '' AND {OWNER_IS_GONE}
"""  # noqa: S608  no input in it
_OVERTAKEN = """
SELECT EXISTS (
    SELECT FROM outbox_outboundemail
    WHERE state IN ('queued', 'deferred', 'uncertain') AND due_at <= %s AND (lease_until IS NULL OR lease_until < %s)
      AND lane < %s AND server_id = %s)
"""
# For every single mail that is sent: by hand, these cost a third of what the ORM takes.
_START = """
UPDATE outbox_outboundemail SET state = 'sending', attempts = %s, uncertain_tries = %s, lease_until = %s
WHERE id = %s AND claimed_by = %s AND state IN ('queued', 'deferred', 'uncertain')
"""
_SAVE = """
UPDATE outbox_outboundemail SET state = %s, reason = %s, error_code = %s, recipients = %s::jsonb, due_at = %s,
    first_failed_at = %s, sent_at = %s, from_email = %s, from_name = %s, claimed_by = '', lease_until = NULL
WHERE id = %s AND claimed_by = %s
"""
_SAVE_AND_START = f"WITH saved AS ({_SAVE}) {_START}"  # one commit a mail, not two
_ONCE = "The worker ended while the server was taking the mail over. It is tried once more on the same server."
_TWICE = "Twice nobody could say whether the server took the mail over. Ask the recipient, then retry or leave it."


@dataclass(frozen=True, slots=True)
class Claimed:
    """A mail that this worker holds, and by which name it holds it."""

    mail: OutboundEmail
    owner: str


def claim(
    owner: str, server_ids: Sequence[int], *, limit: int = BATCH, slowest: int = OutboundEmail.Lane.ANNOUNCEMENT
) -> list[Claimed]:
    """Take up to ``limit`` due mails of these servers, the fastest lane first and none beyond ``slowest``."""
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [owner, now + LEASE, now, now, list(server_ids), slowest, limit])
        ids = [row[0] for row in cursor.fetchall()]
    if not ids:
        return []
    rows = OutboundEmail.objects.filter(pk__in=ids).defer("facts", "server_reason").order_by("lane", "due_at")
    return [Claimed(row, owner) for row in rows]


def is_overtaken(server_id: int, lane: int) -> bool:
    """Whether a mail of a faster lane is due at the server and in nobody's hands."""
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(_OVERTAKEN, [now, now, lane, server_id])
        (overtaken,) = cursor.fetchone()
    return bool(overtaken)


def seconds_until_due(server_id: int, most: float) -> float:
    """How long until the next mail of the server is due that is not yet: after its undo time, or its pause."""
    now = timezone.now()
    waiting = OutboundEmail.objects.filter(state__in=OutboundEmail.WAITING, server=server_id, due_at__gt=now)
    next_at = waiting.aggregate(at=Min("due_at"))["at"]
    return min(most, (next_at - now).total_seconds() + 0.01) if next_at else most


def free_expired() -> int:
    """Take mails back from workers that are gone. Returns how many; every worker calls it now and then.

    Claimed only: free at once. While ``sending``: ``uncertain`` when the lease is over, and given up the second time.
    """
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(_FREE_CLAIMED)
        freed: int = cursor.rowcount
    lost = OutboundEmail.objects.filter(state=State.SENDING, lease_until__lt=now)
    over = {"claimed_by": "", "lease_until": None}
    twice = lost.filter(uncertain_tries__gt=0).update(state=State.FAILED, reason=_TWICE, **over)
    once = lost.update(state=State.UNCERTAIN, reason=_ONCE, due_at=now + UNCERTAIN_AGAIN, **over)
    return freed + once + twice


def release(batch: Sequence[Claimed]) -> None:
    """Give claimed mails back untouched; those that were concluded meanwhile are left alone."""
    for claimed in batch:
        OutboundEmail.objects.filter(
            pk=claimed.mail.pk, claimed_by=claimed.owner, state__in=OutboundEmail.WAITING
        ).update(claimed_by="", lease_until=None)


def start_sending(claimed: Claimed) -> bool:
    """Commit that the mail is about to be handed over; False if the claim was lost or the mail cancelled meanwhile."""
    return _note_start(claimed, prepared.execute(_START, _start_values(claimed)))


def _start_values(claimed: Claimed) -> list[Any]:
    mail = claimed.mail
    return [mail.attempts + 1, _uncertain_tries(mail), timezone.now() + LEASE, mail.pk, claimed.owner]


def _uncertain_tries(mail: OutboundEmail) -> int:
    return mail.uncertain_tries + (mail.state == State.UNCERTAIN)


def _note_start(claimed: Claimed, changed: int) -> bool:
    mail = claimed.mail
    if changed:
        mail.uncertain_tries = _uncertain_tries(mail)
        mail.state, mail.attempts = State.SENDING, mail.attempts + 1
    return bool(changed)


def record_results(claimed: Claimed, results: Sequence[RecipientResult], following: Claimed | None = None) -> bool:
    """Write what the server said of each recipient: sent, deferred for those refused for now, failed for the rest.

    In the same commit ``following`` becomes ``sending``; returns whether it did, as ``start_sending``.
    """
    mail, now = claimed.mail, timezone.now()
    said = {result.address.lower(): result for result in results}
    for recipient in mail.recipients:
        if result := said.get(recipient["address"].lower()):
            state = "sent" if result.accepted else "deferred" if result.temporary else "failed"
            recipient.update(state=state, code=result.code, enhanced=result.enhanced, text=result.text)
    states = [recipient["state"] for recipient in mail.recipients]
    later = next((result for result in results if result.temporary), None)
    refused = next((result for result in results if not result.accepted), None)
    if "sent" in states:
        mail.sent_at = mail.sent_at or now
    if "queued" in states:
        mail.state, mail.due_at, mail.reason = State.QUEUED, now, "The server takes no more recipients at once."
    elif "deferred" in states:
        _defer(mail, f"The server said for now: {later.code} {later.text}" if later else mail.reason)
    else:
        mail.state = State.SENT if "sent" in states else State.FAILED
        mail.reason = f"The server refused {refused.address}: {refused.code} {refused.text}" if refused else ""
    return _save(claimed, following)


def record_error(claimed: Claimed, error: TransportError, *, pause: float = 5.0) -> None:
    """Write why the mail was not handed over: uncertain, deferred or failed; the next time is set.

    ``pause`` is how many seconds the server itself is left alone after a connection or sign-in fault.
    """
    mail, now = claimed.mail, timezone.now()
    mail.error_code = error.code
    if error.uncertain:
        if mail.uncertain_tries:
            mail.state, mail.reason = State.FAILED, f"{_TWICE} {error.message}"
        else:
            mail.state, mail.due_at = State.UNCERTAIN, now + UNCERTAIN_AGAIN
            mail.reason = f"Handed over, answer unknown: {error.message}"
    elif error.connection:
        mail.state, mail.reason, mail.due_at = State.DEFERRED, error.message, now + timedelta(seconds=pause)
        mail.first_failed_at = mail.first_failed_at or now
        if now - mail.first_failed_at > GIVE_UP_AFTER:
            mail.state, mail.reason = State.FAILED, f"Given up after 3 days. {error.message}"
    elif error.temporary:
        _defer(mail, error.message)
        if error.retry_after is not None and mail.state == State.DEFERRED:
            mail.due_at = now + timedelta(seconds=error.retry_after)  # the server has said when (HLT-04)
    else:
        mail.state, mail.reason = State.FAILED, error.message
        for recipient in mail.recipients:
            if recipient["state"] in ("queued", "deferred"):
                recipient.update(state="failed", code=error.smtp_code, enhanced=error.enhanced, text=error.message)
    _save(claimed)


def _defer(mail: OutboundEmail, reason: str) -> None:
    now = timezone.now()
    mail.first_failed_at = mail.first_failed_at or now
    again = next_try(max(mail.attempts, 1), mail.first_failed_at, now, random.random())  # noqa: S311
    if again is None:
        mail.state, mail.reason = State.FAILED, f"Given up after 3 days. {reason}"
    else:
        mail.state, mail.due_at, mail.reason = State.DEFERRED, again, reason


def _save(claimed: Claimed, following: Claimed | None = None) -> bool:
    mail = claimed.mail
    told: list[Any] = [
        mail.state,
        mail.reason,
        mail.error_code,
        json.dumps(mail.recipients),
        mail.due_at,
        mail.first_failed_at,
    ]
    sent: list[Any] = [mail.sent_at, mail.from_email, mail.from_name]
    saved = [*told, *sent, mail.pk, claimed.owner]
    if following is None:
        prepared.execute(_SAVE, saved)
        return False
    return _note_start(following, prepared.execute(_SAVE_AND_START, [*saved, *_start_values(following)]))
