"""Take a request out of sight: as spam, which technicians may take back, or deleted, which administrators may.

Mail to what is out of sight is held (THR-05).
"""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from postroom.accounts.models import User
from postroom.audit.services import Actor, record
from postroom.channels.models import IncomingServer, OutgoingServer, Settings
from postroom.channels.queries import own_addresses
from postroom.tickets.access import hidden_tickets
from postroom.tickets.models import Entry, Ticket
from postroom.tickets.services.log import locked, log_event, refused


@transaction.atomic
def mark_as_spam(ticket: Ticket, by: User, actor: Actor, *, block_sender: bool = False) -> None:
    """The request goes to spam and, if asked for, its sender on the block list. Raises Invalid."""
    (ticket,) = locked(by, ticket.pk)
    blocked = _block(ticket, by, actor) if block_sender else ""
    ticket.deleted_at, ticket.spam = timezone.now(), True
    ticket.save(update_fields=["deleted_at", "spam"])
    log_event(ticket, by, action="spam", **({"address": blocked} if blocked else {}))


@transaction.atomic
def delete_ticket(ticket: Ticket, by: User) -> None:
    """Take the request out of sight for all but administrators. Raises Invalid for anybody else."""
    if not by.is_admin:
        raise refused("Only an administrator may delete a request.")
    (ticket,) = locked(by, ticket.pk)
    ticket.deleted_at, ticket.spam = timezone.now(), False
    ticket.save(update_fields=["deleted_at", "spam"])
    log_event(ticket, by, action="deleted")


@transaction.atomic
def restore_ticket(number: int, by: User, actor: Actor) -> Ticket:
    """Bring a request back, and its sender off the block list if marking it as spam had put them there.

    Raises Invalid where there is none that ``by`` may bring back.
    """
    ticket = hidden_tickets(by).select_for_update(of=("self",)).filter(pk=number).first()
    if ticket is None:
        raise refused(f"There is no request #{number} that you could bring back.", "request")
    marked = ticket.entries.filter(kind=Entry.Kind.EVENT, event__action="spam").order_by("-id").first()
    address = (marked.event or {}).get("address", "") if marked and ticket.spam else ""
    if address:
        _change_block_list(actor, remove=address)
    ticket.deleted_at, ticket.spam = None, False
    ticket.save(update_fields=["deleted_at", "spam"])
    log_event(ticket, by, action="restored", **({"address": address} if address else {}))
    return ticket


def _block(ticket: Ticket, by: User, actor: Actor) -> str:
    """Put the requester on the block list; their address, or "" where it is there already. Raises Invalid."""
    requester, address = ticket.requester, ticket.requester.email or ""
    if requester.is_technician:
        raise refused(f"{requester.name} is a technician and cannot be blocked.", "block_sender")
    if requester.kind != User.Kind.GUEST and not by.is_admin:
        raise refused(f"{requester.name} is registered: only an administrator may block them.", "block_sender")
    if not address or address in own_addresses(IncomingServer.objects.all(), OutgoingServer.objects.all()):
        raise refused("There is no sender that could be blocked.", "block_sender")
    return address if _change_block_list(actor, add=address) else ""


def _change_block_list(actor: Actor, *, add: str = "", remove: str = "") -> bool:
    """True where the list is another one now; then the audit says so."""
    settings = Settings.objects.select_for_update().get(pk=Settings.load().pk)
    old = list(settings.block_senders)
    kept = [one for one in old if one.lower() != remove]
    new = [*kept, add] if add and add not in kept else kept
    if new == old:
        return False
    settings.block_senders = new
    settings.save()
    change = {"field": "block_senders", "old": old, "new": new}
    record(actor=actor, action="updated", object_=settings, name="Security", changes=[change])
    return True
