"""Tell technicians that their answer did not reach anybody: given up, refused or bounced (PRI-08, BNC-01)."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef

from postroom.accounts.models import User
from postroom.outbox.models import OutboundEmail
from postroom.outbox.services import NewMail, queue
from postroom.tickets.models import Ticket
from postroom.tickets.notifications import automatic_headers

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
        .select_related("ticket__technician", "ticket__technician_group", "entry__author")
        .order_by("id")[:AT_ONCE]
    )
    mails = [mail for row in lost if (mail := _mail(row)) is not None]
    queue(mails)
    return len(mails)


def _mail(row: OutboundEmail) -> NewMail | None:
    ticket = row.ticket
    if ticket is None or row.entry_id is None:
        return None
    to = _whom(ticket, row)
    if not to:
        return None
    recipients = ", ".join(dict.fromkeys([*row.to, *row.cc]))
    return NewMail(
        kind=OutboundEmail.Kind.ALERT,
        to=to,
        subject=f"Not delivered: your answer to request {ticket.number}",
        text=(
            f"The mail to {recipients} about request {ticket.number} was not delivered.\n\n"
            f"{row.reason}\n\n"
            "The conversation of the request shows it, with Retry and what the server said of each recipient.\n"
        ),
        ticket_id=ticket.number,
        entry_id=row.entry_id,
        headers=automatic_headers("auto-generated"),
    )


def _whom(ticket: Ticket, row: OutboundEmail) -> list[str]:
    """The author if a technician wrote it, and the assignee."""
    author = row.entry.author if row.entry else None
    people = [person for person in (author, ticket.technician) if person is not None and person.is_technician]
    return list(dict.fromkeys(person.email for person in people if _can_be_told(person) and person.email))


def _can_be_told(person: User) -> bool:
    return not person.blocked and not person.archived
