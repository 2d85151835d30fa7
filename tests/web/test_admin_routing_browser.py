"""The routing pages in a real browser: order by drag and by keyboard, condition rows, unsaved changes."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from postroom.channels.models import EmailPreferences, OutgoingRule
from tests.build import a_group, a_ticket, ada
from tests.web.admin_routing_scene import HR, a_proxy, a_rule, the_servers
from tests.web.conftest import Desk

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def open_rules(desk: Desk, *rules: str) -> Page:
    the_servers()
    for name in rules:
        a_rule(name)
    page = desk.open(ada())
    page.goto("/admin/emails/outgoing/rules")
    return page


def shown(page: Page) -> list[str]:
    return page.locator(".rule-title b").all_inner_texts()


def names() -> list[str]:
    return list(OutgoingRule.objects.values_list("name", flat=True))


def update(page: Page) -> None:
    page.locator("#rules-update").click()
    page.wait_for_url("**/admin/emails/outgoing")


def test_a_rule_is_dragged_to_the_top_and_update_keeps_that_order(desk: Desk) -> None:
    page = open_rules(desk, "first", "second", "third")
    handle, top = page.get_by_role("button", name="Rule 3, third"), page.locator(".rule").first.bounding_box()
    box = handle.bounding_box()
    assert box is not None and top is not None
    page.mouse.move(box["x"] + 8, box["y"] + 8)
    page.mouse.down()
    page.mouse.move(box["x"] + 8, top["y"] + 40, steps=6)
    page.mouse.move(box["x"] + 8, top["y"] + 4, steps=6)
    page.mouse.up()
    assert shown(page) == ["third", "first", "second"]
    expect(page.get_by_role("button", name="Rule 1, third")).to_be_focused()
    expect(page.locator("#rules-foot")).to_contain_text("order changed: not saved")
    assert names() == ["first", "second", "third"]
    update(page)
    expect(page.locator("#said")).to_contain_text("The outgoing rules are updated.")
    assert names() == ["third", "first", "second"]


def test_rules_are_moved_with_the_arrow_keys_on_the_handle_and_with_buttons(desk: Desk) -> None:
    page = open_rules(desk, "first", "second", "third")
    page.get_by_role("button", name="Rule 1, first").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("button", name="Rule 3, first")).to_be_focused()
    assert shown(page) == ["second", "third", "first"]
    page.keyboard.press("ArrowDown")
    page.get_by_role("button", name="Move third up").click()
    expect(page.locator(".rule-title b").first).to_have_text("third")
    expect(page.get_by_role("button", name="Rule 1, third")).to_be_focused()
    update(page)
    assert names() == ["third", "second", "first"]


def test_a_rule_is_made_with_the_keyboard_and_its_conditions_change_with_attribute_and_operator(desk: Desk) -> None:
    a_group("HR"), a_group("Network")
    page = open_rules(desk)
    page.get_by_role("button", name="Add Outgoing Email Rule").press("Enter")
    expect(page.get_by_label("Name", exact=True)).to_be_focused()
    page.keyboard.type("Staff")
    page.get_by_label("Outgoing Email Server", exact=True).select_option("HR")
    page.get_by_label("Values: none chosen").click()
    page.get_by_label("HR", exact=True).check()
    page.get_by_label("Network", exact=True).check()
    expect(page.locator("[data-chosen]")).to_have_text("HR, Network")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Add condition").click()
    attribute = page.get_by_label("Attribute").nth(1)
    expect(attribute).to_be_focused()
    attribute.select_option("location")
    expect(page.get_by_label("Values, between commas")).to_be_visible()
    page.get_by_label("Operator").nth(1).select_option("Starts with")
    page.get_by_label("Value", exact=True).fill("Gda")
    page.get_by_label("Operator").nth(1).select_option("Is not empty")
    expect(page.get_by_label("Value", exact=True)).to_have_count(0)
    page.get_by_role("button", name="Add group").click()
    page.get_by_label("Operator").nth(2).select_option("Is empty")
    update(page)
    rule = OutgoingRule.objects.get()
    assert (rule.name, rule.server.name, rule.conditions) == (
        "Staff",
        "HR",
        [
            {**HR[0], "value": ["HR", "Network"]},
            {"field": "location", "operator": "not_empty"},
            {"match": "any", "conditions": [{"field": "technician_group", "operator": "empty"}]},
        ],
    )


def test_try_it_answers_while_the_rules_are_being_drawn(desk: Desk) -> None:
    ticket = a_ticket(technician_group=a_group("HR"))
    page = open_rules(desk, "Human resources")
    page.get_by_label("Request", exact=True).fill(str(ticket.number))
    page.keyboard.press("Enter")
    expect(page.locator("#trial-answer")).to_contain_text("Leaves by HR")
    page.get_by_role("switch", name="Rule Human resources enabled").uncheck()
    expect(page.locator("#trial-answer")).to_contain_text("Because: primary")


def test_a_fault_brings_the_reader_to_its_field(desk: Desk) -> None:
    desk.expected_statuses.append(422)
    page = open_rules(desk, "HR")
    page.get_by_role("button", name="Add Outgoing Email Rule").click()
    page.get_by_label("Name", exact=True).fill("")
    page.locator("#rules-update").click()
    expect(page.get_by_text("Enter a name.")).to_be_visible()
    expect(page.get_by_text("Enter a value.")).to_be_visible()
    expect(page.get_by_label("Name", exact=True)).to_be_focused()
    assert names() == ["HR"]


def test_the_panel_asks_before_it_loses_changes_and_back_closes_it(desk: Desk) -> None:
    the_servers()
    rule = a_rule("HR")
    page = desk.open(ada())
    page.goto("/admin/emails/outgoing")
    page.get_by_role("link", name="Configure Outgoing Email Rules").click()
    page.locator(f"#rule-{rule.pk}-fold").click()
    page.get_by_label("Name", exact=True).fill("Renamed")
    page.keyboard.press("Escape")
    expect(page.get_by_text("You have changes that are not saved.")).to_be_visible()
    page.get_by_role("button", name="Keep editing").click()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Renamed")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Discard").click()
    page.wait_for_url("**/admin/emails/outgoing")
    assert names() == ["HR"]
    page.get_by_role("link", name="Configure Outgoing Email Rules").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_the_grace_period_is_asked_for_only_where_a_request_may_be_reopened(desk: Desk) -> None:
    page = desk.open(ada())
    page.goto("/admin/emails/preference")
    grace = page.get_by_label("Grace Period (days)")
    expect(grace).to_be_visible()
    page.get_by_label("Create new request").check()
    expect(grace).to_be_hidden()
    page.get_by_label("Reopen request and add reply to request").check()
    grace.fill("14")
    expect(page.get_by_text("Changes that are not saved")).to_be_visible()
    page.get_by_role("button", name="Update").click()
    expect(page.locator("#said")).to_contain_text("Email Preference is updated.")
    assert EmailPreferences.load().closed_reply_grace_days == 14


def test_the_panel_of_a_proxy_closes_with_escape(desk: Desk) -> None:
    a_proxy()
    page = desk.open(ada())
    page.goto("/admin/proxies")
    page.get_by_role("link", name="office", exact=True).click()
    expect(page.get_by_label("Name", exact=True)).to_be_focused()
    page.keyboard.press("Escape")
    page.wait_for_url("**/admin/proxies")
    expect(page.get_by_role("dialog")).to_have_count(0)
