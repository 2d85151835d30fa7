"""``postroom config apply``: the instance becomes what the file says, and nothing else of it changes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from postroom.accounts.models import Company, RequesterGroup, User
from postroom.audit.models import AuditEntry
from postroom.channels.models import (
    EmailPreferences,
    IncomingServer,
    MicrosoftApp,
    OutgoingRule,
    OutgoingServer,
    Settings,
)
from postroom.channels.models.preferences import SingleRow
from postroom.rules.fields import Invalid
from postroom.run.configuration import apply_configuration
from postroom.tickets.models import Category, NotificationTemplate
from tests import build
from tests.run.desk import FILE, postroom, write

pytestmark = pytest.mark.django_db


def a_relay(name: str, **fields: Any) -> dict[str, Any]:
    return {"name": name, "email": f"{name.lower()}@desk.test", "host": "127.0.0.1", "auth": {"type": "none"}, **fields}


def a_mailbox(name: str, **fields: Any) -> dict[str, Any]:
    auth = {"type": "basic", "password": "secret"}
    return {"name": name, "email": f"{name.lower()}@desk.test", "host": "imap.desk.test", "auth": auth, **fields}


def primary(model: Any) -> list[str]:
    return list(model.objects.filter(primary=True).values_list("name", flat=True))


def test_the_file_of_the_documentation_sets_up_a_whole_desk(tmp_path: Path, canaries: dict[str, str]) -> None:
    postroom("config", "apply", write(tmp_path, FILE))
    outgoing = OutgoingServer.objects.get(name="Support")
    expected = ("smtp.desk.test", 587, "tls", "support")
    assert (outgoing.host, outgoing.port, outgoing.security, outgoing.username) == expected
    assert (outgoing.password, outgoing.proxy and outgoing.proxy.password) == ("canary-of-smtp", "canary-of-the-proxy")
    assert (outgoing.limit_per_minute, outgoing.limit_connections, outgoing.primary) == (30, 4, True)
    incoming = IncomingServer.objects.get()
    expected = ("support@desk.test", ["help@desk.test"], "move", "Done")
    assert (incoming.email, incoming.aliases, incoming.after, incoming.after_folder) == expected
    assert str(incoming.technician_group) == "Service Desk"
    assert (str(incoming.category), str(incoming.company), incoming.outgoing_server) == ("Hardware", "Acme", outgoing)
    assert incoming.filter_domains == ["spam.test"]
    assert Category.objects.get(name="Hardware / Laptop").parent == Category.objects.get(name="Hardware")
    assert User.objects.get(email="tess@desk.test").check_password("canary-of-tess")
    assert [member.email for member in RequesterGroup.objects.get().members.all()] == ["sam@example.test"]
    assert MicrosoftApp.objects.get().client_secret == "canary-of-microsoft"
    assert OutgoingRule.objects.get().server.name == "HR"
    assert Settings.load().trusted_authserv_ids == ["mx.desk.test"]
    assert NotificationTemplate.objects.get().subject == "We have it: {{ subject }}"


def test_applying_a_file_again_changes_nothing(tmp_path: Path, canaries: dict[str, str]) -> None:
    file = write(tmp_path, FILE)
    postroom("config", "apply", file)
    entries = AuditEntry.objects.count()
    versions = list(OutgoingServer.objects.values_list("updated_at", flat=True))
    assert postroom("config", "apply", file) == "Nothing to change.\n"
    assert AuditEntry.objects.count() == entries
    assert list(OutgoingServer.objects.values_list("updated_at", flat=True)) == versions


def test_what_the_file_leaves_out_stays() -> None:
    apply_configuration({"outgoing_servers": [a_relay("Support", sender_name="Support Desk"), a_relay("HR")]})
    apply_configuration({"outgoing_servers": [{"name": "support", "reply_to": "help@desk.test"}]})
    support = OutgoingServer.objects.get(name__iexact="support")
    assert (support.sender_name, support.reply_to, support.host) == ("Support Desk", "help@desk.test", "127.0.0.1")
    assert OutgoingServer.objects.filter(name="HR").exists()


def test_a_left_out_secret_is_kept() -> None:
    apply_configuration({"incoming_servers": [a_mailbox("Support")]})
    apply_configuration({"incoming_servers": [a_mailbox("Support", auth={"type": "basic", "username": "other"})]})
    support = IncomingServer.objects.get()
    assert (support.username, support.password) == ("other", "secret")


def test_prune_deletes_what_the_file_leaves_out() -> None:
    whole = {
        "companies": [{"name": "Acme"}, {"name": "Old"}],
        "outgoing_servers": [a_relay("Support"), a_relay("HR")],
        "outgoing_rules": [
            {"name": name, "server": "HR", "conditions": [{"field": "tags", "operator": "is", "value": "hr"}]}
            for name in ("one", "two")
        ],
        "incoming_servers": [a_mailbox("Support"), a_mailbox("HR", outgoing_server="HR")],
    }
    apply_configuration(whole)
    less = {
        "companies": [{"name": "Acme"}],
        "outgoing_servers": [a_relay("Support")],
        "incoming_servers": [a_mailbox("Support")],
    }
    apply_configuration(less)
    assert OutgoingServer.objects.count() == 2
    applied = apply_configuration(less, prune=True)
    assert "deleted outgoing server HR" in applied.changes
    assert [server.name for server in OutgoingServer.objects.all()] == ["Support"]
    assert [server.name for server in IncomingServer.objects.all()] == ["Support"]
    assert (OutgoingRule.objects.count(), Company.objects.count()) == (0, 1)


def test_prune_keeps_guests_and_archives_who_has_requests() -> None:
    ticket = build.a_ticket()
    gita, theo = build.gita(), build.theo()
    people = [{"email": "ada@desk.test", "role": "admin"}]
    apply_configuration({"people": people}, prune=True)
    assert User.objects.filter(pk=gita.pk).exists()
    assert not User.objects.filter(pk=theo.pk).exists()
    ticket.requester.refresh_from_db()
    assert ticket.requester.archived


def test_prune_keeps_people_where_the_file_lists_none() -> None:
    tess = build.tess()
    apply_configuration({"companies": []}, prune=True)
    assert User.objects.filter(pk=tess.pk).exists()


def test_prune_never_deletes_the_last_administrator() -> None:
    build.ada()
    with pytest.raises(Invalid, match=r"people: .*administrator"):
        apply_configuration({"people": [{"email": "tess@desk.test", "role": "technician"}]}, prune=True)


def test_a_pruned_primary_server_leaves_its_role_to_the_first_enabled_one() -> None:
    apply_configuration({"outgoing_servers": [a_relay("Old", primary=True), a_relay("Off"), a_relay("New")]})
    apply_configuration({"outgoing_servers": [a_relay("Off", enabled=False), a_relay("New")]}, prune=True)
    assert primary(OutgoingServer) == ["New"]


def test_without_a_primary_the_first_enabled_server_is() -> None:
    apply_configuration({"outgoing_servers": [a_relay("A", enabled=False), a_relay("B"), a_relay("C")]})
    assert primary(OutgoingServer) == ["B"]


def test_exactly_one_server_is_primary_after_another_takes_over() -> None:
    apply_configuration({"outgoing_servers": [a_relay("A"), a_relay("B")]})
    apply_configuration({"outgoing_servers": [{"name": "B", "primary": True}, {"name": "A", "enabled": False}]})
    assert primary(OutgoingServer) == ["B"]


def test_rules_are_found_by_their_position() -> None:
    def rule(name: str) -> dict[str, Any]:
        return {"name": name, "server": "HR", "conditions": [{"field": "tags", "operator": "not_empty"}]}

    apply_configuration({"outgoing_servers": [a_relay("HR")], "outgoing_rules": [rule("first"), rule("second")]})
    ids = list(OutgoingRule.objects.values_list("pk", flat=True))
    apply_configuration({"outgoing_rules": [rule("before"), rule("first")]})
    assert list(OutgoingRule.objects.values_list("pk", "name")) == [(ids[0], "before"), (ids[1], "first")]


def test_a_guest_who_is_listed_becomes_registered() -> None:
    gita = build.gita()
    apply_configuration({"people": [{"email": "Gita@example.test", "name": "Gita"}]})
    gita.refresh_from_db()
    assert gita.kind == "registered"


def test_check_says_what_would_change_and_changes_nothing(tmp_path: Path, canaries: dict[str, str]) -> None:
    printed = postroom("config", "check", write(tmp_path, FILE))
    assert "would be created outgoing server Support" in printed
    assert not OutgoingServer.objects.exists()
    assert not AuditEntry.objects.exists()
    assert not User.objects.exists()


def test_settings_take_effect(tmp_path: Path) -> None:
    text = yaml.safe_dump(
        {
            "managed_services_provider": True,
            "preferences": {"allow_guests": False, "cc_recipients": ["to", "cc"], "closed_reply": {"action": "new"}},
            "limits": {"message_size": "10MB", "undo_seconds": 0},
            "alerts": {"webhook": "https://chat.desk.test/hook"},
        }
    )
    postroom("config", "apply", write(tmp_path, text))
    preferences, settings = EmailPreferences.load(), Settings.load()
    assert (preferences.allow_guests, preferences.cc_recipients) == (False, ["to", "cc"])
    assert (preferences.closed_reply_action, preferences.closed_reply_grace_days) == ("new", 7)
    assert (settings.managed_services_provider, settings.message_size, settings.undo_seconds) == (True, 10_000_000, 0)
    assert settings.alert_webhook == "https://chat.desk.test/hook"
    assert isinstance(settings, SingleRow)


def test_an_empty_file_is_valid_and_changes_nothing(tmp_path: Path) -> None:
    assert postroom("config", "apply", write(tmp_path, "")) == "Nothing to change.\n"
