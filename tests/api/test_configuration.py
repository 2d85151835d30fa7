"""The channel configuration over REST: what is read of it, and what there is once."""

from __future__ import annotations

from typing import Any

import pytest

from postroom.audit.models import AuditEntry
from postroom.channels.models import MicrosoftApp, OAuthGrant, ServerHealth
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
    assert admin.get(f"outgoing-servers/{sender.pk}").body == {**out, "warnings": []}
    assert admin.get(f"incoming-servers/{mailbox.pk}").body.items() >= into.items()


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
    assert admin.get("support-portal").body == {
        "allow_requester_incidents": True,
        "allow_guest_requests": True,
        "guest_form": True,
    }
    assert admin.get("security").body["block_senders"] == []
    assert admin.get("limits").body["message_size"] == "35MB"


def test_servers_take_the_same_number_of_queries_however_many(admin: Script, django_assert_num_queries: Any) -> None:
    admin.get("outgoing-servers")
    for name in ("One", "Two", "Three"):
        sender = build.an_outgoing_server(name, f"{name}@desk.test")
        build.an_incoming_server(
            name, f"{name}@desk.test", outgoing_server=sender, technician_group=build.a_group(name)
        )
    for path, queries in (("outgoing-servers", 3), ("incoming-servers", 4)):
        with django_assert_num_queries(queries):  # token, count, rows; routes of aliases
            assert admin.get(path).body["count"] == 3


def test_health_is_what_the_status_command_prints(admin: Script) -> None:
    build.an_outgoing_server(primary=True)
    body = admin.get("health").body

    assert body.keys() >= {"ok", "servers", "database", "workers"}
    (server,) = body["servers"]
    assert server.keys() >= {"direction", "name", "email", "health", "backlog", "queue"}
    assert (server["direction"], server["name"]) == ("outgoing", "Support")


@pytest.mark.parametrize(
    ("path", "change"),
    [
        ("preferences", {"allow_guests": False, "closed_reply": {"action": "new", "grace_days": 3}}),
        ("support-portal", {"guest_form": False}),
        ("security", {"block_senders": ["spam.test"]}),
        ("limits", {"message_size": "10MB", "hold_days": 5}),
        ("settings", {"managed_services_provider": True, "alerts": {"emails": ["ada@desk.test"], "webhook": None}}),
        ("microsoft-app", {"client_id": "app", "tenant": "contoso"}),
    ],
)
def test_what_is_given_is_changed_and_the_rest_stays(path: str, change: dict[str, Any], admin: Script) -> None:
    before = admin.get(path).body
    changed = admin.patch(path, **change)

    assert (changed.status_code, changed.body) == (200, {**before, **change})
    assert admin.get(path).body == changed.body
    assert AuditEntry.objects.get().actor_name == "Ada Administrator"


@pytest.mark.parametrize(
    ("path", "change", "field"),
    [
        ("preferences", {"closed_reply": {"grace_days": 0}}, "closed_reply.grace_days"),
        ("support-portal", {"guest_form": "maybe"}, "guest_form"),
        ("security", {"allow_senders": ["a b"]}, "allow_senders[0]"),
        ("limits", {"message_size": "huge"}, "message_size"),
        ("settings", {"limits": {"hold_days": 0}}, "limits.hold_days"),
        ("settings", {"alert": {}}, "alert"),
        ("microsoft-app", {"client_id": 7}, "client_id"),
    ],
)
def test_a_value_that_cannot_be_is_refused_at_its_field(
    path: str, change: dict[str, Any], field: str, admin: Script
) -> None:
    before = admin.get(path).body
    answer = admin.patch(path, **change)

    assert (answer.status_code, [error["field"] for error in answer.body["errors"]]) == (400, [field])
    assert admin.get(path).body == before


def test_the_secret_of_the_microsoft_application_is_written_kept_and_never_read(admin: Script) -> None:
    admin.patch("microsoft-app", client_id="app", client_secret="geheim")
    admin.patch("microsoft-app", tenant="contoso")

    assert MicrosoftApp.objects.get().client_secret == "geheim"
    assert "geheim" not in admin.get("microsoft-app").content.decode()
