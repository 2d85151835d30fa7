"""Servers and proxies over REST: the same words and checks as the configuration file and the pages."""

from __future__ import annotations

from typing import Any

import pytest

from postroom.audit.models import AuditEntry
from postroom.channels.models import IncomingServer, OutgoingRule, OutgoingServer, ProxyServer
from tests import build
from tests.api.conftest import Script

RELAY: dict[str, Any] = {
    "name": "Relay",
    "email": "relay@desk.test",
    "protocol": "smtp",
    "host": "smtp.desk.test",
    "security": "tls",
    "auth": {"type": "basic", "username": "relay", "password": "geheim"},
}
MAILBOX: dict[str, Any] = {
    "name": "Support",
    "email": "support@desk.test",
    "protocol": "imap",
    "host": "imap.desk.test",
    "security": "ssl",
    "auth": {"type": "basic", "password": "geheim"},
}


def fields(answer: Any) -> list[str]:
    return [error["field"] for error in answer.body["errors"]]


def test_a_server_is_made_in_the_words_of_the_configuration_file(admin: Script) -> None:
    made = admin.post("outgoing-servers", **RELAY, limits={"per_minute": 30}, reply_to="help@desk.test")

    assert made.status_code == 201
    assert (made.body["port"], made.body["primary"], made.body["enabled"]) == (587, True, True)
    assert made.body["limits"] == {"per_minute": 30, "per_day": None, "recipients": None, "connections": None}
    assert made.body["auth"] == {"type": "basic", "username": "relay"}
    assert admin.get(f"outgoing-servers/{made.body['id']}").body == made.body
    assert OutgoingServer.objects.get().password == "geheim"


def test_every_fault_is_named_at_its_field_and_nothing_is_stored(admin: Script) -> None:
    answer = admin.post(
        "outgoing-servers",
        **{**RELAY, "host": "https://x", "port": 70_000, "auth": {"type": "basic"}, "proxy": "office", "hosts": "x"},
    )

    assert answer.status_code == 400
    assert set(fields(answer)) == {"host", "port", "auth.password", "proxy", "hosts"}
    assert answer.body["code"] == "invalid"
    assert not OutgoingServer.objects.exists()


def test_what_deserves_a_second_look_stands_in_the_answer(admin: Script) -> None:
    made = admin.post("outgoing-servers", **{**RELAY, "security": "none"})

    assert [warning["field"] for warning in made.body["warnings"]] == ["security"]


def test_a_change_leaves_the_rest_as_it_was(admin: Script) -> None:
    id = admin.post("incoming-servers", **MAILBOX, aliases=["help@desk.test"]).body["id"]
    changed = admin.patch(f"incoming-servers/{id}", folder="Tickets", after={"move": "Done"})

    assert changed.status_code == 200
    assert (changed.body["folder"], changed.body["after"]) == ("Tickets", {"move": "Done"})
    assert (changed.body["aliases"], changed.body["host"]) == (["help@desk.test"], "imap.desk.test")


@pytest.mark.parametrize("verb", ["put", "patch"])
def test_auth_is_replaced_whole_but_a_secret_that_is_left_out_is_kept(verb: str, admin: Script) -> None:
    id = admin.post("outgoing-servers", **RELAY).body["id"]
    rest = {name: value for name, value in RELAY.items() if name != "auth"} if verb == "put" else {}
    changed = getattr(admin, verb)(f"outgoing-servers/{id}", **rest, auth={"type": "basic"})

    assert changed.body["auth"] == {"type": "basic", "username": "relay@desk.test"}
    assert OutgoingServer.objects.get().password == "geheim"


def test_a_server_is_replaced_by_what_is_put_and_the_rest_goes_back_to_its_default(admin: Script) -> None:
    id = admin.post("outgoing-servers", **RELAY, reply_to="help@desk.test", limits={"per_day": 5}).body["id"]
    changed = admin.put(f"outgoing-servers/{id}", **{**RELAY, "name": "Relay 2"}).body

    assert (changed["name"], changed["reply_to"], changed["limits"]["per_day"]) == ("Relay 2", "", None)


@pytest.mark.parametrize(("path", "values"), [("outgoing-servers", RELAY), ("incoming-servers", MAILBOX)])
def test_what_was_read_can_be_put_back_and_changes_nothing(path: str, values: dict[str, Any], admin: Script) -> None:
    made = admin.post(path, **values).body
    audited = AuditEntry.objects.count()
    again = admin.put(f"{path}/{made['id']}", **made)

    assert (again.status_code, again.body) == (200, made)
    assert AuditEntry.objects.count() == audited


