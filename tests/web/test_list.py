"""The technician portal's list of requests."""

from __future__ import annotations

import pytest
from pytest_django import DjangoAssertNumQueries

from postroom.tickets.models import Ticket
from tests.build import a_group, a_ticket, a_user, an_entry, an_incoming_server, sam, tess, theo
from tests.web.conftest import Browse

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def test_a_requester_may_not_open_the_technician_portal(browse: Browse) -> None:
    ticket = a_ticket()
    client = browse(sam())
    paths = [
        "",
        f"/{ticket.number}",
        f"/{ticket.number}/live",
        f"/{ticket.number}/history",
        f"/{ticket.number}/notification",
    ]
    assert {client.get(f"/requests{path}").status_code for path in paths} == {403}
    assert client.post(f"/requests/{ticket.number}/write", {"kind": "note", "text": "x"}).status_code == 403
    assert client.post(f"/requests/{ticket.number}/change", {"status": "closed"}).status_code == 403


def test_each_view_shows_its_requests_and_their_number(browse: Browse) -> None:
    group = a_group("Network", [tess()])
    a_ticket("Mine", technician=tess())
    a_ticket("Of my group", technician=theo(), technician_group=group)
    a_ticket("Of nobody")
    a_ticket("Over", status=Ticket.Status.CLOSED, technician=tess())
    client = browse(tess())
    expected = {
        "mine": {"Mine"},
        "unassigned": {"Of nobody"},
        "groups": {"Of my group"},
        "open": {"Mine", "Of my group", "Of nobody"},
        "closed": {"Over"},
        "all": {"Mine", "Of my group", "Of nobody", "Over"},
    }
    for view, subjects in expected.items():
        page = client.get(f"/requests?view={view}").content.decode()
        assert {name for name in ("Mine", "Of my group", "Of nobody", "Over") if f">{name}</a>" in page} == subjects
    assert 'aria-label="3 open">3</b>' in client.get("/requests").content.decode()


def test_requests_of_other_groups_are_neither_listed_nor_counted(browse: Browse) -> None:
    ticket = a_ticket("Salaries", technician_group=a_group("HR", [theo()]))
    client = browse(tess())
    page = client.get("/requests?view=all").content.decode()
    assert "Salaries" not in page
    assert 'aria-label="0 open">0</b>' in page
    assert client.get(f"/requests/{ticket.number}").status_code == 404


@pytest.mark.parametrize("words", ["PRINTER", "sam@example", "Sam Req", "#{number}", "{number}"])
def test_search_finds_by_subject_requester_and_number(browse: Browse, words: str) -> None:
    ticket = a_ticket("The printer is on fire")
    a_ticket("Another matter", requester=a_user("kim@example.test", "Kim"))
    answer = browse(tess()).get("/requests", {"q": words.format(number=ticket.number)})
    page = answer.content.decode()
    assert "The printer is on fire" in page
    assert "Another matter" not in page


def test_search_finds_words_apart_and_what_was_written_in_the_conversation(browse: Browse) -> None:
    an_entry(a_ticket("The printer is on fire"), "note", "It is the toner.", author=tess())
    a_ticket("The printer is quiet")
    for words in ("fire printer", "toner"):
        page = browse(tess()).get("/requests", {"q": words}).content.decode()
        assert "The printer is on fire" in page and "The printer is quiet" not in page


@pytest.mark.parametrize("odd", ["\x00", "%", "' OR 1=1 --", "9" * 400, "٣"])
def test_odd_searches_find_nothing_and_break_nothing(browse: Browse, odd: str) -> None:
    a_ticket()
    assert browse(tess()).get("/requests", {"q": odd, "page": odd, "view": odd}).status_code == 200


def test_a_subject_with_markup_is_shown_as_text(browse: Browse) -> None:
    a_ticket("<script>alert(1)</script><img src=x onerror=alert(2)>", requester=a_user("x@example.test", '"><b>x'))
    page = browse(tess()).get("/requests").content.decode()
    assert "<script>alert" not in page and "<img src=x" not in page and "<b>x" not in page


def test_htmx_gets_the_list_alone_and_a_browser_the_whole_page(browse: Browse) -> None:
    a_ticket()
    client = browse(tess())
    whole, part = client.get("/requests"), client.get("/requests", headers=HTMX)
    assert whole.content.decode().startswith("<!doctype html>") and "The printer" in whole.content.decode()
    assert "<html" not in part.content.decode() and "The printer" in part.content.decode()
    assert "HX-Request" in whole["Vary"]


def test_a_poll_is_answered_not_modified_until_something_arrives(browse: Browse) -> None:
    a_ticket()
    client = browse(tess())
    tag = client.get("/requests")["ETag"]
    poll = {**HTMX, "If-None-Match": tag}
    answer = client.get("/requests", headers=poll)
    assert (answer.status_code, answer.content) == (304, b"")
    a_ticket("Fresh from the mailbox")
    answer = client.get("/requests", headers=poll)
    assert answer.status_code == 200 and "Fresh from the mailbox" in answer.content.decode()


def test_an_empty_list_says_which_address_to_write_to(browse: Browse) -> None:
    an_incoming_server(email="support@desk.test", primary=True)
    assert "mailto:support@desk.test" in browse(tess()).get("/requests").content.decode()


def test_long_lists_come_in_pages(browse: Browse) -> None:
    Ticket.objects.bulk_create([Ticket(subject=f"Matter {at}", requester=sam(), source="email") for at in range(60)])
    client = browse(tess())
    first, second = client.get("/requests").content.decode(), client.get("/requests?page=2").content.decode()
    assert first.count("<tr id=") == 50 and "1–50" in first and 'rel="next"' in first and 'rel="prev"' not in first
    assert second.count("<tr id=") == 10 and "51–60" in second and 'rel="next"' not in second


def test_the_list_costs_the_same_queries_for_one_request_and_for_fifty(
    browse: Browse, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = browse(tess())
    a_ticket(technician=tess(), technician_group=a_group("Network", [tess()]))
    with django_assert_num_queries(4):  # session, user, counts, page
        client.get("/requests")
    for number in range(50):
        a_ticket(requester=a_user(f"person{number}@example.test"), technician=theo())
    with django_assert_num_queries(4):
        client.get("/requests")
