"""Configuration Audit: who changed what, when and from where, filtered and exported (AUD-01 to AUD-03)."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from postroom.audit.services import Actor, record
from postroom.channels.models import EmailPreferences
from postroom.channels.services import save_outgoing_server, save_preferences
from tests.build import a_user, ada, an_outgoing_server
from tests.web.admin_mail_scene import a_held_mail
from tests.web.conftest import Browse
from tests.web.test_admin_mail import page, told

pytestmark = pytest.mark.django_db
AUDIT = "/admin/audit"


@pytest.fixture
def client(browse: Browse) -> Client:
    return browse(ada())


def changed(actor: Actor | None = None, action: str = "updated", **changes: Any) -> None:
    """A change of a server as a service writes it down."""
    who = actor or Actor(ada().name, ada().pk, "192.0.2.7")
    listed = [{"field": field.replace("__", "."), "old": old, "new": new} for field, (old, new) in changes.items()]
    record(actor=who, action=action, object_=EmailPreferences.load(), name="Email Preference", changes=listed)


def export(client: Client, kind: str, **query: str) -> str:
    answer = client.get(f"{AUDIT}/export.{kind}", query)
    assert answer["Content-Disposition"].startswith("attachment") and answer["Content-Disposition"].endswith(
        f'.{kind}"'
    )
    return b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]


def test_an_entry_says_who_changed_what_from_where_with_old_and_new(client: Client) -> None:
    save_preferences(Actor(ada().name, ada().pk, "192.0.2.7"), {"allow_guests": False})
    shown = page(client, AUDIT)
    for words in ("Ada Administrator", "192.0.2.7", "Updated", "Email Preference", "Allow guests", ">on<", ">off<"):
        assert words in shown


def test_of_a_secret_only_the_change_is_shown(client: Client) -> None:
    data = {
        "name": "Support", "email": "support@desk.test", "host": "smtp.desk.test", "security": "tls",
        "auth": {"type": "basic", "username": "support", "password": "correct horse battery"},
    }  # fmt: skip
    save_outgoing_server(Actor("Ada"), data)
    for shown in (page(client, AUDIT), export(client, "csv"), export(client, "json")):
        assert "battery" not in shown
        assert "password" in shown


def test_entries_are_filtered_by_person_object_action_and_day(client: Client) -> None:
    ann = a_user("ann@desk.test", "Ann Berg", "admin")
    changed(allow_guests=(True, False))
    record(
        actor=Actor(ann.name, ann.pk), action="created", object_=an_outgoing_server(), name="Spare server", changes=[]
    )
    both = ("Email Preference</span>", "Spare server")

    def found(**query: str) -> list[str]:
        shown = page(client, AUDIT, **query)
        return [name for name in both if name in shown]

    assert found() == list(both)
    assert found(person="ann@desk.test") == [both[1]]
    assert found(object="preferences") == [both[0]]
    assert found(object="outgoing_server") == [both[1]]
    assert found(action="created") == [both[1]]
    today, tomorrow = timezone.now().date(), timezone.now().date() + timedelta(days=1)
    assert found(**{"from": today.isoformat(), "to": today.isoformat()}) == list(both)
    assert found(**{"from": tomorrow.isoformat()}) == []
    assert found(to=(today - timedelta(days=1)).isoformat()) == []


@pytest.mark.parametrize("odd", ["\x00", "%", "' OR 1=1 --", "9" * 400, "٣", "0001-01-01"])
def test_odd_filters_break_nothing(client: Client, odd: str) -> None:
    changed(allow_guests=(True, False))
    for name in ("person", "object", "action", "from", "to", "tz", "before", "after"):
        assert client.get(AUDIT, {name: odd}).status_code == 200
        assert client.get(f"{AUDIT}/export.json", {name: odd}).status_code == 200


def test_what_is_done_with_a_held_mail_is_in_the_audit_too(client: Client) -> None:
    row = a_held_mail()
    told(client, f"/admin/mail/incoming/{row.pk}/act", action="discard")
    shown = page(client, AUDIT)
    assert "Discarded" in shown and "127.0.0.1" in shown and f'href="/admin/mail/incoming/{row.pk}"' in shown


def test_the_csv_has_a_line_a_change_and_no_cell_that_a_spreadsheet_would_run(client: Client) -> None:
    changed(Actor("=cmd|' /C calc'!A0"), cc_recipients=(["cc"], ["to", "cc"]), name=("+1", "@SUM(A1)"), port=(25, -1))
    rows = list(csv.DictReader(io.StringIO(export(client, "csv"))))
    assert [(row["field"], row["old"], row["new"]) for row in rows] == [
        ("cc_recipients", '["cc"]', '["to", "cc"]'),
        ("name", "'+1", "'@SUM(A1)"),
        ("port", "25", "-1"),
    ]
    assert {row["actor"] for row in rows} == {"'=cmd|' /C calc'!A0"}


def test_the_json_is_a_list_of_entries_as_the_contract_names_them(client: Client) -> None:
    assert json.loads(export(client, "json")) == []
    changed(allow_guests=(True, False))
    changed(allow_guests=(False, True))
    newest, _ = json.loads(export(client, "json"))
    assert {"id", "at", "actor", "ip", "action", "object", "changes"} <= newest.keys()
    assert newest["object"]["type"] == "preferences"
    assert newest["changes"] == [{"field": "allow_guests", "old": False, "new": True}]


def test_an_export_has_what_is_filtered_and_of_all_pages(client: Client) -> None:
    for number in range(60):
        changed(grace=(number, number + 1))
    changed(Actor("Theo"), allow_guests=(True, False))
    assert len(json.loads(export(client, "json"))) == 61
    assert len(json.loads(export(client, "json", person="Theo"))) == 1
    assert client.get(f"{AUDIT}/export.exe").status_code == 404
    shown = page(client, AUDIT, person="ada@desk.test")
    assert "export.csv?person=ada%40desk.test" in shown


def test_the_audit_comes_in_pages_and_costs_the_same_queries_for_one_entry_and_for_many(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    changed(first=(0, 1))
    with django_assert_num_queries(4):  # session, user, page, people
        client.get(AUDIT)
    for number in range(60):
        changed(grace=(number, number + 1))
    with django_assert_num_queries(4):
        shown = page(client, AUDIT)
    assert shown.count('<tr id="entry-') == 50
    older = shown.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    assert "First" in page(client, AUDIT + older)


def test_long_changes_are_folded_and_none_is_left_out(client: Client) -> None:
    changed(**{f"field_{number}": (None, f"value {number}") for number in range(9)})
    shown = page(client, AUDIT)
    assert "5 more" in shown and all(f"value {number}" in shown for number in range(9))


def test_an_empty_audit_and_an_empty_search_say_so(client: Client) -> None:
    assert "Nothing was changed yet" in page(client, AUDIT)
    assert "No entry matches" in page(client, AUDIT, person="nobody")


def test_there_is_no_way_to_change_an_entry(client: Client) -> None:
    changed(allow_guests=(True, False))
    for method in (client.post, client.put, client.patch, client.delete):
        assert method(AUDIT).status_code == 405
        assert method(f"{AUDIT}/export.csv").status_code == 405


def test_entries_are_filtered_by_ip_address_and_network(client: Client) -> None:
    """AUD-02"""
    changed(Actor("Ann Berg", None, "192.0.2.7"), allow_guests=(True, False))
    changed(Actor("Bo Holm", None, "2001:db8::1"), allow_guests=(False, True))
    changed(Actor("Configuration file"), allow_guests=(False, True))
    for asked, found in (("192.0.2.7", ["Ann Berg"]), ("2001:db8::/32", ["Bo Holm"]), ("192.0.2.0/24", ["Ann Berg"])):
        shown = page(client, f"{AUDIT}?ip={asked}")
        assert [name for name in ("Ann Berg", "Bo Holm", "Configuration file") if name in shown] == found
        assert found[0] in export(client, "csv", ip=asked) and "Configuration file" not in export(
            client, "csv", ip=asked
        )
    shown = page(client, f"{AUDIT}?ip=nobody")
    assert "Ann Berg" not in shown and 'value="nobody"' in shown
