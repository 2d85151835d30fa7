"""The pictures of the tabs of servers and of their panels; see test_screenshots for how to draw them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.build import ada
from tests.web.admin_emails import CERTIFICATE, STAGES, a_probe, the_servers
from tests.web.conftest import Desk
from tests.web.test_screenshots import LOOKS, picture

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def test_the_tabs_and_panels_of_servers_fit_a_desktop_and_a_phone_in_light_and_dark(desk: Desk, tmp_path: Path) -> None:
    folder = Path(os.environ.get("SCREENSHOTS") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    user = ada()
    pages = {"outgoing-servers-empty": "/admin/emails/outgoing", "incoming-servers-empty": "/admin/emails/incoming"}
    outgoing, incoming = None, None
    for name, path in pages.items():
        page = desk.open(user)
        picture(page, path, folder / f"{name}.png")
        page.context.close()
    outgoing, incoming = the_servers()
    good = a_probe(result={"certificate": CERTIFICATE, "capabilities": ["SIZE 36700160", "PIPELINING", "STARTTLS"]})
    words = "535 5.7.8 Error: authentication failed"
    stages = [*STAGES[:4], {"name": "login", "ok": False, "ms": 412, "detail": words}]
    bad = a_probe(ok=False, code="MAILAUTHCRED", message=words, stages=stages)
    pages = {
        "outgoing-servers": "/admin/emails/outgoing",
        "incoming-servers": "/admin/emails/incoming",
        "outgoing-server-new": "/admin/emails/outgoing/new",
        "outgoing-server": f"/admin/emails/outgoing/{outgoing.pk}",
        "incoming-server": f"/admin/emails/incoming/{incoming.pk}",
        "server-test": f"/admin/emails/outgoing/{outgoing.pk}/test?probe={good.pk}",
        "server-test-failed": f"/admin/emails/outgoing/{outgoing.pk}/test?probe={bad.pk}",
        "server-delete": f"/admin/emails/outgoing/{outgoing.pk}/delete",
    }
    for look, (width, height, dark) in LOOKS.items():
        for name, path in pages.items():
            page = desk.open(user, width=width, height=height, dark=dark)
            picture(page, path, folder / f"{name}{look}.png")
            page.context.close()
