"""Pictures: ``SCREENSHOTS=docs/screenshots pytest tests/web/test_admin_routing_screenshots.py`` draws them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from postroom.channels.models import EmailPreferences, ProxyServer, Settings
from tests.build import ada
from tests.web.admin_routing_scene import a_scene
from tests.web.conftest import Desk
from tests.web.test_screenshots import LOOKS, picture

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def _open_a_rule_and_try(page: Page, number: int, file: Path) -> None:
    page.goto("/admin/emails/outgoing/rules")
    page.get_by_role("button", name="Building and keys Category").click()
    page.get_by_label("Name").wait_for()
    page.screenshot(path=file)
    page.get_by_label("Request", exact=True).fill(str(number))
    page.get_by_role("button", name="Try it").click()
    expect(page.locator("#trial-answer")).to_contain_text("Leaves by")
    page.locator("#rules-scroll").evaluate("box => { box.scrollTop = box.scrollHeight; }")
    page.screenshot(path=file.with_name(file.name.replace("rule-open", "rules-try")))


def test_every_routing_page_fits_a_desktop_and_a_phone_in_light_and_dark(desk: Desk, tmp_path: Path) -> None:
    ticket = a_scene()
    EmailPreferences.objects.update_or_create(pk=1, defaults={"email_to_request": True})
    Settings.objects.update_or_create(
        pk=1, defaults={"allow_guest_requests": False, "trusted_authserv_ids": ["mx.desk.test"]}
    )
    folder = Path(os.environ.get("SCREENSHOTS") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    office = ProxyServer.objects.get(name="office")
    pages = {
        "email-preference": "/admin/emails/preference",
        "outgoing-rules": "/admin/emails/outgoing/rules",
        "proxies": "/admin/proxies",
        "proxy": f"/admin/proxies/{office.pk}",
        "proxy-delete": f"/admin/proxies/{office.pk}/delete",
        "security-and-limits": "/admin/security",
    }
    for look, (width, height, dark) in LOOKS.items():
        for name, path in pages.items():
            page = desk.open(ada(), width=width, height=height, dark=dark)
            picture(page, path, folder / f"{name}{look}.png")
            if name == "outgoing-rules":
                _open_a_rule_and_try(page, ticket.number, folder / f"rule-open{look}.png")
            page.context.close()
