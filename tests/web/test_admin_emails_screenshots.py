"""The pictures of the tabs of servers and of their panels; see test_screenshots for how to draw them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from postroom.audit.services import Actor
from postroom.channels.models import OutgoingServer
from postroom.channels.services import save_outgoing_server
from tests.build import ada
from tests.web.admin_emails import CERTIFICATE, INCOMING, OUTGOING, STAGES, a_probe, the_servers
from tests.web.conftest import Desk
from tests.web.test_screenshots import LOOKS, picture

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def panel(page: Page, path: str, file: Path) -> None:
    """A panel covers the window and scrolls in itself: the picture is the window."""
    page.goto(path)
    page.wait_for_load_state("networkidle")
    dialog = page.get_by_role("dialog")
    too_wide = dialog.evaluate("node => Math.max(node.scrollWidth - node.clientWidth, node.clientWidth - innerWidth)")
    assert too_wide <= 0, f"{path} is {too_wide} pixels too wide"
    page.screenshot(path=file)


def test_the_tabs_and_panels_of_servers_fit_a_desktop_and_a_phone_in_light_and_dark(desk: Desk, tmp_path: Path) -> None:
    folder = Path(os.environ.get("SCREENSHOTS") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    desk.expected_statuses = [422]
    for name, path in {"outgoing-servers-empty": OUTGOING, "incoming-servers-empty": INCOMING}.items():
        picture(desk.open(ada()), path, folder / f"{name}.png")
    outgoing, incoming = the_servers()
    good = a_probe(result={"certificate": CERTIFICATE, "capabilities": ["SIZE 36700160", "PIPELINING", "STARTTLS"]})
    words = "535 5.7.8 Error: authentication failed"
    stages = [*STAGES[:4], {"name": "login", "ok": False, "ms": 412, "detail": words}]
    bad = a_probe(ok=False, code="MAILAUTHCRED", message=words, stages=stages)
    panels = {
        "outgoing-server-new": f"{OUTGOING}/new",
        "outgoing-server": f"{OUTGOING}/{outgoing.pk}",
        "incoming-server": f"{INCOMING}/{incoming.pk}",
        "server-test": f"{OUTGOING}/{outgoing.pk}/test?probe={good.pk}",
        "server-test-failed": f"{OUTGOING}/{outgoing.pk}/test?probe={bad.pk}",
        "server-delete": f"{OUTGOING}/{outgoing.pk}/delete",
    }
    for look, (width, height, dark) in LOOKS.items():
        page = desk.open(ada(), width=width, height=height, dark=dark)
        for name, path in {"outgoing-servers": OUTGOING, "incoming-servers": INCOMING}.items():
            picture(page, path, folder / f"{name}{look}.png")
        for name, path in panels.items():
            panel(page, path, folder / f"{name}{look}.png")
        below(page, f"{INCOMING}/{incoming.pk}", ".alias-routes", folder / f"incoming-server-aliases{look}.png")
        changed_meanwhile(page, outgoing, folder / f"outgoing-server-changed{look}.png")
        unverified(page, outgoing, folder / f"outgoing-server-unverified{look}.png")
        page.context.close()


def below(page: Page, path: str, selector: str, file: Path) -> None:
    """A part of a panel that one has to scroll to."""
    page.goto(path)
    page.locator(selector).scroll_into_view_if_needed()
    page.screenshot(path=file)


def changed_meanwhile(page: Page, server: OutgoingServer, file: Path) -> None:
    """Somebody else saves while the panel is open."""
    page.goto(f"{OUTGOING}/{server.pk}")
    page.get_by_label("Sender Name").fill("Help Desk")
    other = f"x{server.reply_to}" if server.reply_to else "desk@northwind.test"
    save_outgoing_server(Actor("Grace Colleague"), {"reply_to": other}, server)
    server.reply_to = other
    page.get_by_role("button", name="Save", exact=True).last.click()
    expect(page.get_by_role("alert").first).to_contain_text("Grace Colleague changed this on")
    page.screenshot(path=file)


def unverified(page: Page, server: OutgoingServer, file: Path) -> None:
    """The warning before a certificate goes unchecked."""
    page.goto(f"{OUTGOING}/{server.pk}")
    page.locator("summary", has_text="Certificate").click()
    page.get_by_label("Do not check the server's certificate").check()
    page.get_by_label("I know that whoever stands").scroll_into_view_if_needed()
    page.screenshot(path=file)
