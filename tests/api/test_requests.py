"""Requests over REST: list, raise, read, change."""

from __future__ import annotations

from typing import Any

import pytest

from postroom.accounts.models import Company, SecondaryEmail, User
from postroom.api import lists
from postroom.outbox.models import OutboundEmail
from postroom.tickets.models import Category, Entry, Ticket
from tests import build
from tests.api.conftest import Script

FIELDS = {
    "number", "kind", "subject", "status", "priority", "requester", "cc_emails", "technician", "technician_group",
    "category", "company", "department", "location", "tags", "follow_up_of", "merged_into", "source", "mailbox",
    "created_at", "updated_at", "closed_at",
}  # fmt: skip


def numbers(answer: Any) -> list[int]:
    return [row["number"] for row in answer.body["results"]]


def test_a_request_has_the_fields_of_the_contract_with_names_and_addresses(admin: Script) -> None:
    ticket = build.a_ticket(
        technician=build.tess(),
        technician_group=build.a_group("Service Desk"),
        category=Category.objects.create(name="Hardware / Printer"),
        company=Company.objects.create(name="Acme"),
        cc_emails=["gita@example.test"],
        mailbox_email="support@desk.test",
    )
    row = admin.get(f"requests/{ticket.number}").body

    assert row.keys() == FIELDS
    assert row["requester"] == {"name": "Sam Requester", "email": "sam@example.test", "kind": "registered"}
    assert (row["technician"], row["technician_group"]) == ("tess@desk.test", "Service Desk")
    assert (row["category"], row["company"], row["mailbox"]) == ("Hardware / Printer", "Acme", "support@desk.test")
    assert (row["status"], row["source"], row["closed_at"]) == ("open", "email", None)


def test_the_list_is_newest_first_and_pages_carry_absolute_addresses(admin: Script) -> None:
    made = [build.a_ticket(f"Number {count}").number for count in range(5)]

    second = admin.get("requests", page=2, page_size=2, status="open").body

    assert [row["number"] for row in second["results"]] == [made[2], made[1]]
    assert second["count"] == 5
    assert second["next"] == "https://desk.test/api/v1/requests?page=3&page_size=2&status=open"
    assert second["previous"] == "https://desk.test/api/v1/requests?page=1&page_size=2&status=open"
    assert admin.get("requests", page=3, page_size=2).body["next"] is None
    assert "count_exact" not in second


def test_the_count_is_exact_to_its_limit_and_says_so_beyond(admin: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "COUNTED", 3)
    for count in range(3):
        build.a_ticket(f"Number {count}")
    assert "count_exact" not in admin.get("requests").body

    build.a_ticket("One more")
    page = admin.get("requests", page_size=2).body
    assert (page["count"], page["count_exact"]) == (3, False)


def test_requests_are_filtered_by_status_requester_mailbox_and_technician(admin: Script) -> None:
    one = build.a_ticket(status="pending", mailbox_email="support@desk.test", technician=build.tess())
    two = build.a_ticket(requester=build.gita(), mailbox_email="hr@desk.test", status="closed")
    SecondaryEmail.objects.create(user=build.gita(), email="gita@home.test")

    assert numbers(admin.get("requests", status="pending")) == [one.number]
    assert numbers(admin.get("requests", status="pending,closed")) == [two.number, one.number]
    assert numbers(admin.get("requests", requester="Gita@Example.test")) == [two.number]
    assert numbers(admin.get("requests", requester="gita@home.test")) == [two.number]
    assert numbers(admin.get("requests", mailbox="Support@desk.test")) == [one.number]
    assert numbers(admin.get("requests", technician="tess@desk.test")) == [one.number]
    assert numbers(admin.get("requests", technician="nobody@desk.test")) == []


def test_search_finds_words_in_subject_requester_and_conversation_and_numbers(admin: Script) -> None:
    fire = build.a_ticket("The printer is on fire")
    build.an_entry(fire, "note", "It is the toner.")
    other = build.a_ticket("A chair", requester=build.gita())
    build.an_entry(other, "description", "It squeaks.")

    assert numbers(admin.get("requests", search="FIRE printer")) == [fire.number]
    assert numbers(admin.get("requests", search="toner")) == [fire.number]
    assert numbers(admin.get("requests", search="gita")) == [other.number]
    assert numbers(admin.get("requests", search=f"[#{other.number}]")) == [other.number]
    assert numbers(admin.get("requests", search="printer chair")) == []
    assert numbers(admin.get("requests", search="100%_")) == []


def test_a_raised_request_has_its_attributes_its_text_and_is_acknowledged(admin: Script) -> None:
    build.a_group("Service Desk")
    Category.objects.create(name="Hardware")
    answer = admin.post(
        "requests",
        subject="New laptop",
        requester="sam@example.test",
        kind="service_request",
        priority="high",
        technician="tess@desk.test" if build.tess() else "",
        technician_group="service desk",
        category="Hardware",
        department="Sales",
        tags=["new"],
        cc_emails=["Gita@example.test"],
        text="Mine is old.",
        attachments=[{"filename": "old.txt", "content_type": "text/plain", "content_base64": "b2xk"}],
    )

    assert answer.status_code == 201
    row = answer.body
    expected = ("service_request", "high", "Sales", ["new"])
    assert (row["kind"], row["priority"], row["department"], row["tags"]) == expected
    assert (row["technician"], row["technician_group"], row["source"]) == ("tess@desk.test", "Service Desk", "api")
    assert row["cc_emails"] == ["gita@example.test"]
    entry = admin.get(f"requests/{row['number']}/conversation").body[0]
    assert (entry["kind"], entry["direction"], entry["text"]) == ("description", "in", "Mine is old.")
    assert entry["attachments"][0]["filename"] == "old.txt"
    assert sorted(mail.kind for mail in OutboundEmail.objects.all()) == [
        "acknowledgement",
        "notification",
        "notification",
    ]


