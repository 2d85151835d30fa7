"""The support portal in a real browser: by keyboard, with files and pasted pictures, and without losing anything."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from postroom.tickets.models import Attachment, Category, Ticket
from tests.build import a_ticket, an_entry, sam, tess
from tests.web.conftest import Desk

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PASTE = """(text) => {
    const bytes = Uint8Array.from(atob("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="), (letter) => letter.charCodeAt(0));
    const clipboard = new DataTransfer();
    clipboard.items.add(new File([bytes], "image.png", { type: "image/png" }));
    text.dispatchEvent(new ClipboardEvent("paste", { clipboardData: clipboard, bubbles: true, cancelable: true }));
}"""  # noqa: E501
DROP = """(form) => {
    const dropped = new DataTransfer();
    dropped.items.add(new File(["plan"], "plan.txt", { type: "text/plain" }));
    form.dispatchEvent(new DragEvent("drop", { dataTransfer: dropped, bubbles: true, cancelable: true }));
}"""


def is_within(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


def test_a_request_is_raised_by_keyboard_alone_on_a_narrow_screen(desk: Desk) -> None:
    Category.objects.create(name="Hardware")
    page = desk.open(sam(), width=390, height=844, dark=True)
    page.goto("/my/requests")
    expect(page.get_by_text("You have no requests yet")).to_be_visible()
    page.get_by_role("link", name="New request").first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Subject")).to_be_focused()
    page.keyboard.type("The printer is on fire")
    page.keyboard.press("Tab")
    page.keyboard.type("Smoke everywhere.")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Attach files")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_label("Category")).to_be_focused()
    page.keyboard.type("Hard")
    page.keyboard.press("Tab")
    page.keyboard.type("boss@example.test")
    page.keyboard.press("Tab")
    assert is_within(page)
    page.get_by_role("button", name="Send request").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="The printer is on fire")).to_be_visible()
    expect(page.get_by_role("article", name="You")).to_contain_text("Smoke everywhere.")
    ticket = Ticket.objects.get()
    assert ticket.category is not None and ticket.category.name == "Hardware"
    assert ticket.cc_emails == ["boss@example.test"] and is_within(page)


def test_a_fault_loses_neither_words_nor_files_and_a_pasted_picture_is_shown_in_its_place(desk: Desk) -> None:
    page = desk.open(sam())
    desk.expected_statuses.append(422)
    page.goto("/my/requests/new")
    text = page.get_by_label("Description")
    text.fill("It looks like this: ")
    text.evaluate(PASTE)
    page.locator("#composer").evaluate(DROP)
    page.locator("input[type=file]").set_input_files({"name": "log.txt", "mimeType": "text/plain", "buffer": b"log"})
    expect(text).to_have_value("It looks like this: [image: image.png]")
    page.get_by_role("button", name="Send request").click()
    expect(page.get_by_text("Say in a few words what it is about.")).to_be_visible()
    expect(page.get_by_label("Subject")).to_be_focused()
    expect(page.get_by_label("Description")).to_have_value("It looks like this: [image: image.png]")
    expect(page.get_by_role("list", name="Attached files").get_by_role("listitem")).to_have_count(3)
    page.get_by_label("Subject").fill("Crash")
    page.get_by_role("button", name="Send request").click()
    card = page.get_by_role("article", name="You")
    expect(card.frame_locator("iframe").get_by_role("img", name="image.png")).to_be_visible()
    expect(card.get_by_role("list", name="Attachments")).to_contain_text("plan.txt")
    assert sorted(Attachment.objects.values_list("filename", "inline")) == [
        ("image.png", True),
        ("log.txt", False),
        ("plan.txt", False),
    ]
    page.goto("/my/requests/new")
    expect(page.get_by_label("Description")).to_have_value("")


def test_a_draft_outlives_a_reload(desk: Desk) -> None:
    page = desk.open(sam())
    page.goto("/my/requests/new")
    page.get_by_label("Description").fill("Half a thought")
    page.reload()
    expect(page.get_by_label("Description")).to_have_value("Half a thought")


def test_the_notice_changes_under_the_eyes_of_the_reader_when_the_desk_resolves(desk: Desk) -> None:
    ticket = a_ticket()
    an_entry(ticket, "reply", "Have you tried water?", author=tess())
    page = desk.open(sam())
    page.goto(f"/my/requests/{ticket.number}")
    page.get_by_label("Your reply").fill("Half a thought")
    Ticket.objects.update(status="resolved")
    expect(page.get_by_text("This request is resolved. What you write opens it again.")).to_be_visible(timeout=8000)
    expect(page.get_by_label("Your reply")).to_have_value("Half a thought")
    page.get_by_role("button", name="My problem is solved").click()
    expect(page.get_by_text("What you write opens it again until")).to_be_visible()
    expect(page.get_by_label("Your reply")).to_have_value("Half a thought")


def test_a_guest_reports_by_keyboard_and_never_meets_the_trap(desk: Desk) -> None:
    page = desk.open(sam(), width=390, height=844)
    page.context.clear_cookies()
    page.goto("/report")
    expect(page.get_by_label("Your name")).to_be_focused()
    for words in ("Gita", "gita@example.test", "No paper", "The printer on floor 2 is empty."):
        page.keyboard.type(words)
        page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Send")).to_be_focused()
    assert is_within(page)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="We have received your request")).to_be_visible()
    expect(page.get_by_text(f"Its number is {Ticket.objects.get().number}.")).to_be_visible()
    page.reload()
    assert Ticket.objects.count() == 1
