"""The pictures of the documentation: ``SCREENSHOTS=docs/screenshots pytest tests/web/test_screenshots.py`` draws them.

The font is Inter where it is installed (Debian: fonts-inter). Without the variable the pictures go to a temporary
folder, and the test still sees that each page fits its width.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.web.conftest import Desk
from tests.web.scene import the_scene

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
LOOKS = {"": (1440, 900, False), "-dark": (1440, 900, True), "-phone": (390, 844, False)}


def picture(page: Page, path: str, file: Path) -> None:
    page.goto(path)
    page.wait_for_load_state("networkidle")
    too_wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert too_wide <= 0, f"{path} is {too_wide} pixels too wide"
    page.screenshot(path=file, full_page=page.viewport_size is not None and page.viewport_size["width"] < 600)


def test_every_page_fits_a_desktop_and_a_phone_in_light_and_dark(desk: Desk, tmp_path: Path) -> None:
    scene = the_scene()
    folder = Path(os.environ.get("SCREENSHOTS") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    request = f"/requests/{scene.ticket.number}"
    pages = {
        "requests": (scene.tess, "/requests"),
        "requests-empty": (scene.tess, "/requests?q=teapot"),
        "request": (scene.tess, request),
        "request-notification": (scene.tess, f"{request}/notification"),
        "request-other-info": (scene.tess, f"{request}/other-info"),
        "request-history": (scene.tess, f"{request}/history"),
        "my-requests": (scene.requester, "/my/requests"),
        "my-request": (scene.requester, f"/my{request}"),
    }
    for look, (width, height, dark) in LOOKS.items():
        for name, (user, path) in pages.items():
            page = desk.open(user, width=width, height=height, dark=dark)
            picture(page, path, folder / f"{name}{look}.png")
            if name == "my-request":
                page.context.clear_cookies()
                picture(page, "/sign-in", folder / f"sign-in{look}.png")
            page.context.close()
