"""The editor of a notification and the headway of an announcement in a real browser (NTF-03, ANN-01)."""

from __future__ import annotations

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from postroom.outbox.models import OutboundEmail
from postroom.tickets.models import NotificationTemplate
from postroom.tickets.services.announcing import feed_announcements
from tests.build import a_ticket, ada, an_entry, an_incoming_server, an_outgoing_server
from tests.web.admin_notifications_scene import a_draft, staff, under_way
from tests.web.conftest import Desk

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def servers(transactional_db: None) -> None:
    an_outgoing_server(primary=True)
    an_incoming_server(primary=True)


def test_the_preview_follows_what_is_typed_and_a_placeholder_goes_where_the_cursor_is(desk: Desk) -> None:
    ticket = a_ticket("No network")
    an_entry(ticket, "description", "Since nine.")
    page = desk.open(ada())
    page.goto("/admin/notifications")
    page.get_by_role("link", name="Assignee").first.click()
    mail = page.frame_locator("iframe[name=preview]")
    expect(mail.locator("h1")).to_have_text("[#46] Assigned to you: The printer is on fire")

    page.get_by_label("Subject").fill("For you: ")
    page.locator("[data-placeholder=requester]").click()
    expect(mail.locator("h1")).to_have_text("[#46] For you: Sam Requester")
    page.locator("#f-request").fill(str(ticket.number))
    expect(mail.locator("body")).to_contain_text("Since nine.")
    page.get_by_label("Text", exact=True).fill("Oh {{ dear }}")
    expect(mail.get_by_role("alert")).to_contain_text("Unknown placeholder 'dear'")
    page.get_by_label("Text", exact=True).fill("Please look at {{ url }}")
    page.locator("label[for=look-dark]").click()
    expect(mail.locator("pre")).to_contain_text(f"/requests/{ticket.number}")

    page.get_by_role("button", name="Send to myself").click()
    expect(page.locator("#tested")).to_contain_text("Sent to ada@desk.test.")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#said")).to_contain_text("Request assigned is saved.")
    row = NotificationTemplate.objects.get()
    assert (row.subject, row.text) == ("For you: {{ requester }}", "Please look at {{ url }}")


def test_unsaved_words_are_asked_for_though_the_preview_was_shown(desk: Desk) -> None:
    page = desk.open(ada())
    page.goto("/admin/notifications/closed/requester")
    page.get_by_label("Subject").fill("Other words")
    expect(page.frame_locator("iframe[name=preview]").locator("h1")).to_contain_text("Other words")
    page.keyboard.press("Escape")

    expect(page.get_by_role("alertdialog")).to_be_visible()
    page.get_by_role("button", name="Discard").click()
    expect(page).to_have_url(f"{desk.url}/admin/notifications")


def test_a_switch_of_the_list_works_in_place(desk: Desk) -> None:
    page = desk.open(ada())
    page.goto("/admin/notifications")
    switch = page.get_by_role("switch", name="Request closed: Requester")
    expect(switch).to_have_attribute("aria-checked", "true")
    switch.click()
    expect(page.get_by_role("switch", name="Request closed: Requester")).to_have_attribute("aria-checked", "false")
    assert not NotificationTemplate.objects.get(event="closed").enabled


def test_the_progress_of_an_announcement_is_seen_while_it_is_sent(desk: Desk) -> None:
    staff(30)
    announcement = under_way(sent=9)
    page = desk.open(ada())
    page.goto(f"/admin/announcements/{announcement.pk}")
    expect(page.locator(".headway-head")).to_have_text("9of 30 recipients have it")
    expect(page.locator(".trouble-list")).to_contain_text("550 5.1.1 no such user")

    OutboundEmail.objects.filter(state="queued").update(state="sent", sent_at=timezone.now())
    expect(page.locator(".headway-head")).to_have_text("28of 30 recipients have it")
    feed_announcements(timezone.now())
    expect(page.get_by_role("heading", name="Done")).to_be_visible()


def test_an_announcement_is_sent_after_a_question_and_paused(desk: Desk) -> None:
    staff(12)
    draft = a_draft()
    page = desk.open(ada())
    page.goto(f"/admin/announcements/{draft.pk}")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_role("dialog")).to_contain_text("12 people at the moment")
    page.get_by_role("dialog").get_by_role("button", name="Send").click()
    expect(page.get_by_role("heading", name="Sending")).to_be_visible()
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("heading", name="Paused")).to_be_visible()
    draft.refresh_from_db()
    assert draft.state == "paused"
