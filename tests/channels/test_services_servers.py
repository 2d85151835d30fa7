"""Saving mail servers: one primary per direction, secrets kept and masked, the form of 8.0 upgraded."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from django.db import connection

from postroom.audit.models import AuditEntry
from postroom.audit.services import Actor
from postroom.channels.health import record_failure, record_success
from postroom.channels.models import IncomingServer, OutgoingServer, ServerHealth
from postroom.channels.services import (
    Invalid,
    delete_incoming_server,
    delete_outgoing_server,
    delete_proxy,
    save_incoming_server,
    save_outgoing_server,
    save_proxy,
    save_rule,
    warnings_of,
)
from postroom.transports.base import TransportError
from tests import build

pytestmark = pytest.mark.django_db

ADA = Actor("Ada")
BASIC = {"type": "basic", "username": "support", "password": "canary"}
OAUTH = {
    "type": "oauth",
    "client_id": "id",
    "client_secret": "canary",
    "authorization_url": "https://id.desk.test/authorize",
    "token_url": "https://id.desk.test/token",
    "scope": "mail",
    "refresh_token": "canary",
}


def outgoing(name: str = "Support", **fields: Any) -> OutgoingServer:
    data = {"name": name, "email": "support@desk.test", "host": "smtp.desk.test", "auth": {"type": "none"}, **fields}
    return save_outgoing_server(ADA, data)


def incoming(name: str = "Support", **fields: Any) -> IncomingServer:
    data = {"name": name, "email": f"{name.lower()}@desk.test", "host": "imap.desk.test", "auth": BASIC, **fields}
    return save_incoming_server(ADA, data)


def errors(raised: pytest.ExceptionInfo[Invalid]) -> dict[str, str]:
    return dict(raised.value.errors)


def primaries() -> list[str]:
    return list(OutgoingServer.objects.filter(primary=True).values_list("name", flat=True))


def test_the_first_enabled_server_becomes_primary() -> None:
    outgoing("Off", enabled=False)
    outgoing("First")
    outgoing("Second")
    assert primaries() == ["First"]


def test_switching_primary_on_switches_the_other_off_and_both_are_audited() -> None:
    first, second = outgoing("First"), outgoing("Second")
    save_outgoing_server(ADA, {"primary": True}, second)
    assert primaries() == ["Second"]
    entry = AuditEntry.objects.get(object_id=str(first.pk), action="updated")
    assert entry.changes == [{"field": "primary", "old": True, "new": False}]


def test_a_disabled_server_cannot_be_primary() -> None:
    with pytest.raises(Invalid) as raised:
        outgoing(enabled=False, primary=True)
    assert errors(raised) == {"primary": "A disabled server cannot be the primary server."}


def test_the_primary_server_is_disabled_only_after_another_took_over() -> None:
    first, second = outgoing("First"), outgoing("Second")
    with pytest.raises(Invalid) as raised:
        save_outgoing_server(ADA, {"enabled": False}, first)
    assert "enabled" in errors(raised)
    save_outgoing_server(ADA, {"primary": True}, second)
    save_outgoing_server(ADA, {"enabled": False}, first)
    assert primaries() == ["Second"]


def test_the_only_server_can_be_disabled() -> None:
    assert not save_outgoing_server(ADA, {"enabled": False}, outgoing()).primary


def test_the_primary_server_is_not_deleted_before_another_took_over() -> None:
    first, second = outgoing("First"), outgoing("Second")
    with pytest.raises(Invalid, match="primary server"):
        delete_outgoing_server(ADA, first)
    delete_outgoing_server(ADA, second)
    delete_outgoing_server(ADA, first)
    assert not OutgoingServer.objects.exists()


def test_names_are_unique_per_direction_whatever_their_case() -> None:
    outgoing("Support")
    incoming("Support")
    with pytest.raises(Invalid) as raised:
        outgoing("SUPPORT")
    assert errors(raised) == {"name": "There is another outgoing server of this name."}


@pytest.mark.parametrize(
    ("protocol", "security", "port"),
    [("imap", "ssl", 993), ("imap", "none", 143), ("imap", "tls", 143), ("pop3", "ssl", 995), ("pop3", "none", 110)],
)
def test_ports_of_incoming_servers_follow_protocol_and_security(protocol: str, security: str, port: int) -> None:
    assert incoming(protocol=protocol, security=security).port == port


@pytest.mark.parametrize(("security", "port"), [("tls", 587), ("ssl", 465), ("none", 25)])
def test_ports_of_outgoing_servers_follow_security(security: str, port: int) -> None:
    assert outgoing(security=security).port == port


def test_a_port_that_was_not_set_by_hand_follows_a_change_of_security() -> None:
    usual, by_hand = outgoing("Usual"), outgoing("By hand", port=2525)
    assert save_outgoing_server(ADA, {"security": "ssl"}, usual).port == 465
    assert save_outgoing_server(ADA, {"security": "ssl"}, by_hand).port == 2525


def test_two_enabled_servers_never_read_one_mailbox() -> None:
    incoming("Support")
    with pytest.raises(Invalid) as raised:
        incoming("Again", host="IMAP.desk.test")
    assert errors(raised) == {"host": "The incoming server Support reads the same mailbox already."}
    assert incoming("Off", enabled=False).pk
    assert incoming("Other", auth={**BASIC, "username": "other"}).pk


def test_secrets_are_kept_when_left_out_and_masked_in_the_audit() -> None:
    server = outgoing(auth=BASIC)
    server = save_outgoing_server(ADA, {"auth": {"type": "basic", "username": "other"}}, server)
    assert (server.username, server.password) == ("other", "canary")
    save_outgoing_server(ADA, {"auth": {**BASIC, "password": "canary-2"}}, server)
    changes = AuditEntry.objects.first().changes  # type: ignore[union-attr]
    assert {"field": "auth.password", "old": None, "new": "changed"} in changes
    assert "canary" not in str(list(AuditEntry.objects.values_list("changes")))


def test_secrets_are_cipher_text_in_the_database() -> None:
    server = outgoing(auth={**OAUTH})
    with connection.cursor() as cursor:
        cursor.execute("SELECT client_secret FROM channels_outgoingserver WHERE id = %s", [server.pk])
        row = cursor.fetchone()
    assert row is not None
    assert "canary" not in row[0]


def test_another_way_to_sign_in_forgets_the_old_secrets() -> None:
    server = save_outgoing_server(ADA, {"auth": {"type": "none"}}, outgoing(auth=BASIC))
    assert (server.username, server.password) == ("", "")


def test_a_new_client_asks_for_a_new_consent() -> None:
    server = outgoing(auth=OAUTH)
    assert server.grant.refresh_token == "canary"
    kept = {name: value for name, value in OAUTH.items() if name not in ("client_secret", "refresh_token")}
    assert save_outgoing_server(ADA, {"auth": kept}, server).grant.refresh_token == "canary"
    changed = save_outgoing_server(ADA, {"auth": {**kept, "client_id": "another"}}, server)
    assert not hasattr(changed, "grant")


def test_the_form_of_8_0_is_upgraded() -> None:
    old = {
        "type": "oauth",
        "client_id": "id",
        "client_secret": "secret",
        "tenant_id": "contoso",
        "authorization_url": "https://login.microsoftonline.com/contoso/oauth2/v2.0/authorize",
    }
    sending, reading = outgoing(auth=old), incoming(auth=old)
    assert sending.token_url == "https://login.microsoftonline.com/contoso/oauth2/v2.0/token"
    assert sending.scope == "https://outlook.office.com/SMTP.Send offline_access"
    assert reading.scope == "https://outlook.office.com/IMAP.AccessAsUser.All offline_access"
    assert (reading.oauth_grant, reading.tenant_id) == ("authorization_code", "contoso")


def test_the_upgrade_stays_at_the_sovereign_cloud_it_came_from(monkeypatch: pytest.MonkeyPatch) -> None:
    old = {"type": "oauth", "client_id": "id", "client_secret": "secret", "tenant_id": "t"}
    cloud = {**old, "authorization_url": "https://login.microsoftonline.us/t/oauth2/authorize"}
    assert outgoing("A", auth=cloud).token_url == "https://login.microsoftonline.us/t/oauth2/v2.0/token"
    monkeypatch.setenv("POSTROOM_MICROSOFT_AUTHORITY", "http://127.0.0.1:9/")
    ours = {**old, "authorization_url": "https://login.microsoftonline.com/t/oauth2/authorize"}
    assert outgoing("B", auth=ours).token_url == "http://127.0.0.1:9/t/oauth2/v2.0/token"


def test_a_microsoft_server_needs_neither_host_nor_client() -> None:
    server = incoming(provider="microsoft", protocol="mapi", host="", auth={"type": "oauth", "refresh_token": "canary"})
    assert (server.host, server.port, server.client_id) == ("", None, "")
    by_imap = incoming("B", provider="microsoft", host="", auth={"type": "oauth"})
    assert (by_imap.host, by_imap.port, by_imap.security) == ("outlook.office365.com", 993, "ssl")


def test_spaces_of_a_pasted_gmail_app_password_are_dropped() -> None:
    auth = {"type": "basic", "password": "abcd efgh ijkl mnop"}
    assert incoming(host="imap.gmail.com", auth=auth).password == "abcdefghijklmnop"
    assert incoming("B", auth=auth).password == "abcd efgh ijkl mnop"


def test_pop3_has_no_flags_to_set() -> None:
    assert incoming(protocol="pop3", after="mark_seen").after == "keep"
    later = incoming("B", host="pop.desk.test", protocol="pop3", after={"delete_after_days": 7})
    assert (later.after, later.after_days) == ("delete_after_days", 7)
    with pytest.raises(Invalid) as raised:
        incoming("C", protocol="pop3", after={"move": "Done"})
    assert "after.move" in errors(raised)


def test_a_password_that_travels_open_is_a_warning_and_no_error() -> None:
    assert "security" in dict(warnings_of(outgoing(auth=BASIC, security="none")))
    assert "security" not in dict(warnings_of(outgoing("B", auth=BASIC, security="tls")))


def test_replies_that_would_not_come_back_are_a_warning() -> None:
    server = outgoing(reply_to="help@desk.test")
    assert "reply_to" in dict(warnings_of(server))
    incoming(aliases=["help@desk.test"])
    assert "reply_to" not in dict(warnings_of(server))


def test_a_server_in_use_is_not_deleted_and_says_what_uses_it() -> None:
    outgoing("Primary")
    server = outgoing("HR")
    incoming("Support", outgoing_server="hr")
    save_rule(ADA, {"name": "Staff", "server": "HR", "conditions": [{"field": "tags", "operator": "not_empty"}]})
    with pytest.raises(Invalid, match="the rule Staff, the incoming server Support"):
        delete_outgoing_server(ADA, server)


def test_a_deleted_mailbox_is_audited() -> None:
    server = incoming()
    pk = str(server.pk)
    delete_incoming_server(ADA, server)
    assert AuditEntry.objects.filter(action="deleted", object_id=pk, object_name="Support").exists()


def test_a_put_brings_left_out_values_back_to_their_defaults_but_keeps_secrets() -> None:
    server = outgoing(auth=BASIC, sender_name="Support Desk", reply_to="help@desk.test", limits={"per_minute": 3})
    data = {"name": "Support", "email": "support@desk.test", "host": "smtp.desk.test", "auth": {"type": "basic"}}
    server = save_outgoing_server(ADA, data, server, replace=True)
    assert (server.sender_name, server.reply_to, server.limit_per_minute) == ("", "", None)
    assert (server.password, server.primary) == ("canary", True)


def test_only_switching_a_server_off_is_audited_as_disabled() -> None:
    outgoing("Primary")
    save_outgoing_server(ADA, {"enabled": False}, outgoing("HR"))
    entry = AuditEntry.objects.first()
    assert entry is not None
    assert (entry.action, entry.actor_name) == ("disabled", "Ada")


def test_a_changed_server_is_tried_anew() -> None:
    server = outgoing()
    record_failure(server, TransportError("MAILAUTHPERM", "consent missing", temporary=False))
    save_outgoing_server(ADA, {"sender_name": "Desk"}, server)
    assert ServerHealth.objects.exists()
    save_outgoing_server(ADA, {"host": "smtp2.desk.test"}, server)
    assert not ServerHealth.objects.exists()


def test_a_changed_proxy_makes_its_servers_connect_again() -> None:
    data = {"name": "office", "type": "http", "host": "proxy.desk.test", "port": 3128, "password": "canary"}
    proxy = save_proxy(ADA, data)
    server = outgoing(proxy="Office")
    save_proxy(ADA, {"port": 3129}, proxy)
    server.refresh_from_db()
    assert server.updated_at > server.created_at
    proxy.refresh_from_db()
    assert (proxy.port, proxy.password) == (3129, "canary")
    with pytest.raises(Invalid, match="used by Support"):
        delete_proxy(ADA, proxy)


@pytest.mark.django_db(transaction=True)
def test_the_roles_hear_of_a_change_when_it_is_committed() -> None:
    parameters = connection.get_connection_params()
    wanted = {key: parameters[key] for key in ("dbname", "user", "password", "host", "port") if parameters.get(key)}
    with psycopg.connect(**wanted, autocommit=True) as listener:
        listener.execute("LISTEN postroom_config")
        build.ada()
        outgoing()
        assert [notice.channel for notice in listener.notifies(timeout=5, stop_after=1)] == ["postroom_config"]


@pytest.mark.parametrize("url", ["https://[", "https://id.desk.test:port/", "https://id desk/"])
def test_an_oauth_address_that_cannot_be_read_is_refused_at_its_field(url: str) -> None:
    with pytest.raises(Invalid) as raised:
        outgoing(auth={**OAUTH, "authorization_url": url, "token_url": url})
    assert set(errors(raised)) == {"auth.authorization_url", "auth.token_url"}


def test_a_number_that_is_out_of_range_is_one_fault() -> None:
    with pytest.raises(Invalid) as raised:
        save_proxy(ADA, {"name": "office", "type": "http", "host": "proxy.desk.test", "port": 0})
    assert raised.value.errors == [("port", "Must be between 1 and 65535.")]


def test_mail_is_not_moved_into_the_folder_that_is_read() -> None:
    for folder, to in (("INBOX", "Inbox"), ("Support", "Support")):
        with pytest.raises(Invalid) as raised:
            incoming(folder=folder, after={"move": to})
        assert set(errors(raised)) == {"after.move"}
    server = incoming(folder="Support", after={"move": "support"})
    with pytest.raises(Invalid):
        save_incoming_server(ADA, {"folder": "support"}, server)


@pytest.mark.django_db(transaction=True)
def test_a_failure_of_a_server_that_was_deleted_meanwhile_is_forgotten() -> None:
    server = incoming()
    IncomingServer.objects.filter(pk=server.pk).delete()
    assert record_failure(server, TransportError("MAILAUTHPERM", "consent missing", temporary=False)) is False
    record_success(server)
    assert not ServerHealth.objects.exists()


def test_any_number_of_incoming_servers_can_exist() -> None:
    """INC-01"""
    for number in range(12):
        data = {
            "name": f"Box {number}",
            "email": f"box{number}@desk.test",
            "protocol": "imap",
            "host": "imap.desk.test",
        }
        save_incoming_server(ADA, {**data, "auth": {"type": "basic", "username": f"box{number}", "password": "x"}})
    assert IncomingServer.objects.count() == 12
