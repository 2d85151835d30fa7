"""An administrator's morning with the mail log in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from postroom.inbox.models import InboundEmail
from postroom.inbox.receive import receive
from postroom.outbox.models import OutboundEmail
from tests.build import ada, an_outgoing_server, sam
from tests.mails import a_mail
from tests.web.admin_mail_scene import a_held_mail, a_refused_mail, an_audit, arrived, sent
from tests.web.conftest import Desk

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def work() -> None:
    while receive("worker"):
        pass


def test_a_refused_guest_is_let_in_and_the_page_follows_the_mail_to_its_request(desk: Desk) -> None:
    a_refused_mail(subject="May I come in?")
    page = desk.open(ada())
    page.goto("/admin/mail/incoming?view=guests")
    page.get_by_role("link", name="May I come in?").click()
    page.get_by_role("button", name="Add as requester").click()
    question = page.get_by_role("form", name="Add as requester and release")
    expect(question.get_by_label("Name")).to_have_value("Gita Guest")
    expect(question.get_by_label("Name")).to_be_focused()
    question.get_by_role("button", name="Add and release").click()
    expect(page.get_by_text("The sender is a requester now")).to_be_visible()
    expect(page.get_by_role("region", name="Outcome")).to_contain_text("Released")
    work()
    expect(page.get_by_role("region", name="Outcome")).to_contain_text("Request created", timeout=8000)
    expect(page.get_by_role("region", name="Outcome").get_by_role("link")).to_contain_text("May I come in?")


def test_selected_mails_are_discarded_after_a_question_and_a_click_beside_the_box_opens_nothing(desk: Desk) -> None:
    sam()
    rows = [a_held_mail() for _ in range(3)]
    page = desk.open(ada())
    page.goto("/admin/mail/incoming")
    expect(page.get_by_role("toolbar")).to_be_hidden()
    page.locator("tbody td.l-check").first.click(position={"x": 6, "y": 40})
    expect(page).to_have_url(f"{desk.url}/admin/mail/incoming")
    page.locator("tbody input[name=mail]").nth(2).click(modifiers=["Shift"])
    expect(page.get_by_role("toolbar")).to_contain_text("3 selected")
    page.locator("tbody input[name=mail]").nth(2).uncheck()
    page.get_by_role("toolbar").get_by_role("button", name="Discard").click()
    page.get_by_role("button", name="Keep").click()
    page.get_by_role("toolbar").get_by_role("button", name="Discard").click()
    page.locator("#bulk-discard").get_by_role("button", name="Discard").click()
    expect(page.get_by_text("2 mails discarded.")).to_be_visible()
    expect(page.locator("tbody tr")).to_have_count(1)
    assert InboundEmail.objects.filter(reason_code="discarded").count() == 2 < len(rows)


def test_new_mail_appears_by_itself_and_what_is_selected_stays_selected(desk: Desk) -> None:
    sam()
    a_held_mail()
    page = desk.open(ada())
    page.goto("/admin/mail/incoming?view=all")
    page.locator("tbody input[name=mail]").check()
    page.get_by_role("heading", name="Incoming mail").click()
    arrived(a_mail(subject="Fresh from the mailbox"))
    expect(page.get_by_role("link", name="Fresh from the mailbox")).to_be_visible(timeout=8000)
    expect(page.locator("tbody input[name=mail]").nth(1)).to_be_checked()
    expect(page.get_by_role("toolbar")).to_contain_text("1 selected")


def test_a_question_is_not_closed_by_news(desk: Desk) -> None:
    sam()
    a_held_mail()
    page = desk.open(ada())
    page.clock.install()
    page.goto("/admin/mail/incoming?view=all")
    page.locator("tbody input[name=mail]").check()
    page.get_by_role("toolbar").get_by_role("button", name="Block sender").click()
    arrived(a_mail(subject="Fresh from the mailbox"))
    page.clock.run_for(10_000)  # three polls
    expect(page.locator("#bulk-block")).to_be_visible()
    expect(page.get_by_role("link", name="Fresh from the mailbox")).to_have_count(0)
    page.keyboard.press("Escape")
    page.get_by_role("heading", name="Incoming mail").click()
    page.clock.run_for(4_000)
    expect(page.get_by_role("link", name="Fresh from the mailbox")).to_be_visible(timeout=8000)


def test_the_log_is_used_by_keyboard_alone(desk: Desk) -> None:
    sam()
    arrived(a_mail(subject="First"))
    arrived(a_mail(subject="Second"))
    page = desk.open(ada())
    page.goto("/admin/mail/incoming?view=all")
    page.wait_for_load_state("networkidle")
    page.keyboard.press("j")
    expect(page.get_by_role("link", name="Second")).to_be_focused()
    page.keyboard.press("j")
    expect(page.get_by_role("link", name="First")).to_be_focused()
    page.keyboard.press("x")
    expect(page.get_by_role("toolbar")).to_contain_text("1 selected")
    page.keyboard.press("/")
    page.keyboard.type("second")
    expect(page.locator("tbody tr")).to_have_count(1)
    page.keyboard.press("Escape")
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Second")).to_be_visible()
    page.keyboard.press("u")
    expect(page.get_by_role("heading", name="Incoming mail")).to_be_visible()


def test_the_body_of_a_mail_is_as_high_as_its_words_and_runs_nothing(desk: Desk) -> None:
    sam()
    html = "<p>" + "Smoke everywhere.<br>" * 30 + "<script>parent.document.title='taken'</script></p>"
    row = arrived(a_mail(html=html))
    page = desk.open(ada())
    page.goto(f"/admin/mail/incoming/{row.pk}")
    expect(page.locator("iframe.mail-frame")).not_to_have_css("height", "44px")
    box = page.locator("iframe.mail-frame").bounding_box()
    assert box is not None and box["height"] > 500
    assert "taken" not in page.title()


def test_a_failed_mail_is_sent_by_another_server_and_a_copy_to_somebody_else(desk: Desk) -> None:
    an_outgoing_server(primary=True)
    an_outgoing_server("Spare", "spare@desk.test")
    mail = sent("failed", subject="Your printer", reason="The server refused it: 550 No")
    page = desk.open(ada())
    page.goto("/admin/mail/outgoing?state=failed")
    page.get_by_role("link", name="Your printer").click()
    page.get_by_role("button", name="Retry").click()
    page.locator("#pop-retry").get_by_label("Server").select_option(label="Spare <spare@desk.test>")
    page.locator("#pop-retry").get_by_role("button", name="Retry").click()
    expect(page.get_by_text("Queued again for Spare.")).to_be_visible()
    page.get_by_role("button", name="Put away").click()
    expect(page.get_by_text("Queued again for Spare.")).to_be_hidden()
    page.get_by_role("button", name="Resend").click()
    page.locator("#pop-resend").get_by_label("To").fill("kim@example.test")
    page.locator("#pop-resend").get_by_role("button", name="Resend").click()
    expect(page.get_by_text("A copy is queued for kim@example.test.")).to_be_visible()
    assert {tuple(row.to) for row in OutboundEmail.objects.all()} == {("sam@example.test",), ("kim@example.test",)}
    assert OutboundEmail.objects.get(pk=mail.pk).server_name == "Spare"


def test_the_audit_is_filtered_at_once_and_its_export_has_the_same_filter(desk: Desk) -> None:
    an_audit()
    page = desk.open(ada())
    page.goto("/admin/audit")
    page.get_by_label("Person").select_option("Ann Berg")
    expect(page.locator(".audit tbody tr")).to_have_count(2)
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    text = download.value.path().read_text()
    assert "ann@desk.test" in text and "ada@desk.test" not in text
