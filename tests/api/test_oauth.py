"""Sign-ins and consent by scripts: begun, looked after, and never a token (CONTRACT: REST)."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from postroom.channels.services import save_microsoft_app
from tests.api.conftest import Script
from tests.channels.oauth_scene import ADA, grant_of, mailbox, sender
from tests.servers.identity import CLIENT, SECRET, Identity
from tests.workers import a_worker

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _worker(db: None) -> Iterator[None]:
    with a_worker():
        yield


@pytest.fixture
def _pages(settings: object) -> None:
    settings.ROOT_URLCONF = "postroom.config.urls"  # type: ignore[attr-defined]


def test_a_script_begins_a_sign_in_and_sees_it_done(admin: Script, identity: Identity, _pages: None) -> None:
    server = sender(identity, refresh_token=None)
    path = f"outgoing-servers/{server.pk}/authorize"
    assert admin.get(path).body["state"] == "needs_sign_in"
    begun = admin.post(path).body["sign_in"]
    assert begun["redirect_url"] == "https://desk.test/oauth/callback"
    asked = {name: values[0] for name, values in parse_qs(urlsplit(begun["authorization_url"]).query).items()}
    back = urlsplit(identity.authorize(asked))
    assert "Signed in" in Client().get(f"{back.path}?{back.query}").content.decode()
    told = admin.get(path).body
    assert (told["state"], told["sign_in"]["status"]) == ("signed_in", "done")
    assert not any(canary in str(told) for canary in [*identity.issued, SECRET])


def test_a_script_gets_a_code_for_another_device(admin: Script, identity: Identity) -> None:
    server = mailbox(identity, refresh_token=None)
    begun = admin.post(f"incoming-servers/{server.pk}/authorize", flow="device").body["sign_in"]
    assert (begun["user_code"], begun["status"]) == ("ABCD-EFGH", "waiting")


def test_the_application_itself_is_signed_in_at_once(admin: Script, identity: Identity) -> None:
    server = mailbox(identity, refresh_token=None, grant="client_credentials", authorization_url=None)
    assert admin.post(f"incoming-servers/{server.pk}/authorize").body["state"] == "signed_in"
    assert grant_of(server).access_token


def test_the_consent_link_is_there_for_scripts(admin: Script, identity: Identity) -> None:
    assert admin.get("microsoft-app/consent-link").status_code == 400
    save_microsoft_app(ADA, {"client_id": CLIENT, "client_secret": SECRET, "tenant": "common"})
    told = admin.get("microsoft-app/consent-link").body
    assert "/organizations/v2.0/adminconsent?" in told["url"] and SECRET not in str(told)
    assert {one["name"] for one in told["permissions"]} >= {"IMAP.AccessAsUser.All", "SMTP.Send", "Mail.ReadWrite"}


def test_a_server_with_a_password_has_nothing_to_authorize(admin: Script) -> None:
    created = admin.post(
        "outgoing-servers",
        name="Relay",
        email="relay@desk.test",
        host="relay.test",
        auth={"type": "basic", "username": "u", "password": "secret-of-relay"},
    )
    assert admin.post(f"outgoing-servers/{created.body['id']}/authorize").status_code == 400
