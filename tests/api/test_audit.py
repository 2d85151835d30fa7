"""The configuration audit over REST: to read, to find, to export, never to change."""

from __future__ import annotations

import csv
import io

import pytest
from django.utils import timezone

from postroom.audit.services import SYSTEM, record
from tests import build
from tests.api.conftest import Script


def test_an_entry_has_the_fields_of_the_contract(admin: Script) -> None:
    admin.patch("preferences", allow_guests=False)
    (row,) = admin.get("audit").body["results"]

    assert row.keys() == {"id", "at", "actor", "actor_name", "ip", "action", "object", "changes"}
    assert (row["actor"], row["ip"], row["action"]) == ("ada@desk.test", "127.0.0.1", "updated")
    assert row["object"] == {"type": "preferences", "id": "1", "name": "Email Preference"}
    assert row["changes"] == [{"field": "allow_guests", "old": True, "new": False}]


def test_entries_are_found_by_actor_object_action_and_time(admin: Script) -> None:
    admin.patch("preferences", allow_guests=False)
    record(actor=SYSTEM, action="created", object_=build.a_group("Night shift"), name="Night shift", changes=[])
    today = timezone.now().date().isoformat()

    def found(**query: str) -> list[str]:
        return [row["object"]["name"] for row in admin.get("audit", **query).body["results"]]

    assert found() == ["Night shift", "Email Preference"]
    assert found(actor="ada@desk.test") == found(object="preferences") == ["Email Preference"]
    assert found(action="created") == ["Night shift"]
    assert found(since=today, until=today) == ["Night shift", "Email Preference"]
    assert found(since="2100-01-01") == found(until="2000-01-01T00:00:00Z") == []


def test_a_plus_sign_that_was_not_escaped_is_understood(admin: Script) -> None:
    assert admin.get("audit?since=2026-01-01T00:00:00+02:00").status_code == 200


@pytest.mark.parametrize("since", ["yesterday", "2026-13-01", "0001-01-01T00:00:00+14:00", "9999-12-31"])
def test_a_time_that_is_none_is_refused_at_its_field(since: str, admin: Script) -> None:
    answer = admin.get("audit", since=since)

    assert (answer.status_code, answer.body["errors"][0]["field"]) == (400, "since")


def test_the_export_has_a_line_for_every_change_and_no_formula(admin: Script) -> None:
    admin.patch("preferences", allow_guests=False, email_to_request=False)
    record(actor=SYSTEM, action="created", object_=build.a_group("=1+1"), name="=1+1", changes=[])
    answer = admin.get("audit", format="csv")
    lines = list(csv.DictReader(io.StringIO(answer.getvalue().decode())))

    assert answer.headers["Content-Type"].startswith("text/csv")
    assert "attachment" in answer.headers["Content-Disposition"]
    assert [(line["object_name"], line["field"], line["new"]) for line in lines] == [
        ("'=1+1", "", ""),
        ("Email Preference", "allow_guests", "false"),
        ("Email Preference", "email_to_request", "false"),
    ]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_nobody_changes_the_audit(method: str, admin: Script) -> None:
    answer = admin.send(method, "audit", "{}")

    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET")
    assert admin.send(method, "audit/1", "{}").status_code == 404
