"""The senders: the server's answer is written down, its limits are kept, the primary stands in while it is down."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from postroom.channels.health import beat
from postroom.channels.models import IncomingServer, OutgoingServer, ServerHealth
from postroom.channels.queries import outgoing_servers
from postroom.outbox.models import OutboundEmail
from postroom.outbox.services import NewMail, queue
from postroom.run.send import ServerSender, allowance, connections
from postroom.transports import memory
from postroom.transports.base import TransportError

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh_servers() -> Iterator[None]:
    for host in ("support.test", "primary.test"):
        mails = memory.server(host)
        mails.taken.clear()
        mails.refuse.clear()
        mails.fault = None
    yield


def a_server(name: str, host: str, **fields: object) -> OutgoingServer:
    values = {"email": f"{name.lower()}@desk.test", "host": host, "protocol": "memory", **fields}
    return OutgoingServer.objects.create(name=name, **values)


def a_queued_mail(server: OutgoingServer, **fields: object) -> OutboundEmail:
    mailbox, _ = IncomingServer.objects.get_or_create(name=server.name, defaults={"email": server.email})
    values = {"kind": "reply", "to": ["sam@example.test"], "subject": "Hello", "text": "Hello Sam", **fields}
    (row,) = queue([NewMail(mailbox=mailbox, **values)])  # type: ignore[arg-type]
    return row


def work(server: OutgoingServer) -> float:
    """One look of a sender of this server at the ledger."""
    current = OutgoingServer.objects.select_related("proxy", "health").get(pk=server.pk)
    return ServerSender(current, "worker", 0)._work()


def test_a_queued_mail_leaves_from_the_address_of_its_mailbox_with_the_senders_name() -> None:
    """PRI-03"""
    server = a_server("Support", "support.test", sender_name="Support Desk", primary=True)
    row = a_queued_mail(server)

    work(server)

    row.refresh_from_db()
    ((sender, recipients, raw),) = memory.server("support.test").taken
    assert (sender, recipients, row.state) == ("support@desk.test", ["sam@example.test"], "sent")
    assert b"From: Support Desk <support@desk.test>" in raw
    assert f"<{row.message_id}>".encode() in raw


def test_several_mails_leave_one_after_the_other_each_once_whatever_the_server_says_of_one() -> None:
    server = a_server("Support", "support.test", primary=True)
    memory.server("support.test").refuse["gita@example.test"] = (550, "5.1.1", "no such user")
    rows = [a_queued_mail(server, to=[to]) for to in ("sam@example.test", "gita@example.test", "tess@desk.test")]

    work(server)

    assert [to for _, to, _ in memory.server("support.test").taken] == [["sam@example.test"], ["tess@desk.test"]]
    assert [OutboundEmail.objects.get(pk=row.pk).state for row in rows] == ["sent", "failed", "sent"]
    assert [OutboundEmail.objects.get(pk=row.pk).attempts for row in rows] == [1, 1, 1]


def test_a_refused_recipient_fails_with_the_servers_words() -> None:
    server = a_server("Support", "support.test", primary=True)
    memory.server("support.test").refuse["sam@example.test"] = (550, "5.1.1", "no such user")
    row = a_queued_mail(server)

    work(server)

    row.refresh_from_db()
    assert row.state == "failed"
    assert "no such user" in row.reason


def test_the_primary_stands_in_while_a_server_is_down_and_no_longer_than_that() -> None:
    """PRI-04"""
    primary = a_server("Primary", "primary.test", primary=True)
    support = a_server("Support", "support.test", reply_to="")
    row = a_queued_mail(support)
    assert row.server == support
    current = OutgoingServer.objects.select_related("proxy", "health").get(pk=support.pk)
    sender = ServerSender(current, "worker", 0)
    for _ in range(3):
        memory.server("support.test").fault = TransportError("MAILCONREF", "connection refused", temporary=True)
        OutboundEmail.objects.update(due_at=row.created_at)
        sender._work()

    assert ServerHealth.objects.get(outgoing=support).state == "unreachable"
    row.refresh_from_db()
    assert row.server == primary
    assert "Support unreachable" in row.server_reason

    work(primary)
    ((_, _, raw),) = memory.server("primary.test").taken
    assert b"From: primary@desk.test" in raw.replace(b'"', b"").replace(b"<", b"").replace(b">", b"")
    assert b"Reply-To: support@desk.test" in raw.replace(b"<", b"").replace(b">", b"")

    sender._work()  # the probe
    assert ServerHealth.objects.get(outgoing=support).state == "connected"
    assert a_queued_mail(support).server == support


def test_an_answer_that_never_came_is_uncertain_and_not_sent_by_another_server() -> None:
    a_server("Primary", "primary.test", primary=True)
    support = a_server("Support", "support.test")
    row = a_queued_mail(support)
    memory.server("support.test").fault = TransportError("MAILCONREF", "cut", temporary=True, uncertain=True)
    current = OutgoingServer.objects.select_related("proxy", "health").get(pk=support.pk)
    sender = ServerSender(current, "worker", 0)
    sender._sender().open = lambda: None  # type: ignore[method-assign]  the fault is for the end of DATA

    sender._work()

    row.refresh_from_db()
    assert (row.state, row.server) == ("uncertain", support)
    assert memory.server("primary.test").taken == []


def test_no_more_leave_in_a_minute_than_the_server_may_send() -> None:
    server = a_server("Support", "support.test", primary=True, limit_per_minute=2)
    for number in range(3):
        a_queued_mail(server, subject=f"Mail {number}")

    work(server)

    assert len(memory.server("support.test").taken) == 2
    assert allowance(outgoing_servers()[0]) == 0


def test_no_more_recipients_go_in_one_mail_than_the_server_takes() -> None:
    server = a_server("Support", "support.test", primary=True, limit_recipients=2)
    people = [f"person{number}@example.test" for number in range(5)]
    row = a_queued_mail(server, to=people)
    for _ in range(3):
        work(server)

    row.refresh_from_db()
    taken = [recipients for _, recipients, _ in memory.server("support.test").taken]
    assert [len(recipients) for recipients in taken] == [2, 2, 1]
    assert [address for recipients in taken for address in recipients] == people
    assert (row.state, {recipient["state"] for recipient in row.recipients}) == ("sent", {"sent"})


def test_workers_share_the_connections_that_a_server_allows() -> None:
    server = a_server("Support", "support.test", primary=True, limit_connections=3)
    for name in ("a", "b"):
        beat(name, "worker")

    assert [connections(server, "a"), connections(server, "b")] == [2, 1]


def test_a_server_that_wants_less_mail_is_left_alone_for_a_minute_and_says_so_on_its_card() -> None:
    server = a_server("Support", "support.test", primary=True)
    memory.server("support.test").fault = TransportError(
        "MAILCONRATELIM", "454 4.7.0 too many mails", temporary=True, connection=False
    )
    rows = [a_queued_mail(server), a_queued_mail(server)]
    current = OutgoingServer.objects.select_related("proxy", "health").get(pk=server.pk)
    sender = ServerSender(current, "worker", 0)

    assert 50 < sender._work() <= 60
    assert 50 < sender._work() <= 60

    for row in rows:
        row.refresh_from_db()
    assert [row.attempts for row in rows].count(0) >= 1
    health = ServerHealth.objects.get(outgoing=server)
    assert health.throttled_until is not None
    assert health.state != "unreachable"


def test_a_mail_through_a_server_with_reply_to_email_carries_that_reply_to() -> None:
    """OUT-12"""
    server = a_server("Support", "support.test", primary=True, reply_to="help@desk.test")
    a_queued_mail(server)
    work(server)
    ((_, _, raw),) = memory.server("support.test").taken
    assert b"\r\nReply-To: help@desk.test\r\n" in raw
