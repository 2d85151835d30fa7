"""One person's life at the desk in a real browser, by keyboard alone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from postroom.accounts.models import TechnicianGroup, User
from tests.build import a_group, a_ticket, ada, sam
from tests.web.conftest import Desk

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

FOCUSED = """() => { const at = document.activeElement;
  const label = at.labels && at.labels[0] ? at.labels[0].textContent : at.textContent;
  return (at.getAttribute("aria-label") || label || "").trim(); }"""


def tab_to(page: Page, name: str) -> None:
    """Press Tab until what has this name has the focus."""
    for _ in range(80):
        if page.evaluate(FOCUSED) == name:
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab never comes to {name}")


def press(page: Page, name: str) -> None:
    tab_to(page, name)
    page.keyboard.press("Enter")


def search(page: Page, words: str, found: str) -> None:
    """Search for somebody by the key for it, and open who is found."""
    page.keyboard.press("/")
    page.keyboard.press("Control+a")
    page.keyboard.type(words)
    expect(page.locator("#people tbody tr")).to_have_count(1)
    press(page, found)
    expect(page.locator("#panel-title")).to_have_text(found)


def test_a_person_is_added_converted_blocked_and_archived_by_keyboard(desk: Desk) -> None:
    desk.expected_statuses.append(422)
    a_group("Service Desk"), sam()
    page = desk.open(ada())
    page.goto("/admin/people")

    press(page, "Add person")
    expect(page.locator("dialog")).to_be_visible()
    tab_to(page, "Name")
    page.keyboard.type("Marta Kowalska")
    tab_to(page, "Email")
    page.keyboard.type("sam@example.test")
    page.keyboard.press("Enter")
    expect(page.locator("#f-email")).to_be_focused()
    expect(page.locator("#f-email-error")).to_have_text("This address belongs to somebody else.")
    assert User.objects.count() == 2

    page.keyboard.press("Control+a")
    page.keyboard.type("marta@northwind.test")
    page.keyboard.press("Enter")
    expect(page.locator("#said")).to_contain_text("Marta Kowalska is saved, and an invitation is on its way.")

    search(page, "north", "Marta Kowalska")
    press(page, "Make technician")
    expect(page.get_by_role("link", name="Cancel")).to_be_focused()
    press(page, "Make technician")
    expect(page.locator("#said")).to_contain_text("Marta Kowalska is a technician now.")

    page.goto("/admin/technician-groups")
    press(page, "Edit Service Desk")
    expect(page.locator("#panel-title")).to_have_text("Service Desk")
    tab_to(page, "Marta Kowalska marta@northwind.test")
    page.keyboard.press("Space")
    press(page, "Save")
    expect(page.locator("#said")).to_contain_text("Service Desk is saved.")
    marta = User.objects.get(email="marta@northwind.test")
    assert list(TechnicianGroup.objects.get().members.all()) == [marta]
    a_ticket(technician=marta)

    page.goto("/admin/people")
    search(page, "marta", "Marta Kowalska")
    press(page, "Archive")
    expect(page.locator("dialog")).to_contain_text("1 open request assigned to them")
    page.keyboard.press("Escape")
    expect(page.locator("#panel-title")).to_have_text("Marta Kowalska")
    press(page, "Archive")
    expect(page.locator("#panel-title")).to_have_text("Archive Marta Kowalska?")
    press(page, "Archive")
    expect(page.locator("#said")).to_contain_text("Marta Kowalska is archived.")
    marta.refresh_from_db()
    assert marta.archived and not marta.assigned_tickets.exists()


def test_leaving_a_changed_panel_is_asked_about_and_nothing_is_lost_by_accident(desk: Desk) -> None:
    page = desk.open(ada())
    page.goto(f"/admin/people/{sam().pk}")
    tab_to(page, "Department")
    page.keyboard.type("Sales")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Keep editing")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#f-department")).to_have_value("Sales")


def test_a_long_list_of_boxes_is_narrowed_by_typing_and_keeps_what_was_ticked(desk: Desk) -> None:
    for number in range(12):
        User.objects.create(email=f"t{number}@desk.test", name=f"Technician {number}", role="technician")
    page = desk.open(ada())
    page.goto("/admin/technician-groups/new")
    tab_to(page, "Name")
    page.keyboard.type("Night shift")
    tab_to(page, "Find: Members")
    page.keyboard.type("Technician 7")
    expect(page.locator("#boxes-members label:visible")).to_have_count(1)
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Control+a")
    page.keyboard.type("Technician 1")
    expect(page.locator("#boxes-members label:visible")).to_have_count(3)
    press(page, "Save")
    expect(page.locator("#said")).to_contain_text("Night shift is saved.")
    assert [one.email for one in TechnicianGroup.objects.get().members.all()] == ["t7@desk.test"]
