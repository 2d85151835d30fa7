"""Tell technicians that their answer did not reach anybody: given up, refused or bounced (PRI-08, BNC-01)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef

from postroom.accounts.models import User
from postroom.outbox.models import OutboundEmail
from postroom.outbox.services import NewMail, queue
from postroom.tickets.models import BellNotice, Ticket
from postroom.tickets.notifications import Reader, about, reader_of, request_values
from postroom.tickets.services.bell import ring, undelivered
from postroom.tickets.wording import Wording

EVENT = "not_delivered"
LOOK_BACK = timedelta(days=4)
AT_ONCE = 50


@transaction.atomic
def tell_of_undelivered(now: datetime) -> int:
    """Queue one mail for each answer or forward that failed or bounced and was not told of yet. Returns how many."""
    wording = Wording.load()
    told = OutboundEmail.objects.filter(kind=OutboundEmail.Kind.ALERT, entry=OuterRef("entry"))
    rung = BellNotice.objects.filter(kind=BellNotice.Kind.BOUNCED, entry=OuterRef("entry"))
    lost = (
        OutboundEmail.objects.filter(
            state__in=[OutboundEmail.State.FAILED, OutboundEmail.State.BOUNCED],
            kind__in=[OutboundEmail.Kind.REPLY, OutboundEmail.Kind.FORWARD],
            created_at__gt=now - LOOK_BACK,
        )
        .exclude(entry=None)
        .filter(~Exists(told))
        .annotate(rung=Exists(rung))
        .select_related(
            "ticket__requester",
            "ticket__mailbox",
            "ticket__technician",
            "ticket__technician_group",
            "ticket__category",
            "ticket__company",
            "entry__author",
        )
        .order_by("id")
    )
    if wording.find(EVENT, "technician", "") is None:
        lost = lost.filter(rung=False)  # no mail will say that these were told
    lost = lost[:AT_ONCE]
    # A bounce was told in the portal when it came in (inbox.receive).
    ring(
        notice
        for row in lost
        if row.state == OutboundEmail.State.FAILED and not row.rung
        for notice in undelivered(row)
    )
    mails = [mail for row in lost if (mail := _mail(row, wording)) is not None]
    queue(mails)
    return len(mails)


def _mail(row: OutboundEmail, wording: Wording) -> NewMail | None:
    """One mail to all who are told; None where that is switched off, or there is nobody."""
    ticket = row.ticket
    readers = _whom(ticket, row) if ticket is not None and row.entry_id is not None else []
    words = wording.find(EVENT, "technician", readers[0].language) if readers else None
    if ticket is None or words is None:
        return None
    recipients = ", ".join(dict.fromkeys([*row.to, *row.cc]))
    values = request_values(ticket, readers[0], recipients=recipients, reason=row.reason)
    mail = about(ticket, readers[0], EVENT, words, wording, values)
    to = [reader.address for reader in readers]
    return replace(mail, kind=OutboundEmail.Kind.ALERT, to=to, entry_id=row.entry_id)


def _whom(ticket: Ticket, row: OutboundEmail) -> list[Reader]:
    """The author if a technician wrote it, and the assignee."""
    author = row.entry.author if row.entry else None
    people = [person for person in (author, ticket.technician) if person is not None and person.is_technician]
    readers = [reader_of(person) for person in dict.fromkeys(people) if _can_be_told(person)]
    return [reader for reader in readers if reader.address]


def _can_be_told(person: User) -> bool:
    return not person.blocked and not person.archived
