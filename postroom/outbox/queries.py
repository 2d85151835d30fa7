"""Reads of the outgoing ledger for people: the log with its views and counts, mails of a request, a mail's bytes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Q, QuerySet

from postroom.outbox.build import Mailboxes, render, reply_to_of
from postroom.outbox.models import OutboundEmail

State = OutboundEmail.State

COUNTED = 1000
SEARCHED = 200_000
VIEWS: dict[str, tuple[str, tuple[str, ...]]] = {
    "all": ("All", ()),
    "waiting": ("Waiting", (State.QUEUED, State.SENDING)),
    "deferred": ("Deferred", (State.DEFERRED,)),
    "uncertain": ("Uncertain", (State.UNCERTAIN,)),
    "failed": ("Failed", (State.FAILED,)),
    "bounced": ("Bounced", (State.BOUNCED,)),
    "sent": ("Sent", (State.SENT,)),
    "cancelled": ("Cancelled", (State.CANCELLED,)),
}
_IN_DETAIL = ("text", "html", "facts", "headers", "references", "files")
# Each state by itself: for a single one the planner finds the partial index that is made for it.
_COUNT = "SELECT count(*) FROM (SELECT FROM outbox_outboundemail WHERE state = %s LIMIT %s) AS counted"
_COUNT_ALL = "SELECT count(*) FROM (SELECT FROM outbox_outboundemail LIMIT %s) AS counted"
_STUCK = """
SELECT server_id, count(*) FROM (
    SELECT server_id FROM outbox_outboundemail WHERE state IN ('queued', 'deferred', 'uncertain') LIMIT %s) AS waiting
GROUP BY server_id
"""


@dataclass(frozen=True, slots=True)
class LogFilter:
    """What of the log is asked for; empty means all. ``since`` and ``until`` bound when the mail was queued."""

    view: str = "all"
    search: str = ""
    server_id: int | None = None
    kind: str = ""
    since: datetime | None = None
    until: datetime | None = None


def log(wanted: LogFilter) -> QuerySet[OutboundEmail]:
    """The mails that are asked for, without their content; the caller orders them by id."""
    rows = OutboundEmail.objects.defer(*_IN_DETAIL)
    states = VIEWS[wanted.view][1]
    if states:
        rows = rows.filter(state__in=states)
    if wanted.server_id is not None:
        rows = rows.filter(server=wanted.server_id)
    if wanted.kind:
        rows = rows.filter(kind=wanted.kind)
    if wanted.since is not None:
        rows = rows.filter(created_at__gte=wanted.since)
    if wanted.until is not None:
        rows = rows.filter(created_at__lt=wanted.until)
    return _found(rows, wanted) if wanted.search else rows


def _found(rows: QuerySet[OutboundEmail], wanted: LogFilter) -> QuerySet[OutboundEmail]:
    """Words of the subject, a recipient or a part of one, the From address, or a Message-ID.

    Without a day only the newest 200,000 mails are looked through: the log keeps its rows for ever.
    """
    text = wanted.search
    bare = text.strip().removeprefix("<").removesuffix(">")
    named = rows.filter(message_id=bare)
    if "@" in bare and named.exists():
        return named
    if wanted.since is None:
        newest = OutboundEmail.objects.order_by("-id").values_list("id", flat=True).first() or 0
        rows = rows.filter(id__gt=newest - SEARCHED)
    return rows.filter(
        Q(subject__icontains=text) | Q(to__icontains=bare) | Q(cc__icontains=bare) | Q(from_email__icontains=bare)
    )


def log_counts() -> dict[str, int]:
    """How many mails each view has, each state counted to 1,001, in one query."""
    states = [(name, state) for name, (_, wanted) in VIEWS.items() for state in wanted]
    statement = " UNION ALL ".join([_COUNT] * len(states) + [_COUNT_ALL])
    parameters = [part for _, state in states for part in (str(state), COUNTED + 1)]
    with connection.cursor() as cursor:
        cursor.execute(statement, [*parameters, COUNTED + 1])
        counted = [row[0] for row in cursor.fetchall()]
    counts = dict.fromkeys(VIEWS, 0)
    for name, count in zip([*(name for name, _ in states), "all"], counted, strict=True):
        counts[name] += count
    return counts


def waiting_by_server() -> dict[int | None, int]:
    """How many mails wait for each server, and under None for want of one; of the first 10,000 that wait."""
    with connection.cursor() as cursor:
        cursor.execute(_STUCK, [10 * COUNTED])
        return dict(cursor.fetchall())


def raw_of(mail: OutboundEmail) -> bytes | None:
    """The mail as it is handed to its server (RFC 5322), or None while it has none or a file of it is gone.

    What was tried before keeps the From it was tried with, though the server may have another by now.
    """
    server = mail.server
    if server is None:
        return None
    if mail.attempts and mail.from_email:
        server.email, server.sender_name = mail.from_email, mail.from_name
    try:
        return render(mail, server, reply_to_of(mail, server, Mailboxes.load()))
    except FileNotFoundError:
        return None


def mails_of(ticket_id: int) -> QuerySet[OutboundEmail]:
    """Every mail that was sent or is to be sent about a request, the latest first."""
    return OutboundEmail.objects.filter(ticket=ticket_id).order_by("-id")


def delivery_states(ticket_id: int) -> list[tuple[int, str, int, str]]:
    """(id, state, attempts, reason) of each mail of a request: changes whenever what is shown of them does."""
    rows = mails_of(ticket_id).order_by("id")
    return list(rows.values_list("pk", "state", "attempts", "reason"))


def mail_of(ticket_id: int, pk: int) -> OutboundEmail | None:
    """One mail of a request, or None."""
    return mails_of(ticket_id).filter(pk=pk).first()
