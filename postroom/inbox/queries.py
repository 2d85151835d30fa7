"""Reads of the incoming ledger for people: the log with its views and counts, and the mails as they came."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Q, QuerySet

from postroom.inbox.models import InboundEmail
from postroom.inbox.services.manual import DISCARDED

COUNTED = 1000
SEARCHED = 200_000
UNDECIDED = "undecided"
# What each view of the log shows: its name, and the outcomes whose mails wait for a person there.
VIEWS: dict[str, tuple[str, tuple[str, ...]]] = {
    "attention": ("Needs attention", ("held", "failed")),
    "filtered": ("Filtered", ("filtered", "blocked")),
    "guests": ("Guests refused", ("guest_not_allowed",)),
    "off": ("Email to Ticket off", ("email_to_request_off",)),
    "loops": ("Loops", ("loop",)),
    "all": ("All", ()),
}
_COUNT = """
SELECT count(*) FROM (
    SELECT FROM inbox_inboundemail WHERE outcome = ANY(%s) AND reason_code <> %s LIMIT %s) AS waiting
"""
_COUNT_ALL = "SELECT count(*) FROM (SELECT FROM inbox_inboundemail LIMIT %s) AS kept"


@dataclass(frozen=True, slots=True)
class LogFilter:
    """What of the log is asked for; empty means all. ``since`` and ``until`` bound the time of arrival."""

    view: str = "all"
    search: str = ""
    mailbox_id: int | None = None
    outcome: str = ""
    since: datetime | None = None
    until: datetime | None = None


def log(wanted: LogFilter) -> QuerySet[InboundEmail]:
    """The mails that are asked for, without their traces; the caller orders them by id, which is order of arrival."""
    rows = InboundEmail.objects.defer("trace", "last_error")
    outcomes = VIEWS[wanted.view][1]
    if outcomes:
        rows = rows.filter(outcome__in=outcomes).exclude(reason_code=DISCARDED)
    if wanted.outcome == UNDECIDED:
        rows = rows.exclude(state=InboundEmail.State.DONE)
    elif wanted.outcome == DISCARDED:
        rows = rows.filter(reason_code=DISCARDED)
    elif wanted.outcome:
        rows = rows.filter(outcome=wanted.outcome)
    if wanted.mailbox_id is not None:
        rows = rows.filter(mailbox=wanted.mailbox_id)
    if wanted.since is not None:
        rows = rows.filter(received_at__gte=wanted.since)
    if wanted.until is not None:
        rows = rows.filter(received_at__lt=wanted.until)
    return _found(rows, wanted) if wanted.search else rows


def _found(rows: QuerySet[InboundEmail], wanted: LogFilter) -> QuerySet[InboundEmail]:
    """Words of the subject, an address or a part of one, a name, or a Message-ID with or without angle brackets.

    Without a day only the newest 200,000 mails are looked through: the log keeps its rows for ever.
    """
    text = wanted.search
    bare = text.strip().removeprefix("<").removesuffix(">")
    named = rows.filter(message_id=bare)
    if "@" in bare and named.exists():
        return named
    if wanted.since is None:
        newest = InboundEmail.objects.order_by("-id").values_list("id", flat=True).first() or 0
        rows = rows.filter(id__gt=newest - SEARCHED)
    return rows.filter(
        Q(from_email__contains=bare.lower())
        | Q(subject__icontains=text)
        | Q(from_name__icontains=text)
        | Q(to__contains=[bare])
    )


def log_counts() -> dict[str, int]:
    """How many mails each view has, counted to 1,001, in one query."""
    waiting = [(name, list(outcomes)) for name, (_, outcomes) in VIEWS.items() if outcomes]
    statement = " UNION ALL ".join([_COUNT] * len(waiting) + [_COUNT_ALL])
    parameters = [part for _, outcomes in waiting for part in (outcomes, DISCARDED, COUNTED + 1)]
    with connection.cursor() as cursor:
        cursor.execute(statement, [*parameters, COUNTED + 1])
        counted = [row[0] for row in cursor.fetchall()]
    return dict(zip([*(name for name, _ in waiting), "all"], counted, strict=True))


def needs_attention() -> int:
    """How many mails were held or failed and wait for a person, counted to 1,001: the badge of the menu."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [list(VIEWS["attention"][1]), DISCARDED, COUNTED + 1])
        (count,) = cursor.fetchone()
    return int(count)


def originals_of(entry_ids: Iterable[int]) -> set[int]:
    """Those of these entries whose mail is still kept as it came."""
    rows = InboundEmail.objects.filter(entry__in=entry_ids).exclude(raw_sha256="")
    return set(rows.values_list("entry_id", flat=True))


def original_of(entry_id: int) -> InboundEmail | None:
    """The mail that an entry came from, if its bytes are still kept."""
    return InboundEmail.objects.filter(entry=entry_id).exclude(raw_sha256="").order_by("id").first()
