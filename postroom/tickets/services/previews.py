"""What a template makes of a request, real or made up, before anybody gets it; and the mail that shows it (NTF-03)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.db import transaction

from postroom.accounts.models import TechnicianGroup, User
from postroom.audit.services import Actor, record
from postroom.channels.models import IncomingServer
from postroom.outbox.models import OutboundEmail
from postroom.outbox.services import NewMail, queue
from postroom.rules.fields import Invalid
from postroom.tickets.events import FRAME, Words
from postroom.tickets.models import Category, Entry, NotificationTemplate, Ticket
from postroom.tickets.notifications import Reader, about, automatic_headers, request_values
from postroom.tickets.services.refused import REASONS
from postroom.tickets.services.templates import shipped_values, show_template
from postroom.tickets.wording import Value, Wording, fill, fill_html, fill_line

_HERE = "The words of the notification stand here."
_BODY = Words("{{ subject }}", _HERE, f"<p>{_HERE}</p>")


@dataclass(frozen=True, slots=True)
class Preview:
    """A mail as it would be; ``html`` is empty where it has none."""

    subject: str
    text: str
    html: str


def preview_template(values: Mapping[str, Any], ticket: Ticket | None = None) -> Preview:
    """The mail that a template (checked values, as the contract names them) makes of ``ticket``, or of a sample."""
    mail = _mail(values, ticket)
    return Preview(mail.subject, mail.text, mail.html)


@transaction.atomic
def try_template(actor: Actor, values: Mapping[str, Any], person: User, ticket: Ticket | None = None) -> OutboundEmail:
    """Mail it to ``person`` alone. Raises Invalid for somebody without an address."""
    if not person.email:
        raise Invalid([("", "You have no address that it could be sent to.")])
    mail = _mail(values, ticket)
    (row,) = queue(
        [
            NewMail(
                kind=OutboundEmail.Kind.TEST,
                to=[person.email],
                subject=mail.subject,
                text=mail.text,
                html=mail.html,
                mailbox=mail.mailbox,
                facts=mail.facts,
                headers=automatic_headers("auto-generated"),
            )
        ]
    )
    record(actor=actor, action="tested", object_=row, name=row.subject, changes=[])
    return row


def _mail(values: Mapping[str, Any], ticket: Ticket | None) -> NewMail:
    words = Words(values["subject"], values["text"], values["html"])
    event, audience, language = values["event"], values["audience"], values["language"]
    wording = Wording.load()
    if event in FRAME:
        wording.written[event, audience, language.lower()] = replace(words, enabled=values["enabled"])
        words = _BODY
    desk = IncomingServer.objects.filter(primary=True).first()
    if audience == "sender":
        return _refusal(words, wording, language, desk)
    entry = None
    if ticket is None:
        ticket, entry = sample(desk)
    values_of = _values(event, audience, ticket, entry, language)
    return about(ticket, _reader(audience, ticket, language), event, words, wording, values_of)


def _refusal(words: Words, wording: Wording, language: str, desk: IncomingServer | None) -> NewMail:
    values: dict[str, Value] = {"mailbox": desk.email if desk else "", "reason": REASONS["guest_not_allowed"]}
    html = fill_html(words.html, values) if words.html else ""
    text, html = wording.framed(fill(words.text, values), html, language, values)
    return NewMail(OutboundEmail.Kind.TEST, [], fill_line(words.subject, values), text, html, mailbox=desk)


def _values(event: str, audience: str, ticket: Ticket, entry: Entry | None, language: str) -> dict[str, Value]:
    more: dict[str, Value] = {"actor": "Theo Technician", "old_status": Ticket.Status.PENDING.label}
    if event == "not_delivered":
        more |= {"recipients": ticket.requester.email or "", "reason": "550 5.1.1 no such user"}
    return request_values(ticket, _reader(audience, ticket, language), entry=entry, **more)


def _reader(audience: str, ticket: Ticket, language: str) -> Reader:
    if audience in ("requester", "guest", "cc"):
        requester = ticket.requester
        return Reader(requester.email or "", requester.name, language, guest=audience == "guest")
    technician = ticket.technician
    return Reader(technician.email or "" if technician else "", technician.name if technician else "", language, True)


def sample(desk: IncomingServer | None) -> tuple[Ticket, Entry]:
    """A request that does not exist, and what was written on it last."""
    ticket = Ticket(
        number=46,
        subject="The printer is on fire",
        status=Ticket.Status.IN_PROGRESS,
        priority=Ticket.Priority.HIGH,
        requester=User(name="Sam Requester", email="sam@example.test"),
        technician=User(name="Tess Technician", email="tess@desk.test", role=User.Role.TECHNICIAN),
        technician_group=TechnicianGroup(name="Service Desk"),
        category=Category(name="Hardware / Printer"),
        cc_emails=["boss@example.test"],
        mailbox=desk,
        mailbox_email=desk.email if desk else "support@desk.test",
    )
    words = "Smoke comes out of the printer on the second floor.\nShould we use water?"
    return ticket, Entry(kind=Entry.Kind.DESCRIPTION, text=words, author_name="Sam Requester")


def template_values(event: str, audience: str, language: str) -> tuple[NotificationTemplate | None, dict[str, Any]]:
    """The stored template and its values, or None and the words that count while there is none. Raises Invalid."""
    row = NotificationTemplate.objects.filter(event=event, audience=audience, language=language).first()
    return row, show_template(row) if row else shipped_values(event, audience, language)
