"""The outgoing ledger: nothing is sent twice, nothing is forgotten, and every mail says how it is doing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from postroom.audit.services import SYSTEM
from postroom.channels.models import HealthState, IncomingServer, OutgoingServer, ServerHealth
from postroom.outbox.models import OutboundEmail, Suppression
from postroom.outbox.services import (
    NewMail,
    NotPossible,
    cancel,
    claim,
    free_expired,
    queue,
    record_error,
    record_results,
    reroute,
    resend,
    retry,
    start_sending,
)
from postroom.transports.base import RecipientResult, TransportError

pytestmark = pytest.mark.django_db


@pytest.fixture
def server() -> OutgoingServer:
    return OutgoingServer.objects.create(name="Support", email="support@desk.test", host="smtp.desk.test", primary=True)


def a_queued_mail(**changes: object) -> OutboundEmail:
    values = {"kind": "reply", "to": ["sam@example.test"], "subject": "Hello", "text": "Hello Sam", **changes}
    (row,) = queue([NewMail(**values)])  # type: ignore[arg-type]
    return row


def test_a_queued_mail_has_its_message_id_its_server_and_the_reason(server: OutgoingServer) -> None:
    row = a_queued_mail()

    assert row.message_id.endswith("@desk.test")
    assert (row.server, row.server_reason, row.state) == (server, "primary", "queued")


def test_the_server_linked_on_the_mailbox_is_chosen_before_the_primary(server: OutgoingServer) -> None:
    hr = OutgoingServer.objects.create(name="HR", email="hr@desk.test", host="smtp.desk.test")
    mailbox = IncomingServer.objects.create(name="HR", email="people@desk.test", outgoing_server=hr)

    row = a_queued_mail(mailbox=mailbox)

    assert (row.server, row.from_email) == (hr, "hr@desk.test")
    assert row.server_reason == "linked on mailbox people@desk.test"


def test_two_workers_never_hold_the_same_mail(server: OutgoingServer) -> None:
    a_queued_mail()

    first, second = claim("one", [server.pk]), claim("two", [server.pk])

    assert (len(first), len(second)) == (1, 0)


def test_a_technicians_reply_leaves_before_announcements_that_wait(server: OutgoingServer) -> None:
    for number in range(3):
        a_queued_mail(kind="announcement", lane=OutboundEmail.Lane.ANNOUNCEMENT, subject=f"News {number}")
    answer = a_queued_mail(lane=OutboundEmail.Lane.REPLY)

    (held,) = claim("one", [server.pk], limit=1)

    assert held.mail == answer


def test_a_mail_held_back_for_undo_is_not_taken_before_its_time(server: OutgoingServer) -> None:
    a_queued_mail(due_at=timezone.now() + timedelta(seconds=10))

    assert claim("one", [server.pk]) == []


def test_no_more_are_claimed_than_asked_for_whatever_plan_the_database_makes(server: OutgoingServer) -> None:
    for _ in range(6):
        a_queued_mail()
    with connection.cursor() as cursor:  # the plan of a table about which the database knows little
        for way in ("hashjoin", "mergejoin", "hashagg", "sort", "material", "memoize"):
            cursor.execute(f"SET LOCAL enable_{way} = off")

    assert len(claim("one", [server.pk], limit=2)) == 2


def test_a_mail_without_any_server_waits_in_the_queue() -> None:
    row = a_queued_mail()

    assert (row.state, row.server) == ("queued", None)
    assert "no outgoing server" in row.server_reason


def test_an_accepted_mail_is_sent_and_keeps_what_the_server_said(server: OutgoingServer) -> None:
    row = a_queued_mail()
    (held,) = claim("one", [server.pk])
    assert start_sending(held)

    record_results(held, [RecipientResult("sam@example.test", 250, "2.0.0", "queued as 42")])

    row.refresh_from_db()
    assert (row.state, row.attempts, row.claimed_by) == ("sent", 1, "")
    assert row.recipients[0]["text"] == "queued as 42"
    assert row.sent_at is not None


def test_the_commit_that_writes_an_answer_begins_the_next_mail(server: OutgoingServer) -> None:
    first, second = a_queued_mail(), a_queued_mail()
    held, next_one = claim("one", [server.pk])
    start_sending(held)

    begun = record_results(held, [RecipientResult("sam@example.test", 250, "2.0.0", "queued as 42")], next_one)

    first.refresh_from_db()
    second.refresh_from_db()
    assert (begun, first.state, second.state, second.attempts) == (True, "sent", "sending", 1)


def test_a_mail_that_was_cancelled_meanwhile_is_not_begun_with_the_answer_before_it(server: OutgoingServer) -> None:
    first, second = a_queued_mail(), a_queued_mail()
    held, next_one = claim("one", [server.pk])
    start_sending(held)
    cancel(second, SYSTEM)

    begun = record_results(held, [RecipientResult("sam@example.test", 250, "2.0.0", "queued as 42")], next_one)

    first.refresh_from_db()
    second.refresh_from_db()
    assert (begun, first.state, second.state) == (False, "sent", "cancelled")


def test_a_temporary_refusal_is_deferred_and_a_permanent_one_is_not(server: OutgoingServer) -> None:
    row = a_queued_mail(to=["sam@example.test", "gone@example.test"])
    (held,) = claim("one", [server.pk])
    start_sending(held)

    record_results(
        held,
        [
            RecipientResult("sam@example.test", 451, "4.7.1", "greylisted"),
            RecipientResult("gone@example.test", 550, "5.1.1", "no such user"),
        ],
    )

    row.refresh_from_db()
    assert row.state == "deferred"
    assert "451 greylisted" in row.reason
    assert [recipient["state"] for recipient in row.recipients] == ["deferred", "failed"]
    assert timezone.now() < row.due_at <= timezone.now() + timedelta(seconds=60)


def test_a_retry_carries_the_same_message_id(server: OutgoingServer) -> None:
    row = a_queued_mail()
    (held,) = claim("one", [server.pk])
    start_sending(held)
    record_results(held, [RecipientResult("sam@example.test", 550, "5.7.1", "refused")])

    again = retry(row, SYSTEM)

    assert (again.state, again.message_id) == ("queued", row.message_id)


def test_an_unknown_answer_is_tried_once_more_and_then_left_to_a_person(server: OutgoingServer) -> None:
    row = a_queued_mail()
    cut = TransportError("MAILCONREF", "cut after the end of DATA", temporary=True, uncertain=True)
    states = []
    for _ in range(2):
        OutboundEmail.objects.update(due_at=timezone.now())
        (held,) = claim("one", [server.pk])
        start_sending(held)
        record_error(held, cut)
        row.refresh_from_db()
        states.append(row.state)

    assert states == ["uncertain", "failed"]


def test_a_mail_whose_worker_died_while_sending_is_uncertain(server: OutgoingServer) -> None:
    row = a_queued_mail()
    (held,) = claim("gone", [server.pk])
    start_sending(held)
    OutboundEmail.objects.update(lease_until=timezone.now() - timedelta(seconds=1))

    free_expired()

    row.refresh_from_db()
    assert (row.state, row.claimed_by) == ("uncertain", "")
    assert "tried once more" in row.reason


def test_a_mail_whose_worker_died_before_sending_is_free_at_once(server: OutgoingServer) -> None:
    a_queued_mail()
    claim("gone", [server.pk])

    free_expired()

    assert len(claim("two", [server.pk])) == 1


def test_a_connection_fault_does_not_count_as_a_refusal(server: OutgoingServer) -> None:
    row = a_queued_mail()
    (held,) = claim("one", [server.pk])

    record_error(held, TransportError("MAILCONREF", "connection refused", temporary=True), pause=5)

    row.refresh_from_db()
    assert (row.state, row.error_code, row.attempts) == ("deferred", "MAILCONREF", 0)


def test_the_primary_is_used_while_the_chosen_server_is_down(server: OutgoingServer) -> None:
    hr = OutgoingServer.objects.create(name="HR", email="hr@desk.test", host="smtp.desk.test")
    mailbox = IncomingServer.objects.create(name="HR", email="hr@desk.test")
    row = a_queued_mail(mailbox=mailbox)
    assert row.server == hr
    ServerHealth.objects.create(outgoing=hr, state=HealthState.UNREACHABLE)

    assert reroute() == 1

    row.refresh_from_db()
    assert (row.server, row.from_email) == (server, "support@desk.test")
    assert "HR unreachable" in row.server_reason


def test_a_mail_that_has_not_left_can_be_cancelled_and_one_that_has_cannot(server: OutgoingServer) -> None:
    row = a_queued_mail()
    assert cancel(row, SYSTEM).state == "cancelled"
    assert claim("one", [server.pk]) == []

    sent = a_queued_mail()
    OutboundEmail.objects.filter(pk=sent.pk).update(state="sent")
    with pytest.raises(NotPossible):
        cancel(sent, SYSTEM)


def test_a_resent_mail_is_a_new_mail_and_leaves_the_old_one_as_it_was(server: OutgoingServer) -> None:
    row = a_queued_mail()
    OutboundEmail.objects.filter(pk=row.pk).update(state="sent")

    copy = resend(row, SYSTEM, ["gita@example.test"])

    assert copy.pk != row.pk
    assert copy.message_id != row.message_id
    assert (copy.to, copy.state) == (["gita@example.test"], "queued")


def test_a_suppressed_address_gets_no_automatic_mail_but_a_technicians_reply(server: OutgoingServer) -> None:
    Suppression.objects.create(address="sam@example.test")

    assert a_queued_mail(kind="acknowledgement").state == "cancelled"
    assert a_queued_mail(kind="reply").state == "queued"


def test_a_mail_that_was_cancelled_in_the_meantime_is_not_handed_over(server: OutgoingServer) -> None:
    row = a_queued_mail()
    (held,) = claim("one", [server.pk])
    cancel(row, SYSTEM)

    assert start_sending(held) is False
