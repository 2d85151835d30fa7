"""Priority lanes: a technician's reply never waits behind notifications and announcements (NFR-02, A8)."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from postroom.channels.models import OutgoingServer
from postroom.outbox.models import OutboundEmail
from postroom.outbox.services import NewMail, queue
from postroom.run.send import Senders, ServerSender
from postroom.transports import memory
from tests.build import an_outgoing_server
from tests.servers.sink import Sink

Lane = OutboundEmail.Lane


def some_mails(count: int, lane: int, to: str, **fields: Any) -> list[OutboundEmail]:
    kind = "announcement" if lane == Lane.ANNOUNCEMENT else "notification" if lane == Lane.NOTIFICATION else "reply"
    return queue(
        [NewMail(kind=kind, lane=lane, to=[to], subject=f"{to} {n}", text="Hello", **fields) for n in range(count)]
    )


@pytest.fixture
def slow() -> Iterator[memory.MemoryServer]:
    """A server that needs a moment for each mail."""
    server = memory.server("slow.test")
    server.taken.clear()
    yield server
    server.taken.clear()


def one_look(server: OutgoingServer) -> float:
    current = OutgoingServer.objects.select_related("proxy", "health").get(pk=server.pk)
    return ServerSender(current, "worker", 0)._work()


def left(server: memory.MemoryServer) -> list[str]:
    return [recipients[0].partition("@")[0] for _, recipients, _ in server.taken]


@pytest.mark.django_db
def test_a_reply_leaves_before_the_notifications_and_announcements_that_were_queued_earlier(
    slow: memory.MemoryServer,
) -> None:
    server = an_outgoing_server(host="slow.test", protocol="memory", primary=True)
    some_mails(2, Lane.ANNOUNCEMENT, "staff@example.test")
    some_mails(2, Lane.NOTIFICATION, "theo@desk.test")
    some_mails(1, Lane.REPLY, "sam@example.test")

    one_look(server)
    one_look(server)

    assert left(slow) == ["sam", "theo", "theo", "staff", "staff"]


@pytest.mark.django_db
def test_announcements_leave_a_quarter_of_the_servers_limit_to_other_mail(slow: memory.MemoryServer) -> None:
    server = an_outgoing_server(host="slow.test", protocol="memory", primary=True, limit_per_minute=8)
    some_mails(20, Lane.ANNOUNCEMENT, "staff@example.test")
    one_look(server)
    one_look(server)
    assert left(slow) == ["staff"] * 6

    some_mails(5, Lane.REPLY, "sam@example.test")
    one_look(server)
    assert left(slow)[6:] == ["sam", "sam"]


@pytest.mark.django_db
def test_a_sender_with_nothing_to_do_wakes_when_the_undo_time_of_a_reply_is_over(slow: memory.MemoryServer) -> None:
    server = an_outgoing_server(host="slow.test", protocol="memory", primary=True)
    some_mails(1, Lane.REPLY, "sam@example.test", due_at=timezone.now() + timedelta(seconds=4))

    assert 3 < one_look(server) < 4.1


@pytest.mark.django_db(transaction=True)
def test_a_reply_overtakes_the_announcements_that_a_sender_has_in_hand(sink: Sink) -> None:
    an_outgoing_server(port=sink.port, primary=True)
    sink.delay = 0.05
    some_mails(60, Lane.ANNOUNCEMENT, "staff@example.test")
    senders = Senders("worker")
    senders.look_after()
    try:
        _until(lambda: len(sink.taken) >= 6)
        (reply,) = some_mails(1, Lane.REPLY, "sam@example.test")
        queued_at, before = time.monotonic(), len(sink.taken)
        _until(lambda: any("sam@example.test" in mail.rcpt_to for mail in sink.taken))
        waited = time.monotonic() - queued_at
        position = next(at for at, mail in enumerate(sink.taken) if "sam@example.test" in mail.rcpt_to)
    finally:
        senders.stop()

    assert position - before < 20, "the reply waited for the whole batch"
    assert len(sink.taken) < 61, "every announcement had left before"
    assert waited < 2.0
    reply.refresh_from_db()
    assert reply.state == "sent"


def _until(seen: Any, seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not seen():
        assert time.monotonic() < deadline
        time.sleep(0.01)
