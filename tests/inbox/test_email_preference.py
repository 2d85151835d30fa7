"""Each switch of Email Preference, saved as the page saves it, and what the next mail becomes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from postroom.accounts.models import User
from postroom.audit.services import Actor
from postroom.channels.models import IncomingServer
from postroom.channels.services import save_preferences, save_section
from postroom.inbox.models import InboundEmail
from postroom.inbox.services.manual import reprocess
from postroom.outbox.models import OutboundEmail
from postroom.tickets.models import Ticket
from postroom.tickets.queries import entries_for, public_entries
from postroom.tickets.services import update_ticket
from tests.inbox.conftest import Arrive
from tests.mails import a_mail

pytestmark = pytest.mark.django_db

ADA = Actor("Ada Administrator")
FORWARD = (
    "Please look into this.\n\n---------- Forwarded message ---------\n"
    "From: Gita Guest <gita@example.test>\nDate: Mon, 23 Nov 2026 at 08:00\nSubject: Broken chair\n"
    "To: Tess <tess@desk.test>\n\nMy chair is broken.\n"
)


def prefer(**data: Any) -> None:
    save_preferences(ADA, data)


@pytest.fixture
def closed(arrive: Arrive, sam: User, tess: User) -> Ticket:
    """Sam's request, born from the mail first@example.test, closed just now."""
    ticket = arrive(a_mail(message_id="first@example.test")).ticket
    assert ticket is not None
    update_ticket(ticket, tess, {"status": "closed"})
    return ticket


def reply(arrive: Arrive, *, days: float = 0, **fields: Any) -> InboundEmail:
    return arrive(a_mail(in_reply_to="first@example.test", **fields), at=timezone.now() + timedelta(days=days))


@pytest.mark.parametrize("sender", ["Sam Sample <sam@example.test>", "Gita Guest <gita@example.test>"])
def test_on_anyone_registered_or_not_opens_a_request_whose_subject_and_description_are_the_mails(
    arrive: Arrive, sam: User, sender: str
) -> None:
    """PRF-01"""
    prefer(email_to_request=True)
    ticket = arrive(a_mail(sender=sender, subject="No network", text="Nothing works since nine.")).ticket
    assert ticket is not None
    assert ticket.subject == "No network"
    assert "Nothing works since nine." in ticket.entries.get(kind="description").text


def test_the_description_is_shown_to_technicians_and_to_the_requester(arrive: Arrive, sam: User, tess: User) -> None:
    """PRF-01, WRK-01"""
    ticket = arrive(a_mail(text="Nothing works since nine.")).ticket
    assert ticket is not None
    ticket.technician_group.members.add(tess)  # type: ignore[union-attr]
    for shown in (entries_for(tess, ticket), public_entries(sam, ticket)):
        assert "Nothing works since nine." in shown[0].text


def test_off_no_request_is_created_by_mail_and_nothing_is_lost(arrive: Arrive, sam: User) -> None:
    """PRF-02"""
    prefer(email_to_request=False)
    row = arrive(a_mail())
    assert (row.outcome, row.ticket) == ("email_to_request_off", None)
    assert not Ticket.objects.exists()
    prefer(email_to_request=True)
    reprocess([row], ADA)
    assert arrive(a_mail(message_id="other@example.test", text="Something else.")).outcome == "created"
    row.refresh_from_db()
    assert row.outcome == "created"


def test_off_replies_to_existing_requests_keep_flowing(arrive: Arrive, sam: User) -> None:
    ticket = arrive(a_mail(message_id="first@example.test")).ticket
    prefer(email_to_request=False)
    row = reply(arrive)
    assert (row.outcome, row.ticket) == ("replied", ticket)


def test_guests_disabled_a_guest_may_send_but_no_request_is_created(arrive: Arrive) -> None:
    """PRF-10"""
    prefer(allow_guests=False)
    row = arrive(a_mail(sender="gita@example.test"))
    assert (row.outcome, row.reason_code) == ("guest_not_allowed", "guests_off")
    assert not Ticket.objects.exists()


def test_guests_disabled_registered_requesters_open_requests_all_the_same(arrive: Arrive, sam: User) -> None:
    prefer(allow_guests=False)
    assert arrive(a_mail()).outcome == "created"


def test_the_support_portals_guest_switch_keeps_guest_mail_out_too(arrive: Arrive) -> None:
    """PRF-11"""
    prefer(allow_guests=True)
    save_section(ADA, "support_portal", {"allow_guest_requests": False})
    row = arrive(a_mail(sender="gita@example.test"))
    assert (row.outcome, row.reason_code) == ("guest_not_allowed", "portal_off")


