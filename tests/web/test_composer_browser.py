"""The composer in a real browser: chips, pictures, drafts, canned replies, undo with files, who else is writing."""

from __future__ import annotations

import base64

import pytest
from playwright.sync_api import Page, expect

from postroom.channels.models import Settings
from postroom.outbox.models import OutboundEmail
from postroom.tickets.models import Draft, Entry, Ticket
from postroom.tickets.services.replies import save_reply_template
from tests.build import a_ticket, an_entry, an_outgoing_server, gita, tess, theo
from tests.web.conftest import Desk
from tests.web.scene import a_picture

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PASTE = """([selector, name, type, data]) => {
  const transfer = new DataTransfer();
  if (type === "text/plain") transfer.setData(type, data);
  else transfer.items.add(new File([Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0))], name, { type }));
  const target = document.querySelector(selector);
  target.focus();
  target.dispatchEvent(new ClipboardEvent("paste", { clipboardData: transfer, bubbles: true, cancelable: true }));
}"""


def opened(desk: Desk, ticket: Ticket) -> Page:
    page = desk.open(tess())
    page.goto(f"/requests/{ticket.number}")
    expect(page.get_by_label("Text")).to_be_visible()
    return page


def paste(page: Page, selector: str, *, text: str = "", picture: bytes = b"") -> None:
    data = base64.b64encode(picture).decode() if picture else text
    page.evaluate(PASTE, [selector, "shot.png", "image/png" if picture else "text/plain", data])


def saved(page: Page) -> None:
    expect(page.locator("[data-draft-state]")).to_have_text("Draft saved")


def chips(page: Page, field: str) -> list[str]:
    return page.locator(f".address-field:has([name={field}]) .chip > span").all_inner_texts()


def test_several_addresses_are_pasted_typed_and_taken_back_by_the_keyboard(desk: Desk) -> None:
    page = opened(desk, a_ticket())
    cc = page.get_by_label("Cc").first
    paste(page, ".for-reply .address-field:nth-of-type(2) .chips input", text="Jo <jo@a.test>; ann@a.test\nbob@a.test")
    assert chips(page, "cc") == ["jo@a.test", "ann@a.test", "bob@a.test"]
    cc.fill("eve@a.test")
    cc.press(",")
    cc.fill("mel@a.test")
    cc.press("Enter")
    assert chips(page, "cc")[3:] == ["eve@a.test", "mel@a.test"]
    cc.press("Backspace")
    assert chips(page, "cc")[3:] == ["eve@a.test"]
    page.get_by_role("button", name="Remove ann@a.test").click()
    assert chips(page, "cc") == ["jo@a.test", "bob@a.test", "eve@a.test"]


def test_a_pasted_picture_stands_in_the_text_and_leaves_within_the_mail(desk: Desk) -> None:
    an_outgoing_server(primary=True)
    ticket = a_ticket()
    page = opened(desk, ticket)
    page.get_by_label("Text").fill("Look: ")
    paste(page, ".editor", picture=a_picture(40, 30))
    expect(page.locator(".editor img")).to_be_visible()
    saved(page)
    page.get_by_role("button", name="Send reply").click()
    expect(page.get_by_role("article", name="Tess Technician")).to_be_visible()
    mail = OutboundEmail.objects.get(kind="reply")
    (file,) = mail.files
    assert file["inline"] and f"cid:{file['content_id']}" in mail.html and "draft-files" not in mail.html
    expect(page.frame_locator("iframe.mail-frame").locator("img")).to_have_js_property("naturalWidth", 40)
    assert not Draft.objects.exists()


def test_a_draft_survives_a_reload_with_its_addresses_and_files(desk: Desk) -> None:
    page = opened(desk, a_ticket())
    page.get_by_label("Cc").first.fill("boss@example.test")
    page.get_by_label("Text").fill("Half a thought")
    page.locator("[data-files] input").set_input_files(
        {"name": "plan.txt", "mimeType": "text/plain", "buffer": b"plan"}
    )
    expect(page.locator(".file-chips")).to_contain_text("plan.txt")
    page.get_by_label("Text").press_sequentially(" more")
    page.wait_for_function("!document.querySelector('.send').disabled")
    saved(page)
    page.goto("/requests")
    page.go_back()
    page.reload()
    expect(page.get_by_label("Text")).to_have_text("Half a thought more")
    expect(page.locator(".file-chips")).to_contain_text("plan.txt")
    assert chips(page, "cc") == ["boss@example.test"]
    page.get_by_role("button", name="Discard").click()
    expect(page.get_by_label("Text")).to_have_text("")
    expect(page.locator(".file-chips li")).to_have_count(0)
    assert not Draft.objects.exists()


