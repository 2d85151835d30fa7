"""Write what decisions on incoming mail ask for, a batch at a time: requests, entries, files, participants, mails.

The caller holds the transaction. Everything is a bulk statement, so a batch of a hundred costs about a dozen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from postroom.accounts.models import User
from postroom.channels.bulk import insert_many
from postroom.channels.models import Settings
from postroom.channels.queries import route_of
from postroom.channels.storage import blobs, hold_blobs
from postroom.mail.identify import strip_tag
from postroom.mail.model import Address, ParsedMail
from postroom.outbox.services import queue
from postroom.tickets import notifications
from postroom.tickets.models import Attachment, Entry, Participant, Ticket
from postroom.tickets.services.arrived import Arrival, Came
from postroom.tickets.services.people import guests_for

NO_SUBJECT = "(no subject)"
SUBJECT_FROM_BODY = 80


@dataclass(slots=True)
class Written:
    """What became of an arrival."""

    ticket_id: int
    entry_id: int


def write_arrivals(arrivals: Sequence[Arrival], users: dict[str, User]) -> list[Written]:
    """Write a batch, oldest first; one ``Written`` for each arrival, in the same order."""
    opening = [arrival for arrival in arrivals if arrival.decision.outcome == "created"]
    requesters = [arrival.decision.requester for arrival in opening if arrival.decision.requester]
    users = guests_for(requesters, users)
    tickets = _open(opening, users)
    numbers = {arrival.decision.ticket_id for arrival in arrivals if arrival.decision.ticket_id}
    existing = _existing(numbers)
    before = {number: ticket.status for number, ticket in existing.items()}
    entries: list[Entry] = []
    for arrival in arrivals:
        ticket = tickets.get(id(arrival)) or existing[arrival.decision.ticket_id or 0]
        entries.append(_entry(arrival, ticket, users))
    notes = [
        _forwarders_note(arrival, tickets[id(arrival)], users) for arrival in opening if arrival.decision.forwarded_by
    ]
    events = [_reopened(arrival, existing) for arrival in arrivals if arrival.decision.reopen]
    insert_many([*entries, *notes, *events])
    files = _write_files(arrivals, entries)
    _add_watchers(opening, tickets, users)
    _touch(arrivals, existing)
    queue(Came(arrivals, entries, files, before).mails())
    return [Written(entry.ticket_id, entry.pk) for entry in entries]


def _open(opening: Sequence[Arrival], users: dict[str, User]) -> dict[int, Ticket]:
    """The new requests of the batch, by ``id`` of their arrival."""
    of_companies = any(arrival.mailbox and arrival.mailbox.company_id for arrival in opening)
    companies = of_companies and Settings.load().managed_services_provider
    tickets = {id(arrival): _new_ticket(arrival, users, companies=companies) for arrival in opening}
    insert_many(list(tickets.values()))
    return tickets


def _new_ticket(arrival: Arrival, users: dict[str, User], *, companies: bool) -> Ticket:
    """``companies``: mailboxes give their company (INC-02: for managed services providers alone)."""
    decision, mailbox = arrival.decision, arrival.mailbox
    requester = users[decision.requester.email.lower() if decision.requester else ""]
    route = route_of(mailbox, _recipients(arrival.mail)) if mailbox else None
    now = timezone.now()
    return Ticket(
        subject=subject_of(arrival.mail, follow_up=decision.follow_up_of is not None),
        requester=requester,
        cc_emails=list(decision.cc),
        technician_group=(route and route.technician_group) or (mailbox.technician_group if mailbox else None),
        category=(route and route.category) or (mailbox.category if mailbox else None),
        company=(mailbox.company if mailbox and companies else None) or requester.company,
        follow_up_of_id=decision.follow_up_of,
        source=Ticket.Source.EMAIL,
        mailbox=mailbox,
        mailbox_email=arrival.mailbox_email,
        created_by_id=decision.forwarded_by or requester.pk,
        created_at=now,
        updated_at=now,
    )


def _recipients(mail: ParsedMail) -> list[str]:
    """Where a mail went, as it says itself; last what the mail server noted of a blind copy."""
    noted = [value.strip(" <>") for name, value in mail.headers if name in ("delivered-to", "x-original-to")]
    return [*(address.email for address in (*mail.to, *mail.cc)), *noted]


def subject_of(mail: ParsedMail, *, follow_up: bool = False) -> str:
    """The request's subject: the mail's, or the first words of its body, or ``(no subject)`` (PRF-04)."""
    subject = mail.subject
    if mail.forwarded is not None and not subject.strip():
        subject = mail.forwarded.subject
    if follow_up:
        subject = strip_tag(subject)
    words = subject.strip() or " ".join(mail.text.split())[:SUBJECT_FROM_BODY]
    return words[:998] or NO_SUBJECT


def _existing(numbers: set[int]) -> dict[int, Ticket]:
    """The requests that entries are added to, locked until the end of the transaction."""
    if not numbers:
        return {}
    locked = Ticket.objects.select_for_update(of=("self",)).order_by("number").filter(pk__in=numbers)
    return {
        ticket.number: ticket
        for ticket in locked.select_related(
            "requester", "mailbox", "technician", "technician_group", "category", "company"
        ).defer("mailbox__password", "mailbox__client_secret")
    }


def _entry(arrival: Arrival, ticket: Ticket, users: dict[str, User]) -> Entry:
    mail, decision = arrival.mail, arrival.decision
    if decision.outcome == "created":
        author, text, html, quoted = _description(arrival)
    else:
        author = mail.sender
        text, html, quoted = mail.reply_text or mail.text, mail.reply_html or mail.html or "", mail.quoted_html or ""
    user = users.get(author.email.lower()) if author and (decision.author_id or decision.outcome == "created") else None
    return Entry(
        ticket=ticket,
        kind=decision.entry_kind or Entry.Kind.NOTE,
        direction=decision.direction,
        author=user,
        author_name=(user.name if user else author.name if author else "")[:320],
        author_email=author.email[:320] if author else "",
        to=_written(mail.to),
        cc=_written(mail.cc),
        text=text,
        html=html,
        quoted_html=quoted,
        message_id=(mail.message_id or "")[:998],
        flag=decision.flag,
        created_at=arrival.received_at if decision.outcome == "created" else timezone.now(),
    )


def _description(arrival: Arrival) -> tuple[Address | None, str, str, str]:
    """Author, text, HTML and folded part of a description: the forwarded mail's if a technician sent it on (PRF-42)."""
    mail, decision = arrival.mail, arrival.decision
    if decision.forwarded_by is not None and mail.forwarded is not None:
        return (
            mail.forwarded.sender,
            mail.forwarded.text,
            "" if mail.reply_html else mail.html or "",
            mail.quoted_html or "",
        )
    return mail.sender, mail.text, mail.html or "", ""


