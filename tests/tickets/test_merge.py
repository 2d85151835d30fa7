"""Two requests about the same thing become one, and nobody sees more than before."""

from __future__ import annotations

import pytest

from postroom.tickets.access import requester_entries
from postroom.tickets.models import Entry, Participant, Ticket
from postroom.tickets.services import (
    Composed,
    Invalid,
    accept_sender,
    add_note,
    add_reply,
    merge,
    unmerge,
    update_ticket,
)
from postroom.tickets.workspace import conversation, neighbours
from tests.build import a_group, a_ticket, an_entry, gita, sam, tess, theo

pytestmark = pytest.mark.django_db


def words(entries: list[Entry]) -> list[str]:
    return [entry.text for entry in entries if entry.kind != Entry.Kind.EVENT]


def actions(ticket: Ticket) -> list[str]:
    return [(entry.event or {}).get("action", "") for entry in ticket.entries.filter(kind=Entry.Kind.EVENT)]


def test_the_merged_request_is_closed_and_its_conversation_is_shown_in_the_other() -> None:
    first, second = a_ticket("Printer"), a_ticket("Printer again")
    an_entry(first, "description", "It burns.")
    an_entry(second, "description", "It still burns.")

    target = merge(second, first.number, tess())

    second.refresh_from_db()
    assert (second.status, second.merged_into, second.closed_at is not None) == ("closed", target, True)
    assert words(conversation(tess(), target)) == ["It burns.", "It still burns."]
    assert (actions(first), actions(second)) == (["merged"], ["merged_into"])
    assert neighbours(tess(), first).merged == [second]


def test_the_requesters_of_two_merged_requests_see_only_what_they_saw_before() -> None:
    of_sam, of_gita = a_ticket("Printer"), a_ticket("Printer", requester=gita())
    an_entry(of_sam, "description", "Sam's secret")
    an_entry(of_gita, "description", "Gita's secret")

    merge(of_gita, of_sam.number, tess())
    of_sam.refresh_from_db()

    assert words(list(requester_entries(sam(), of_sam))) == ["Sam's secret"]
    assert words(list(requester_entries(gita(), of_gita))) == ["Gita's secret"]
    assert of_sam.cc_emails == []


def test_the_requester_is_copied_on_the_other_request_only_if_the_technician_says_so() -> None:
    of_sam = a_ticket("Printer", cc_emails=["boss@example.test"])
    of_gita = a_ticket("Printer", requester=gita(), cc_emails=["boss@example.test", "aunt@example.test"])

    target = merge(of_gita, of_sam.number, tess(), copy_people=True)

    assert target.cc_emails == ["boss@example.test", "aunt@example.test", "gita@example.test"]


def test_watchers_and_third_parties_go_along() -> None:
    first, second = a_ticket(), a_ticket()
    Participant.objects.create(ticket=second, email="theo@desk.test", role="watcher")
    Participant.objects.create(ticket=second, email="vendor@else.test", role="third_party")

    merge(second, first.number, tess())

    assert dict(first.participants.values_list("email", "role")) == {
        "theo@desk.test": "watcher",
        "vendor@else.test": "third_party",
    }


def test_what_a_technician_may_not_see_cannot_be_merged_in_either_direction() -> None:
    mine, theirs = a_ticket(), a_ticket(technician_group=a_group("HR", [theo()]))
    for ticket, into in ((mine, theirs), (theirs, mine)):
        with pytest.raises(Invalid, match="you may not see it"):
            merge(ticket, into.number, tess())
    mine.refresh_from_db()
    assert mine.merged_into is None and not mine.entries.exists()


def test_entries_of_a_merged_request_stay_hidden_from_whoever_may_not_see_that_one() -> None:
    open_one, secret = a_ticket(), a_ticket(technician_group=a_group("HR", [theo()]))
    an_entry(secret, "note", "Salary")
    merge(secret, open_one.number, theo())

    assert "Salary" in words(conversation(theo(), open_one))
    assert "Salary" not in words(conversation(tess(), open_one))


@pytest.mark.parametrize("case", ["itself", "into_merged", "twice"])
def test_a_merge_that_makes_no_sense_is_refused_in_words(case: str) -> None:
    first, second, third = a_ticket(), a_ticket(), a_ticket()
    merge(second, first.number, tess())
    ticket, into = {"itself": (first, first), "into_merged": (third, second), "twice": (second, third)}[case]
    with pytest.raises(Invalid):
        merge(ticket, into.number, tess())


def test_a_chain_of_merges_leads_to_the_last_request_in_one_step() -> None:
    first, second, third = a_ticket(), a_ticket(), a_ticket()
    merge(first, second.number, tess())
    merge(second, third.number, tess())
    first.refresh_from_db()

    assert first.merged_into == third


def test_technicians_write_on_the_request_that_goes_on() -> None:
    first, second = a_ticket(), a_ticket()
    merge(second, first.number, tess())
    second.refresh_from_db()
    for verb in (add_note, add_reply):
        with pytest.raises(Invalid, match=f"merged into #{first.number}"):
            verb(second, tess(), Composed(text="Hello"))
    with pytest.raises(Invalid, match="stays closed"):
        update_ticket(second, tess(), {"status": "open"})


def test_what_the_requester_adds_in_the_portal_is_seen_in_the_other_request_and_reopens_it() -> None:
    first, second = a_ticket(status="resolved"), a_ticket(requester=gita())
    merge(second, first.number, tess())
    second.refresh_from_db()

    add_reply(second, gita(), Composed(text="Any news?", cc=()))

    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.status, second.status) == ("open", "closed")
    assert "Any news?" in words(conversation(tess(), first))
    assert "Any news?" not in words(list(requester_entries(sam(), first)))


def test_a_stranger_of_a_merged_request_is_accepted_on_the_one_that_goes_on() -> None:
    first, second = a_ticket(), a_ticket()
    entry = an_entry(second, "note", "I know more", author=gita(), flag="unknown_sender")
    merge(second, first.number, tess())
    entry.refresh_from_db()

    assert accept_sender(entry, tess()).number == first.number
    first.refresh_from_db()
    entry.refresh_from_db()
    assert (first.cc_emails, entry.flag) == (["gita@example.test"], "")


def test_a_merge_can_be_taken_back() -> None:
    first, second = a_ticket(), a_ticket()
    an_entry(second, "description", "Other matter")
    merge(second, first.number, tess())
    second.refresh_from_db()

    unmerge(second, tess())

    second.refresh_from_db()
    assert (second.merged_into, second.status, second.closed_at) == (None, "open", None)
    assert words(conversation(tess(), first)) == []
    assert "unmerged" in actions(first) and "unmerged_from" in actions(second)
