"""A mail about a request to whomever a technician likes: people, technician groups, requester groups (WRK-05)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from typing import Any

from django.db import transaction

from postroom.accounts.models import RequesterGroup, TechnicianGroup, User
from postroom.audit.services import Actor, record
from postroom.channels.secret import thread_keys
from postroom.channels.storage import blobs, hold_blobs
from postroom.mail.identify import footer_line, strip_tag
from postroom.outbox.models import OutboundEmail
from postroom.outbox.services import NewMail, queue
from postroom.rules.fields import Invalid, unknown_name
from postroom.tickets.models import Participant, Ticket
from postroom.tickets.notifications import loop_header, rule_values, tagged_subject
from postroom.tickets.services.write import Composed, NewFile, checked

MAX_RECIPIENTS = 500


@dataclass(frozen=True, slots=True)
class Notice:
    """What is told: ``subject`` and ``body``, to the addresses in ``body`` and to all members of ``groups`` (names)."""

    subject: str
    body: Composed
    groups: tuple[str, ...] = ()


@transaction.atomic
def send_notification(ticket: Ticket, actor: Actor, notice: Notice) -> OutboundEmail:
    """Queue the mail. It is kept in the outgoing log and the audit; the conversation gets no entry. Raises Invalid."""
    subject = strip_tag(notice.subject).removeprefix(":").strip()
    if not subject:
        raise Invalid([("subject", "Enter a subject.")])
    body = checked(notice.body)
    to = _once([*body.to, *_members(notice.groups)])
    cc = [address for address in _once(body.cc or ()) if address.lower() not in {name.lower() for name in to}]
    if not to and not cc:
        raise Invalid([("to", "Say whom to send it to.")])
    if len(to) + len(cc) > MAX_RECIPIENTS:
        raise Invalid([("groups" if notice.groups else "to", f"At most {MAX_RECIPIENTS} recipients.")])
    footer = footer_line(ticket.number, thread_keys()[0])
    mail = NewMail(
        kind=OutboundEmail.Kind.NOTIFICATION,
        to=to or cc,
        cc=cc if to else (),
        subject=tagged_subject(ticket, subject),
        text=f"{body.text}\n\n{footer}\n",
        html=f"{body.html}<p><small>{escape(footer)}</small></p>" if body.html else "",
        ticket_id=ticket.number,
        mailbox=ticket.mailbox,
        picked=body.outgoing_server,
        facts=rule_values(ticket, notification="notification", recipient=(to or cc)[0]),
        headers=[loop_header()],
        files=_stored(body.files),
    )
    (row,) = queue([mail])
    _remember(ticket, [*to, *cc])
    change = {"field": "to", "old": None, "new": [*to, *cc]}
    record(actor=actor, action="sent", object_=row, name=row.subject, changes=[change])
    return row


def _once(addresses: Iterable[str]) -> list[str]:
    """The addresses without repetitions, in whatever case they are written."""
    found: dict[str, str] = {}
    for address in addresses:
        found.setdefault(address.strip().lower(), address.strip())
    return list(found.values())


def _members(names: Iterable[str]) -> list[str]:
    """The addresses of everybody in these groups who can be written to. Raises Invalid for a group that is not."""
    errors: list[tuple[str, str]] = []
    addresses: list[str] = []
    for index, name in enumerate(names):
        groups = [
            group
            for model in (TechnicianGroup, RequesterGroup)
            for group in model._default_manager.filter(name__iexact=name.strip())
        ]
        if not groups:
            errors.append((f"groups[{index}]", unknown_name("technician or requester group", name)))
        for group in groups:
            people: Iterable[User] = group.members.filter(archived=False, blocked=False).exclude(email=None)
            addresses += [person.email for person in people if person.email]
    if errors:
        raise Invalid(errors)
    return addresses


def _stored(files: Iterable[NewFile]) -> list[dict[str, Any]]:
    """The files in the blob store, as the outgoing ledger names them."""
    files = list(files)
    if not files:
        return []
    hold_blobs()
    return [
        {
            "sha256": sha,
            "filename": file.filename[:255],
            "content_type": file.content_type[:255] or "application/octet-stream",
            "content_id": file.content_id,
            "inline": file.inline,
        }
        for file, sha in zip(files, blobs().put_many([file.content for file in files]), strict=True)
    ]


def _remember(ticket: Ticket, addresses: Iterable[str]) -> None:
    """Whoever is an outsider answers as a third party: internally, as after a forward (R24)."""
    insiders = {(ticket.requester.email or "").lower(), *(address.lower() for address in ticket.cc_emails)}
    outside = {address.lower() for address in addresses} - insiders
    desk = User.objects.filter(email__in=outside, role__in=[User.Role.TECHNICIAN, User.Role.ADMIN])
    outside -= {person.email for person in desk if person.email}
    rows = [Participant(ticket=ticket, email=email, role=Participant.Role.THIRD_PARTY) for email in sorted(outside)]
    Participant.objects.bulk_create(rows, ignore_conflicts=True)
