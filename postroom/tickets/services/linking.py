"""Requests that have to do with each other: linked by hand, both ways."""

from __future__ import annotations

from django.db import transaction

from postroom.accounts.models import User
from postroom.tickets.models import Ticket, TicketLink
from postroom.tickets.services.log import locked, log_event, refused


def connect(ticket: Ticket, other: Ticket) -> bool:
    """Link the two; False where they are linked already. The caller holds the transaction."""
    first, second = sorted((ticket.pk, other.pk))
    return TicketLink.objects.get_or_create(first_id=first, second_id=second)[1]


@transaction.atomic
def link(ticket: Ticket, other: int, by: User) -> Ticket:
    """Link ``ticket`` and request ``other``; returns the other. Raises Invalid."""
    if ticket.pk == other:
        raise refused("A request cannot be linked with itself.", "request")
    one, two = locked(by, ticket.pk, other)
    if not connect(one, two):
        raise refused(f"The requests #{one.pk} and #{two.pk} are linked already.", "request")
    log_event(one, by, action="linked", request=two.pk)
    log_event(two, by, action="linked", request=one.pk)
    return two


@transaction.atomic
def unlink(ticket: Ticket, other: int, by: User) -> None:
    """Take a link back. Raises Invalid."""
    one, two = locked(by, ticket.pk, other)
    first, second = sorted((one.pk, two.pk))
    if not TicketLink.objects.filter(first=first, second=second).delete()[0]:
        raise refused(f"The requests #{one.pk} and #{two.pk} are not linked.", "request")
    log_event(one, by, action="unlinked", request=two.pk)
    log_event(two, by, action="unlinked", request=one.pk)
