"""The way of an administrator through a real browser: register the application, consent, sign in, sign in again."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect
from pytest_django import Settings

from postroom.channels.models import IncomingServer, MicrosoftApp
from postroom.channels.services import save_incoming_server
from tests.build import ada
from tests.channels.oauth_scene import ADA, grant_of, sender
from tests.servers.identity import CLIENT, SECRET, Identity
from tests.web.conftest import Desk
from tests.workers import a_worker

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _here(desk: Desk, identity: Identity, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> object:
    """The desk's public address is the one that the browser uses; the provider stands in for Microsoft."""
    settings.POSTROOM_URL = desk.url
    monkeypatch.setenv("POSTROOM_MICROSOFT_AUTHORITY", identity.url)
    with a_worker():
        yield
    desk.trouble[:] = [words for words in desk.trouble if not words.startswith(identity.url)]


def test_the_application_is_registered_consented_to_and_signed_in_with(desk: Desk, identity: Identity) -> None:
    """MS-02, MS-05, CON-03"""
    page = desk.open(ada())
    page.goto("/admin/oauth/microsoft")
    page.get_by_label("Client ID").fill(CLIENT)
    page.get_by_label("Client Secret").fill(SECRET)
    page.get_by_label("Tenant").fill("desk")
    page.get_by_label("Secret or certificate ends on").fill("2099-01-31")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#said")).to_contain_text("is saved")

    page.get_by_role("button", name="Make the admin consent link").click()
    page.get_by_role("link", name="Open it here").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Consent is given")
    assert MicrosoftApp.objects.get().consented_by == "Ada Administrator"

    data = {"name": "M365", "email": "support@desk.test", "protocol": "imap", "provider": "microsoft"}
    server: IncomingServer = save_incoming_server(ADA, data)
    page.goto(f"/admin/oauth/incoming/{server.pk}")
    page.get_by_role("link", name="Sign in with Microsoft").click()
    expect(page.locator("dl")).to_contain_text("Signed in")
    expect(page.get_by_role("link", name="Re-authenticate")).to_be_visible()
    assert grant_of(server).account == "support@desk.test"
    assert SECRET not in page.content()


def test_a_cancelled_sign_in_says_so_and_the_next_one_works(desk: Desk, identity: Identity) -> None:
    """MS-07"""
    server = sender(identity, refresh_token=None)
    page = desk.open(ada(), width=390)
    page.goto(f"/admin/oauth/outgoing/{server.pk}")
    identity.refuse_always = {"error": "access_denied"}
    page.get_by_role("link", name="Authorize").click()
    expect(page.get_by_role("alert")).to_contain_text("cancelled")
    identity.refuse_always = None
    page.goto(f"/admin/oauth/outgoing/{server.pk}")
    page.get_by_role("link", name="Authorize").click()
    expect(page).to_have_url(re.compile(rf"/admin/oauth/outgoing/{server.pk}$"))
    assert grant_of(server).refresh_token


def test_a_code_for_another_device_is_waited_for(desk: Desk, identity: Identity) -> None:
    server = sender(identity, refresh_token=None)
    page = desk.open(ada())
    page.goto(f"/admin/oauth/outgoing/{server.pk}")
    page.get_by_role("button", name="Sign in on another device").click()
    expect(page.locator("code")).to_have_text("ABCD-EFGH")
    identity.device_approved = True
    expect(page.get_by_role("link", name="How this sign-in stands")).to_be_visible(timeout=15_000)
    assert grant_of(server).refresh_token
