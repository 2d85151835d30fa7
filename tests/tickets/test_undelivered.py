"""Technicians hear that their answer reached nobody (PRI-08, BNC-01)."""

from __future__ import annotations

import pytest
from django.utils import timezone

from postroom.outbox.models import OutboundEmail
from postroom.tickets.services import Composed, add_reply
from postroom.tickets.services.undelivered import tell_of_undelivered
from tests.build import a_ticket, an_incoming_server, an_outgoing_server, tess, theo

pytestmark = pytest.mark.django_db


def an_answer_that(state: str) -> OutboundEmail:
    an_outgoing_server(primary=True)
    ticket = a_ticket(technician=tess(), mailbox=an_incoming_server())
    add_reply(ticket, theo(), Composed(text="Try water."))
    row = OutboundEmail.objects.get(kind="reply")
    OutboundEmail.objects.update(state=state, reason="The server refused sam@example.test: 550 5.1.1 no such user")
    row.refresh_from_db()
    return row


@pytest.mark.parametrize("state", ["failed", "bounced"])
def test_the_author_and_the_assignee_are_told_once_that_an_answer_was_not_delivered(state: str) -> None:
    row = an_answer_that(state)
    assert tell_of_undelivered(timezone.now()) == 1
    assert tell_of_undelivered(timezone.now()) == 0
    alert = OutboundEmail.objects.get(kind="alert")
    assert sorted(alert.to) == ["tess@desk.test", "theo@desk.test"]
    assert "no such user" in alert.text
    assert (alert.ticket_id, alert.entry_id) == (row.ticket_id, row.entry_id)


def test_nobody_is_told_while_the_answer_may_still_arrive() -> None:
    an_answer_that("deferred")
    assert tell_of_undelivered(timezone.now()) == 0
