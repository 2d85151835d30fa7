"""The channel configuration over REST, to read."""

from __future__ import annotations

from typing import Any

from postroom.channels.models import OAuthGrant, ServerHealth
from tests import build
from tests.api.conftest import Script

SECRETS = {"password": "geheim-1", "client_secret": "geheim-2"}
HEALTH = {"state", "code", "message", "since", "last_success"}


def test_servers_stand_in_the_words_of_the_configuration_file_with_their_health(admin: Script) -> None:
    sender = build.an_outgoing_server(primary=True, sender_name="Support Desk")
    mailbox = build.an_incoming_server(
        technician_group=build.a_group(), outgoing_server=sender, username="support", aliases=["help@desk.test"]
    )
    ServerHealth.objects.create(incoming=mailbox, state="unreachable", code="MAILCONREF", message="Refused.")

    (out,) = admin.get("outgoing-servers").body["results"]
    (into,) = admin.get("incoming-servers").body["results"]

    assert (out["name"], out["sender_name"], out["primary"]) == ("Support", "Support Desk", True)
    assert out["health"].keys() == HEALTH
    assert out["health"]["state"] == "never_tested"
    assert (into["technician_group"], into["outgoing_server"]) == ("Service Desk", "Support")
    assert into["auth"] == {"type": "basic", "username": "support"}
    assert (into["health"]["state"], into["health"]["code"]) == ("unreachable", "MAILCONREF")
    assert admin.get(f"outgoing-servers/{sender.pk}").body == out
    assert admin.get(f"incoming-servers/{mailbox.pk}").body == into


def test_no_secret_leaves_the_configuration(admin: Script) -> None:
    sender = build.an_outgoing_server(auth_type="oauth", **SECRETS)
    mailbox = build.an_incoming_server(auth_type="basic", **SECRETS)
    OAuthGrant.objects.create(outgoing=sender, refresh_token="geheim-3", access_token="geheim-4")

    for path in (
        "outgoing-servers",
        f"outgoing-servers/{sender.pk}",
        "incoming-servers",
        f"incoming-servers/{mailbox.pk}",
    ):
        assert "geheim" not in admin.get(path).content.decode()


def test_preferences_and_settings_are_read_by_section(admin: Script) -> None:
    assert admin.get("preferences").body["closed_reply"] == {"action": "reopen", "grace_days": 7}
    assert admin.get("support-portal").body == {"allow_guest_requests": True, "guest_form": True}
    assert admin.get("security").body["block_senders"] == []
    assert admin.get("limits").body["message_size"] == "35MB"


def test_servers_take_the_same_number_of_queries_however_many(admin: Script, django_assert_num_queries: Any) -> None:
    admin.get("outgoing-servers")
    for name in ("One", "Two", "Three"):
        sender = build.an_outgoing_server(name, f"{name}@desk.test")
        build.an_incoming_server(
            name, f"{name}@desk.test", outgoing_server=sender, technician_group=build.a_group(name)
        )
    for path in ("outgoing-servers", "incoming-servers"):
        with django_assert_num_queries(3):  # token, count, rows
            assert admin.get(path).body["count"] == 3


def test_health_is_what_the_status_command_prints(admin: Script) -> None:
    build.an_outgoing_server(primary=True)
    body = admin.get("health").body

    assert body.keys() >= {"ok", "servers", "database", "workers"}
    (server,) = body["servers"]
    assert server.keys() >= {"direction", "name", "email", "health", "backlog", "queue"}
    assert (server["direction"], server["name"]) == ("outgoing", "Support")
