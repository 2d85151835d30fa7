"""What the search finds: words in any language, in subject, body, requester and attachment names (R28)."""

from __future__ import annotations

from typing import Any

import pytest

from postroom.channels.bulk import insert_many
from postroom.tickets.access import visible_tickets
from postroom.tickets.models import Attachment, Entry, SearchDocument, SearchPending, Ticket
from postroom.tickets.search import find, index_pending
from postroom.tickets.search.words import asked, number_in, words
from tests import build

pytestmark = pytest.mark.django_db


def found(text: str, user: Any = None, limit: int | None = 50) -> list[int]:
    return find(visible_tickets(user or build.ada()), text, limit=limit).numbers


def a_request(subject: str = "The printer is on fire", text: str = "Smoke!", **fields: Any) -> Ticket:
    ticket = build.a_ticket(subject, **fields)
    build.an_entry(ticket, "description", text)
    return ticket


@pytest.mark.parametrize(
    "text",
    ["fire", "FIRE printer", "smoke", "prin", "on fi", "sam@example.test", "sam@exam", "requester", "smoke printer "],
)
def test_words_of_subject_body_and_requester_are_found_and_the_last_by_its_beginning(text: str) -> None:
    ticket = a_request()
    a_request("A chair", "It squeaks.", requester=build.a_user("kim@else.test", "Kim"))
    assert found(text) == [ticket.number]


@pytest.mark.parametrize(
    "text", ["rinter", "fire chair", "printer teapot", "fir printer", "smo ", "%", "' | 'fire", "fire:*\\"]
)
def test_what_does_not_occur_is_not_found(text: str) -> None:
    a_request()
    a_request("A chair", "It squeaks.")
    assert found(text) == [] or text == "' | 'fire" or text.startswith("fire")


@pytest.mark.parametrize("text", ["name.surname@firm.example", "surname", "file-name.pdf", "file-name", "name pdf"])
def test_addresses_and_names_of_files_are_found_by_their_parts(text: str) -> None:
    ticket = build.a_ticket("Invoice", requester=build.a_user("name.surname@firm.example", "N. S."))
    entry = build.an_entry(ticket, "description", "See there.")
    Attachment.objects.create(
        entry=entry, filename="file-name.pdf", content_type="application/pdf", size=1, sha256="0" * 64
    )
    a_request()
    assert found(text) == [ticket.number]


@pytest.mark.parametrize(
    ("written", "asked_for"),
    [
        ("Müller fährt", "muller fahrt"),
        ("Crème brûlée", "CREME brulee"),
        ("Привет, мир", "мир"),
        ("打印机坏了", "打印机"),
        ("プリンターが壊れた", "プリンター"),
        ("مرحبا بالعالم", "بالعالم"),
        ("ΣΊΣΥΦΟΣ", "σισυφος"),
        ("straße", "STRASSE"),
    ],
)
def test_every_script_is_found_without_regard_to_case_and_accents(written: str, asked_for: str) -> None:
    ticket = a_request("Something", written)
    a_request("Something else", "in English")
    assert found(asked_for) == [ticket.number]


def test_a_number_finds_its_request_first_and_then_those_that_mention_it() -> None:
    first = a_request("A chair")
    second = a_request("A table", f"As in {first.number}, please.")
    assert found(str(first.number)) == [first.number, second.number]
    assert found(f"#{first.number}") == [first.number]
    assert found(f"[#{first.number}]") == [first.number]
    assert found(f"chair #{first.number}") == [first.number]
    assert number_in("46") == number_in("#46") == number_in("[#46]") == 46
    assert number_in("٣") is None and number_in("4 6") is None


def test_words_of_different_entries_of_a_request_are_found_together() -> None:
    ticket = a_request("Nothing works", "The toner leaks.")
    build.an_entry(ticket, "note", "Ordered a cartridge.", author=build.tess())
    a_request("Toner", "Only toner.")
    assert found("cartridge toner") == [ticket.number]


