"""Pictures: ``SCREENSHOTS=docs/screenshots pytest tests/web/test_admin_people_screenshots.py`` draws them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.build import ada
from tests.web.admin_people_scene import a_scene
from tests.web.conftest import Desk
from tests.web.test_screenshots import LOOKS, picture

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def test_every_page_of_people_fits_a_desktop_and_a_phone_in_light_and_dark(desk: Desk, tmp_path: Path) -> None:
    scene = a_scene()
    folder = Path(os.environ.get("SCREENSHOTS") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    pages = {
        "people": "/admin/people",
        "person": f"/admin/people/{scene.sam.pk}",
        "person-archive": f"/admin/people/{scene.sam.pk}/archive",
        "people-import": "/admin/people/import",
        "technician-groups": "/admin/technician-groups",
        "technician-group": f"/admin/technician-groups/{scene.team.pk}",
        "requester-group": f"/admin/requester-groups/{scene.staff.pk}",
        "companies": "/admin/companies",
        "company": f"/admin/companies/{scene.company.pk}",
        "categories": "/admin/categories",
        "category": f"/admin/categories/{scene.category.pk}",
        "api-tokens": "/admin/tokens",
        "api-token-new": "/admin/tokens/new",
    }
    for look, (width, height, dark) in LOOKS.items():
        page = desk.open(ada(), width=width, height=height, dark=dark)
        for name, path in pages.items():
            picture(page, path, folder / f"{name}{look}.png")
        page.context.close()
