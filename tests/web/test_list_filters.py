"""Filters, bulk actions and saved views of the technician portal's list."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from postroom.accounts.models import Company
from postroom.audit.models import AuditEntry
from postroom.tickets.models import Category, SavedView, Ticket
from tests.build import a_group, a_ticket, a_user, ada, an_entry, gita, sam, tess, theo
from tests.web.conftest import Browse

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def subjects(client: Client, **query: Any) -> list[str]:
    page = client.get("/requests", {"view": "all", "order": "oldest", **query}).content.decode()
    return re.findall(r'id="open-[0-9]+" href="[^"]+" title="([^"]*)"', page)


def test_every_filter_leaves_what_it_names(browse: Browse) -> None:
    group, category = a_group("Network", [tess()]), Category.objects.create(name="Hardware")
    company = Company.objects.create(name="Northwind")
    old = timezone.now() - timedelta(days=40)
    a_ticket(
        "Plain", created_at=old, updated_at=old, technician=theo(), technician_group=a_group("HR", [theo(), tess()])
    )
    a_ticket(
        "Special", requester=gita(), technician=tess(), technician_group=group, category=category, company=company,
        priority="urgent", status="pending", tags=["vip"], source="portal", mailbox_email="hr@desk.test",
    )  # fmt: skip
    client = browse(tess())
    today = timezone.localdate()
    for query in (
        {"status": "pending,closed"}, {"priority": "urgent"}, {"assignee": "me"}, {"assignee": tess().pk},
        {"group": group.pk}, {"category": category.pk}, {"company": company.pk}, {"requester": "Gita@example.test"},
        {"mailbox": "HR@desk.test"}, {"source": "portal"}, {"tag": "vip"},
        {"created_from": today - timedelta(days=2)}, {"updated_from": today - timedelta(days=2)},
        {"status": "pending", "assignee": "me", "tag": "vip"},
    ):  # fmt: skip
        assert subjects(client, **query) == ["Special"], query
    for query in (
        {"assignee": theo().pk}, {"category": "none"}, {"created_to": today - timedelta(days=30)},
        {"updated_to": today - timedelta(days=30)}, {"status": "open"},
    ):  # fmt: skip
        assert subjects(client, **query) == ["Plain"], query
    assert subjects(client, group="mine") == ["Plain", "Special"]
    assert subjects(client, assignee="none") == []


@pytest.mark.parametrize(
    "query",
    [{"status": "x"}, {"group": "9" * 30}, {"group": "-1"}, {"created_from": "9999-99-99"},
     {"created_to": "9999-12-31"}, {"requester": "x"}, {"tag": "\x00"}, {"assignee": "٣"}, {"mailbox": "%"}],
)  # fmt: skip
def test_a_filter_that_means_nothing_is_left_out(browse: Browse, query: dict[str, str]) -> None:
    a_ticket("Here")
    assert subjects(browse(tess()), **query) == ["Here"]


def test_filters_hold_for_the_search_as_well(browse: Browse) -> None:
    for subject, status in (("One", "open"), ("Two", "closed")):
        an_entry(a_ticket(subject, status=status), "description", "Smoke!")
    assert subjects(browse(tess()), q="smoke ", status="closed") == ["Two"]


def test_set_filters_are_named_and_each_can_be_taken_away(browse: Browse) -> None:
    page = browse(tess()).get("/requests?view=all&status=pending&priority=urgent").content.decode()
    assert 'aria-label="Remove the filter Status: Pending"' in page
    found = re.search(r'class="chip" href="([^"]+)" aria-label="Remove the filter Status', page)
    assert found and unescape(found[1]) == "/requests?view=all&priority=urgent"
    assert "No request matches these filters" in page


def test_the_filter_panel_offers_what_there_is_and_shows_what_is_set(browse: Browse) -> None:
    a_group("Network", [tess()])
    panel = browse(tess()).get("/requests/filters?status=pending,open&order=oldest").content.decode()
    assert "Network" in panel and 'value="pending,open" selected' in panel and 'value="oldest" selected' in panel
    assert "Who sees it" not in panel
    assert "Who sees it" in browse(ada()).get("/requests/filters").content.decode()


def bulk(client: Client, tickets: list[Ticket], action: str = "change", **values: Any) -> HttpResponse:
    numbers = [ticket.number for ticket in tickets]
    return client.post("/requests/bulk", {"number": numbers, "action": action, **values}, headers=HTMX)


def test_selected_requests_are_changed_together_each_with_its_event(browse: Browse) -> None:
    group = a_group("Network", [tess()])
    tickets = [a_ticket(f"Matter {at}") for at in range(3)]
    answer = bulk(
        browse(tess()), tickets, technician="me", technician_group=group.pk, status="in_progress", priority="high"
    )
    assert "3 requests changed." in answer["HX-Trigger"] and "list-changed" in answer["HX-Trigger"]
    for ticket in tickets:
        ticket.refresh_from_db()
        assert (ticket.technician, ticket.technician_group, ticket.status, ticket.priority) == (
            tess(), group, "in_progress", "high",
        )  # fmt: skip
        assert ticket.entries.filter(kind="event").count() == 1
    bulk(browse(tess()), tickets[:1], technician="none", technician_group="none")
    tickets[0].refresh_from_db()
    assert (tickets[0].technician, tickets[0].technician_group) == (None, None)


def test_what_cannot_be_changed_is_named_and_the_rest_is_changed(browse: Browse) -> None:
    merged = a_ticket("Part of another")
    merged.merged_into, merged.status = a_ticket("The other"), "closed"
    merged.save()
    hidden = a_ticket("Salaries", technician_group=a_group("HR", [theo()]))
    free = a_ticket("Free")
    said = bulk(browse(tess()), [merged, hidden, free], status="pending")["HX-Trigger"]
    assert "1 request changed. Not changed:" in said
    assert (
        f"#{merged.number}: This request was merged" in said and f"#{hidden.number}: There is no such request" in said
    )
    assert [Ticket.objects.get(pk=one.pk).status for one in (merged, hidden, free)] == ["closed", "open", "pending"]


def test_selected_requests_are_closed_or_marked_as_spam(browse: Browse) -> None:
    closed, spam = a_ticket("Closed"), a_ticket("Spam")
    client = browse(tess())
    assert "1 request changed." in bulk(client, [closed], "close")["HX-Trigger"]
    assert "1 request is spam." in bulk(client, [spam], "spam")["HX-Trigger"]
    closed.refresh_from_db(), spam.refresh_from_db()
    assert closed.status == "closed" and closed.closed_at
    assert spam.spam and spam.deleted_at
    assert subjects(client) == ["Closed"]


def test_selected_requests_are_marked_as_read_and_unread(browse: Browse) -> None:
    ticket = a_ticket()
    an_entry(ticket, "description", "Smoke!")
    client = browse(tess())
    for action, mark in (("read", ""), ("unread", "is-unread")):
        bulk(client, [ticket], action)
        assert f'id="row-{ticket.number}" class="{mark}"' in client.get("/requests").content.decode()


@pytest.mark.parametrize(
    ("given", "said"),
    [({"action": "close"}, "Select some requests first"), ({"number": "1"}, "Choose what to change"),
     ({"number": ["x", "٣"], "action": "close"}, "Select some requests first"),
     ({"number": list(range(300)), "action": "close"}, "At most 200 requests at once"),
     ({"number": "1", "status": "nonsense"}, "Choose what to change")],
)  # fmt: skip
def test_a_bulk_action_without_sense_changes_nothing_and_says_so(
    browse: Browse, given: dict[str, Any], said: str
) -> None:
    assert said in browse(tess()).post("/requests/bulk", given, headers=HTMX)["HX-Trigger"]


def test_without_scripts_the_bulk_action_leads_back_to_the_list(browse: Browse) -> None:
    ticket = a_ticket()
    values = {"number": ticket.number, "action": "close"}
    client = browse(tess())
    assert client.post("/requests/bulk", {**values, "next": "/requests?view=mine"})["Location"] == "/requests?view=mine"
    assert client.post("/requests/bulk", {**values, "next": "https://evil.test/"})["Location"] == "/requests"


def test_requesters_have_no_part_in_any_of_it(browse: Browse) -> None:
    ticket = a_ticket()
    view = SavedView.objects.create(name="All", order="activity")
    client = browse(sam())
    assert client.get("/requests/filters").status_code == client.get("/requests/bulk-form").status_code == 403
    for path, values in (
        ("bulk", {"number": ticket.number, "action": "close"}), ("views", {"name": "Mine"}),
        (f"views/{view.pk}/delete", {}),
    ):  # fmt: skip
        assert client.post(f"/requests/{path}", values).status_code == 403
    ticket.refresh_from_db()
    assert ticket.status == "open" and SavedView.objects.count() == 1


def save(
    client: Client, name: str, query: str = "?view=mine&priority=urgent&order=oldest", audience: str = ""
) -> HttpResponse:
    return client.post(f"/requests/views{query}", {"name": name, "audience": audience})


def test_a_saved_view_keeps_view_filters_and_order_and_is_the_savers_own(browse: Browse) -> None:
    a_ticket("Urgent and mine", technician=tess(), priority="urgent")
    a_ticket("Urgent", priority="urgent")
    client = browse(tess())
    address = save(client, "  Fires  ")["Location"]
    view = SavedView.objects.get()
    assert (view.name, view.owner, view.order) == ("Fires", tess(), "oldest")
    assert view.filters == {"status": "open,in_progress,pending", "priority": "urgent", "assignee": "me"}
    page = client.get(address).content.decode()
    assert "<h1>Fires</h1>" in page and "Urgent and mine" in page and ">Urgent</a>" not in page
    assert "Fires" not in browse(theo()).get("/requests").content.decode()
    save(client, "fires", "?view=closed")
    assert SavedView.objects.get().filters == {"status": "resolved,closed"}


def test_administrators_share_views_with_a_group_or_with_all_and_the_audit_knows(browse: Browse) -> None:
    network = a_group("Network", [tess()])
    save(browse(ada()), "Everybody", audience="all")
    save(browse(ada()), "For Network", audience=str(network.pk))
    tess_sees, theo_sees = (browse(who).get("/requests").content.decode() for who in (tess(), theo()))
    assert "Everybody" in tess_sees and "For Network" in tess_sees
    assert "Everybody" in theo_sees and "For Network" not in theo_sees
    assert AuditEntry.objects.filter(object_type="savedview", action="created").count() == 2
    assert browse(ada()).post("/requests/views?view=all", {"name": "x", "audience": "999"}).status_code == 404


def test_technicians_neither_share_views_nor_delete_those_of_others(browse: Browse) -> None:
    save(browse(tess()), "For all", audience="all")
    assert not SavedView.objects.exists()
    shared = SavedView.objects.create(name="Shared", order="activity")
    private = SavedView.objects.create(name="Private", order="activity", owner=theo())
    for view in (shared, private):
        browse(tess()).post(f"/requests/views/{view.pk}/delete")
    browse(ada()).post(f"/requests/views/{private.pk}/delete")
    assert SavedView.objects.count() == 2
    browse(theo()).post(f"/requests/views/{private.pk}/delete")
    browse(ada()).post(f"/requests/views/{shared.pk}/delete")
    assert not SavedView.objects.exists()
    assert AuditEntry.objects.filter(object_type="savedview", action="deleted").count() == 1


@pytest.mark.parametrize("name", ["", "   ", "x" * 81])
def test_a_view_needs_a_name(browse: Browse, name: str) -> None:
    save(browse(tess()), name)
    assert not SavedView.objects.exists()


def test_a_shared_view_with_me_in_it_is_everybodys_own(browse: Browse) -> None:
    a_ticket("Of Tess", technician=tess())
    a_ticket("Of Theo", technician=theo())
    address = save(browse(ada()), "Mine", "?view=mine", audience="all")["Location"]
    for who, subject in ((tess(), "Of Tess"), (theo(), "Of Theo")):
        page = browse(who).get(address).content.decode()
        assert subject in page and page.count("<tr id=") == 1


def test_a_view_named_with_markup_is_shown_as_text(browse: Browse) -> None:
    address = save(browse(tess()), "<script>alert(1)</script>")["Location"]
    assert "<script>alert" not in browse(tess()).get(address).content.decode()


def test_unassigned_requests_of_other_groups_stay_out_of_every_view(browse: Browse) -> None:
    a_ticket("Salaries", technician_group=a_group("HR", [theo()]))
    client = browse(a_user("new@desk.test", "New", "technician"))
    for view in ("mine", "unassigned", "groups", "open", "all", "closed"):
        assert subjects(client, view=view) == []
