"""Filters, search and saved views of requests over REST."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from postroom.accounts.models import Company
from postroom.tickets.models import Attachment, Category, SavedView, Ticket
from tests import build
from tests.api.conftest import Script


def numbers(answer: Any) -> list[int]:
    return [row["number"] for row in answer.body["results"]]


def a_request(subject: str = "The printer is on fire", text: str = "Smoke!", **fields: Any) -> Ticket:
    ticket = build.a_ticket(subject, **fields)
    build.an_entry(ticket, "description", text)
    return ticket


def test_every_filter_leaves_what_it_names(admin: Script) -> None:
    long_ago = timezone.now() - timedelta(days=30)
    plain = build.a_ticket("Plain", created_at=long_ago, updated_at=long_ago)
    special = build.a_ticket(
        "Special", technician=build.tess(), technician_group=build.a_group("Network"), priority="urgent",
        category=Category.objects.create(name="Hardware"), company=Company.objects.create(name="Northwind"),
        source="portal", tags=["vip"],
    )  # fmt: skip
    since = (timezone.now() - timedelta(days=2)).isoformat()
    for given in (
        {"priority": "urgent,high"}, {"source": "portal"}, {"technician_group": "network"}, {"category": "HARDWARE"},
        {"company": "Northwind"}, {"tag": "vip"}, {"created_from": since}, {"updated_from": since},
    ):  # fmt: skip
        assert numbers(admin.get("requests", **given)) == [special.number], given
    for given in ({"created_to": since}, {"updated_to": since}, {"technician": "none"}):
        assert numbers(admin.get("requests", **given)) == [plain.number], given
    for given in ({"company": "None such"}, {"tag": "nothing"}):
        assert numbers(admin.get("requests", **given)) == []


@pytest.mark.parametrize(
    "given",
    [{"priority": "x"}, {"source": "x"}, {"created_from": "yesterday"}, {"created_from": "2026-01-01T00:00:00"},
     {"view": "x"}, {"view": "999"}, {"view": "٣"}, {"status": "open,x"}],
)  # fmt: skip
def test_a_filter_that_means_nothing_is_refused_at_its_field(admin: Script, given: dict[str, str]) -> None:
    answer = admin.get("requests", **given)
    assert answer.status_code == 400
    assert answer.body["errors"][0]["field"] == next(iter(given))


def test_views_are_of_whoever_asks(tess: Script, admin: Script) -> None:
    mine = build.a_ticket("Mine", technician=build.tess())
    build.a_ticket("Of nobody")
    assert numbers(tess.get("requests", view="mine")) == [mine.number]
    assert numbers(admin.get("requests", view="mine")) == []
    saved = tess.post("views", name="Urgent and mine", filters={"assignee": "me", "priority": "urgent"}).body
    assert numbers(tess.get("requests", view=saved["id"])) == []
    Ticket.objects.filter(pk=mine.pk).update(priority="urgent")
    assert numbers(tess.get("requests", view=saved["id"])) == [mine.number]
    assert admin.get("requests", view=saved["id"]).status_code == 400


def test_the_search_finds_attachments_requesters_and_beginnings_of_words(admin: Script) -> None:
    ticket = a_request(requester=build.a_user("name.surname@firm.example", "Somebody"))
    Attachment.objects.create(
        entry=ticket.entries.get(), filename="file-name.pdf", content_type="application/pdf", size=1, sha256="0" * 64
    )
    a_request("Chair", "It squeaks.")
    for text in ("file-name.pdf", "name.surname@firm.example", "surname", "smok", "prin fir"):
        expected = [] if text == "prin fir" else [ticket.number]
        assert numbers(admin.get("requests", search=text)) == expected, text


def test_search_and_filters_hold_together_and_pages_of_a_search_go_on(tess: Script) -> None:
    made = [a_request(f"Matter {at}") for at in range(5)]
    a_request("Done", status="closed")
    a_request("Hidden", technician_group=build.a_group("HR", [build.theo()]))
    first = tess.get("requests", search="smoke", status="open", page_size=3).body
    assert [row["number"] for row in first["results"]] == [ticket.number for ticket in made[:1:-1]]
    assert (first["count"], "count_exact" in first) == (5, False)
    second = tess.get("requests", search="smoke", status="open", page_size=3, page=2)
    assert numbers(second) == [made[1].number, made[0].number] and second.body["next"] is None


def test_a_search_with_more_hits_than_are_looked_at_says_that_its_count_is_not_exact(
    admin: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [a_request(f"Matter {at}") for at in range(4)]
    monkeypatch.setattr("postroom.tickets.search.hits.MAX_HITS", 3)
    page = admin.get("requests", search="smoke").body
    assert (page["count"], page["count_exact"]) == (3, False)
    assert [row["number"] for row in page["results"]] == [ticket.number for ticket in made[:0:-1]]


def test_what_was_just_written_is_found(tess: Script) -> None:
    ticket = a_request()
    tess.post(f"requests/{ticket.number}/notes", text="Ordered a cartridge.")
    assert numbers(tess.get("requests", search="cartridge")) == [ticket.number]


def test_views_are_saved_listed_and_deleted_and_only_administrators_share_them(tess: Script, admin: Script) -> None:
    build.a_group("Network", [build.tess()])
    own = tess.post("views", name="Mine", filters={"status": "open", "nonsense": "x"}, order="oldest")
    assert own.status_code == 201
    assert own.body == {
        "id": own.body["id"], "name": "Mine", "filters": {"status": "open"}, "order": "oldest", "audience": "personal",
        "group": None,
    }  # fmt: skip
    assert tess.post("views", name="All", audience="all").status_code == 403
    shared = admin.post("views", name="For Network", audience="group", group="network").body
    assert (shared["audience"], shared["group"]) == ("group", "Network")
    assert admin.post("views", name="x", audience="group", group="none such").status_code == 400
    assert {row["name"] for row in tess.get("views").body["results"]} == {"Mine", "For Network"}
    assert admin.get("views", search="mine").body["results"] == []
    assert tess.delete(f"views/{shared['id']}").status_code == 403
    assert admin.delete(f"views/{own.body['id']}").status_code == 404
    assert (
        admin.delete(f"views/{shared['id']}").status_code == tess.delete(f"views/{own.body['id']}").status_code == 204
    )
    assert not SavedView.objects.exists()
