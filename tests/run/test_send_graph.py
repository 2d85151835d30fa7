"""Sending by Microsoft Graph: through the same ledger, with the same promises as SMTP."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.utils import timezone

from postroom.channels.models import OutgoingServer, ServerHealth
from postroom.outbox.models import OutboundEmail
from postroom.outbox.services import reroute
from postroom.run.send import ServerSender
from postroom.transports import memory
from tests.run.graph_desk import a_cloud_sender
from tests.run.test_send import a_queued_mail, a_server, work
from tests.servers.graph import Graph

pytestmark = pytest.mark.django_db


@pytest.fixture
def sending() -> Iterator[Callable[[OutgoingServer], ServerSender]]:
    """A sender of this server, closed at the end."""
    senders: list[ServerSender] = []

    def sending(server: OutgoingServer) -> ServerSender:
        current = OutgoingServer.objects.select_related("proxy", "health").get(pk=server.pk)
        senders.append(ServerSender(current, "worker", 0))
        return senders[-1]

    yield sending
    for sender in senders:
        sender._close()


Sending = Callable[[OutgoingServer], ServerSender]


def test_a_queued_mail_leaves_in_the_name_of_the_mailbox_alone(graph: Graph, sending: Sending) -> None:
    """R10: the display name is the mailbox's."""
    server = a_cloud_sender(primary=True, sender_name="Not shown")
    row = a_queued_mail(server)

    sending(server)._work()

    row.refresh_from_db()
    (raw,) = graph.taken
    assert row.state == "sent" and f"<{row.message_id}>".encode() in raw
    assert b"From: support@desk.test" in raw and b"Not shown" not in raw


def test_a_refused_mail_fails_with_the_words_of_graph_and_the_server_stays_well(graph: Graph, sending: Sending) -> None:
    server = a_cloud_sender(primary=True)
    graph.tell("sendMail", 400, "ErrorInvalidRecipients")
    row = a_queued_mail(server)

    sending(server)._work()

    row.refresh_from_db()
    assert (row.state, row.error_code) == ("failed", "MAILCONSMTP")
    assert "400 ErrorInvalidRecipients" in row.reason
    assert not ServerHealth.objects.filter(outgoing=server, failures__gt=0).exists()


def test_a_throttled_server_is_left_alone_for_as_long_as_it_says_and_the_mail_waits(
    graph: Graph, sending: Sending
) -> None:
    server = a_cloud_sender(primary=True)
    graph.tell("sendMail", 429, "ApplicationThrottled", wait="300")
    row = a_queued_mail(server)

    pause = sending(server)._work()

    row.refresh_from_db()
    health = ServerHealth.objects.get(outgoing=server)
    assert row.state == "deferred" and not graph.taken
    assert 290 < pause <= 300 and health.throttled_until is not None
    assert health.throttled_until > timezone.now() + timedelta(seconds=280)


def test_no_answer_after_the_mail_was_handed_over_is_uncertain_and_tried_once_more_by_the_same_message_id(
    graph: Graph, sending: Sending
) -> None:
    server = a_cloud_sender(primary=True)
    sender = sending(server)
    graph.swallow = True
    row = a_queued_mail(server)
    graph.ended.set()  # the connection is cut instead of kept open
    sender._work()
    row.refresh_from_db()
    assert row.state == "uncertain"

    graph.swallow = False
    OutboundEmail.objects.update(due_at=timezone.now())
    sender._work()
    row.refresh_from_db()
    assert row.state == "sent" and len(graph.taken) == 2
    assert all(f"<{row.message_id}>".encode() in raw for raw in graph.taken)


def test_the_primary_stands_in_while_graph_is_down(graph: Graph, sending: Sending) -> None:
    memory.server("primary.test").taken.clear()
    primary = a_server("Primary", "primary.test", primary=True)
    server = a_cloud_sender()
    row = a_queued_mail(server)
    graph.tell("mailFolders/inbox", 503, "UnknownError", times=3)
    sender = sending(server)
    for _ in range(3):
        OutboundEmail.objects.update(due_at=row.created_at)
        sender._work()

    row.refresh_from_db()
    assert (ServerHealth.objects.get(outgoing=server).state, row.server) == ("unreachable", primary)
    work(primary)
    assert len(memory.server("primary.test").taken) == 1

    sender._work()  # the probe
    assert ServerHealth.objects.get(outgoing=server).state == "connected"


def test_a_sign_in_that_is_refused_needs_a_person_and_the_primary_sends_at_once(graph: Graph, sending: Sending) -> None:
    primary = a_server("Primary", "primary.test", primary=True)
    server = a_cloud_sender()
    row = a_queued_mail(server)
    graph.tell("sendMail", 403, "ErrorAccessDenied")

    sending(server)._work()

    row.refresh_from_db()
    health = ServerHealth.objects.get(outgoing=server)
    assert (health.state, health.code) == ("needs_sign_in", "MAILAUTHPERM") and "Mail.Send" in health.message
    reroute()
    row.refresh_from_db()
    assert row.server == primary
