"""An entry that belongs elsewhere goes there, and answers to it follow."""

from __future__ import annotations

import pytest

from postroom.outbox.models import OutboundEmail
from postroom.tickets.models import Entry, Ticket
from postroom.tickets.services import Invalid, move_entry, split_off
from postroom.tickets.workspace import neighbours
from tests.build import a_group, a_ticket, an_entry, an_outgoing_server, gita, sam, tess, theo

pytestmark = pytest.mark.django_db


def actions(ticket: Ticket) -> list[tuple[str, int]]:
    rows = ticket.entries.filter(kind=Entry.Kind.EVENT)
    return [(entry.event["action"], entry.event["request"]) for entry in rows if entry.event]


def test_a_reply_about_something_else_becomes_a_request_of_its_own() -> None:
    ticket = a_ticket("Printer", technician=tess(), cc_emails=["boss@example.test"])
    entry = an_entry(ticket, "reply", "And my screen flickers.", message_id="screen@example.test")

    fresh = split_off(entry, tess(), "Screen flickers")

    assert (fresh.subject, fresh.requester, fresh.technician, fresh.status) == (
        "Screen flickers",
        sam(),
        tess(),
        "open",
    )
    assert fresh.cc_emails == []
    description = fresh.entries.get(kind="description")
    assert (description.pk, description.text) == (entry.pk, "And my screen flickers.")
    assert actions(ticket) == [("split_off", fresh.number)] and actions(fresh) == [("split_from", ticket.number)]
    assert neighbours(tess(), ticket).linked == [fresh]
    assert not OutboundEmail.objects.exists()


def test_what_an_unknown_sender_wrote_becomes_their_own_request() -> None:
    ticket = a_ticket()
    entry = an_entry(ticket, "note", "I need a badge.", flag="unknown_sender", author=tess())
    Entry.objects.filter(pk=entry.pk).update(author=None, author_name="Nora", author_email="nora@else.test")

    fresh = split_off(Entry.objects.get(pk=entry.pk), tess())

    assert (fresh.requester.email, fresh.requester.kind) == ("nora@else.test", "guest")
    assert fresh.entries.get(pk=entry.pk).is_public


def test_an_internal_note_stays_internal_on_the_new_request() -> None:
    ticket = a_ticket()
    fresh = split_off(an_entry(ticket, "note", "He is rude.", author=theo()), tess())

    assert fresh.requester == sam()
    assert fresh.entries.get(text="He is rude.").kind == "note"


@pytest.mark.parametrize("kind", ["description", "event"])
def test_what_makes_the_request_cannot_leave_it(kind: str) -> None:
    entry = an_entry(a_ticket(), kind, "It burns.", event={"changes": []} if kind == "event" else None)
    with pytest.raises(Invalid):
        split_off(entry, tess())
    with pytest.raises(Invalid):
        move_entry(entry, a_ticket().number, tess())


def test_a_mail_that_is_still_on_its_way_cannot_be_moved() -> None:
    an_outgoing_server(primary=True)
    ticket = a_ticket()
    entry = an_entry(ticket, "reply", author=tess())
    OutboundEmail.objects.create(message_id="a@desk.test", ticket=ticket, entry=entry, kind="reply", state="queued")
    with pytest.raises(Invalid, match="still on its way"):
        move_entry(entry, a_ticket().number, tess())


def test_an_entry_moves_with_the_mail_that_carried_it() -> None:
    ticket, other = a_ticket(), a_ticket("Other")
    entry = an_entry(ticket, "reply", author=tess())
    mail = OutboundEmail.objects.create(
        message_id="a@desk.test", ticket=ticket, entry=entry, kind="reply", state="sent"
    )

    move_entry(entry, other.number, tess())

    mail.refresh_from_db()
    assert (mail.ticket, other.entries.get(kind="reply").pk) == (other, entry.pk)
    assert actions(ticket) == [("moved_to", other.number)] and actions(other) == [("moved_from", ticket.number)]


def test_on_a_request_of_somebody_else_what_was_public_is_internal() -> None:
    of_sam, of_gita = a_ticket(), a_ticket(requester=gita())
    asked = an_entry(of_sam, "reply", "My salary?")
    answered = an_entry(of_sam, "reply", "4000", author=tess())

    for entry in (asked, answered):
        move_entry(entry, of_gita.number, tess())

    asked.refresh_from_db()
    answered.refresh_from_db()
    assert (asked.kind, asked.flag, answered.kind) == ("note", "unknown_sender", "note")


def test_what_a_requester_wrote_on_the_wrong_request_is_a_reply_on_their_own() -> None:
    of_sam, of_gita = a_ticket(), a_ticket(requester=gita())
    entry = an_entry(of_gita, "note", "Mine!", author=sam(), flag="unknown_sender")

    move_entry(entry, of_sam.number, tess())

    entry.refresh_from_db()
    assert (entry.kind, entry.direction, entry.flag) == ("reply", "in", "")


def test_an_entry_moves_neither_from_nor_to_what_the_technician_may_not_see() -> None:
    mine, theirs = a_ticket(), a_ticket(technician_group=a_group("HR", [theo()]))
    for ticket, into in ((mine, theirs), (theirs, mine)):
        with pytest.raises(Invalid, match="you may not see it"):
            move_entry(an_entry(ticket), into.number, tess())


def test_what_the_desk_wrote_to_somebody_else_is_internal_even_where_its_writer_is_copied() -> None:
    ticket, other = a_ticket(), a_ticket("Other", requester=gita(), cc_emails=["tess@desk.test"])
    entry = an_entry(ticket, "reply", "Sam, your new password follows.", author=tess(), to=["sam@example.test"])

    assert move_entry(entry, other.number, tess()).kind == "note"
