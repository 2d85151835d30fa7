"""Pictures of the support portal: ``SCREENSHOTS=docs/screenshots pytest`` with this file."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from postroom.accounts.models import Company
from postroom.channels.models import Settings
from postroom.tickets.models import Category
from tests.build import a_ticket, a_user, an_entry
from tests.web.conftest import Desk
from tests.web.scene import Scene, the_scene
from tests.web.test_screenshots import LOOKS, picture

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def of_a_company(scene: Scene) -> None:
    """Marta is the contact of Northwind, and one of her requests was closed a while ago."""
    Settings.objects.update_or_create(pk=1, defaults={"managed_services_provider": True})
    northwind = Company.objects.create(name="Northwind")
    for person in ("amara", "jonas", "priya", "wen"):
        colleague = a_user(f"{person}@northwind.test")
        colleague.tickets.update(company=northwind)
    scene.requester.company, scene.requester.company_contact = northwind, True
    scene.requester.save()
    Category.objects.get_or_create(name="Hardware")


def test_every_page_of_the_portal_fits_a_desktop_and_a_phone_in_light_and_dark(desk: Desk, tmp_path: Path) -> None:
    scene = the_scene()
    of_a_company(scene)
    long_ago = timezone.now() - timedelta(days=40)
    closed = a_ticket("Badge does not open door 3", requester=scene.requester, status="closed", closed_at=long_ago)
    an_entry(closed, "description", "Since Monday door 3 stays shut. Doors 1 and 2 open.", created_at=long_ago)
    empty = a_user("new@northwind.test", "Nadia New")
    folder = Path(os.environ.get("SCREENSHOTS") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    pages = {
        "my-requests": (scene.requester, "/my/requests"),
        "my-requests-company": (scene.requester, "/my/requests?scope=company"),
        "my-requests-empty": (empty, "/my/requests"),
        "my-request": (scene.requester, f"/my/requests/{scene.ticket.number}"),
        "my-request-closed": (scene.requester, f"/my/requests/{closed.number}"),
        "my-request-new": (scene.requester, "/my/requests/new"),
    }
    desk.expected_statuses.append(422)
    for look, (width, height, dark) in LOOKS.items():
        for name, (user, path) in pages.items():
            page = desk.open(user, width=width, height=height, dark=dark)
            picture(page, path, folder / f"{name}{look}.png")
            page.context.close()
        page = desk.open(empty, width=width, height=height, dark=dark)
        page.context.clear_cookies()
        picture(page, "/report", folder / f"report{look}.png")
        page.get_by_label("Your email address").fill("nadia")
        page.get_by_role("button", name="Send").click()
        expect(page.get_by_text("This is not an email address.")).to_be_visible()
        page.screenshot(path=folder / f"report-fault{look}.png", full_page=True)
        page.context.close()
