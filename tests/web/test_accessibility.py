"""axe-core looks at every page in light and dark: no serious and no critical fault (WCAG 2.2 AA and good practice)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from playwright.sync_api import Page, expect

from tests.build import a_user, ada, tess, theo
from tests.web import rights
from tests.web.canaries import Scene, the_desk
from tests.web.conftest import Desk
from tests.web.test_no_leak_matrix import PAGES

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.django_db(transaction=True),
]

GRAVE = ("serious", "critical")
# Not pages: answers for programs, files, parts that a page puts in place, and what does something when it is opened.
# Nor the documents of mails for a frame: they are not ours, and nothing runs in them, so that axe cannot either.
NO_PAGES = frozenset(
    {
        *("live", "ready", "metrics", "attachment", "entry-original", "draft-file", "probe", "notices-count"),
        *("requests-bulk-form", "requests-filters", "oauth-panel"),
        *("mail-incoming-raw", "mail-incoming-file", "mail-outgoing-raw", "mail-attention", "emails-banner"),
        *("entry-body", "entry-quoted", "mail-incoming-body", "mail-outgoing-body"),
        *("announcement-preview", "notification-preview", "announcement-preview-draft"),
        *("configuration-audit-export", "people-export", "request-live", "my-request-live"),
        *("oauth-begin", "oauth-begin-new", "openid_connect_login", "openid_connect_callback", "sign-out"),
    }
)
# The parts of a page that open on a click, by the page's name.
OPENED = {
    "outgoing-servers": "#add-server",
    "incoming-servers": "#add-server",
    "request": "#kind-forward + label",
}


IN_LIGHT: dict[str, Any] = {"resultTypes": ["violations"]}
IN_DARK = IN_LIGHT | {"runOnly": ["color-contrast"]}  # nothing else differs


def faults(axe: Axe, page: Page) -> Iterator[str]:
    """What is gravely wrong with the page as it is now: one line a fault, with the elements."""
    expect(page.locator(".htmx-request")).to_have_count(0)
    for look, options in (("light", IN_LIGHT), ("dark", IN_DARK)):
        page.evaluate("look => { document.documentElement.dataset.bsTheme = look }", look)
        page.evaluate("() => Promise.allSettled(document.getAnimations().map(each => each.finished))")
        for violation in axe.run(page, options=options).response["violations"]:
            if violation["impact"] in GRAVE:
                nodes = [node["target"][0] for node in violation["nodes"]][:4]
                yield f"{violation['id']} ({violation['impact']}, {look}) at {nodes}"
    page.evaluate("() => { document.documentElement.dataset.bsTheme = 'light' }")


def visited(role: str) -> Iterator[tuple[str, str]]:
    """(name, thing) of the pages that this role may open."""
    for name in PAGES:
        for thing, allowed in rights.RIGHTS.get(name, {}).items():
            if role in allowed and name not in NO_PAGES:
                yield name, thing


def address(scene: Scene, name: str, thing: str) -> str:
    arguments: dict[str, Any] = dict(scene.things[thing])
    return reverse(name, kwargs={key: value for key, value in arguments.items() if key}) + arguments.get("", "")


PEOPLE = {
    rights.ADMINISTRATOR: ada,
    rights.TECHNICIAN: tess,
    rights.OUTSIDER: theo,
    rights.REQUESTER: lambda: a_user("sam@example.test"),
    rights.CONTACT: lambda: a_user("contact@example.test"),
}


@pytest.mark.parametrize("role", [rights.ANONYMOUS, rights.REQUESTER, rights.TECHNICIAN, rights.ADMINISTRATOR])
def test_no_page_has_a_serious_fault(desk: Desk, role: str) -> None:
    scene, axe = the_desk(), Axe()
    page = desk.open(PEOPLE.get(role, ada)())
    if role == rights.ANONYMOUS:
        page.context.clear_cookies()
    desk.expected_statuses += [400, 403, 404, 410, 422, 429]
    found = []
    for name, thing in [*visited(role), ("home", "nowhere"), ("requests", "forbidden")]:
        path = {"nowhere": "/nowhere", "forbidden": "/requests"}.get(thing) or address(scene, name, thing)
        answer = page.request.get(path)
        if answer.status == 405 or "text/html" not in answer.headers.get("content-type", ""):
            continue
        page.goto(path)
        if role == rights.ANONYMOUS and page.url.endswith("sign-in") and name != "sign-in":
            continue
        found += [f"{path}: {fault}" for fault in faults(axe, page)]
        if name in OPENED:
            page.locator(OPENED[name]).first.click()
            found += [f"{path} opened: {fault}" for fault in faults(axe, page)]
    assert not found, "\n".join(found)
