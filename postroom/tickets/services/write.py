"""What people write in the portals and over REST: new requests, replies, notes, collaborations, forwards."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from postroom.accounts.models import Company, TechnicianGroup, User
from postroom.channels.models import EmailPreferences, IncomingServer, OutgoingServer
from postroom.channels.queries import own_addresses
from postroom.mail.addresses import is_valid
from postroom.mail.html import html_to_text, sanitise
from postroom.outbox.services import queue
from postroom.rules.fields import Invalid
from postroom.tickets import notifications
from postroom.tickets.closed import effect_of_reply
from postroom.tickets.models import Category, Entry, Participant, Ticket
from postroom.tickets.services.attributes import copied, copied_faults, date_the_close, faults
from postroom.tickets.services.composed import Composed
from postroom.tickets.services.concerned import Happening
from postroom.tickets.services.files import NewFile, attach
from postroom.tickets.services.forwarding import Along, with_quotes
from postroom.tickets.services.guarded import may_acknowledge
from postroom.tickets.services.log import refuse_merged
from postroom.tickets.services.tell import notices, tell
from postroom.tickets.services.update import reopen
from postroom.tickets.wording import Wording

__all__ = [
    "Along",
    "Composed",
    "NewFile",
    "NewTicket",
    "add_collaboration",
    "add_forward",
    "add_note",
    "add_reply",
    "checked",
    "open_ticket",
]

MAX_FILES = 50


@dataclass(frozen=True, slots=True)
class NewTicket:
    """A request that is raised in a portal or over REST.

    ``mailbox`` None: the primary one (R11). ``flag`` marks the description, such as with ``guest_form``.
    """

    requester: User
    subject: str
    source: str
    author: User
    kind: str = Ticket.Kind.INCIDENT
    status: str = Ticket.Status.OPEN
    priority: str = Ticket.Priority.MEDIUM
    technician: User | None = None
    technician_group: TechnicianGroup | None = None
    category: Category | None = None
    company: Company | None = None
    department: str = ""
    location: str = ""
    cc_emails: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    mailbox: IncomingServer | None = None
    follow_up_of: Ticket | None = None
    flag: str = ""


@transaction.atomic
def open_ticket(new: NewTicket, body: Composed) -> Ticket:
    """Raise a request and acknowledge it. Raises Invalid."""
    body = checked(body)
    ticket = _new_ticket(new)
    if errors := [*faults(ticket), *copied_faults(ticket.cc_emails), *_requester_faults(new.requester)]:
        raise Invalid(errors)
    ticket.save(force_insert=True)
    entry = _write_entry(ticket, new.author, Entry.Kind.DESCRIPTION, Entry.Direction.IN, body, new.flag)
    _tell_of_opening(ticket, entry, new.author)
    return ticket


def _tell_of_opening(ticket: Ticket, entry: Entry, author: User) -> None:
    """The acknowledgement, and notices to the group, the assignee and, where a technician added them, the Cc."""
    wording = Wording.load()
    mail = None
    if may_acknowledge(ticket, guest=notifications.is_unproved(ticket, entry)):
        mail = notifications.acknowledgement(ticket, entry, wording)
    happened = [Happening("created", ticket, author, entry=entry, only=("group",))]
    if ticket.technician is not None:
        happened.append(Happening("assigned", ticket, author, entry=entry, only=("technician",)))
    if author.is_technician and ticket.cc_emails:
        happened.append(Happening("cc_added", ticket, author, addresses=tuple(ticket.cc_emails)))
    queue([*([mail] if mail else []), *notices(happened, wording)])


def _requester_faults(requester: User) -> list[tuple[str, str]]:
    ours = own_addresses(IncomingServer.objects.all(), OutgoingServer.objects.all())
    if requester.email and requester.email in ours:
        return [("requester", f"{requester.email} is an address of the desk itself.")]
    return []


def _new_ticket(new: NewTicket) -> Ticket:
    """The row, not saved yet. Answers go out by, and come in at, its mailbox."""
    mailbox = new.mailbox or IncomingServer.objects.filter(primary=True).first()
    ticket = Ticket(
        kind=new.kind,
        subject=new.subject.strip()[:998],
        status=new.status,
        priority=new.priority,
        requester=new.requester,
        technician=new.technician,
        technician_group=new.technician_group,
        category=new.category,
        company=new.company or new.requester.company,
        department=new.department,
        location=new.location,
        cc_emails=copied(new.cc_emails),
        tags=list(new.tags),
        follow_up_of=new.follow_up_of,
        source=new.source,
        mailbox=mailbox,
        mailbox_email=mailbox.email if mailbox else "",
        created_by=new.author,
    )
    date_the_close(ticket, ticket.created_at)
    return ticket


@transaction.atomic
def add_reply(ticket: Ticket, author: User, body: Composed) -> Entry:
    """Answer the requester (or, written by the requester, answer the desk). Raises Invalid.

    What a requester writes reopens a resolved request; on a closed one Email Preference decides (PRF-60 to PRF-65).
    """
    body = checked(_addressed(ticket, body))
    if author.is_technician and author.pk != ticket.requester_id:
        refuse_merged(ticket)
        entry = _write_entry(ticket, author, Entry.Kind.REPLY, Entry.Direction.OUT, body)
        _queue_composed(ticket, entry, body)
    else:
        # What was merged is worked on in the other request, whose conversation shows this entry too.
        worked_on = ticket.merged_into or ticket
        because = _reason_to_reopen(worked_on)
        entry = _write_entry(ticket, author, Entry.Kind.REPLY, Entry.Direction.IN, body)
        old = worked_on.status
        if because:
            reopen(worked_on, because)
        event = "reopened" if because else "requester_replied"
        tell(Happening(event, worked_on, author, entry=entry, old_status=old, only=("technician",)))
        _touch(worked_on)
    _touch(ticket)
    return entry


def _reason_to_reopen(ticket: Ticket) -> str:
    """Why a reply of the requester reopens the request, empty where it does not. Raises Invalid if a new one is due."""
    ticket.refresh_from_db(fields=["status", "closed_at"], from_queryset=Ticket.objects.select_for_update())
    effect = effect_of_reply(ticket)
    if effect.kind == "follow_up":
        raise Invalid([("text", "This request is closed. Please open a new one.")])
    return f"The requester replied to a {ticket.status} request." if effect.kind == "reopen" else ""


@transaction.atomic
def add_note(ticket: Ticket, author: User, body: Composed) -> Entry:
    """Keep an internal note; the technicians concerned are told. Raises Invalid."""
    refuse_merged(ticket)
    entry = _write_entry(ticket, author, Entry.Kind.NOTE, Entry.Direction.INTERNAL, checked(body))
    tell(Happening("noted", ticket, author, entry=entry))
    _touch(ticket)
    return entry


@transaction.atomic
def add_collaboration(ticket: Ticket, author: User, body: Composed) -> Entry:
    """Write to fellow technicians on the request; the requester never sees it. Raises Invalid."""
    refuse_merged(ticket)
    entry = _write_entry(ticket, author, Entry.Kind.COLLABORATION, Entry.Direction.INTERNAL, checked(body))
    tell(Happening("collaborated", ticket, author, entry=entry))
    _touch(ticket)
    return entry


@transaction.atomic
def add_forward(ticket: Ticket, author: User, body: Composed, along: Along | None = None) -> Entry:
    """Mail the request's matter, with the entries and files of ``along``, to a third party. Raises Invalid.

    Whoever gets it answers internally (R24).
    """
    refuse_merged(ticket)
    if not body.to:
        raise Invalid([("to", "Say whom to forward to.")])
    body = checked(replace(with_quotes(ticket, body, along), cc=body.cc or ()))
    entry = _write_entry(ticket, author, Entry.Kind.FORWARD, Entry.Direction.OUT, body)
    insiders = {ticket.requester.email, *ticket.cc_emails}
    Participant.objects.bulk_create(
        [
            Participant(ticket=ticket, email=address.lower(), role=Participant.Role.THIRD_PARTY)
            for address in {*body.to, *(body.cc or ())}
            if address.lower() not in insiders
        ],
        ignore_conflicts=True,
    )
    _queue_composed(ticket, entry, body)
    _touch(ticket)
    return entry


def _addressed(ticket: Ticket, body: Composed) -> Composed:
    """Fill in whom a reply goes to where the writer left it open: the requester, and the request's Cc."""
    to = body.to or ((ticket.requester.email,) if ticket.requester.email else ())
    cc = tuple(ticket.cc_emails) if body.cc is None else body.cc
    return replace(body, to=to, cc=cc)


