"""The bell: a technician learns in the portal what concerns them, and not of their own acts."""

from __future__ import annotations

import pytest
from django.utils import timezone

from postroom.outbox.models import OutboundEmail
from postroom.tickets.models import BellNotice
from postroom.tickets.services import Composed, add_collaboration, add_reply, update_ticket
from postroom.tickets.services.bell import mark_read
from postroom.tickets.services.undelivered import tell_of_undelivered
from postroom.tickets.workspace import notices_of, unread_notices
from tests.build import a_group, a_ticket, an_entry, an_outgoing_server, sam, tess, theo

pytestmark = pytest.mark.django_db


def told() -> list[tuple[str, str]]:
    return [(notice.person.name, notice.kind) for notice in BellNotice.objects.order_by("id")]


def test_being_made_the_assignee_rings_unless_one_took_it_oneself() -> None:
    ticket = a_ticket()
    update_ticket(ticket, tess(), {"technician": tess()})
    assert told() == []
    update_ticket(ticket, tess(), {"technician": theo()})
    assert told() == [("Theo Technician", "assigned")]


def test_whoever_writes_on_my_request_rings() -> None:
    ticket = a_ticket(technician=tess())
    add_reply(ticket, sam(), Composed(text="It burns again", cc=()))
    add_collaboration(ticket, theo(), Composed(text="I can help"))
    add_collaboration(ticket, tess(), Composed(text="Thanks"))
    assert told() == [("Tess Technician", "reply")] * 2
    assert [(notice.by, notice.text) for notice in notices_of(tess())] == [
        ("Theo Technician", "I can help"),
        ("Sam Requester", "It burns again"),
    ]


def test_a_mail_that_was_given_up_rings_once() -> None:
    an_outgoing_server(primary=True)
    ticket = a_ticket(technician=tess())
    OutboundEmail.objects.create(
        message_id="a@desk.test",
        ticket=ticket,
        entry=an_entry(ticket, author=tess()),
        kind="reply",
        state="failed",
        reason="550 No such user",
        to=["sam@example.test"],
    )
    tell_of_undelivered(timezone.now())
    tell_of_undelivered(timezone.now())
    assert told() == [("Tess Technician", "bounced")]
    assert BellNotice.objects.get().text == "550 No such user"


def test_what_is_read_is_counted_no_more_and_what_one_may_not_see_is_not_listed() -> None:
    ticket = a_ticket()
    update_ticket(ticket, theo(), {"technician": tess()})
    assert unread_notices(tess()) == 1
    assert mark_read(tess(), ticket) == 1
    assert unread_notices(tess()) == 0
    update_ticket(ticket, theo(), {"technician": None, "technician_group": a_group("HR", [theo()])})
    assert notices_of(tess()) == []
