"""What a person does with many outgoing mails at once, and the bytes and counts of the log."""

from __future__ import annotations

import pytest
from pytest_django import DjangoAssertNumQueries

from postroom.audit.models import AuditEntry
from postroom.audit.services import SYSTEM, Actor
from postroom.channels.models import OutgoingServer
from postroom.outbox import queries
from postroom.outbox.models import OutboundEmail
from postroom.outbox.services import Bulk, NewMail, NotPossible, cancel_many, queue, resend, retry_many
from tests.build import an_outgoing_server

pytestmark = pytest.mark.django_db


def a_mail(state: str = "failed", **fields: object) -> OutboundEmail:
    """A mail to Sam in this state, and so are its recipients."""
    (mail,) = queue([NewMail(kind="reply", to=["sam@example.test"], subject="Hello", text="Hello Sam")])
    mail.state = state
    mail.recipients = [{**recipient, "state": state} for recipient in mail.recipients]
    for name, value in fields.items():
        setattr(mail, name, value)
    mail.save()
    return mail


@pytest.fixture
def server() -> OutgoingServer:
    return an_outgoing_server(primary=True, sender_name="Support Desk")


def test_after_an_outage_all_failed_mail_is_tried_again_by_another_server(server: OutgoingServer) -> None:
    failed, sent = [a_mail(), a_mail("deferred")], a_mail("sent")
    spare = an_outgoing_server("Spare", "spare@desk.test")

    done = retry_many([*failed, sent], Actor("Ada"), spare)

    assert done == Bulk(2, [f"Mail {sent.pk}: A mail that is sent cannot be tried again."])
    for mail in failed:
        mail.refresh_from_db()
        assert (mail.state, mail.server, mail.server_reason) == ("queued", spare, "picked by Ada")
        assert [recipient["state"] for recipient in mail.recipients] == ["queued"]
    assert AuditEntry.objects.filter(action="retried").count() == 2


def test_of_many_mails_those_that_have_not_left_are_cancelled(server: OutgoingServer) -> None:
    waiting, sending = a_mail("queued"), a_mail("sending")

    assert cancel_many([waiting, sending], SYSTEM) == Bulk(
        1, [f"Mail {sending.pk}: A mail that is sending cannot be cancelled."]
    )
    waiting.refresh_from_db()
    assert (waiting.state, waiting.recipients[0]["state"]) == ("cancelled", "cancelled")


def test_many_mails_are_retried_in_a_handful_of_queries(
    server: OutgoingServer, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    mails = [a_mail() for _ in range(40)]
    with django_assert_max_num_queries(8):
        assert retry_many(mails, SYSTEM).done == 40


def test_a_mail_is_not_resent_to_what_is_no_address(server: OutgoingServer) -> None:
    with pytest.raises(NotPossible, match="nonsense is not an email address"):
        resend(a_mail("sent"), SYSTEM, ["nonsense"])


def test_the_raw_form_is_what_the_server_is_handed(server: OutgoingServer) -> None:
    mail = a_mail("queued")
    raw = queries.raw_of(mail)
    assert raw is not None
    assert f"Message-ID: <{mail.message_id}>".encode() in raw and b"Support Desk" in raw


def test_the_raw_form_of_a_sent_mail_keeps_the_from_it_left_with(server: OutgoingServer) -> None:
    mail = a_mail("sent", attempts=1, from_email="old@desk.test", from_name="Old Desk")
    raw = queries.raw_of(mail)
    assert raw is not None and b"old@desk.test" in raw
    assert OutgoingServer.objects.get().email == "support@desk.test"


def test_a_mail_without_server_or_file_has_no_raw_form(server: OutgoingServer) -> None:
    assert queries.raw_of(a_mail("queued", server=None)) is None
    gone = {"sha256": "0" * 64, "filename": "a.txt", "content_type": "text/plain", "content_id": "", "inline": False}
    assert queries.raw_of(a_mail("queued", files=[gone])) is None


def test_each_view_of_the_log_counts_its_mails(server: OutgoingServer) -> None:
    for state in ("queued", "sending", "deferred", "failed", "failed", "sent", "bounced", "uncertain", "cancelled"):
        a_mail(state)
    assert queries.log_counts() == {
        "all": 9,
        "waiting": 2,
        "deferred": 1,
        "uncertain": 1,
        "failed": 2,
        "bounced": 1,
        "sent": 1,
        "cancelled": 1,
    }


def test_mails_wait_for_their_server_or_for_want_of_one(server: OutgoingServer) -> None:
    a_mail("queued"), a_mail("deferred"), a_mail("sent"), a_mail("queued", server=None)
    assert queries.waiting_by_server() == {server.pk: 2, None: 1}
