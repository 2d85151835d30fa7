"""Servers of 8.0 are taken over without asking; what cannot be derived is listed and needs a sign-in (A24)."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from postroom.channels.health import describe
from postroom.channels.models import IncomingServer, MicrosoftApp, OutgoingServer
from postroom.channels.oauth.application import microsoft_application
from postroom.channels.services import Invalid, save_microsoft_app, save_outgoing_server, warnings_of
from postroom.outbox.models import OutboundEmail
from postroom.run.upkeep.tokens import warn_of_secrets
from tests.build import ada
from tests.channels.oauth_scene import ADA
from tests.run.desk import postroom, write

pytestmark = pytest.mark.django_db
OLD = {"type": "oauth", "client_id": "id", "client_secret": "canary", "tenant_id": "contoso"}
RELAY = {"name": "Old", "email": "old@desk.test", "host": "smtp.office365.com"}
FILE = """
outgoing_servers:
  - name: Cloud
    email: desk@contoso.test
    host: smtp.office365.com
    auth: {type: oauth, client_id: id, client_secret: canary, tenant_id: contoso,
           authorization_url: "https://login.microsoftonline.com/contoso/oauth2/authorize"}
incoming_servers:
  - name: Own
    email: desk@own.test
    host: imap.own.test
    auth: {type: oauth, client_id: id, client_secret: canary, tenant_id: own,
           authorization_url: "https://sso.own.test/start"}
"""


def test_a_file_of_8_0_is_applied_and_what_cannot_be_derived_is_listed(tmp_path: Path) -> None:
    """UPG-01, UPG-02"""
    postroom("config", "apply", write(tmp_path, FILE))
    cloud, own = OutgoingServer.objects.get(), IncomingServer.objects.get()
    assert cloud.token_url == "https://login.microsoftonline.com/contoso/oauth2/v2.0/token"
    assert cloud.authorization_url == "https://login.microsoftonline.com/contoso/oauth2/v2.0/authorize"
    assert cloud.scope == "https://outlook.office.com/SMTP.Send offline_access"
    assert (own.token_url, own.scope, own.authorization_url) == ("", "", "https://sso.own.test/start")
    assert {field for field, _ in warnings_of(own)} == {"auth.token_url", "auth.scope", "auth"}
    assert {field for field, _ in warnings_of(cloud)} == {"auth"}
    for server in (cloud, own):
        assert describe(server)["state"] == "needs_sign_in"
    assert "token URL, scope" in describe(own)["message"]


def test_a_server_of_8_0_without_a_url_gets_those_of_its_tenant() -> None:
    server = save_outgoing_server(ADA, {**RELAY, "auth": OLD})
    assert server.authorization_url == "https://login.microsoftonline.com/contoso/oauth2/v2.0/authorize"
    assert server.token_url == "https://login.microsoftonline.com/contoso/oauth2/v2.0/token"


def test_a_server_of_today_still_needs_its_token_url() -> None:
    today = {name: value for name, value in OLD.items() if name != "tenant_id"}
    with pytest.raises(Invalid, match="Enter the token URL"):
        save_outgoing_server(ADA, {**RELAY, "auth": {**today, "authorization_url": "https://sso.own.test/start"}})


def test_a_client_secret_that_ends_is_warned_of_once_a_step() -> None:
    """OA-07"""
    ada()
    save_microsoft_app(ADA, {"client_id": "id", "client_secret": "canary", "secret_expires_on": "2027-03-31"})
    days = ["2027-02-28", "2027-03-01", "2027-03-02", "2027-03-17", "2027-03-24", "2027-03-25", "2027-03-30"]
    assert [warn_of_secrets(date.fromisoformat(day)) for day in days] == [0, 1, 0, 1, 1, 0, 1]
    subjects = list(OutboundEmail.objects.values_list("subject", flat=True).order_by("id"))
    assert subjects[0] == "Alert: The client secret of the Microsoft application expires in 30 days"
    assert "expires in 1 day" in subjects[-1]


def test_a_certificate_takes_the_place_of_the_secret() -> None:
    with pytest.raises(Invalid, match="Must be a private key"):
        save_microsoft_app(ADA, {"client_id": "id", "certificate": "-----BEGIN NONSENSE-----"})
    save_microsoft_app(ADA, {"client_id": "id", "client_secret": "canary"})
    assert MicrosoftApp.objects.get().client_secret == "canary"


def test_the_environment_goes_before_what_was_entered(monkeypatch: pytest.MonkeyPatch) -> None:
    """POSTROOM_MICROSOFT_CLIENT_ID, _CLIENT_SECRET, _TENANT"""
    save_microsoft_app(ADA, {"client_id": "entered", "client_secret": "canary", "tenant": "entered"})
    for name in ("CLIENT_ID", "CLIENT_SECRET", "TENANT"):
        monkeypatch.setenv(f"POSTROOM_MICROSOFT_{name}", f"given-{name}")
    app = microsoft_application()
    assert (app.client_id, app.client_secret, app.tenant) == ("given-CLIENT_ID", "given-CLIENT_SECRET", "given-TENANT")


def test_neither_export_nor_status_shows_a_secret(tmp_path: Path) -> None:
    given = FILE.replace("tenant_id: contoso,", "tenant_id: contoso, refresh_token: canary-of-a-refresh,")
    postroom("config", "apply", write(tmp_path, f"microsoft_app: {{client_id: id, client_secret: canary}}\n{given}"))
    shown = postroom("config", "export")
    assert "canary" not in shown and "tenant_id: contoso" in shown
