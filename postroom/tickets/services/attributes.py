"""What holds for the attributes of every request, however they were set."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from postroom.accounts.models import User
from postroom.mail.addresses import is_valid
from postroom.tickets.models import Ticket

FINAL = (Ticket.Status.CLOSED,)

Fault = tuple[str, str]


def faults(ticket: Ticket) -> list[Fault]:
    """What is wrong with the attributes of ``ticket``: (attribute, a sentence); empty where nothing is."""
    found: list[Fault] = []
    if not ticket.subject.strip():
        found.append(("subject", "Give the request a subject."))
    for name, choices in (("status", Ticket.Status), ("priority", Ticket.Priority), ("kind", Ticket.Kind)):
        if getattr(ticket, name) not in choices.values:
            found.append((name, f"must be one of {', '.join(choices.values)}."))
    technician = ticket.technician
    if technician is not None and (not technician.is_technician or technician.kind == User.Kind.SERVICE):
        found.append(("technician", f"{technician} is not a technician."))
    return found


def copied(addresses: Iterable[str]) -> list[str]:
    """Addresses to copy as a request keeps them: lower-cased, each once, in the order given."""
    return list(dict.fromkeys(address.strip().lower() for address in addresses))


def copied_faults(addresses: Iterable[str]) -> list[Fault]:
    """A fault of ``cc_emails`` for each that is no address.

    Apart from ``faults``, because what a mail once named must not stand in the way of later changes.
    """
    return [("cc_emails", f"{address} is not an email address.") for address in addresses if not is_valid(address)]


def date_the_close(ticket: Ticket, now: datetime) -> None:
    """Keep ``closed_at`` in step with the status: since when the request has a final one, None while it has not."""
    ticket.closed_at = (ticket.closed_at or now) if ticket.status in FINAL else None
