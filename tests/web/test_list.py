"""The technician portal's list of requests."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from postroom.accounts.models import User
from postroom.tickets.models import Ticket
from tests.build import a_group, a_ticket, a_user, ada, an_entry, an_incoming_server, sam, tess, theo
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
    an_entry(ticket, "description", "Smoke!")
    an_entry(a_ticket("Another matter", requester=a_user("kim@example.test", "Kim")), "description")
    answer = browse(tess()).get("/requests", {"q": words.format(number=ticket.number)})
    page = answer.content.decode()
    assert "The printer is on fire" in page
    assert "Another matter" not in page


def test_search_finds_words_apart_and_what_was_written_in_the_conversation(browse: Browse) -> None:
    an_entry(a_ticket("The printer is on fire"), "note", "It is the toner.", author=tess())
    an_entry(a_ticket("The printer is quiet"), "description", "Silence.")
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


def subjects(page: str) -> list[str]:
    return re.findall(r'id="open-[0-9]+" href="[^"]+" title="([^"]*)"', page)


def link(page: str, rel: str) -> str:
    found = re.search(rf'rel="{rel}" href="([^"]+)"', page)
    return unescape(found[1]) if found else ""


def fifty_and_ten() -> list[str]:
    """Sixty requests, the latest activity first; ten of them at the same moment."""
    now = timezone.now()
    rows = [
        Ticket(subject=f"Matter {at}", requester=sam(), source="email", updated_at=now - timedelta(seconds=at // 10))
        for at in range(60)
    ]
    Ticket.objects.bulk_create(rows)
    return [row.subject for row in sorted(rows, key=lambda row: (row.updated_at, row.pk), reverse=True)]


@pytest.mark.parametrize("technician", [ada, tess])
def test_long_lists_come_in_pages_that_one_can_turn_both_ways(browse: Browse, technician: Callable[[], User]) -> None:
    made = fifty_and_ten()
    client = browse(technician())
    first = client.get("/requests").content.decode()
    second = client.get(link(first, "next")).content.decode()
    assert (subjects(first), link(first, "prev")) == (made[:50], "")
    assert (subjects(second), link(second, "next")) == (made[50:], "")
    assert subjects(client.get(link(second, "prev")).content.decode()) == made[:50]


def test_a_page_stays_what_it_is_while_requests_arrive_before_it(browse: Browse) -> None:
    made = fifty_and_ten()
    client = browse(tess())
    following = link(client.get("/requests").content.decode(), "next")
    a_ticket("Fresh")
    assert subjects(client.get(following).content.decode()) == made[50:]


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("activity", ["Two", "Three", "One"]),
        ("waiting", ["One", "Three", "Two"]),
        ("newest", ["Three", "Two", "One"]),
        ("oldest", ["One", "Two", "Three"]),
        ("nonsense", ["Two", "Three", "One"]),
    ],
)
def test_the_list_can_be_ordered(browse: Browse, order: str, expected: list[str]) -> None:
    now = timezone.now()
    for subject, minutes in (("One", 30), ("Two", 10), ("Three", 20)):
        a_ticket(subject, updated_at=now - timedelta(minutes=minutes))
    assert subjects(browse(tess()).get(f"/requests?order={order}").content.decode()) == expected


@pytest.mark.parametrize("place", ["1", "-", "x-1", "9" * 40 + "-1", "1-" + "9" * 40, "\x00", "٣-٣"])
def test_a_place_that_means_nothing_is_the_first_page(browse: Browse, place: str) -> None:
    a_ticket()
    answer = browse(tess()).get("/requests", {"after": place, "before": place})
    assert answer.status_code == 200 and "The printer" in answer.content.decode()


def test_more_than_a_thousand_are_not_counted(browse: Browse) -> None:
    Ticket.objects.bulk_create([Ticket(subject="x", requester=sam(), source="email") for _ in range(1002)])
    page = browse(tess()).get("/requests").content.decode()
    assert 'aria-label="more than 1000 open">1000+</b>' in page


def test_what_somebody_else_wrote_is_unread_until_it_was_looked_at(browse: Browse) -> None:
    ticket = a_ticket()
    an_entry(ticket, "description", "Smoke!")
    mine = a_ticket("Mine")
    an_entry(mine, "note", "I wrote it.", author=tess())
    client = browse(tess())
    assert is_unread(client, ticket) and not is_unread(client, mine)
    client.get(f"/requests/{ticket.number}")
    assert not is_unread(client, ticket)
    assert is_unread(browse(theo()), ticket)
    an_entry(ticket, "event", event={"changes": []}, author=theo())
    assert not is_unread(client, ticket)
    an_entry(ticket, "reply", "More smoke!")
    assert is_unread(client, ticket)


def is_unread(client: Client, ticket: Ticket) -> bool:
    return f'id="row-{ticket.number}" class="is-unread"' in client.get("/requests").content.decode()


def test_a_poll_of_a_busy_desk_whose_list_is_as_it_was_is_not_modified_either(browse: Browse) -> None:
    a_ticket(technician=tess())
    client = browse(tess())
    tag = client.get("/requests?view=mine")["ETag"]
    poll = {**HTMX, "If-None-Match": tag}
    a_ticket("Hidden", technician_group=a_group("HR", [theo()]), technician=theo())
    answer = client.get("/requests?view=mine", headers=poll)
    assert answer.status_code == 304 and answer["ETag"] != tag


def test_a_search_of_common_words_shows_the_newest_fifty_and_says_so(browse: Browse) -> None:
    tickets = [a_ticket(f"Printer {at}") for at in range(52)]
    for ticket in tickets:
        an_entry(ticket, "description", "Smoke!")
    page = browse(tess()).get("/requests?q=smoke").content.decode()
    assert subjects(page) == [ticket.subject for ticket in tickets[:1:-1]]
    assert "The newest 50 that match" in page


COSTS = {
    "list": ("/requests?view=all", 10),  # session, user, state, views, groups, keys, rows, unread, counts
    "poll": ("/requests?view=all", 3),  # session, user, state
    "search": ("/requests?q=smoke+", 15),
    "details": ("/requests/{number}", 30),
    "portal": ("/my/requests", 12),
}


@pytest.mark.parametrize("page", COSTS)
def test_a_page_costs_the_same_queries_for_one_request_and_for_sixty(browse: Browse, page: str) -> None:
    address, most = COSTS[page]
    ticket = a_ticket(technician=tess(), technician_group=a_group("Network", [tess()]))
    an_entry(ticket, "description", "Smoke!")
    client = browse(sam() if page == "portal" else tess())
    address = address.format(number=ticket.number)
    one = queries_of(client, address, page)
    for number in range(60):
        requester = sam() if page == "portal" else a_user(f"person{number}@example.test")
        an_entry(a_ticket(requester=requester, technician=theo()), "description", "Smoke!")
    many = queries_of(client, address, page)
    assert one == many <= most


def queries_of(client: Client, address: str, page: str) -> int:
    headers = {}
    client.get(address)
    if page == "poll":
        headers = {**HTMX, "If-None-Match": client.get(address)["ETag"]}
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(address, headers=headers)
    assert answer.status_code == (304 if page == "poll" else 200)
    return len([one for one in captured.captured_queries if not _OF_TRANSACTIONS.match(one["sql"])])


_OF_TRANSACTIONS = re.compile("SAVEPOINT|RELEASE|ROLLBACK|SET LOCAL")
