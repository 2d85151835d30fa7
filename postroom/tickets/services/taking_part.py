"""Who takes part in a request: watchers, somebody unknown who is let in (THR-04), another requester (PRF-42)."""

from __future__ import annotations

from django.db import transaction

from postroom.accounts.models import User
from postroom.channels.models import IncomingServer, OutgoingServer
from postroom.channels.queries import own_addresses
from postroom.mail.addresses import is_valid
from postroom.mail.model import Address
from postroom.tickets.models import Entry, Participant, Ticket
from postroom.tickets.services.log import locked, log_event, people_of, refused
from postroom.tickets.services.people import guest_or_user
from postroom.tickets.services.update import update_ticket


@transaction.atomic
def watch(ticket: Ticket, by: User) -> None:
    """``by`` is told of what happens to the request. Raises Invalid for an account without an address."""
    if not by.email:
        raise refused("Only a person can watch a request.")
    (ticket,) = locked(by, ticket.pk)
    role = Participant.Role.WATCHER
    row, fresh = Participant.objects.get_or_create(ticket=ticket, email=by.email, defaults={"role": role})
    if not fresh and row.role != role:
        row.role, fresh = role, True
        row.save(update_fields=["role"])
    if fresh:
        log_event(ticket, by, action="watched")


@transaction.atomic
def unwatch(ticket: Ticket, by: User) -> None:
    """``by`` is no longer told."""
    (ticket,) = locked(by, ticket.pk)
    watching = Participant.objects.filter(ticket=ticket, email=by.email or "", role=Participant.Role.WATCHER)
    if watching.delete()[0]:
        log_event(ticket, by, action="unwatched")


@transaction.atomic
def accept_sender(entry: Entry, by: User) -> Ticket:
    """Let an unknown sender take part: they become Cc, so replies reach them, and what they write is a reply.

    What they wrote before stays internal. On a merged request they take part in the one that goes on. Raises Invalid.
    """
    (ticket,) = locked(by, entry.ticket.merged_into_id or entry.ticket_id)
    address = entry.author_email.lower()
    if entry.flag != "unknown_sender" or not is_valid(address):
        raise refused("Only an unknown sender can be accepted.")
    if address not in people_of(ticket):
        ticket = update_ticket(ticket, by, {"cc_emails": [*ticket.cc_emails, address]})
    Participant.objects.filter(ticket=ticket, email=address, role=Participant.Role.THIRD_PARTY).delete()
    log_event(ticket, by, action="accepted", address=address)
    theirs = Entry.objects.filter(ticket__in=[ticket.pk, entry.ticket_id], flag="unknown_sender")
    theirs.filter(author_email__iexact=address).update(flag="")
    return ticket


@transaction.atomic
def change_requester(ticket: Ticket, by: User, email: str, name: str = "") -> Ticket:
    """Make the request that of another person; an address that nobody has becomes a guest. Raises Invalid.

    The new requester sees the public conversation, the former one no longer does.
    """
    (ticket,) = locked(by, ticket.pk)
    address = email.strip()
    if not is_valid(address):
        raise refused(f"{address or 'That'} is not an email address.", "requester")
    if address.lower() in own_addresses(IncomingServer.objects.all(), OutgoingServer.objects.all()):
        raise refused(f"{address} is an address of the desk itself.", "requester")
    requester = guest_or_user(Address(name.strip(), address))
    change = {"requester": requester, "cc_emails": [one for one in ticket.cc_emails if one != requester.email]}
    return update_ticket(ticket, by, change)