def test_words_go_along_to_another_kind_of_entry_and_each_kind_keeps_its_own_draft(desk: Desk) -> None:
    ticket = a_ticket()
    page = opened(desk, ticket)
    page.get_by_label("Text").fill("Between us")
    saved(page)
    page.get_by_text("Note", exact=True).click()
    expect(page.get_by_label("Text")).to_have_text("Between us")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("article", name="Tess Technician")).to_contain_text("Between us")
    assert Entry.objects.get(kind="note").text == "Between us"
    assert not Draft.objects.exists() and not OutboundEmail.objects.filter(kind="reply").exists()


def test_undo_brings_the_files_back_too(desk: Desk) -> None:
    Settings.objects.update_or_create(pk=1, defaults={"undo_seconds": 60})
    an_outgoing_server(primary=True)
    page = opened(desk, a_ticket())
    page.locator("[data-files] input").set_input_files(
        {"name": "plan.txt", "mimeType": "text/plain", "buffer": b"plan"}
    )
    expect(page.locator(".file-chips")).to_contain_text("plan.txt")
    page.get_by_label("Text").fill("Too soon")
    page.get_by_role("button", name="Send reply").click()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_label("Text")).to_have_text("Too soon")
    expect(page.locator(".file-chips")).to_contain_text("plan.txt")


def test_a_canned_reply_is_put_where_the_cursor_is(desk: Desk) -> None:
    save_reply_template(tess(), {"name": "Greeting", "text": "Dear {{ requester }},\n#{{ number }}"})
    ticket = a_ticket()
    page = opened(desk, ticket)
    page.get_by_label("Text").fill("Bye")
    page.get_by_label("Text").press("Home")
    page.get_by_label("Canned replies").first.click()
    page.get_by_role("button", name="Greeting").click()
    expect(page.get_by_label("Text")).to_contain_text("Dear Sam Requester,")
    assert page.get_by_label("Text").inner_text().replace("\n\n", "\n") == f"Dear Sam Requester,\n#{ticket.number}Bye"


@pytest.mark.slow
def test_two_technicians_see_that_the_other_one_is_writing(desk: Desk) -> None:
    ticket = a_ticket()
    mine = opened(desk, ticket)
    theirs = desk.open(theo())
    theirs.goto(f"/requests/{ticket.number}")
    expect(mine.locator("#presence")).to_contain_text("Also here: Theo Technician", timeout=9000)
    theirs.get_by_label("Text").fill("Let me")
    expect(mine.locator("#presence")).to_contain_text("Theo Technician is writing a reply", timeout=9000)
    theirs.get_by_role("button", name="Discard").click()
    expect(mine.locator("#presence")).not_to_contain_text("is writing", timeout=9000)


def test_an_entry_is_forwarded_from_its_menu(desk: Desk) -> None:
    an_outgoing_server(primary=True)
    ticket = a_ticket()
    an_entry(ticket, "description", "Smoke!")
    an_entry(ticket, "reply", "It is the toner.")
    page = opened(desk, ticket)
    page.get_by_label("What to do with this entry").last.click()
    page.get_by_role("button", name="Forward", exact=True).click()
    page.keyboard.type("vendor@else.test,")
    page.get_by_label("Text").fill("Please look.")
    page.get_by_role("button", name="Send forward").click()
    expect(page.get_by_role("article", name="Tess Technician")).to_contain_text("It is the toner.")
    mail = OutboundEmail.objects.get(kind="forward")
    assert mail.to == ["vendor@else.test"] and "Smoke!" not in mail.text


def test_a_request_is_merged_in_a_dialog_by_the_keyboard(desk: Desk) -> None:
    first, second = a_ticket("Printer"), a_ticket("Printer again", requester=gita())
    page = opened(desk, second)
    page.get_by_label("More actions").press("Enter")
    page.get_by_role("link", name="Merge…").press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    expect(page.get_by_label("Into request")).to_be_focused()
    page.keyboard.type("#999")
    desk.expected_statuses.append(422)
    page.keyboard.press("Enter")
    expect(page.get_by_text("There is no request #999")).to_be_visible()
    page.get_by_label("Into request").fill(str(first.number))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Printer", exact=False)).to_be_visible()
    page.wait_for_url(f"**/requests/{first.number}")
    second.refresh_from_db()
    assert second.merged_into == first
