"""The fixed cast, and builders of mails, facts and preferences with plain defaults."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from postroom.mail.model import Address, Forwarded, ParsedMail
from postroom.rules.inbound import decide
from postroom.rules.model import Decision, Facts, Filter, Mailbox, Person, Preferences, Thread

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)

SAM = Person(1, "sam@example.test", "Sam", "requester")
GITA = Person(2, "gita@example.test", "Gita", "requester", kind="guest")
TESS = Person(3, "tess@desk.test", "Tess", "technician")
THEO = Person(4, "theo@desk.test", "Theo", "technician")
ADA = Person(5, "ada@desk.test", "Ada", "admin")
CAST = {person.email: person for person in (SAM, GITA, TESS, THEO, ADA)}

STRANGER = "mallory@elsewhere.test"
COPIED = "carl@example.test"
VENDOR = "vera@vendor.test"
DESK = "support@desk.test"
OURS = frozenset({DESK, "help@desk.test", "hr@desk.test"})


def addresses(*emails: str) -> list[Address]:
    return [Address("", email) for email in emails]


def a_mail(sender: str | None = SAM.email, **fields: Any) -> ParsedMail:
    fields = {"subject": "Printer on fire", "text": "Please come.", "reply_text": "Please come.", **fields}
    return ParsedMail(
        sender=Address("", sender) if sender is not None else None, to=fields.pop("to", addresses(DESK)), **fields
    )


def a_thread(**fields: Any) -> Thread:
    """Request #46 of Sam, with Carl copied, forwarded to Vera, assigned to Tess."""
    thread = Thread(
        ticket_id=460,
        number=46,
        status="open",
        requester_id=SAM.id,
        requester_email=SAM.email,
        assignee_id=TESS.id,
        participants=frozenset({SAM.email, COPIED}),
        third_parties=frozenset({VENDOR}),
        matched_by="token",
        to_sender=True,
    )
    return replace(thread, **fields)


def a_closed_thread(**fields: Any) -> Thread:
    return a_thread(status="closed", closed_at=NOON - timedelta(days=1), **fields)


def some_facts(**fields: Any) -> Facts:
    mailbox = Mailbox(1, DESK, frozenset({DESK, "help@desk.test"}), **fields.pop("mailbox", {}))
    return Facts(mailbox, NOON, 2_000, OURS, fields.pop("people", CAST), **{"now": NOON, **fields})


def decided(mail: ParsedMail | None = None, facts: Facts | None = None, **preferences: Any) -> Decision:
    return decide(mail or a_mail(), facts or some_facts(), Preferences(**preferences))


def a_forward(sender: str = GITA.email, by: str = TESS.email, **fields: Any) -> ParsedMail:
    """A technician's forward of a mail that Gita wrote."""
    inner = {"to": [], "cc": [], "subject": "Printer on fire", "date": None, "text": "It burns.", **fields}
    return a_mail(by, forwarded=Forwarded(sender=Address("", sender), **inner))


def filtering(**lists: Any) -> Facts:
    return some_facts(mailbox={"filter": Filter(**lists)})