def test_a_request_may_be_raised_closed_at_a_place_without_an_event(admin: Script) -> None:
    row = admin.post(
        "requests", subject="Done already", requester="sam@example.test", text="Hi", status="closed", location="Berlin"
    ).body

    assert (row["status"], row["closed_at"], row["location"]) == ("closed", row["created_at"], "Berlin")
    assert [entry["kind"] for entry in admin.get(f"requests/{row['number']}/conversation").body] == ["description"]


def test_a_request_for_an_unknown_address_makes_a_guest(admin: Script) -> None:
    row = admin.post("requests", subject="Hi", requester={"email": "new@else.test", "name": "New"}, text="Hi").body

    assert row["requester"] == {"name": "New", "email": "new@else.test", "kind": "guest"}


def test_without_a_requester_a_request_is_the_callers_own(tess: Script) -> None:
    assert tess.post("requests", subject="Hi", text="Hi").body["requester"]["email"] == "tess@desk.test"


def test_a_service_account_says_whom_a_request_is_for(script: Any) -> None:
    answer = script(build.a_service_account()).post("requests", subject="Hi", text="Hi")

    assert answer.status_code == 400
    assert [error["field"] for error in answer.body["errors"]] == ["requester"]


def test_a_change_sets_what_is_given_clears_what_is_null_and_is_an_event(tess: Script) -> None:
    ticket = build.a_ticket(technician=build.tess(), category=Category.objects.create(name="Hardware"))

    row = tess.patch(f"requests/{ticket.number}", status="closed", technician="tess@desk.test", category=None).body

    assert (row["status"], row["technician"], row["category"]) == ("closed", "tess@desk.test", None)
    assert row["closed_at"] is not None
    assert row["subject"] == ticket.subject
    event = ticket.entries.get(kind=Entry.Kind.EVENT)
    assert event.author == build.tess()
    assert event.event is not None
    assert {change["field"] for change in event.event["changes"]} == {"status", "category"}


def test_a_request_may_be_handed_to_a_group_that_the_caller_is_not_in(tess: Script) -> None:
    ticket = build.a_ticket()
    build.a_group("HR")

    assert tess.patch(f"requests/{ticket.number}", technician_group="HR").body["technician_group"] == "HR"
    assert tess.get(f"requests/{ticket.number}").status_code == 404


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"status": "gone"}, "status"),
        ({"status": None}, "status"),
        ({"priority": 3}, "priority"),
        ({"subject": "  "}, "subject"),
        ({"subject": "x" * 999}, "subject"),
        ({"technician": "sam@example.test"}, "technician"),
        ({"technician": "nobody@desk.test"}, "technician"),
        ({"technician_group": "No such"}, "technician_group"),
        ({"category": "No such"}, "category"),
        ({"company": "No such"}, "company"),
        ({"cc_emails": ["gita@example.test", "not an address"]}, "cc_emails[1]"),
        ({"tags": "new"}, "tags"),
        ({"number": 7}, "number"),
        ({"colour": "blue"}, "colour"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_a_wrong_value_is_refused_at_its_field_and_nothing_changes(
    change: dict[str, Any], field: str, tess: Script
) -> None:
    build.sam()
    ticket = build.a_ticket()
    answer = tess.patch(f"requests/{ticket.number}", **{"location": "Berlin", **change})

    assert answer.status_code == 400
    assert [error["field"] for error in answer.body["errors"]] == [field]
    assert Ticket.objects.get().location == ""


def test_a_refused_request_leaves_neither_request_nor_guest(admin: Script) -> None:
    answer = admin.post("requests", subject="Hi", requester="new@else.test", text="")

    assert answer.status_code == 400
    assert not Ticket.objects.exists()
    assert not User.objects.filter(email="new@else.test").exists()


def test_every_wrong_reference_is_named_at_once(admin: Script) -> None:
    answer = admin.post("requests", subject="Hi", text="Hi", category="No", technician_group="No", requester="s@e.test")

    assert [error["field"] for error in answer.body["errors"]] == ["technician_group", "category"]


def test_a_page_of_requests_takes_the_same_number_of_queries_however_long(
    tess: Script, django_assert_num_queries: Any
) -> None:
    tess.get("requests")
    for name in ("One", "Two", "Three"):
        build.a_ticket(
            name,
            technician=build.tess(),
            technician_group=build.a_group("Service Desk"),
            category=Category.objects.create(name=name),
            company=Company.objects.create(name=name),
            requester=build.a_user(f"{name}@example.test"),
        )
    with django_assert_num_queries(4):  # token, count, keys, rows
        assert len(tess.get("requests").body["results"]) == 3
