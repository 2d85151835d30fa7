"""The list of requests in a real browser: select by keyboard and pointer, act on many, filter, live arrival."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import Dialog, Page, expect

from postroom.tickets.models import SavedView, Ticket
from tests.build import a_group, a_ticket, ada, an_entry, tess, theo
from tests.web.conftest import Desk
from tests.web.scene import the_scene
from tests.web.test_screenshots import LOOKS, picture

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def rows(count: int = 5) -> list[Ticket]:
    """Requests as the list shows them: the last one first."""
    made = [a_ticket(f"Matter {at}") for at in range(count)]
    for ticket in made:
        an_entry(ticket, "description", "Smoke!")
    return made[::-1]


def selected(page: Page) -> list[str]:
    return page.locator("#list tbody tr.is-selected .c-subject a").all_inner_texts()


def test_select_by_keyboard_and_close_what_is_selected(desk: Desk) -> None:
    rows()
    page = desk.open(tess())
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto("/requests")
    for key in ("j", "x", "j", "j", "x", "Shift+J"):
        page.keyboard.press(key)
    assert selected(page) == ["Matter 4", "Matter 2", "Matter 1"]
    expect(page.get_by_text("3 selected")).to_be_visible()
    page.get_by_role("button", name="Close", exact=True).first.click()
    expect(page.locator("#said")).to_contain_text("3 requests changed.")
    expect(page.get_by_role("link", name="Matter 4")).to_have_count(0)
    expect(page.locator("#bulk")).to_be_hidden()
    assert Ticket.objects.filter(status="closed").count() == 3


def test_select_a_range_by_pointer_and_assign_it(desk: Desk) -> None:
    rows()
    a_group("Network", [tess(), theo()])
    theo()
    page = desk.open(tess())
    page.goto("/requests")
    page.get_by_label("Select request", exact=False).nth(0).click()
    page.get_by_label("Select request", exact=False).nth(2).click(modifiers=["Shift"])
    assert selected(page) == ["Matter 4", "Matter 3", "Matter 2"]
    page.locator("#bulk").get_by_label("Assignee").select_option("Theo Technician")
    page.get_by_role("button", name="Apply").click()
    expect(page.locator("#said")).to_contain_text("3 requests changed.")
    expect(page.locator("#row-" + str(Ticket.objects.get(subject="Matter 3").pk))).to_contain_text("Theo Technician")
    assert set(selected(page)) == {"Matter 4", "Matter 3", "Matter 2"}
    page.keyboard.press("Escape")
    assert selected(page) == []
    page.get_by_label("Select all on this page").check()
    expect(page.get_by_text("5 selected")).to_be_visible()


def test_a_bulk_action_that_is_not_confirmed_does_nothing(desk: Desk) -> None:
    rows(1)
    page = desk.open(tess())
    asked: list[str] = []
    answers = [False, True]

    def answer(dialog: Dialog) -> None:
        asked.append(dialog.message)
        dialog.accept() if answers.pop(0) else dialog.dismiss()

    page.on("dialog", answer)
    page.goto("/requests")
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.get_by_role("button", name="Spam").click()
    assert len(asked) == 1
    page.get_by_role("button", name="Close").click()
    expect(page.locator("#said")).to_contain_text("1 request changed.")
    assert len(asked) == 2
    assert Ticket.objects.get().status == Ticket.Status.CLOSED
    assert not Ticket.objects.filter(spam=True).exists()


def test_what_is_selected_stays_selected_and_in_place_while_requests_arrive(desk: Desk) -> None:
    rows(2)
    page = desk.open(tess())
    page.goto("/requests")
    page.get_by_label("Select request", exact=False).nth(1).click()
    a_ticket("Late one"), a_ticket("Later one")
    expect(page.get_by_role("button", name="2 new requests")).to_be_visible(timeout=8000)
    expect(page.get_by_role("link", name="Late one")).to_have_count(0)
    page.get_by_role("button", name="2 new requests").press("Enter")
    expect(page.get_by_role("link", name="Late one")).to_be_visible()
    assert selected(page) == ["Matter 0"]


def test_filter_and_save_the_view(desk: Desk) -> None:
    rows(2)
    Ticket.objects.filter(subject="Matter 0").update(priority="urgent")
    page = desk.open(ada())
    page.goto("/requests")
    page.locator("#filters summary").click()
    page.locator("#filter-panel").get_by_label("Priority").select_option("Urgent")
    page.get_by_role("button", name="Show requests").click()
    expect(page.get_by_role("link", name="Matter 0")).to_be_visible()
    expect(page.get_by_role("link", name="Matter 1")).to_have_count(0)
    page.locator("#filters summary").click()
    page.locator("#filter-panel").get_by_label("Name").fill("Fires")
    page.locator("#filter-panel").get_by_label("Who sees it").select_option("All technicians")
    page.get_by_role("button", name="Save view").click()
    expect(page.get_by_role("heading", name="Fires")).to_be_visible()
    expect(page.get_by_role("link", name="Fires")).to_have_attribute("aria-current", "page")
    assert SavedView.objects.get().owner is None
    page.get_by_role("link", name="Remove the filter Priority: Urgent").click()
    expect(page.get_by_role("link", name="Matter 1")).to_be_visible()


def test_search_as_one_types(desk: Desk) -> None:
    rows(2)
    an_entry(a_ticket("Kettle"), "description", "The toner leaks.")
    page = desk.open(tess())
    page.goto("/requests")
    page.keyboard.press("/")
    page.keyboard.type("ton")
    expect(page.get_by_role("link", name="Matter 0")).to_have_count(0)
    expect(page.get_by_role("link", name="Kettle")).to_be_visible()
    expect(page.get_by_text("1 match, in all views")).to_be_visible()


@pytest.mark.slow
def test_list_with_selection_filters_and_search_fits_every_screen(desk: Desk, tmp_path: Path) -> None:
    scene = the_scene()
    folder = Path(os.environ.get("SCREENSHOTS") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    SavedView.objects.create(name="Urgent at Network", order="activity", filters={"priority": "urgent"})
    for look, (width, height, dark) in LOOKS.items():
        page = desk.open(scene.tess, width=width, height=height, dark=dark)
        picture(page, "/requests?q=printing", folder / f"requests-search{look}.png")
        page.goto("/requests?view=all&status=open,in_progress,pending&priority=high,urgent")
        page.get_by_label("Select request", exact=False).nth(0).click()
        page.get_by_label("Select request", exact=False).nth(2).click()
        expect(page.locator("#bulk").get_by_label("Status")).to_be_visible()
        page.screenshot(path=folder / f"requests-selected{look}.png")
        page.locator("#filters summary").click()
        expect(page.get_by_role("button", name="Save view")).to_be_visible()
        page.screenshot(path=folder / f"requests-filters{look}.png")
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0
        page.context.close()