def _written(addresses: Sequence[Address]) -> list[str]:
    return [address.email[:320] for address in addresses if address.email]


def _forwarders_note(arrival: Arrival, ticket: Ticket, users: dict[str, User]) -> Entry:
    """What the technician wrote above the forward, for technicians alone (PRF-42)."""
    sender = arrival.mail.sender
    return Entry(
        ticket=ticket,
        kind=Entry.Kind.NOTE,
        direction=Entry.Direction.INTERNAL,
        author_id=arrival.decision.forwarded_by,
        author_name=sender.name if sender else "",
        author_email=sender.email if sender else "",
        text=arrival.mail.reply_text if arrival.mail.reply_text != arrival.mail.text else "Forwarded by mail.",
        created_at=arrival.received_at,
    )


def _reopened(arrival: Arrival, existing: dict[int, Ticket]) -> Entry:
    """Set the request back to open, and the event that says so."""
    ticket = existing[arrival.decision.ticket_id or 0]
    old, ticket.status, ticket.closed_at = ticket.status, Ticket.Status.OPEN, None
    return Entry(
        ticket=ticket,
        kind=Entry.Kind.EVENT,
        direction=Entry.Direction.INTERNAL,
        author_name="Postroom",
        event={
            "changes": [{"field": "status", "old": old, "new": Ticket.Status.OPEN}],
            "because": arrival.decision.reason,
        },
    )


def _touch(arrivals: Sequence[Arrival], existing: dict[int, Ticket]) -> None:
    """Write what the batch changed in requests that were there before."""
    if not existing:
        return
    Ticket.objects.filter(pk__in=existing).update(updated_at=timezone.now())
    for number in {arrival.decision.ticket_id or 0 for arrival in arrivals if arrival.decision.reopen}:
        existing[number].save(update_fields=["status", "closed_at"])


def _write_files(arrivals: Sequence[Arrival], entries: Sequence[Entry]) -> dict[int, list[dict[str, Any]]]:
    """Store the files of the batch; what each entry's mail has to carry on, by the entry's key."""
    pairs = [
        (entry, file) for arrival, entry in zip(arrivals, entries, strict=True) for file in arrival.mail.attachments
    ]
    if not pairs:
        return {}
    hold_blobs()
    hashes = blobs().put_many([file.content for _, file in pairs])
    carried: dict[int, list[dict[str, Any]]] = {}
    rows = []
    for (entry, file), sha in zip(pairs, hashes, strict=True):
        row = Attachment(
            entry=entry,
            filename=file.filename[:255],
            content_type=file.content_type[:255],
            size=file.size,
            sha256=sha,
            content_id=(file.content_id or "")[:255],
            inline=file.inline,
        )
        rows.append(row)
        carried.setdefault(entry.pk, []).append(notifications.carried(row))
    Attachment.objects.bulk_create(rows)
    return carried


def _add_watchers(opening: Sequence[Arrival], tickets: dict[int, Ticket], users: dict[str, User]) -> None:
    """A technician whose forward opened a request watches it (PRF-42)."""
    watchers = [
        Participant(ticket=tickets[id(arrival)], email=arrival.mail.sender.email.lower(), role=Participant.Role.WATCHER)
        for arrival in opening
        if arrival.decision.forwarded_by and arrival.mail.sender
    ]
    Participant.objects.bulk_create(watchers, ignore_conflicts=True)
