"""Pictures: ``SCREENSHOTS=docs/screenshots pytest tests/web/test_admin_notifications_screenshots.py`` draws them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page

from postroom.tickets.models import Announcement
from tests.build import ada
from tests.web.admin_notifications_scene import a_scene
from tests.web.conftest import Desk
from tests.web.test_screenshots import LOOKS, picture

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def _editor(page: Page, file: Path) -> None:
    page.frame_locator("iframe[name=preview]").locator("h1").wait_for()
    page.screenshot(path=file)


def test_every_page_fits_a_desktop_and_a_phone_in_light_and_dark(desk: Desk, tmp_path: Path) -> None:
    sending = a_scene()
    draft = Announcement.objects.get(subject="New badge readers from Monday")
    folder = Path(os.environ.get("SCREENSHOTS") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    pages = {
        "notifications": "/admin/notifications",
        "notification": "/admin/notifications/assigned/technician",
        "announcements": "/admin/announcements",
        "announcement": f"/admin/announcements/{sending.pk}",
        "announcement-edit": f"/admin/announcements/{draft.pk}/edit",
    }
    for look, (width, height, dark) in LOOKS.items():
        for name, path in pages.items():
            page = desk.open(ada(), width=width, height=height, dark=dark)
            if name in ("announcement", "announcements", "notifications"):
                page.goto(path)
                page.wait_for_load_state("load")
                too_wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
                assert too_wide <= 0, f"{path} is {too_wide} pixels too wide"
                page.screenshot(path=folder / f"{name}{look}.png", full_page=width < 600)
            else:
                picture(page, path, folder / f"{name}{look}.png")
                _editor(page, folder / f"{name}{look}.png")
            page.context.close()
