"""Who takes part in a request: links, watchers, an unknown sender who is let in, another requester."""

from __future__ import annotations

import pytest

from postroom.tickets.models import Entry, Participant
from postroom.tickets.services import Invalid, accept_sender, change_requester, link, unlink, unwatch, watch
from postroom.tickets.workspace import neighbours, sender_was_not_found
from tests.build import a_group, a_service_account, a_ticket, an_entry, an_incoming_server, gita, sam, tess, theo

pytestmark = pytest.mark.django_db


def test_linked_requests_show_each_other_to_whoever_may_see_both() -> None:
    one, two = a_ticket(), a_ticket(technician_group=a_group("HR", [theo()]))
    link(one, two.number, theo())

    assert neighbours(theo(), one).linked == [two] and neighbours(theo(), two).linked == [one]
    assert neighbours(tess(), one).linked == []
    with pytest.raises(Invalid, match="linked already"):
        link(two, one.number, theo())
    with pytest.raises(Invalid, match="you may not see it"):
        unlink(one, two.number, tess())
    unlink(two, one.number, theo())
    assert neighbours(theo(), one).linked == []


def test_follow_ups_are_shown_both_ways() -> None:
    closed = a_ticket(status="closed")
    follow_up = a_ticket(follow_up_of=closed)
    assert neighbours(tess(), closed).follow_ups == [follow_up]
    assert neighbours(tess(), follow_up).follow_up_of == closed


def test_a_technician_watches_and_no_longer_and_each_is_an_event() -> None:
    ticket = a_ticket()
    watch(ticket, tess())
    watch(ticket, tess())
    assert ticket.participants.get().role == "watcher"
    unwatch(ticket, tess())
    assert not ticket.participants.exists()
    assert [entry.event["action"] for entry in ticket.entries.all() if entry.event] == ["watched", "unwatched"]
    with pytest.raises(Invalid):
        watch(ticket, a_service_account())


def test_an_unknown_sender_who_is_accepted_is_copied_and_what_they_wrote_stays_internal() -> None:
    ticket = a_ticket()
    entry = an_entry(ticket, "note", "I know more.", author=gita(), flag="unknown_sender")
    Participant.objects.create(ticket=ticket, email="gita@example.test", role="third_party")

    ticket = accept_sender(entry, tess())

    entry.refresh_from_db()
    assert ticket.cc_emails == ["gita@example.test"] and not ticket.participants.exists()
    assert (entry.kind, entry.flag) == ("note", "")
    with pytest.raises(Invalid):
        accept_sender(entry, tess())


def test_the_requester_is_changed_to_somebody_known_or_to_a_guest() -> None:
    an_incoming_server(email="support@desk.test")
    ticket = a_ticket(requester=tess(), cc_emails=["sam@example.test"])
    ticket = change_requester(ticket, tess(), "Sam@Example.test")
    assert (ticket.requester, ticket.cc_emails) == (sam(), [])
    assert change_requester(ticket, tess(), "nora@else.test", "Nora").requester.kind == "guest"
    for wrong in ("nonsense", "support@desk.test"):
        with pytest.raises(Invalid):
            change_requester(ticket, tess(), wrong)


@pytest.mark.parametrize(
    ("subject", "requester", "hint"),
    [
        ("Fwd: Printer", "tess", True),
        ("WG: Drucker", "tess", True),
        ("Printer", "tess", False),
        ("Fwd: x", "sam", False),
    ],
)
def test_a_forward_whose_sender_was_not_found_says_so(subject: str, requester: str, hint: bool) -> None:
    person = tess() if requester == "tess" else sam()
    assert sender_was_not_found(a_ticket(subject, requester=person, created_by=person)) is hint


def test_events_tell_who_did_it() -> None:
    one, two = a_ticket(), a_ticket()
    link(one, two.number, tess())
    event = one.entries.get(kind=Entry.Kind.EVENT)
    assert (event.author, event.event) == (tess(), {"action": "linked", "request": two.number})
