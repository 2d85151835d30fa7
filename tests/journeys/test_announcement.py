"""An announcement to 500 people while technicians go on answering (ANN-01, NFR-02)."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from postroom.accounts.models import RequesterGroup, User
from postroom.audit.services import Actor
from postroom.channels.models import OutgoingServer
from postroom.outbox.models import OutboundEmail
from postroom.tickets.announced import counts_of
from postroom.tickets.models import Announcement
from postroom.tickets.services import Composed, add_reply
from postroom.tickets.services.announcements import save_announcement, send_announcement
from tests.build import a_ticket, an_incoming_server, an_outgoing_server, sam, tess
from tests.servers.sink import Sink

pytestmark = pytest.mark.slow
Eventually = Callable[..., Any]
ADA = Actor("Ada Administrator")
UNDO_SECONDS = 3
MOST_MEANWHILE = 40  # two connections, each with what it had in hand and what it sends until it looks


@pytest.fixture
def desk(transactional_db: None, sink: Sink) -> Iterator[OutgoingServer]:
    """A desk whose server takes 20 mails a second on each of two connections, and 500 people to be told something."""
    sink.delay = 0.05
    people = [User(email=f"staff{number:03}@example.test", name=f"Staff {number}") for number in range(500)]
    User.objects.bulk_create(people)
    RequesterGroup.objects.create(name="All staff").members.add(*people)
    an_incoming_server(primary=True, enabled=False)
    yield an_outgoing_server(port=sink.port, primary=True)


def announce() -> Announcement:
    words = {"subject": "Mail moves on Friday", "text": "Dear {{ name }}, ...", "requester_groups": ["All staff"]}
    return send_announcement(ADA, save_announcement(ADA, {**words, "per_minute": 6000}))


def to_staff(sink: Sink) -> list[str]:
    return [mail.rcpt_to[0] for mail in list(sink.taken) if mail.rcpt_to[0].startswith("staff")]


def test_a_reply_leaves_within_two_seconds_of_its_undo_time_while_500_people_are_told_something(
    desk: OutgoingServer, roles: None, sink: Sink, eventually: Eventually
) -> None:
    ticket = a_ticket(requester=sam(), technician=tess())
    announcement = announce()
    eventually(lambda: len(to_staff(sink)) > 20, seconds=30)

    add_reply(ticket, tess(), Composed(text="Use water.", undo_seconds=UNDO_SECONDS))
    due = time.monotonic() + UNDO_SECONDS
    reply = OutboundEmail.objects.get(kind="reply")
    eventually(lambda: time.monotonic() >= due)
    before = len(to_staff(sink))
    position = eventually(
        lambda: next((at for at, mail in enumerate(list(sink.taken)) if mail.rcpt_to == ["sam@example.test"]), None)
    )

    eventually(lambda: OutboundEmail.objects.get(pk=reply.pk).state == "sent")
    reply.refresh_from_db()
    assert reply.sent_at is not None
    assert (reply.sent_at - reply.due_at).total_seconds() < 2.0
    meanwhile = len([mail for mail in sink.taken[:position] if mail.rcpt_to[0].startswith("staff")]) - before
    assert meanwhile <= MOST_MEANWHILE
    assert Announcement.objects.get(pk=announcement.pk).state == "sending", "everybody had been told before"

    eventually(lambda: Announcement.objects.filter(pk=announcement.pk, state="done").exists(), seconds=90)
    assert counts_of([announcement])[announcement.pk].sent == 500
    assert Counter(to_staff(sink)) == Counter(f"staff{number:03}@example.test" for number in range(500))
    assert all(len(mail.rcpt_to) == 1 and b"\nBcc:" not in mail.raw for mail in sink.taken)
