"""Two administrators at the same form: the second hears who changed what and when, and overwrites nothing unasked."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from postroom.audit.services import Actor
from postroom.channels.models import EmailPreferences, MicrosoftApp, OutgoingServer, ProxyServer, Settings
from postroom.channels.services import (
    save_microsoft_app,
    save_outgoing_server,
    save_preferences,
    save_proxy,
    save_section,
)
from tests.build import ada
from tests.web.admin_emails import HTMX, OUTGOING, SMTP, page, send
from tests.web.conftest import Browse

pytestmark = pytest.mark.django_db

GRACE = Actor("Grace Colleague")


@pytest.fixture
def client(browse: Browse) -> Client:
    return browse(ada())


def version(text: str, after: str = "") -> str:
    found = re.search(r'name="version" value="([^"]+)"', text[text.index(after) :])
    assert found
    return found[1]


def hears_of(text: str, *fields: str) -> bool:
    said = re.search(r"Grace Colleague changed this on \d+ \w+ \d{4}, \d\d:\d\d:\d\d \(([^)]*)\)", text)
    return said is not None and all(field in said[1] for field in fields) and "save again" in text


def test_the_second_to_save_a_server_hears_who_changed_what_and_overwrites_nothing(client: Client) -> None:
    send(client, f"{OUTGOING}/new", SMTP)
    server = OutgoingServer.objects.get()
    form = {**SMTP, "version": version(page(client, f"{OUTGOING}/{server.pk}", **HTMX)), "port": "2525"}
    save_outgoing_server(GRACE, {"reply_to": "help@desk.test", "auth": {"type": "basic", "password": "hers"}}, server)

    status, text = send(client, f"{OUTGOING}/{server.pk}", form, auth__password="")
    server.refresh_from_db()
    assert status == 422 and hears_of(text, "reply to", "password")
    assert (server.port, server.reply_to, server.password) == (587, "help@desk.test", "hers")
    assert 'value="2525"' in text, "what was typed is still there"

    assert send(client, f"{OUTGOING}/{server.pk}", {**form, "version": version(text)}, auth__password="")[0] == 204
    server.refresh_from_db()
    assert (server.port, server.reply_to) == (2525, ""), "asked twice, it is meant"


def test_a_test_or_a_failure_of_a_server_is_no_change_of_it(client: Client) -> None:
    send(client, f"{OUTGOING}/new", SMTP)
    server = OutgoingServer.objects.get()
    form = {**SMTP, "version": version(page(client, f"{OUTGOING}/{server.pk}", **HTMX))}
    OutgoingServer.objects.update(updated_at="2026-01-01T00:00:00Z")
    assert send(client, f"{OUTGOING}/{server.pk}", form, auth__password="")[0] == 204


def test_the_version_tells_nothing_of_a_secret_and_differs_with_it(client: Client) -> None:
    send(client, f"{OUTGOING}/new", SMTP)
    server = OutgoingServer.objects.get()
    first = version(page(client, f"{OUTGOING}/{server.pk}", **HTMX))
    save_outgoing_server(GRACE, {"auth": {"type": "basic", "password": "another"}}, server)
    assert re.fullmatch(r"[0-9a-f]{24}", first)
    assert version(page(client, f"{OUTGOING}/{server.pk}", **HTMX)) != first


def test_the_second_to_update_email_preference_hears_who_did_before(client: Client) -> None:
    form: dict[str, Any] = {
        "version": version(page(client, "/admin/emails/preference")),
        "closed_reply.action": "add",
        "other_technician_reply": "reply",
    }
    save_preferences(GRACE, {"allow_choosing_outgoing_server": True})
    answer = client.post("/admin/emails/preference", form)
    assert answer.status_code == 422 and hears_of(answer.content.decode(), "allow choosing outgoing server")
    assert EmailPreferences.load().email_to_request and EmailPreferences.load().closed_reply_action == "reopen"
    form["version"] = version(answer.content.decode())
    assert client.post("/admin/emails/preference", form).status_code == 302
    assert EmailPreferences.load().closed_reply_action == "add"


def test_sections_of_security_and_limits_stand_for_themselves(client: Client) -> None:
    text = page(client, "/admin/security")
    alerts = {"version": version(text, 'id="alerts"'), "emails": "ada@desk.test", "webhook": ""}
    security = {"version": version(text, 'id="security"'), "block_senders": "spam.test"}
    save_section(GRACE, "alerts", {"emails": ["grace@desk.test"]})

    assert client.post("/admin/security/security", security).status_code == 302, "nobody touched this section"
    answer = client.post("/admin/security/alerts", alerts)
    assert answer.status_code == 422 and hears_of(answer.content.decode(), "emails")
    assert Settings.load().alert_emails == ["grace@desk.test"]


def test_a_fault_does_not_make_the_next_save_overwrite_unseen_changes(client: Client) -> None:
    seen = version(page(client, "/admin/security"), 'id="limits"')
    answer = client.post("/admin/security/limits", {"version": seen, "hold_days": "x"})
    assert answer.status_code == 422 and version(answer.content.decode(), 'id="limits"') == seen


def test_the_second_to_save_the_microsoft_application_or_a_proxy_hears_it_too(client: Client) -> None:
    text = page(client, "/admin/oauth/microsoft")
    save_microsoft_app(GRACE, {"client_id": "hers"})
    answer = client.post("/admin/oauth/microsoft", {"version": version(text), "client_id": "mine"})
    assert answer.status_code == 422 and hears_of(answer.content.decode(), "client id")
    assert MicrosoftApp.objects.get().client_id == "hers"

    proxy = save_proxy(GRACE, {"name": "office", "type": "http", "host": "p.test", "port": 1})
    path = f"/admin/proxies/{proxy.pk}"
    form = {"version": version(page(client, path)), "name": "office", "type": "http", "host": "p.test", "port": "3"}
    save_proxy(GRACE, {"port": 2}, proxy)
    answer = client.post(path, form)
    assert answer.status_code == 422 and hears_of(answer.content.decode(), "port")
    assert ProxyServer.objects.get().port == 2
