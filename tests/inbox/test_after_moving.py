"""Mail after a technician put things in order: it goes where its thread went (THR-05)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from postroom.accounts.models import User
from postroom.audit.services import Actor
from postroom.channels.models import IncomingServer
from postroom.outbox.models import OutboundEmail, Suppression
from postroom.tickets.models import BellNotice, Ticket
from postroom.tickets.services import (
    Composed,
    accept_sender,
    add_reply,
    mark_as_spam,
    merge,
    move_entry,
    split_off,
    update_ticket,
)
from tests.inbox.conftest import Arrive
from tests.mails import a_mail

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _tess_is_in_the_group_of_the_mailbox(support: IncomingServer, tess: User) -> None:
    assert support.technician_group is not None
    support.technician_group.members.add(tess)


def opened(arrive: Arrive, **fields: str) -> Ticket:
    ticket = arrive(a_mail(**fields)).ticket  # type: ignore[arg-type]
    assert ticket is not None
    return ticket


def test_mail_to_a_merged_request_goes_to_the_one_that_goes_on(arrive: Arrive, sam: User, tess: User) -> None:
    first = opened(arrive, message_id="first@example.test")
    second = opened(arrive, subject="Printer again", message_id="second@example.test")
    merge(second, first.number, tess)

    row = arrive(a_mail(subject="Re: Printer again", in_reply_to="second@example.test"))

    assert (row.outcome, row.ticket) == ("replied", first)


def test_whoever_wrote_a_merged_request_and_was_not_copied_is_a_stranger_on_the_other(
    arrive: Arrive, sam: User, tess: User
) -> None:
    first = opened(arrive, message_id="first@example.test")
    second = opened(arrive, sender="gita@example.test", message_id="second@example.test")
    merge(second, first.number, tess)

    row = arrive(a_mail(sender="gita@example.test", in_reply_to="second@example.test", text="And?"))
    assert (row.outcome, row.entry.kind, row.entry.flag) == ("collaborated", "note", "unknown_sender")  # type: ignore[union-attr]
    assert row.entry is not None
    accept_sender(row.entry, tess)

    row = arrive(a_mail(sender="gita@example.test", in_reply_to="second@example.test", text="Now?"))
    assert (row.outcome, row.ticket) == ("replied", first)


def test_an_answer_to_a_moved_mail_goes_to_its_new_request(arrive: Arrive, sam: User, tess: User) -> None:
    old = opened(arrive, message_id="old@example.test")
    other = opened(arrive, subject="Screen", message_id="other@example.test")
    update_ticket(old, tess, {"technician": tess})
    reply = add_reply(old, tess, Composed(text="About the screen: replace it."))
    OutboundEmail.objects.filter(entry=reply).update(state="sent", sent_at=timezone.now())
    move_entry(reply, other.number, tess)

    row = arrive(
        a_mail(subject="Re: Printer", in_reply_to=reply.message_id, references=["old@example.test", reply.message_id])
    )

    assert (row.outcome, row.ticket) == ("replied", other)


def test_an_answer_to_what_was_split_off_goes_to_the_new_request(arrive: Arrive, sam: User, tess: User) -> None:
    ticket = opened(arrive, message_id="old@example.test")
    entry = arrive(a_mail(in_reply_to="old@example.test", message_id="screen@example.test")).entry
    assert entry is not None
    fresh = split_off(entry, tess, "Screen")

    row = arrive(a_mail(in_reply_to="screen@example.test", references=["old@example.test", "screen@example.test"]))

    assert (row.outcome, row.ticket, ticket.entries.filter(kind="reply").count()) == ("replied", fresh, 0)


def test_mail_to_spam_is_held(arrive: Arrive, sam: User, tess: User) -> None:
    ticket = opened(arrive, message_id="old@example.test")
    mark_as_spam(ticket, tess, Actor(tess.name, tess.pk))

    row = arrive(a_mail(in_reply_to="old@example.test"))

    assert (row.outcome, row.reason_code) == ("held", "deleted_request")


def test_a_bounce_rings_at_the_assignee_and_flags_the_address(arrive: Arrive, sam: User, tess: User) -> None:
    ticket = opened(arrive, message_id="old@example.test")
    update_ticket(ticket, tess, {"technician": tess})
    reply = add_reply(ticket, tess, Composed(text="Use water."))
    OutboundEmail.objects.filter(entry=reply).update(state="sent", sent_at=timezone.now() - timedelta(minutes=1))
    status = (
        "Reporting-MTA: dns; mx.example.test\r\n\r\n"
        "Final-Recipient: rfc822; sam@example.test\r\nAction: failed\r\nStatus: 5.1.1\r\n"
        "Diagnostic-Code: smtp; 550 5.1.1 No such user here\r\n"
    )
    raw = (
        "From: mailer-daemon@mx.example.test\r\nTo: support@desk.test\r\nSubject: Undelivered\r\n"
        "Message-ID: <b1@mx.example.test>\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nNot delivered.\r\n"
        f"--b\r\nContent-Type: message/delivery-status\r\n\r\n{status}\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <{reply.message_id}>\r\n\r\n--b--\r\n"
    )

    row = arrive(raw.encode())

    mail = OutboundEmail.objects.get(entry=reply, kind="reply")
    assert (row.outcome, mail.state) == ("bounce", "bounced")
    assert "Not delivered to sam@example.test" in mail.reason and "No such user here" in mail.reason
    notice = BellNotice.objects.get(person=tess, kind="bounced")
    assert (notice.ticket, notice.entry, notice.text) == (ticket, reply, mail.reason)
    assert Suppression.objects.get().address == "sam@example.test"
