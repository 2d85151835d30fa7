"""Pictures of the mail log and the audit: ``SCREENSHOTS=docs/screenshots pytest`` on this file draws them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.web.admin_mail_scene import the_scene
from tests.web.conftest import Desk
from tests.web.test_screenshots import LOOKS, picture

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def _with_selection(page: Page, path: str, file: Path) -> None:
    page.goto(path)
    for box in page.locator("tbody input[name=mail]").all()[:2]:
        box.check()
    page.screenshot(path=file)


def test_the_mail_log_fits_a_desktop_and_a_phone_in_light_and_dark(desk: Desk, tmp_path: Path) -> None:
    scene = the_scene()
    folder = Path(os.environ.get("SCREENSHOTS") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    pages = {
        "mail-incoming": "/admin/mail/incoming",
        "mail-incoming-all": "/admin/mail/incoming?view=all",
        "mail-incoming-guests": "/admin/mail/incoming?view=guests",
        "mail-incoming-empty": "/admin/mail/incoming?view=all&q=teapot",
        "mail-incoming-held": f"/admin/mail/incoming/{scene.held.pk}",
        "mail-incoming-refused": f"/admin/mail/incoming/{scene.refused.pk}",
        "mail-incoming-created": f"/admin/mail/incoming/{scene.created.pk}",
        "mail-incoming-headers": f"/admin/mail/incoming/{scene.held.pk}?show=headers",
        "mail-incoming-raw": f"/admin/mail/incoming/{scene.held.pk}?show=raw",
        "mail-outgoing": "/admin/mail/outgoing",
        "mail-outgoing-item": f"/admin/mail/outgoing/{scene.deferred.pk}",
        "configuration-audit": "/admin/audit",
    }
    for look, (width, height, dark) in LOOKS.items():
        for name, path in pages.items():
            page = desk.open(scene.ada, width=width, height=height, dark=dark)
            picture(page, path, folder / f"{name}{look}.png")
            page.context.close()
        page = desk.open(scene.ada, width=width, height=height, dark=dark)
        _with_selection(page, pages["mail-incoming-all"], folder / f"mail-incoming-selected{look}.png")
        page.goto(pages["mail-incoming-refused"])
        page.get_by_role("button", name="Add as requester").click()
        page.screenshot(path=folder / f"mail-incoming-question{look}.png")
        page.context.close()