def checked(body: Composed) -> Composed:
    """Sanitise, and refuse what cannot be sent, each fault at its field."""
    errors: list[tuple[str, str]] = []
    html = sanitise(body.html) if body.html.strip() else ""
    text = body.text.strip() or (html_to_text(html) if html else "")
    if not text.strip() and not body.files and not body.kept:
        errors.append(("text", "Write something first."))
    for name, addresses in (("to", body.to), ("cc", body.cc or ())):
        errors += [(name, f"{item} is not an email address.") for item in addresses if not is_valid(item)]
    if len(body.files) + len(body.kept) > MAX_FILES:
        errors.append(("attachments", f"At most {MAX_FILES} files."))
    server = body.outgoing_server
    if server is not None and not EmailPreferences.load().allow_choosing_outgoing_server:
        errors.append(("outgoing_server", "Choosing the outgoing server is switched off in Email Preference."))
    elif server is not None and not server.enabled:
        errors.append(("outgoing_server", f"{server.name} is disabled."))
    if errors:
        raise Invalid(errors)
    return replace(body, text=text.replace("\x00", ""), html=html)


def _write_entry(ticket: Ticket, author: User, kind: str, direction: str, body: Composed, flag: str = "") -> Entry:
    entry = Entry.objects.create(
        ticket=ticket,
        kind=kind,
        direction=direction,
        author=author,
        author_name=author.name,
        author_email=author.email or "",
        to=list(body.to),
        cc=list(body.cc or ()),
        text=body.text,
        html=body.html,
        flag=flag,
    )
    if body.files or body.kept:
        attach(entry, body.files, body.kept)
    return entry


def _queue_composed(ticket: Ticket, entry: Entry, body: Composed) -> None:
    mail = notifications.composed(ticket, entry, picked=body.outgoing_server)
    due = timezone.now() + timedelta(seconds=body.undo_seconds)
    (row,) = queue([replace(mail, due_at=due)])
    entry.message_id = row.message_id
    entry.save(update_fields=["message_id"])


def _touch(ticket: Ticket) -> None:
    ticket.updated_at = timezone.now()
    ticket.save(update_fields=["updated_at"])
