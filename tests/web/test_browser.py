"""A technician's morning in a real browser: sign in, see the list, open a request, answer, take it back."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from postroom.channels.models import Settings
from postroom.mail.html import sanitise
from postroom.outbox.models import OutboundEmail
from postroom.tickets.models import Entry
from tests.build import a_ticket, an_entry, an_outgoing_server, sam, tess, theo
from tests.web.conftest import Desk

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_sign_in_open_a_request_and_reply_with_the_keyboard_alone(desk: Desk) -> None:
    an_outgoing_server(primary=True)
    ticket = a_ticket()
    an_entry(ticket, "description", "Smoke!")
    page = desk.open(tess())
    page.context.clear_cookies()
    page.goto("/")
    page.keyboard.type("tess@desk.test")
    page.keyboard.press("Tab")
    page.keyboard.type("correct horse")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="All open")).to_be_visible()
    page.wait_for_load_state()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_role("article", name="Sam Requester")).to_contain_text("Smoke!")
    page.keyboard.press("r")
    page.keyboard.type("Use water.")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("article", name="Tess Technician")).to_contain_text("Use water.")
    expect(page.get_by_label("Text")).to_have_text("")
    assert OutboundEmail.objects.get().to == ["sam@example.test"]


def test_undo_brings_the_words_back_into_the_composer(desk: Desk) -> None:
    Settings.objects.update_or_create(pk=1, defaults={"undo_seconds": 60})
    an_outgoing_server(primary=True)
    ticket = a_ticket()
    page = desk.open(tess())
    page.goto(f"/requests/{ticket.number}")
    page.get_by_label("Text").fill("Too soon")
    page.get_by_role("button", name="Send reply").click()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_label("Text")).to_have_text("Too soon")
    expect(page.locator(".delivery")).to_contain_text("Not sent")
    assert OutboundEmail.objects.get().state == "cancelled"


def test_new_mail_appears_without_disturbing_what_is_being_written(desk: Desk) -> None:
    ticket = a_ticket()
    page = desk.open(tess())
    page.goto(f"/requests/{ticket.number}")
    page.get_by_label("Text").fill("I am just")
    an_entry(ticket, "reply", "It burns again!")
    expect(page.get_by_role("article", name="Sam Requester")).to_contain_text("It burns again!", timeout=8000)
    expect(page.get_by_label("Text")).to_have_text("I am just")
    expect(page.get_by_label("Text")).to_be_focused()
    expect(page.locator("#composer-notice")).to_contain_text("Something new arrived")


def test_new_requests_appear_in_the_list_and_never_under_the_pointer(desk: Desk) -> None:
    a_ticket("First")
    page = desk.open(tess())
    page.goto("/requests")
    a_ticket("Second")
    expect(page.get_by_role("link", name="Second")).to_be_visible(timeout=8000)
    page.get_by_role("link", name="First").hover()
    a_ticket("Third")
    expect(page.get_by_role("button", name="1 new request")).to_be_visible(timeout=8000)
    expect(page.get_by_role("link", name="Third")).to_have_count(0)
    page.get_by_role("heading", name="All open").hover()
    expect(page.get_by_role("link", name="Third")).to_be_visible()


def test_a_fault_keeps_text_and_files_and_puts_the_cursor_at_its_field(desk: Desk) -> None:
    an_outgoing_server(primary=True)
    ticket = a_ticket()
    page = desk.open(tess())
    page.goto(f"/requests/{ticket.number}")
    page.get_by_label("Text").fill("See the plan")
    page.locator("[data-files] input").set_input_files(
        {"name": "plan.txt", "mimeType": "text/plain", "buffer": b"plan"}
    )
    page.get_by_label("Cc").first.fill("nonsense")
    desk.expected_statuses.append(422)
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Send reply").click()
    expect(page.get_by_text("nonsense is not an email address.")).to_be_visible()
    expect(page.get_by_label("Cc").first).to_be_focused()
    page.get_by_role("button", name="Remove nonsense").click()
    page.get_by_role("button", name="Send reply").click()
    expect(page.get_by_role("article", name="Tess Technician")).to_contain_text("plan.txt")
    assert Entry.objects.get().attachments.get().filename == "plan.txt"


def test_a_mail_is_as_high_as_its_words_and_runs_nothing(desk: Desk) -> None:
    ticket = a_ticket()
    an_entry(ticket, "description", html=sanitise("<p>" + "Smoke everywhere.<br>" * 30 + "<script>alert(1)</script>"))
    Entry.objects.update(html=Entry.objects.get().html + "<script>parent.document.title='taken'</script>")
    page = desk.open(tess())
    desk.expected_words.append("script")
    page.goto(f"/requests/{ticket.number}")
    frame = page.locator("iframe.mail-frame")
    expect(frame).not_to_have_css("height", "44px")
    box = frame.bounding_box()
    assert box is not None and box["height"] > 500
    assert "taken" not in page.title()


def test_changing_the_assignee_is_shown_at_once(desk: Desk) -> None:
    theo()
    ticket = a_ticket()
    page = desk.open(tess())
    page.goto(f"/requests/{ticket.number}")
    page.get_by_label("Assignee").select_option("Theo Technician")
    expect(page.get_by_role("list", name="Conversation")).to_contain_text(
        "changed Assignee from none to Theo Technician"
    )


def test_a_requester_answers_in_the_support_portal(desk: Desk) -> None:
    ticket = a_ticket()
    an_entry(ticket, "reply", "Have you tried water?", author=tess())
    page = desk.open(sam(), width=390, height=844)
    page.goto("/")
    page.get_by_role("link", name="The printer is on fire").click()
    page.get_by_label("Your reply").fill("It worked.")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("article", name="You")).to_contain_text("It worked.")
