"""Put an entry where it belongs: into a request of its own, or into another one. Later answers to it follow.

What somebody wrote stays hidden from those who did not see it before: on a request of somebody else it is internal.
"""

from __future__ import annotations

from django.db import transaction

from postroom.accounts.models import User
from postroom.mail.model import Address
from postroom.outbox.models import OutboundEmail
from postroom.tickets.models import Entry, Ticket
from postroom.tickets.services.linking import connect
from postroom.tickets.services.log import locked, log_event, people_of, refuse_merged, refused
from postroom.tickets.services.people import guest_or_user

ON_THEIR_WAY = (*OutboundEmail.WAITING, OutboundEmail.State.SENDING)
OUTSIDERS = ("unknown_sender", "third_party")


@transaction.atomic
def split_off(entry: Entry, by: User, subject: str = "") -> Ticket:
    """Make a request of an entry: of whoever wrote it from outside, else of the same requester. Raises Invalid."""
    (ticket,) = locked(by, entry.ticket_id)
    _check(entry, ticket)
    theirs = entry.direction == Entry.Direction.IN or entry.flag in OUTSIDERS
    requester = _writer(entry) if theirs else None
    ticket_of_own = _ticket_like(ticket, requester or ticket.requester, by, subject)
    if theirs:
        entry.kind, entry.direction, entry.flag = Entry.Kind.DESCRIPTION, Entry.Direction.IN, ""
    _take(entry, ticket_of_own)
    log_event(ticket, by, action="split_off", request=ticket_of_own.pk)
    log_event(ticket_of_own, by, action="split_from", request=ticket.pk)
    connect(ticket, ticket_of_own)
    return ticket_of_own


@transaction.atomic
def move_entry(entry: Entry, into: int, by: User) -> Entry:
    """Move an entry to request ``into``, and with it every later answer to it. Raises Invalid."""
    if entry.ticket_id == into:
        raise refused("The entry is on that request already.", "into")
    source, target = locked(by, entry.ticket_id, into, field="into")
    _check(entry, source)
    refuse_merged(target)
    entry.kind, entry.direction, entry.flag = _as_shown(entry, source, target)
    _take(entry, target)
    log_event(source, by, action="moved_to", request=target.pk)
    log_event(target, by, action="moved_from", request=source.pk)
    return entry


def _check(entry: Entry, ticket: Ticket) -> None:
    """Raises Invalid for what has to stay."""
    refuse_merged(ticket)
    if entry.kind == Entry.Kind.EVENT:
        raise refused("What happened to a request stays with it.")
    if entry.kind == Entry.Kind.DESCRIPTION:
        raise refused("The description is the request itself. Merge the request instead.")
    if entry.outbound.filter(state__in=ON_THEIR_WAY).exists():
        raise refused("Its mail is still on its way. Wait until it was sent, or cancel it.")


def _writer(entry: Entry) -> User | None:
    """Whoever wrote an entry from outside."""
    if entry.author is not None:
        return entry.author
    return guest_or_user(Address(entry.author_name, entry.author_email)) if entry.author_email else None


def _ticket_like(ticket: Ticket, requester: User, by: User, subject: str) -> Ticket:
    """A new request beside ``ticket``. Nobody is copied on it: those on the other one need not know it."""
    same = requester.pk == ticket.requester_id
    return Ticket.objects.create(
        kind=ticket.kind,
        subject=(subject.strip() or ticket.subject)[:998],
        priority=ticket.priority,
        requester=requester,
        technician_id=ticket.technician_id,
        technician_group_id=ticket.technician_group_id,
        category_id=ticket.category_id,
        company_id=ticket.company_id if same else requester.company_id,
        department=ticket.department if same else requester.department,
        location=ticket.location if same else requester.location,
        source=ticket.source,
        mailbox_id=ticket.mailbox_id,
        mailbox_email=ticket.mailbox_email,
        created_by=by,
    )


def _take(entry: Entry, target: Ticket) -> None:
    """Threading learns: answers find their request by the entry, by the mail that carried it, or by the one it was."""
    entry.ticket = target
    entry.save(update_fields=["ticket", "kind", "direction", "flag"])
    entry.outbound.update(ticket=target)
    entry.inbound.update(ticket=target)


def _as_shown(entry: Entry, source: Ticket, target: Ticket) -> tuple[str, str, str]:
    """(kind, direction, flag) on the other request: public only for those who know it, or wrote it."""
    knows = people_of(target)
    written_by = entry.author_email.lower()
    if entry.is_public:
        theirs = {address.lower() for address in (*entry.to, *entry.cc)} if _is_from_desk(entry) else {written_by}
        if source.requester_id == target.requester_id or knows & theirs:
            return entry.kind, entry.direction, entry.flag
        flag = "unknown_sender" if entry.direction == Entry.Direction.IN else ""
        return Entry.Kind.NOTE, Entry.Direction.INTERNAL, flag
    if entry.flag in OUTSIDERS and written_by in knows:
        return Entry.Kind.REPLY, Entry.Direction.IN, ""
    sent = entry.outbound.filter(kind=OutboundEmail.Kind.REPLY).exclude(sent_at=None).exists()
    if entry.kind == Entry.Kind.NOTE and sent and knows & {address.lower() for address in entry.to}:
        return Entry.Kind.REPLY, Entry.Direction.OUT, ""
    return entry.kind, entry.direction, entry.flag


def _is_from_desk(entry: Entry) -> bool:
    """Whether those it was written to know it: a technician who wrote it may be copied on many requests."""
    return entry.direction == Entry.Direction.OUT
