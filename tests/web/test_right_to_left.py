"""The layout from the right: every portal is mirrored and fits its width, on a desktop and on a phone."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from postroom.accounts.models import User
from tests.build import ada
from tests.web.conftest import Desk
from tests.web.scene import the_scene
from tests.web.test_screenshots import picture

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
WIDTHS = {"": (1440, 900), "-phone": (390, 844)}


@pytest.mark.timeout(300)
@pytest.mark.parametrize("look", WIDTHS)
def test_every_portal_is_mirrored_and_fits(desk: Desk, tmp_path: Path, look: str) -> None:
    scene = the_scene()
    folder = Path(os.environ.get("SCREENSHOTS") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    for person in (scene.tess, scene.requester, ada()):
        User.objects.filter(pk=person.pk).update(language="ar")
    request = f"/requests/{scene.ticket.number}"
    pages = {
        "requests": (scene.tess, "/requests"),
        "request": (scene.tess, request),
        "my-requests": (scene.requester, "/my/requests"),
        "my-request": (scene.requester, f"/my{request}"),
        "mail-incoming": (ada(), "/admin/mail/incoming"),
        "email-preference": (ada(), "/admin/emails/preference"),
        "configuration-audit": (ada(), "/admin/audit"),
    }
    width, height = WIDTHS[look]
    for name, (user, path) in pages.items():
        page = desk.open(user, width=width, height=height)
        picture(page, path, folder / f"{name}-rtl{look}.png")
        assert page.evaluate("document.documentElement.dir") == "rtl"
        side = page.locator(".portal > .side")
        if width > 1000 and side.count():
            menu, main = side.bounding_box(), page.locator("#main").bounding_box()
            assert menu and main and menu["x"] > main["x"], f"The menu of {path} is not on the right"
        page.context.close()
