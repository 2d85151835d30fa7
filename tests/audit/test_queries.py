"""Finding entries of the configuration audit again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from postroom.audit.export import as_cell
from postroom.audit.models import AuditEntry
from postroom.audit.queries import as_row, entries
from postroom.audit.services import SYSTEM, Actor, record
from tests import build

pytestmark = pytest.mark.django_db


def _names(**wanted: Any) -> list[str]:
    return [entry.object_name for entry in entries(**wanted)]


@pytest.fixture(autouse=True)
def _history() -> None:
    ada = build.ada()
    server, group = build.an_outgoing_server("Relay", "relay@desk.test"), build.a_group("Night shift")
    changes = [{"field": "port", "old": 25, "new": 587}]
    record(actor=Actor(ada.name, ada.pk, "192.0.2.7"), action="updated", object_=server, name="Relay", changes=changes)
    record(actor=SYSTEM, action="created", object_=group, name="Night shift", changes=[])


def test_an_entry_tells_who_changed_what_from_where() -> None:
    entry = AuditEntry.objects.get(object_name="Relay")

    assert as_row(entry) == {
        "id": entry.pk,
        "at": entry.at.isoformat(),
        "actor": "ada@desk.test",
        "actor_name": "Ada Administrator",
        "ip": "192.0.2.7",
        "action": "updated",
        "object": {"type": "outgoing_server", "id": entry.object_id, "name": "Relay"},
        "changes": [{"field": "port", "old": 25, "new": 587}],
    }


def test_the_actor_keeps_the_name_when_the_person_is_gone() -> None:
    build.ada().delete()

    assert [as_row(entry)["actor"] for entry in entries(object_="Relay")] == ["Ada Administrator"]


@pytest.mark.parametrize("actor", ["ada@desk.test", "ADA@desk.test", "administrator"])
def test_entries_are_found_by_the_actors_address_or_name(actor: str) -> None:
    assert _names(actor=actor) == ["Relay"]


@pytest.mark.parametrize("wanted", ["outgoing_server", "outgoing-servers", "Outgoing server", "rela", "outgoingserver"])
def test_entries_are_found_by_the_kind_of_object_or_its_name(wanted: str) -> None:
    assert _names(object_=wanted) == ["Relay"]


def test_the_history_of_one_object_is_found_by_its_kind_and_id() -> None:
    key = AuditEntry.objects.get(object_name="Relay").object_id

    assert _names(object_=f"outgoing_server/{key}") == ["Relay"]
    assert _names(object_="outgoing_server/0") == []


def test_entries_are_found_by_time_and_by_what_was_done() -> None:
    now = timezone.now()

    assert _names(since=now - timedelta(minutes=1), until=now + timedelta(minutes=1)) == ["Night shift", "Relay"]
    assert _names(since=now + timedelta(minutes=1)) == _names(until=now - timedelta(minutes=1)) == []
    assert _names(action="created") == ["Night shift"]


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\uff1d", "\uff0b", "\uff0d", "\uff20"])
def test_no_cell_of_the_csv_is_a_formula_in_half_width_or_full(sign: str) -> None:
    assert as_cell(f"{sign}1+1") == f"'{sign}1+1"
