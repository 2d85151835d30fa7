"""Pictures of the pages around the sign-in and of Profile, and that each fits its width in both directions.

``SCREENSHOTS=docs/screenshots pytest tests/web/test_account_screenshots.py`` draws them.
"""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from playwright.sync_api import Page

from postroom.accounts.links import issue
from postroom.accounts.models import MailedLink, User
from postroom.audit.services import SYSTEM
from postroom.channels.services.single_sign_on import save_single_sign_on
from tests.build import ada, tess
from tests.web.conftest import Desk
from tests.web.test_profile import FIREFOX, PHONE
from tests.web.test_screenshots import LOOKS, picture

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
DIRECTIONS = {"": "en", "-rtl": "ar"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = Path(os.environ.get("SCREENSHOTS") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def signed_in_elsewhere(user: User) -> None:
    for agent, ip in ((FIREFOX, "192.0.2.14"), (PHONE, "198.51.100.7")):
        Client(HTTP_USER_AGENT=agent, REMOTE_ADDR=ip).post(
            "/sign-in", {"email": user.email, "password": "correct horse"}
        )


def lock_somebody() -> None:
    for email in ("tess@desk.test", "root@desk.test"):
        for _ in range(6):
            Client(REMOTE_ADDR="203.0.113.80").post("/sign-in", {"email": email, "password": "wrong"})


def single_sign_on() -> None:
    values = {"name": "Acme account", "issuer": "https://login.acme.test/realms/desk", "client_id": "desk"}
    save_single_sign_on(SYSTEM, {"enabled": True, "domains": ["desk.test"], "client_secret": "x", **values})


def test_profile_and_its_parts_fit_in_every_look_and_direction(desk: Desk, folder: Path) -> None:
    user = tess()
    signed_in_elsewhere(user)
    pages = {"profile": "/profile", "two-step": "/profile/two-step", "two-step-off": "/profile/two-step/off"}
    for ending, language in DIRECTIONS.items():
        User.objects.filter(pk=user.pk).update(language=language)
        for look, (width, height, dark) in LOOKS.items():
            for name, path in pages.items():
                page = desk.open(user, width=width, height=height, dark=dark)
                picture(page, path, folder / f"{name}{ending}{look}.png")
                page.context.close()


def test_the_administrators_page_fits_in_every_look_and_direction(desk: Desk, folder: Path) -> None:
    tess()
    single_sign_on()
    lock_somebody()
    for ending, language in DIRECTIONS.items():
        User.objects.filter(pk=ada().pk).update(language=language)
        for look, (width, height, dark) in LOOKS.items():
            page = desk.open(ada(), width=width, height=height, dark=dark)
            picture(page, "/admin/sign-in", folder / f"admin-sign-in{ending}{look}.png")
            page.context.close()


def test_the_pages_before_the_sign_in_fit_in_every_look_and_direction(desk: Desk, folder: Path) -> None:
    single_sign_on()
    token = issue(MailedLink.Purpose.INVITATION, tess(), None)
    pages = {
        "sign-in-provider": "/sign-in",
        "forgotten": "/sign-in/forgotten",
        "invitation": f"/sign-in/invitation/{token}",
        "link-over": "/sign-in/reset/used",
    }
    desk.expected_statuses.append(410)
    for ending, language in DIRECTIONS.items():
        for look, (width, height, dark) in LOOKS.items():
            for name, path in pages.items():
                page = _stranger(desk, width, height, dark=dark, language=language)
                picture(page, path, folder / f"{name}{ending}{look}.png")
                page.context.close()


def _stranger(desk: Desk, width: int, height: int, *, dark: bool, language: str) -> Page:
    page = desk.open(tess(), width=width, height=height, dark=dark)
    page.context.clear_cookies()
    page.set_extra_http_headers({"Accept-Language": language})
    return page


def test_what_is_chosen_on_profile_counts_over_what_the_browser_kept(desk: Desk) -> None:
    page = desk.open(tess())
    page.goto("/profile")
    page.get_by_role("button", name="Switch between light and dark").click()
    assert page.evaluate("document.documentElement.dataset.bsTheme") == "dark"
    page.get_by_label("Appearance").select_option("light")
    page.get_by_label("Time zone").fill("Asia/Tokyo")
    page.get_by_role("button", name="Save").click()
    page.wait_for_load_state("networkidle")
    assert page.evaluate("document.documentElement.dataset.bsTheme") == "light"
    shown = page.locator("time").first
    moment = datetime.fromisoformat(str(shown.get_attribute("datetime"))).astimezone(ZoneInfo("Asia/Tokyo"))
    assert f"{moment:%H:%M}" in shown.inner_text()
