"""What technicians did to a request, as events of its conversation; and the checks that such acts share."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from postroom.accounts.models import User
from postroom.rules.fields import Invalid
from postroom.tickets.access import visible_tickets
from postroom.tickets.models import Entry, Ticket


def log_event(ticket: Ticket, by: User, **facts: Any) -> Entry:
    """Keep an event: ``action`` and what belongs to it, or ``changes``. The request counts as active now."""
    now = timezone.now()
    Ticket.objects.filter(pk=ticket.pk).update(updated_at=now)
    ticket.updated_at = now
    return Entry.objects.create(
        ticket=ticket,
        kind=Entry.Kind.EVENT,
        direction=Entry.Direction.INTERNAL,
        author=by,
        author_name=by.name,
        author_email=by.email or "",
        event=facts,
        created_at=now,
    )


def refused(words: str, field: str = "") -> Invalid:
    """An act that is not possible, in a sentence."""
    return Invalid([(field, words)])


def locked(by: User, *numbers: int, field: str = "request") -> list[Ticket]:
    """These requests, locked in one order everywhere, in the order asked for. Raises Invalid for one that ``by`` may
    not see, at ``field``, in the same words as for one that does not exist."""
    rows = visible_tickets(by).select_for_update(of=("self",)).select_related("requester").order_by("pk")
    found = {ticket.pk: ticket for ticket in rows.filter(pk__in=numbers)}
    for number in numbers:
        if number not in found:
            raise refused(f"There is no request #{number}, or you may not see it.", field)
    return [found[number] for number in numbers]


def refuse_merged(ticket: Ticket) -> None:
    """Raises Invalid where the request is part of another one by now."""
    if ticket.merged_into_id:
        raise refused(f"This request was merged into #{ticket.merged_into_id}. Go on there.")


def people_of(ticket: Ticket) -> set[str]:
    """The addresses, lower-cased, that take part on the requester's side: requester and Cc."""
    return {(ticket.requester.email or "").lower(), *(address.lower() for address in ticket.cc_emails)} - {""}
