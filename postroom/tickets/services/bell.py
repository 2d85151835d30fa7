"""The bell: what a technician is told in the portal, at once and without a mail (BNC-01, NTF-05)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from django.utils import timezone

from postroom.accounts.models import User
from postroom.outbox.models import OutboundEmail
from postroom.tickets.models import BellNotice, Ticket
from postroom.tickets.services.concerned import Happening

KEPT = timedelta(days=30)
WRITTEN = ("requester_replied", "reopened", "collaborated", "noted")


def ring(notices: Iterable[BellNotice]) -> None:
    """Store notices, in one statement."""
    if rows := list(notices):
        BellNotice.objects.bulk_create(rows)


def ring_for(happenings: Iterable[Happening]) -> None:
    """Tell assignees of what others did: made them the assignee, or wrote on their request."""
    ring(notice for happening in happenings if (notice := _of(happening)) is not None)


def _of(happening: Happening) -> BellNotice | None:
    ticket, entry = happening.ticket, happening.entry
    actor = happening.actor.pk if happening.actor is not None else entry.author_id if entry is not None else None
    if ticket.technician_id is None or ticket.technician_id == actor:
        return None
    if happening.event == "assigned" and "technician" in happening.only:
        kind, text = BellNotice.Kind.ASSIGNED, ticket.subject
    elif happening.event in WRITTEN and entry is not None:
        kind, text = BellNotice.Kind.REPLY, " ".join(entry.text[:600].split())
    else:
        return None
    return BellNotice(
        person_id=ticket.technician_id,
        kind=kind,
        ticket=ticket,
        entry=entry,
        by=_name(happening)[:320],
        text=text[:200],
    )


def _name(happening: Happening) -> str:
    if happening.actor is not None:
        return happening.actor.name
    entry = happening.entry
    return (entry.author_name or entry.author_email) if entry is not None else ""


def undelivered(mail: OutboundEmail) -> list[BellNotice]:
    """The notices of a mail that did not arrive: for the assignee, or for its author where there is none."""
    ticket, entry = mail.ticket, mail.entry
    if ticket is None:
        return []
    author = entry.author if entry is not None else None
    person = ticket.technician or (author if author is not None and author.is_technician else None)
    if person is None:
        return []
    kind = BellNotice.Kind.BOUNCED
    return [BellNotice(person=person, kind=kind, ticket=ticket, entry=entry, by="", text=mail.reason[:500])]


def mark_read(person: User, ticket: Ticket | None = None) -> int:
    """What the person was told, of one request or of all, is read; what is a month old goes. Returns how many."""
    now = timezone.now()
    unread = BellNotice.objects.filter(person=person, read_at=None)
    marked = (unread.filter(ticket=ticket) if ticket is not None else unread).update(read_at=now)
    if ticket is None:
        BellNotice.objects.filter(person=person, created_at__lt=now - KEPT).delete()
    return marked
