"""Security and limits: each section saves on its own, secrets are written and never read."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from postroom.audit.models import AuditEntry
from postroom.channels.models import MicrosoftApp, Settings
from postroom.channels.shapes import show_settings
from tests.build import ada
from tests.web.admin_routing_scene import an_inbound
from tests.web.conftest import Browse

pytestmark = pytest.mark.django_db

LIMITS = {
    "message_size": "20MB",
    "requests_per_sender_per_hour": "10",
    "acknowledgements_per_sender_per_hour": "2",
    "acknowledgements_per_hour": "100",
    "cc_per_request": "30",
    "mail_log_days": "0",
    "hold_days": "14",
    "undo_seconds": "0",
    "acknowledge_within_hours": "12",
}


@pytest.fixture
def client(browse: Browse) -> Client:
    return browse(ada())


def save(client: Client, section: str, **data: Any) -> Any:
    return client.post(f"/admin/security/{section}", data)


def test_every_setting_of_the_contract_is_on_the_page(client: Client) -> None:
    shown = client.get("/admin/security").content.decode()
    stored = show_settings(Settings.load())
    names = [name for section in ("support_portal", "security", "limits", "alerts") for name in stored[section]]
    names += ["managed_services_provider", "client_id", "client_secret", "tenant"]
    assert [name for name in names if f'name="{name}"' not in shown] == []
    assert 'href="/admin/security" aria-current="page"' in shown


def test_all_limits_are_saved_together_and_audited(client: Client) -> None:
    answer = save(client, "limits", **LIMITS)
    assert answer["Location"] == "/admin/security#limits"
    assert show_settings(Settings.load())["limits"] == {
        name: value if name == "message_size" else int(value) for name, value in LIMITS.items()
    }
    assert {"field": "limits.hold_days", "old": 30, "new": 14} in AuditEntry.objects.get().changes


@pytest.mark.parametrize(
    ("section", "name", "value", "message"),
    [
        ("limits", "message_size", "large", "Must be a size, such as 35MB."),
        ("limits", "hold_days", "0", "Must be between 1 and 36500."),
        ("limits", "undo_seconds", "", "Enter a number."),
        ("limits", "cc_per_request", "many", "Must be a whole number."),
        ("security", "allow_senders", "fine.test\nno sender", "Line 2: Must be a mail address or a domain."),
        ("security", "block_senders", "a@b@c", "Line 1: Must be a mail address or a domain."),
        ("alerts", "emails", "ada@desk.test\n\nada", "Line 2: Must be a mail address."),
        ("alerts", "webhook", "ftp://hooks.test", "Must be an http:// or https:// address."),
    ],
)
def test_a_fault_is_shown_at_its_field_with_what_was_typed_and_nothing_is_saved(
    client: Client, section: str, name: str, value: str, message: str
) -> None:
    before = show_settings(Settings.load())
    answer = save(client, section, **{name: value})
    shown = answer.content.decode()
    assert answer.status_code == 422
    assert message in shown and f'id="f-{name}-error"' in shown
    assert value.replace("\n\n", "\n") in shown
    assert show_settings(Settings.load()) == before


def test_the_switches_of_the_support_portal_are_saved(client: Client) -> None:
    save(client, "support_portal", guest_form="on")
    assert show_settings(Settings.load())["support_portal"] == {
        "allow_requester_incidents": False,
        "allow_guest_requests": False,
        "guest_form": True,
    }


def test_senders_and_trusted_servers_are_lists_of_one_entry_a_line(client: Client) -> None:
    save(
        client,
        "security",
        trusted_authserv_ids="MX.desk.test\r\n\r\n mx2.desk.test ",
        technicians_need_authentication="on",
        allow_senders="monitoring@desk.test\r\npartner.test",
        block_senders="spam.test",
    )
    assert show_settings(Settings.load())["security"] == {
        "trusted_authserv_ids": ["mx.desk.test", "mx2.desk.test"],
        "technicians_need_authentication": True,
        "check_senders": False,
        "allow_senders": ["monitoring@desk.test", "partner.test"],
        "block_senders": ["spam.test"],
    }


def test_alerts_go_to_the_addresses_and_the_webhook_that_are_entered(client: Client) -> None:
    save(client, "alerts", emails="Ada@desk.test", webhook="https://hooks.desk.test/postroom")
    alerts = show_settings(Settings.load())["alerts"]
    assert alerts == {"emails": ["ada@desk.test"], "webhook": "https://hooks.desk.test/postroom"}


def test_the_managed_services_provider_switch_is_saved(client: Client) -> None:
    save(client, "managed_services_provider", managed_services_provider="on")
    assert Settings.load().managed_services_provider
    save(client, "managed_services_provider")
    assert not Settings.load().managed_services_provider


def test_the_microsoft_applications_secret_is_written_and_never_shown_and_an_empty_field_keeps_it(
    client: Client,
) -> None:
    save(client, "microsoft_app", client_id="11-22", client_secret="geheim", tenant="contoso.test")
    save(client, "microsoft_app", client_id="11-33", client_secret="", tenant="")
    app = MicrosoftApp.objects.get()
    assert (app.client_id, app.client_secret, app.tenant) == ("11-33", "geheim", "organizations")
    shown = client.get("/admin/security").content.decode()
    assert "geheim" not in shown and "stored; empty keeps it" in shown
    assert not AuditEntry.objects.filter(changes__icontains="geheim").exists()


def test_an_authserv_id_is_trusted_by_one_click_and_no_longer_by_another(client: Client) -> None:
    an_inbound(authserv_ids=["mx.desk.test"])
    assert 'aria-label="Trust mx.desk.test"' in client.get("/admin/security").content.decode()
    client.post("/admin/security/trust", {"authserv_id": "MX.desk.test"})
    client.post("/admin/security/trust", {"authserv_id": "mx.desk.test"})
    assert Settings.load().trusted_authserv_ids == ["mx.desk.test"]
    assert 'aria-label="Trust mx.desk.test no longer"' in client.get("/admin/security").content.decode()
    client.post("/admin/security/trust", {"authserv_id": "mx.desk.test", "off": "1"})
    assert Settings.load().trusted_authserv_ids == []


def test_an_id_that_stands_on_top_of_few_mails_is_told_from_the_desks_own(client: Client) -> None:
    for _ in range(4):
        an_inbound(authserv_ids=["mx.desk.test", "evil.test"])
    shown = client.get("/admin/security").content.decode()
    assert "on top of <b>4</b> of the last 4 mails" in shown
    assert "on top of <b>0</b> of the last 4 mails, further down in 4" in shown


def test_an_empty_authserv_id_is_refused(client: Client) -> None:
    client.post("/admin/security/trust", {"authserv_id": " "})
    assert Settings.load().trusted_authserv_ids == []


def test_trust_leads_back_to_our_own_pages_alone(client: Client) -> None:
    answer = client.post("/admin/security/trust", {"authserv_id": "mx.desk.test", "back": "https://evil.test"})
    assert answer["Location"] == "/admin/security#security"
