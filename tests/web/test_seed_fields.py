"""Each field of the two forms of servers, one by one: it is there where it belongs, is stored, and is shown again."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from postroom.accounts.models import Company
from postroom.channels.models import EmailPreferences, IncomingServer, OutgoingServer, ProxyServer, Settings
from postroom.channels.services import save_incoming_server, save_outgoing_server
from postroom.channels.shapes import show_incoming_server, show_outgoing_server
from postroom.tickets.models import Category
from tests.build import a_group, a_ticket, ada, an_incoming_server, an_outgoing_server, tess
from tests.channels.oauth_scene import ADA
from tests.web.admin_emails import HTMX, IMAP, INCOMING, OUTGOING, SMTP, page, send, shown
from tests.web.admin_routing_scene import a_rule
from tests.web.conftest import Browse

pytestmark = pytest.mark.django_db

OAUTH = {
    "auth.type": "oauth",
    "auth.grant": "authorization_code",
    "auth.client_id": "the-client",
    "auth.client_secret": "the-secret",
    "auth.authorization_url": "https://id.desk.test/authorize",
    "auth.token_url": "https://id.desk.test/token",
    "auth.scope": "mail offline_access",
}


@pytest.fixture
def client(browse: Browse) -> Client:
    a_group("HR")
    Category.objects.create(name="Leave")
    Company.objects.create(name="Acme")
    ProxyServer.objects.create(name="office", type="http", host="p.test", port=3128)
    save_outgoing_server(ADA, {"name": "First", "email": "f@desk.test", "host": "h", "auth": {"type": "none"}})
    Settings.objects.update_or_create(pk=1, defaults={"managed_services_provider": True})
    return browse(ada())


def at(shape: dict[str, Any], path: str) -> Any:
    for step in path.split("."):
        shape = shape[step]
    return shape


@pytest.mark.parametrize(
    ("typed", "path", "stored"),
    [
        pytest.param({"name": "Sales desk"}, "name", "Sales desk", id="OUT.Name"),
        pytest.param({"email": "new@desk.test"}, "email", "new@desk.test", id="OUT.Email"),
        pytest.param({"protocol": "mapi", "provider": "microsoft"}, "protocol", "mapi", id="OUT.Protocol"),
        pytest.param({"sender_name": "The Desk"}, "sender_name", "The Desk", id="OUT.Sender Name"),
        pytest.param({"provider": "microsoft"}, "provider", "microsoft", id="OUT.Email Provider"),
        pytest.param({"host": "relay.desk.test"}, "host", "relay.desk.test", id="OUT.Server"),
        pytest.param({"port": "2525"}, "port", 2525, id="OUT.Port"),
        pytest.param({"security": "ssl", "port": "465"}, "security", "ssl", id="OUT.Security Type"),
        pytest.param({"auth.needed": ""}, "auth.type", "none", id="OUT.Authentication Needed"),
        pytest.param(OAUTH, "auth.type", "oauth", id="OUT.Email Auth Type"),
        pytest.param({"auth.username": "the-user"}, "auth.username", "the-user", id="OUT.Username, Password"),
        pytest.param(OAUTH, "auth.client_id", "the-client", id="OUT.Client ID"),
        pytest.param(OAUTH, "auth.authorization_url", "https://id.desk.test/authorize", id="OUT.Authorization URL"),
        pytest.param(OAUTH, "auth.token_url", "https://id.desk.test/token", id="OUT.Token URL"),
        pytest.param(OAUTH, "auth.scope", "mail offline_access", id="OUT.Scope"),
        pytest.param({"reply_to": "help@desk.test"}, "reply_to", "help@desk.test", id="OUT.Reply-To Email"),
        pytest.param({"proxy": "office"}, "proxy", "office", id="OUT.Proxy server"),
        pytest.param({"enabled": ""}, "enabled", False, id="OUT.Enabled"),
        pytest.param({"primary": "on"}, "primary", True, id="OUT.Primary"),
    ],
)
def test_each_field_of_an_outgoing_server_is_stored_as_it_was_typed_and_shown_again(
    client: Client, typed: dict[str, str], path: str, stored: Any
) -> None:
    """OUT.Name, OUT.Email, OUT.Protocol, OUT.Sender Name, OUT.Email Provider, OUT.Server, OUT.Port, OUT.Security Type,
    OUT.Email Auth Type, OUT.Username, OUT.Client ID, OUT.Reply-To Email, OUT.Proxy server, OUT.Enabled, OUT.Primary"""
    form = {name: value for name, value in {**SMTP, **typed}.items() if value}
    status, text = send(client, f"{OUTGOING}/new", form)
    assert status == 204, text
    server = OutgoingServer.objects.exclude(name="First").get()
    assert at(show_outgoing_server(server), path) == stored
    again = page(client, f"{OUTGOING}/{server.pk}", **HTMX)
    assert "the-secret" not in again and "hunter2" not in again
    assert all(value in again for value in typed.values() if value not in ("the-secret", "on", ""))


@pytest.mark.parametrize(
    ("typed", "path", "stored"),
    [
        pytest.param({"name": "Main"}, "name", "Main", id="INC.Name"),
        pytest.param({"email": "new@desk.test"}, "email", "new@desk.test", id="INC.Email"),
        pytest.param({"technician_group": "HR"}, "technician_group", "HR", id="INC.Technician Group"),
        pytest.param({"category": "Leave"}, "category", "Leave", id="INC.Category"),
        pytest.param({"company": "Acme"}, "company", "Acme", id="INC.Company"),
        pytest.param({"proxy": "office"}, "proxy", "office", id="INC.Proxy Server"),
        pytest.param({"provider": "microsoft"}, "provider", "microsoft", id="INC.Email Provider"),
        pytest.param({"protocol": "pop3", "port": "995"}, "protocol", "pop3", id="INC.Protocol"),
        pytest.param({"host": "mail.desk.test"}, "host", "mail.desk.test", id="INC.Server"),
        pytest.param({"port": "1993"}, "port", 1993, id="INC.Port"),
        pytest.param({"security": "tls", "port": "143"}, "security", "tls", id="INC.Security Type"),
        pytest.param(OAUTH, "auth.type", "oauth", id="INC.Email Auth Type"),
        pytest.param({"enabled": ""}, "enabled", False, id="INC.Enabled"),
        pytest.param({"primary": "on"}, "primary", True, id="INC.Primary"),
        pytest.param(
            {"outgoing_linked": "on", "outgoing_server": "First"},
            "outgoing_server",
            "First",
            id="INC.Outgoing Email Servers",
        ),
        pytest.param({"filter.type": "allow"}, "filter.type", "allow", id="INC.Filter Type"),
        pytest.param({"filter.emails": "joe@yahoo.test"}, "filter.emails", ["joe@yahoo.test"], id="INC.Emails"),
        pytest.param({"filter.domains": "yahoo.com"}, "filter.domains", ["yahoo.com"], id="INC.Domains"),
        pytest.param({"filter.keywords": "win big"}, "filter.keywords", ["win big"], id="INC.Keywords"),
    ],
)
def test_each_field_of_an_incoming_server_is_stored_as_it_was_typed_and_shown_again(
    client: Client, typed: dict[str, str], path: str, stored: Any
) -> None:
    """INC.Name, INC.Technician Group, INC.Category, INC.Company, INC.Proxy Server, INC.Email Provider, INC.Protocol,
    INC.Server, INC.Port, INC.Security Type, INC.Email Auth Type, INC.Enabled, INC.Outgoing Email Servers,
    INC.Filter Type, INC.Emails"""
    form = {name: value for name, value in {**IMAP, **typed}.items() if value}
    status, text = send(client, f"{INCOMING}/new", form)
    assert status == 204, text
    server = IncomingServer.objects.get()
    assert at(show_incoming_server(server), path) == stored
    again = page(client, f"{INCOMING}/{server.pk}", **HTMX)
    assert all(value in again for value in typed.values() if value not in ("the-secret", "on", ""))


def test_the_redirect_url_is_shown_to_be_copied(client: Client) -> None:
    """OUT.Redirect URL"""
    text = shown(client, f"{OUTGOING}/new", {**SMTP, **OAUTH})
    assert "Redirect URL" in text and "/oauth/callback" in text and 'data-copy="f-redirect"' in text


def test_incoming_servers_have_no_switch_for_authentication(client: Client) -> None:
    """INC.Email Auth Type: both Basic Auth and OAuth, and always one of them"""
    text = page(client, f"{INCOMING}/new", **HTMX)
    assert "Authentication Needed" not in text and 'value="basic"' in text and 'value="oauth"' in text


@pytest.mark.parametrize("email", ["support@own-server.test", "desk@contoso.onmicrosoft.test", "desk@gmail.com"])
def test_any_address_can_be_added_by_every_protocol_in_both_directions(email: str) -> None:
    """PRO-00: self-hosted or in the cloud, by SMTP, MAPI, POP3 and IMAP"""
    basic = {"type": "basic", "password": "secret-word"}
    cloud = {"provider": "microsoft", "auth": {"type": "oauth"}}
    for name, data in {
        "SMTP": {"protocol": "smtp", "host": "mail.test", "auth": basic},
        "MAPI": {"protocol": "mapi", **cloud},
    }.items():
        assert save_outgoing_server(ADA, {"name": name, "email": email, **data}).protocol == name.lower()
    for name, data in {
        "IMAP": {"protocol": "imap", "host": "imap.test", "auth": basic},
        "POP3": {"protocol": "pop3", "host": "pop.test", "auth": basic},
        "MAPI": {"protocol": "mapi", **cloud},
    }.items():
        assert save_incoming_server(ADA, {"name": name, "email": email, **data}).protocol == name.lower()


def test_any_number_of_rules_can_exist_and_each_is_enabled_or_disabled_by_itself(client: Client) -> None:
    """ORL-01"""
    for number in range(12):
        a_rule(f"Rule {number}", "First", enabled=number % 2 == 0)
    text = page(client, "/admin/emails/outgoing/rules")
    assert all(f"Rule {number}" in text for number in range(12))
    assert len(re.findall(r"name=\"enabled\"[^>]* checked", text)) >= 6


def test_outgoing_email_is_chosen_on_the_notification_tab_and_in_the_conversation_while_that_is_allowed(
    browse: Browse,
) -> None:
    """PRF-50, WRK-01: on in both places, off in neither"""
    number = a_ticket(technician=tess(), mailbox=an_incoming_server()).number
    an_outgoing_server("Billing", "billing@desk.test")
    tab, conversation = f"/requests/{number}/notification", f"/requests/{number}"
    EmailPreferences.load()
    for allowed in (True, False, True):
        EmailPreferences.objects.update(allow_choosing_outgoing_server=allowed)
        pages = [browse(tess()).get(path).content.decode() for path in (tab, conversation)]
        assert [("Outgoing Email" in text and "Billing" in text) for text in pages] == [allowed, allowed]
