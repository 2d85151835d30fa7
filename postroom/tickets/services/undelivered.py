"""Tell technicians that their answer did not reach anybody: given up, refused or bounced (PRI-08, BNC-01)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef

from postroom.accounts.models import User
from postroom.outbox.models import OutboundEmail
from postroom.outbox.services import NewMail, queue
from postroom.tickets.models import Ticket
from postroom.tickets.notifications import Reader, about, reader_of, request_values
from postroom.tickets.wording import Wording
from postroom.tickets.services.bell import ring, undelivered

LOOK_BACK = timedelta(days=4)
AT_ONCE = 50


@transaction.atomic
def tell_of_undelivered(now: datetime) -> int:
    """Queue one mail for each answer or forward that failed or bounced and was not told of yet. Returns how many."""
    told = OutboundEmail.objects.filter(kind=OutboundEmail.Kind.ALERT, entry=OuterRef("entry"))
    lost = (
        OutboundEmail.objects.filter(
            state__in=[OutboundEmail.State.FAILED, OutboundEmail.State.BOUNCED],
            kind__in=[OutboundEmail.Kind.REPLY, OutboundEmail.Kind.FORWARD],
            created_at__gt=now - LOOK_BACK,
        )
        .exclude(entry=None)
        .filter(~Exists(told))
        .select_related(
            "ticket__requester",
            "ticket__mailbox",
            "ticket__technician",
            "ticket__technician_group",
            "ticket__category",
            "ticket__company",
            "entry__author",
        )
        .order_by("id")[:AT_ONCE]
    )
    # A bounce was told in the portal when it came in (inbox.receive).
    ring(notice for row in lost if row.state == OutboundEmail.State.FAILED for notice in undelivered(row))
    wording = Wording.load()
    mails = [mail for row in lost for mail in _mails(row, wording)]
    queue(mails)
    return len(mails)


def _mails(row: OutboundEmail, wording: Wording) -> list[NewMail]:
    """One mail to each who is told; where that is switched off, to nobody."""
    ticket = row.ticket
    if ticket is None or row.entry_id is None:
        return []
    recipients = ", ".join(dict.fromkeys([*row.to, *row.cc]))
    mails = []
    for reader in _whom(ticket, row):
        words = wording.find("not_delivered", "technician", reader.language)
        if words is not None:
            values = request_values(ticket, reader, recipients=recipients, reason=row.reason)
            mail = about(ticket, reader, "not_delivered", words, wording, values)
            mails.append(replace(mail, kind=OutboundEmail.Kind.ALERT, entry_id=row.entry_id))
    return mails


def _whom(ticket: Ticket, row: OutboundEmail) -> list[Reader]:
    """The author if a technician wrote it, and the assignee."""
    author = row.entry.author if row.entry else None
    people = [person for person in (author, ticket.technician) if person is not None and person.is_technician]
    readers = [reader_of(person) for person in dict.fromkeys(people) if _can_be_told(person)]
    return [reader for reader in readers if reader.address]


def _can_be_told(person: User) -> bool:
    return not person.blocked and not person.archived