def test_the_request_with_the_newest_hit_comes_first() -> None:
    old, new = a_request("First"), a_request("Second")
    build.an_entry(old, "reply", "More smoke!")
    assert found("smoke") == [old.number, new.number]


def test_more_requests_than_asked_for_are_said_not_to_be_all() -> None:
    made = [a_request(f"Matter {at}").number for at in range(4)]
    tickets = visible_tickets(build.ada())
    some, every = find(tickets, "smoke", limit=3), find(tickets, "smoke", limit=4)
    assert (some.numbers, some.exact) == (made[:0:-1], False)
    assert (every.numbers, every.exact) == (made[::-1], True)


def test_technicians_find_only_what_they_may_see() -> None:
    hidden = a_request(technician_group=build.a_group("HR", [build.theo()]))
    shown = a_request()
    assert found("fire", build.tess()) == [shown.number]
    assert set(found("fire", build.theo())) == {hidden.number, shown.number}
    assert found(f"#{hidden.number}", build.tess()) == []


def test_a_new_subject_requester_or_name_is_found_and_the_old_one_is_not() -> None:
    ticket = a_request()
    assert found("printer") == [ticket.number]
    ticket.subject, ticket.requester = "A kettle", build.gita()
    ticket.save()
    assert (found("kettle"), found("printer"), found("gita")) == ([ticket.number], [], [ticket.number])
    gita = build.gita()
    gita.name = "Greta Garbo"
    gita.save()
    assert (found("garbo"), found("guest")) == ([ticket.number], [])


def test_an_entry_that_moves_is_found_at_its_new_request_and_one_that_goes_nowhere() -> None:
    old, new = a_request("First"), a_request("Second", "Silence.")
    entry = old.entries.get()
    assert found("smoke") == [old.number]
    Entry.objects.filter(pk=entry.pk).update(ticket=new)
    assert found("smoke") == [new.number]
    Entry.objects.filter(pk=entry.pk).delete()
    assert found("smoke") == [] and not SearchDocument.objects.filter(pk=entry.pk).exists()


def test_entries_in_bulk_are_found_and_events_are_not_read() -> None:
    ticket = build.a_ticket()
    common = {"ticket": ticket, "direction": "in"}
    insert_many([Entry(kind="reply", text="Alpha", **common), Entry(kind="event", event={}, **common)])
    assert SearchPending.objects.count() == 1
    assert found("alpha") == [ticket.number]
    assert not SearchPending.objects.exists()


def test_reading_takes_as_many_entries_as_it_is_told_the_newest_first() -> None:
    ticket = build.a_ticket()
    entries = [build.an_entry(ticket, text=f"number{at}") for at in range(5)]
    assert index_pending(2) == 2
    assert set(SearchDocument.objects.values_list("pk", flat=True)) == {entries[3].pk, entries[4].pk}
    assert [index_pending(2), index_pending(2), index_pending(2)] == [2, 1, 0]


def test_a_hostile_mail_neither_breaks_the_index_nor_hides() -> None:
    text = "needle " + " ".join(f"w{at:x}" for at in range(60_000)) + " " + "x" * 5000 + "\\' & | ! <-> :* ( "
    ticket = a_request("'; DROP TABLE", text)
    assert found("table") == [ticket.number]


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("printer fire", [[(("printer",), False)], [(("fire",), True)]]),
        ("fire ", [[(("fire",), False)]]),
        ("a@b.test", [[(("a",), False), (("b",), False), (("test",), True)]]),
        ("#46", [[(("#46",), False)]]),
        ("46", [[(("46", "#46"), False)]]),
        ("%", []),
        ("", []),
    ],
)
def test_a_question_is_cut_into_words(text: str, terms: list[Any]) -> None:
    assert asked(text) == terms


def test_words_are_cut_at_everything_that_is_neither_letter_nor_digit() -> None:
    assert words("a_b-c.d@e/f\u00a0g\u200bh") == set("abcdefgh")
