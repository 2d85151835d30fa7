"""What a user may see: the one door to requests on a user's behalf (STYLE: principle 11)."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from postroom.accounts.models import User
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
    """The conversation as this user may see it: only what is public, unless a technician."""
    entries = ticket.entries.all()
    if user.is_technician:
        return entries
    return entries.filter(kind__in=Entry.PUBLIC)
