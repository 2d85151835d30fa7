"""An administrator at the tabs of servers in a real browser: by keyboard, live, and without losing what was typed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from postroom.channels.models import IncomingServer, OutgoingServer, Probe
from tests.build import ada, an_incoming_server, an_outgoing_server
from tests.web.admin_emails import STAGES, a_sent_mail, health
from tests.web.conftest import Desk

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
OUTGOING, INCOMING = "/admin/emails/outgoing", "/admin/emails/incoming"


@pytest.fixture(autouse=True)
def _requests_may_be_given_up(desk: Desk) -> None:
    """Saving gives up a form that is being settled; htmx notes that in the console as if it were a fault."""
    desk.expected_words += ["htmx:afterRequest", "htmx:sendAbort"]


def field(page: Page, name: str) -> Locator:
    """A text field of the panel."""
    return page.get_by_role("textbox", name=name, exact=True)


def chosen(page: Page, group: str, name: str) -> None:
    """Choose one of the segments of a field, and wait until the form has settled."""
    with page.expect_response(lambda response: response.request.method == "POST"):
        page.get_by_role("radiogroup", name=group).get_by_text(name, exact=True).click()
    page.wait_for_load_state("networkidle")


def test_a_server_is_added_with_the_keyboard_alone(desk: Desk) -> None:
    """NAV-02, NAV-06: Add opens a panel with the focus in it, Enter saves, the focus goes back."""
    page = desk.open(ada())
    page.goto(OUTGOING)
    add = page.locator("#add-server")
    add.focus()
    page.keyboard.press("Enter")
    expect(field(page, "Name")).to_be_focused()
    expect(page).to_have_url(f"{desk.url}{OUTGOING}/new")
    page.keyboard.type("Support")
    page.keyboard.press("Tab")
    page.keyboard.type("support@desk.test")
    expect(field(page, "Port")).to_have_value("587")
    field(page, "Server").focus()
    page.keyboard.type("smtp.desk.test")
    page.get_by_label("Password").focus()
    page.keyboard.type("hunter2hunter2")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Support", exact=True)).to_be_visible()
    expect(page.get_by_text("Support is saved.")).to_be_visible()
    expect(page).to_have_url(f"{desk.url}{OUTGOING}")
    expect(add).to_be_focused()
    server = OutgoingServer.objects.get()
    assert (server.email, server.password, server.primary) == ("support@desk.test", "hunter2hunter2", True)


def test_the_focus_stays_in_the_panel_and_escape_gives_it_back(desk: Desk) -> None:
    server = an_outgoing_server("Relay")
    page = desk.open(ada())
    page.goto(OUTGOING)
    page.get_by_role("link", name="Relay").click()
    expect(page.get_by_role("dialog", name="Relay")).to_be_visible()
    for _ in range(60):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement === document.body || !!document.activeElement.closest('dialog')")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator(f"#edit-{server.pk}")).to_be_focused()
    expect(page).to_have_url(f"{desk.url}{OUTGOING}")


def test_back_closes_the_panel_and_a_reload_keeps_it(desk: Desk) -> None:
    """NAV-06"""
    an_outgoing_server("Relay")
    page = desk.open(ada())
    page.goto(OUTGOING)
    page.get_by_role("link", name="Relay").click()
    expect(page.get_by_role("dialog", name="Relay")).to_be_visible()
    page.reload()
    expect(page.get_by_role("dialog", name="Relay")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("link", name="Relay")).to_be_visible()


def test_unsaved_changes_are_not_lost_by_escape(desk: Desk) -> None:
    an_outgoing_server("Relay")
    page = desk.open(ada())
    page.goto(OUTGOING)
    page.get_by_role("link", name="Relay").click()
    field(page, "Name").fill("Relay of the desk")
    page.keyboard.press("Escape")
    expect(page.get_by_text("You have changes that are not saved.")).to_be_visible()
    page.get_by_role("button", name="Keep editing").click()
    expect(field(page, "Name")).to_have_value("Relay of the desk")
    page.get_by_role("link", name="Close").click()
    page.get_by_role("button", name="Discard").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert OutgoingServer.objects.get().name == "Relay"


def test_fields_appear_and_vanish_and_what_was_typed_stays(desk: Desk) -> None:
    """OUT-02, OUT.Port, OUT-09: also a password, which the server never sends back."""
    page = desk.open(ada())
    page.goto(f"{OUTGOING}/new")
    field(page, "Name").fill("Support")
    field(page, "Sender Name").fill("Support Desk")
    page.get_by_label("Password").fill("hunter2hunter2")
    chosen(page, "Security Type", "SSL")
    expect(field(page, "Port")).to_have_value("465")
    expect(page.get_by_label("Password")).to_have_value("hunter2hunter2")
    field(page, "Port").fill("2465")
    chosen(page, "Security Type", "TLS")
    expect(field(page, "Port")).to_have_value("2465")
    chosen(page, "Protocol", "MAPI (Microsoft 365 / Exchange)")
    expect(field(page, "Sender Name")).to_have_count(0)
    chosen(page, "Protocol", "SMTP")
    expect(field(page, "Sender Name")).to_have_value("Support Desk")
    chosen(page, "Email Provider", "Sign in with Microsoft")
    expect(page.get_by_role("button", name="Sign in with Microsoft")).to_be_disabled()
    expect(page.get_by_text("No Microsoft application is entered yet.")).to_be_visible()
    expect(field(page, "Name")).to_have_value("Support")


def test_save_can_be_pressed_straight_from_a_field_that_would_settle_the_form(desk: Desk) -> None:
    page = desk.open(ada())
    page.goto(f"{OUTGOING}/new")
    field(page, "Name").fill("Support")
    field(page, "Email").fill("support@desk.test")
    field(page, "Server").fill("smtp.desk.test")
    page.get_by_label("Password").fill("hunter2hunter2")
    field(page, "Reply-To Email").fill("lost@desk.test")
    page.get_by_role("button", name="Save", exact=True).last.click()
    expect(page.get_by_text("Support is saved.")).to_be_visible()
    assert OutgoingServer.objects.get().reply_to == "lost@desk.test"


def test_a_fault_gets_the_focus_and_keeps_the_typed_password(desk: Desk) -> None:
    """OUT-03"""
    desk.expected_statuses.append(422)
    page = desk.open(ada())
    page.goto(f"{OUTGOING}/new")
    field(page, "Name").fill("Support")
    field(page, "Email").fill("support@desk.test")
    page.get_by_label("Password").fill("hunter2hunter2")
    page.get_by_role("button", name="Save", exact=True).last.click()
    expect(page.get_by_text("Enter the server.")).to_be_visible()
    expect(field(page, "Server")).to_be_focused()
    expect(page.get_by_label("Password")).to_have_value("hunter2hunter2")
    assert not OutgoingServer.objects.exists()


def test_entries_become_chips_that_the_keyboard_adds_and_takes_away(desk: Desk) -> None:
    """FLT-01"""
    server = an_incoming_server(host="imap.desk.test", port=993, security="ssl", password="secret")
    page = desk.open(ada())
    page.goto(f"{INCOMING}/{server.pk}")
    field(page, "Domains").fill("yahoo.com")
    page.keyboard.press("Enter")
    page.keyboard.type("spam.test, *.bulk.test,")
    expect(page.get_by_role("button", name="Remove *.bulk.test")).to_be_visible()
    page.keyboard.press("Backspace")
    field(page, "Keywords").fill("sale, now or never")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Remove spam.test").click()
    page.get_by_role("button", name="Save", exact=True).last.click()
    expect(page.get_by_text("Support is saved.")).to_be_visible()
    server.refresh_from_db()
    assert (server.filter_domains, server.filter_keywords) == (["yahoo.com"], ["sale, now or never"])


def test_the_stages_of_a_test_arrive_one_by_one(desk: Desk) -> None:
    """TST-04"""
    an_outgoing_server("Relay")
    page = desk.open(ada())
    page.goto(OUTGOING)
    page.get_by_role("button", name="Test Connection of Relay").click()
    dialog = page.get_by_role("dialog", name="Test Connection")
    expect(dialog.get_by_text("Host name")).to_be_visible()
    probes = Probe.objects.filter(kind="test_outgoing")
    probes.update(state="running", stages=STAGES[:2], lease_until=timezone.now() + timedelta(minutes=1))
    expect(dialog.get_by_text("connected to port 587")).to_be_visible()
    words = "535 5.7.8 Error: authentication failed"
    stages = [*STAGES[:4], {"name": "login", "ok": False, "ms": 412, "detail": words}]
    probes.update(state="done", ok=False, code="MAILAUTHCRED", message=words, stages=stages)
    expect(dialog.get_by_text("User name or password is wrong.")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Test Connection of Relay")).to_be_focused()


def test_unsaved_values_are_tested_inside_the_panel(desk: Desk) -> None:
    """TST-06"""
    page = desk.open(ada())
    page.goto(f"{INCOMING}/new")
    field(page, "Name").fill("Support")
    field(page, "Email").fill("support@desk.test")
    field(page, "Server").fill("imap.desk.test")
    page.get_by_label("Password").fill("hunter2hunter2")
    page.get_by_role("button", name="Test Connection").click()
    expect(page.get_by_role("region", name="Test Connection").get_by_text("Host name")).to_be_visible()
    Probe.objects.filter(kind="test_incoming").update(state="done", ok=True, stages=STAGES)
    expect(page.get_by_text("The mailbox can be read. Nothing was read or marked.")).to_be_visible()
    expect(page.get_by_label("Password")).to_have_value("hunter2hunter2")
    assert not IncomingServer.objects.exists()


def test_found_settings_are_taken_over_by_one_click(desk: Desk) -> None:
    page = desk.open(ada())
    page.goto(f"{INCOMING}/new")
    field(page, "Email").fill("support@desk.test")
    page.keyboard.press("Tab")
    expect(page.get_by_text("Looking for the settings of this address…")).to_be_visible()
    found = {"direction": "incoming", "protocol": "imap", "host": "mx.desk.test", "port": 143, "security": "tls"}
    result = {"suggestions": [{**found, "username": "support", "source": "srv", "note": ""}]}
    Probe.objects.update(state="done", ok=True, result=result)
    page.get_by_role("button", name="Use IMAP mx.desk.test").click()
    expect(field(page, "Server")).to_have_value("mx.desk.test")
    expect(field(page, "Port")).to_have_value("143")
    expect(field(page, "Username")).to_have_value("support")


def test_the_list_is_alive_and_does_not_close_an_open_menu(desk: Desk) -> None:
    """R27"""
    server = an_outgoing_server("Relay")
    page = desk.open(ada())
    page.goto(OUTGOING)
    page.get_by_label("More actions for Relay").press("Enter")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("link", name="Edit")).to_be_focused()
    a_sent_mail(server, "queued")
    with page.expect_response(lambda response: response.url.endswith(OUTGOING), timeout=8000):
        pass
    expect(page.get_by_role("link", name="Edit")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_label("More actions for Relay")).to_be_focused()
    expect(page.locator(f"#server-{server.pk} .s-figure").first).to_have_text("1", timeout=8000)


def test_the_switch_in_the_list_works_by_keyboard_and_says_what_it_did(desk: Desk) -> None:
    """LST-01"""
    an_outgoing_server("Relay")
    page = desk.open(ada())
    page.goto(OUTGOING)
    switch = page.get_by_role("switch", name="Relay enabled")
    switch.focus()
    page.keyboard.press("Space")
    expect(page.get_by_text("Relay is disabled.")).to_be_visible()
    expect(switch).to_have_attribute("aria-checked", "false")
    expect(switch).to_be_focused()
    assert not OutgoingServer.objects.get().enabled


def test_delete_is_asked_with_the_focus_on_keeping(desk: Desk) -> None:
    """LST-05"""
    an_outgoing_server("Relay")
    page = desk.open(ada())
    page.goto(OUTGOING)
    page.get_by_label("More actions for Relay").click()
    page.get_by_role("link", name="Delete").click()
    expect(page.get_by_role("link", name="Keep it")).to_be_focused()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("Relay is deleted.")).to_be_visible()
    expect(page.get_by_text("Nothing can be sent yet")).to_be_visible()


def test_search_narrows_the_list_while_typing(desk: Desk) -> None:
    """LST-04"""
    an_outgoing_server("Relay")
    health(an_outgoing_server("Cloud"), "unreachable", code="MAILCONREF")
    page = desk.open(ada())
    page.goto(OUTGOING)
    page.keyboard.press("/")
    page.keyboard.type("clo")
    expect(page.get_by_role("link", name="Relay", exact=True)).to_have_count(0)
    expect(page.get_by_role("searchbox")).to_be_focused()
    expect(page).to_have_url(f"{desk.url}{OUTGOING}?q=clo&enabled=&health=")


def test_the_banner_appears_on_administrators_pages_and_leads_to_the_server(desk: Desk) -> None:
    """HLT-03"""
    health(an_outgoing_server("Relay"), "unreachable", code="MAILCONREF", message="refused")
    page = desk.open(ada())
    page.goto(INCOMING)
    page.locator("#banner").get_by_role("link", name="Relay").click()
    expect(page.get_by_role("dialog", name="Relay")).to_contain_text("Nothing answers at this port")
