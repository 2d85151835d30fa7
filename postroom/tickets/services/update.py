"""Change a request's attributes; each change is an event in the conversation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from postroom.accounts.models import User
from postroom.rules.fields import Invalid
from postroom.tickets.models import Entry, Ticket
from postroom.tickets.services.attributes import copied, copied_faults, date_the_close, faults
from postroom.tickets.services.tell import tell, told_of_changes

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


def _shown(value: Any) -> Any:
    return value if value is None or isinstance(value, str | int | list) else str(value)


@transaction.atomic
def update_ticket(ticket: Ticket, by: User, change: TicketChange) -> Ticket:
    """Set attributes (names of ``CHANGEABLE``, values as model values). Raises Invalid; writes one event entry."""
    unknown = [name for name in change if name not in CHANGEABLE]
    if unknown:
        raise Invalid([(name, "cannot be changed.") for name in unknown])
    if "cc_emails" in change:
        change = {**change, "cc_emails": copied(change["cc_emails"])}
    ticket = Ticket.objects.select_for_update().get(pk=ticket.pk)
    if "status" in change and ticket.merged_into_id:
        raise Invalid([("status", f"This request was merged into #{ticket.merged_into_id} and stays closed.")])
    changes = [
        {"field": name, "old": _shown(getattr(ticket, name)), "new": _shown(value)}
        for name, value in change.items()
        if getattr(ticket, name) != value
    ]
    if not changes:
        return ticket
    for name, value in change.items():
        setattr(ticket, name, value)
    if errors := [*faults(ticket), *copied_faults(change.get("cc_emails", ()))]:
        raise Invalid(errors)
    now = timezone.now()
    date_the_close(ticket, now)
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
    tell(*told_of_changes(ticket, by, changes))
    return ticket


def reopen(ticket: Ticket, because: str) -> None:
    """Set the request back to open, and keep the event that says why. The caller holds the transaction."""
    old, ticket.status, ticket.closed_at = ticket.status, Ticket.Status.OPEN, None
    ticket.save(update_fields=["status", "closed_at"])
    Entry.objects.create(
        ticket=ticket,
        kind=Entry.Kind.EVENT,
        direction=Entry.Direction.INTERNAL,
        author_name="Postroom",
        event={"changes": [{"field": "status", "old": old, "new": ticket.status}], "because": because},
    )
