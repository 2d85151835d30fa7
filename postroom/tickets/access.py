"""What a user may see: the one door to requests on a user's behalf (STYLE: principle 11)."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from postroom.accounts.models import User
from postroom.outbox.models import OutboundEmail
from postroom.tickets.models import Entry, Ticket


def visible_tickets(user: User) -> QuerySet[Ticket]:
    """The requests that this user may see.

    Administrators and service accounts see all; technicians those of their groups, of no group, assigned to them or
    raised by them; requesters their own.
    """
    tickets = Ticket.objects.filter(deleted_at=None)
    if user.is_admin or user.kind == User.Kind.SERVICE:
        return tickets
    if user.is_technician:
        return tickets.filter(
            Q(technician_group=None)
            | Q(technician_group__in=user.technician_groups.all())
            | Q(technician=user)
            | Q(requester=user)
        )
    return tickets.filter(requester=user)


def visible_entries(user: User, ticket: Ticket) -> QuerySet[Entry]:
    """The conversation as this user may see it: all of it for technicians, else what requesters may see."""
    return ticket.entries.all() if user.is_technician else requester_entries(user, ticket)


def requester_entries(user: User, ticket: Ticket) -> QuerySet[Entry]:
    """The conversation as the requester ``user`` may see it, who may be a technician on their own request (R7).

    It is what is public, without what went to third parties (R24, WRK-06) and without replies that have not left: held
    for undo, or cancelled.
    """
    mails = OutboundEmail.objects.filter(entry=OuterRef("pk"))
    held = mails.filter(state=OutboundEmail.State.QUEUED, attempts=0, due_at__gt=timezone.now())
    cancelled = mails.filter(state=OutboundEmail.State.CANCELLED, sent_at=None)
    own = [user.email or ""]
    addressed = Q(to__contains=own) | Q(cc__contains=own)
    public = ticket.entries.filter(~Q(kind=Entry.Kind.FORWARD) | addressed, kind__in=Entry.PUBLIC)
    return public.exclude(Exists(held)).exclude(Exists(cancelled))
