"""Change a request's attributes; each change is an event in the conversation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from postroom.accounts.models import User
from postroom.rules.fields import Invalid
from postroom.tickets.models import Entry, Ticket

TicketChange = Mapping[str, Any]

CHANGEABLE = (
    "kind",
    "subject",
    "status",
    "priority",
    "technician",
    "technician_group",
    "category",
    "company",
    "department",
    "location",
    "tags",
    "cc_emails",
    "requester",
)
FINAL = (Ticket.Status.CLOSED,)


def _shown(value: Any) -> Any:
    return value if value is None or isinstance(value, str | int | list) else str(value)


@transaction.atomic
def update_ticket(ticket: Ticket, by: User, change: TicketChange) -> Ticket:
    """Set attributes (names of ``CHANGEABLE``, values as model values). Raises Invalid; writes one event entry."""
    unknown = [name for name in change if name not in CHANGEABLE]
    if unknown:
        raise Invalid([(name, "cannot be changed.") for name in unknown])
    ticket = Ticket.objects.select_for_update().get(pk=ticket.pk)
    changes = [
        {"field": name, "old": _shown(getattr(ticket, name)), "new": _shown(value)}
        for name, value in change.items()
        if getattr(ticket, name) != value
    ]
    if not changes:
        return ticket
    for name, value in change.items():
        setattr(ticket, name, value)
    if errors := _errors(ticket):
        raise Invalid(errors)
    now = timezone.now()
    if ticket.status in FINAL:
        ticket.closed_at = ticket.closed_at or now
    else:
        ticket.closed_at = None
    ticket.updated_at = now
    ticket.save()
    Entry.objects.create(
        ticket=ticket,
        kind=Entry.Kind.EVENT,
        direction=Entry.Direction.INTERNAL,
        author=by,
        author_name=by.name,
        author_email=by.email or "",
        event={"changes": changes},
        created_at=now,
    )
    return ticket


def _errors(ticket: Ticket) -> list[tuple[str, str]]:
    errors = []
    if not ticket.subject.strip():
        errors.append(("subject", "Give the request a subject."))
    for name, choices in (("status", Ticket.Status), ("priority", Ticket.Priority), ("kind", Ticket.Kind)):
        if getattr(ticket, name) not in choices.values:
            errors.append((name, f"must be one of {', '.join(choices.values)}."))
    technician = ticket.technician
    if technician is not None and (not technician.is_technician or technician.kind == User.Kind.SERVICE):
        errors.append(("technician", f"{technician} is not a technician."))
    return errors