@pytest.mark.parametrize(
    ("chosen", "copied"),
    [
        (["to", "cc"], ["jerry@example.test", "john@example.test", "james@example.test"]),
        (["to"], ["jerry@example.test"]),
        (["cc"], ["john@example.test", "james@example.test"]),
        ([], []),
    ],
)
def test_the_chosen_recipient_types_become_cc_emails(
    arrive: Arrive, sam: User, chosen: list[str], copied: list[str]
) -> None:
    """PRF-20, PRF-21"""
    prefer(cc_recipients=chosen)
    mail = a_mail(to="support@desk.test, jerry@example.test", cc="john@example.test, james@example.test")
    ticket = arrive(mail).ticket
    assert ticket is not None
    assert ticket.cc_emails == copied


def test_incoming_email_server_addresses_are_never_put_in_cc_emails(arrive: Arrive, sam: User) -> None:
    """PRF-22"""
    IncomingServer.objects.create(name="HR", email="hr@desk.test", host="imap.desk.test", enabled=False)
    prefer(cc_recipients=["to", "cc"])
    ticket = arrive(a_mail(to="Support@Desk.Test, help@desk.test", cc="hr@desk.test, jerry@example.test")).ticket
    assert ticket is not None
    assert ticket.cc_emails == ["jerry@example.test"]


@pytest.mark.parametrize(
    ("on", "reply_to", "requester"),
    [
        (True, "gita@example.test", "gita@example.test"),
        (True, None, "sam@example.test"),
        (False, "gita@example.test", "sam@example.test"),
    ],
)
def test_the_requester_is_from_reply_to_where_that_is_on_and_there_is_one_else_from_from(
    arrive: Arrive, sam: User, on: bool, reply_to: str | None, requester: str
) -> None:
    """PRF-30"""
    prefer(requester_from_reply_to=on)
    ticket = arrive(a_mail(headers=[("Reply-To", reply_to)] if reply_to else [])).ticket
    assert ticket is not None
    assert ticket.requester.email == requester


@pytest.mark.parametrize(("on", "requester"), [(True, "gita@example.test"), (False, "tess@desk.test")])
def test_a_technicians_forward_has_the_original_sender_as_requester_where_that_is_on(
    arrive: Arrive, tess: User, on: bool, requester: str
) -> None:
    """PRF-40"""
    prefer(technician_forward_uses_original_sender=on)
    ticket = arrive(a_mail(sender="tess@desk.test", subject="Fwd: Broken chair", text=FORWARD)).ticket
    assert ticket is not None
    assert ticket.requester.email == requester


def test_add_reply_to_request_appends_the_reply_and_the_request_stays_closed(arrive: Arrive, closed: Ticket) -> None:
    """PRF-60"""
    prefer(closed_reply={"action": "add"})
    row = reply(arrive, days=400)
    closed.refresh_from_db()
    assert (row.outcome, row.ticket, closed.status) == ("replied", closed, "closed")


def test_reopen_within_the_grace_period_reopens_the_request_and_adds_the_reply(arrive: Arrive, closed: Ticket) -> None:
    """PRF-61"""
    prefer(closed_reply={"action": "reopen", "grace_days": 3})
    row = reply(arrive, days=2.9, text="It burns again.")
    closed.refresh_from_db()
    assert (row.outcome, row.ticket, closed.status) == ("reopened", closed, "open")
    assert row.entry is not None
    assert "It burns again." in row.entry.text


def test_reopen_after_the_grace_period_makes_a_new_request(arrive: Arrive, closed: Ticket) -> None:
    """PRF-61"""
    prefer(closed_reply={"action": "reopen", "grace_days": 3})
    row = reply(arrive, days=3.1)
    closed.refresh_from_db()
    assert (row.outcome, closed.status) == ("created", "closed")
    assert row.ticket is not None
    assert row.ticket.follow_up_of == closed


def test_create_new_request_makes_a_new_request_at_once(arrive: Arrive, closed: Ticket) -> None:
    """PRF-62"""
    prefer(closed_reply={"action": "new"})
    row = reply(arrive, text="It burns again.")
    closed.refresh_from_db()
    assert (row.outcome, closed.status) == ("created", "closed")
    assert row.ticket != closed


@pytest.mark.parametrize(
    ("choice", "outcome", "kind", "mailed"),
    [("collaboration", "collaborated", "collaboration", []), ("reply", "replied", "reply", ["sam@example.test"])],
)
def test_mail_of_a_technician_other_than_the_assigned_one_is_collaboration_or_reply(
    arrive: Arrive, sam: User, tess: User, theo: User, choice: str, outcome: str, kind: str, mailed: list[str]
) -> None:
    """PRF-70, PRF-71"""
    prefer(other_technician_reply=choice)
    ticket = arrive(a_mail()).ticket
    assert ticket is not None
    update_ticket(ticket, tess, {"technician": tess})
    sent = OutboundEmail.objects.create(
        message_id="to-theo@desk.test", kind="notification", ticket=ticket, to=["theo@desk.test"]
    )
    row = arrive(a_mail(sender="theo@desk.test", in_reply_to=sent.message_id, text="Use water."))
    assert row.entry is not None
    assert (row.outcome, row.entry.kind) == (outcome, kind)
    assert [to for mail in OutboundEmail.objects.filter(kind="reply") for to in mail.to] == mailed