def test_a_new_primary_server_takes_the_place_of_the_old_one(admin: Script) -> None:
    first = admin.post("outgoing-servers", **RELAY).body["id"]
    second = admin.post("outgoing-servers", **{**RELAY, "name": "Second", "primary": True}).body

    assert second["primary"]
    assert not admin.get(f"outgoing-servers/{first}").body["primary"]


def test_two_servers_of_one_name_are_refused(admin: Script) -> None:
    admin.post("outgoing-servers", **RELAY)
    answer = admin.post("outgoing-servers", **{**RELAY, "name": "RELAY"})

    assert (answer.status_code, fields(answer)) == (400, ["name"])


def test_a_server_that_others_depend_on_is_not_deleted_and_they_are_named(admin: Script) -> None:
    build.an_outgoing_server("Main", "main@desk.test", primary=True)
    server = build.an_outgoing_server("HR", "hr@desk.test")
    OutgoingRule.objects.create(position=0, name="To HR", server=server)
    build.an_incoming_server("Jobs", "jobs@desk.test", outgoing_server=server)
    answer = admin.delete(f"outgoing-servers/{server.pk}")

    assert (answer.status_code, answer.body["code"]) == (409, "conflict")
    assert "To HR" in answer.body["message"]
    assert "Jobs" in answer.body["message"]
    assert OutgoingServer.objects.filter(pk=server.pk).exists()


def test_the_primary_server_is_not_deleted_while_another_could_take_its_place(admin: Script) -> None:
    primary = build.an_incoming_server(primary=True)
    build.an_incoming_server("Other", "other@desk.test")

    assert admin.delete(f"incoming-servers/{primary.pk}").status_code == 409


@pytest.mark.parametrize(("path", "values"), [("outgoing-servers", RELAY), ("incoming-servers", MAILBOX)])
def test_a_server_is_deleted_and_then_absent(path: str, values: dict[str, Any], admin: Script) -> None:
    id = admin.post(path, **values).body["id"]
    gone = admin.delete(f"{path}/{id}")

    assert (gone.status_code, gone.content) == (204, b"")
    assert admin.get(f"{path}/{id}").status_code == 404
    assert admin.delete(f"{path}/{id}").status_code == 404


def test_every_change_is_audited_with_who_and_where_and_without_secrets(admin: Script) -> None:
    id = admin.post("outgoing-servers", **RELAY).body["id"]
    admin.patch(f"outgoing-servers/{id}", auth={"type": "basic", "username": "relay", "password": "anders"})
    entry = AuditEntry.objects.order_by("-pk").first()

    assert entry is not None
    assert (entry.actor_name, entry.ip, entry.action) == ("Ada Administrator", "127.0.0.1", "updated")
    assert entry.changes == [{"field": "auth.password", "old": None, "new": "changed"}]


def test_a_proxy_is_made_changed_and_kept_while_a_server_uses_it(admin: Script) -> None:
    made = admin.post("proxies", name="office", type="http", host="10.0.0.1", port=3128, password="geheim").body
    assert made == {
        "id": made["id"],
        "name": "office",
        "type": "http",
        "host": "10.0.0.1",
        "port": 3128,
        "username": "",
    }

    admin.patch(f"proxies/{made['id']}", username="u")
    assert (ProxyServer.objects.get().username, ProxyServer.objects.get().password) == ("u", "geheim")

    build.an_incoming_server("Jobs", "jobs@desk.test", proxy_id=made["id"])
    refused = admin.delete(f"proxies/{made['id']}")
    assert (refused.status_code, refused.body["message"]) == (409, "office is used by Jobs.")

    IncomingServer.objects.all().delete()
    assert admin.delete(f"proxies/{made['id']}").status_code == 204


def test_servers_are_found_by_a_part_of_name_address_or_host(admin: Script) -> None:
    build.an_outgoing_server("Main", "main@desk.test")
    build.an_outgoing_server("HR", "jobs@desk.test", host="relay.example.test")

    def found(word: str) -> list[str]:
        return [row["name"] for row in admin.get("outgoing-servers", search=word).body["results"]]

    assert (found("main"), found("JOBS"), found("relay."), found("nothing")) == (["Main"], ["HR"], ["HR"], [])


def test_the_health_of_one_server_tells_what_waits_for_it(admin: Script) -> None:
    sender, mailbox = build.an_outgoing_server(), build.an_incoming_server()

    out = admin.get(f"outgoing-servers/{sender.pk}/health").body
    into = admin.get(f"incoming-servers/{mailbox.pk}/health").body

    assert out == next(row for row in admin.get("health").body["servers"] if row["direction"] == "outgoing")
    assert (into["direction"], into["backlog"], into["queue"]) == ("incoming", 0, 0)
