"""Outgoing rules: an explicit order, and an audit entry a change."""

from __future__ import annotations

from typing import Any

import pytest

from postroom.audit.models import AuditEntry
from postroom.audit.services import Actor
from postroom.channels.models import OutgoingRule
from postroom.channels.services import Invalid, delete_rule, order_rules, save_rule
from tests import build

pytestmark = pytest.mark.django_db

ADA = Actor("Ada", ip="192.0.2.1")


def a_rule(name: str, **fields: Any) -> OutgoingRule:
    build.an_outgoing_server("HR") if not OutgoingRule.objects.exists() else None
    conditions = [{"field": "technician_group", "operator": "in", "value": ["HR"]}]
    return save_rule(ADA, {"name": name, "server": "HR", "conditions": conditions, **fields})


def names() -> list[str]:
    return list(OutgoingRule.objects.values_list("name", flat=True))


def test_a_new_rule_goes_last() -> None:
    a_rule("first"), a_rule("second")
    assert names() == ["first", "second"]


def test_rules_can_be_put_into_another_order() -> None:
    first, second, third = a_rule("first"), a_rule("second"), a_rule("third")
    order_rules(ADA, [third.pk, first.pk, second.pk])
    assert names() == ["third", "first", "second"]
    entry = AuditEntry.objects.get(action="reordered")
    assert entry.changes == [
        {"field": "order", "old": ["first", "second", "third"], "new": ["third", "first", "second"]}
    ]
    with pytest.raises(Invalid):
        order_rules(ADA, [first.pk, second.pk])


def test_a_deleted_rule_leaves_no_gap() -> None:
    first = a_rule("first")
    a_rule("second")
    delete_rule(ADA, first)
    assert list(OutgoingRule.objects.values_list("position", flat=True)) == [0]
    a_rule("third")
    assert names() == ["second", "third"]


def test_a_rule_without_conditions_is_refused() -> None:
    with pytest.raises(Invalid) as raised:
        a_rule("all", conditions=[])
    assert raised.value.errors == [("conditions", "Add at least one condition.")]


def test_nested_conditions_are_kept_as_they_are() -> None:
    nested = [{"match": "any", "conditions": [{"field": "tags", "operator": "not_empty"}]}]
    assert a_rule("nested", conditions=nested).conditions == nested


def test_an_update_writes_who_changed_what() -> None:
    rule = a_rule("HR")
    save_rule(ADA, {"name": "Staff"}, rule)
    entry = AuditEntry.objects.first()
    assert entry is not None
    expected = ("updated", "Ada", "192.0.2.1", "outgoingrule")
    assert (entry.action, entry.actor_name, entry.ip, entry.object_type) == expected
    assert entry.changes == [{"field": "name", "old": "HR", "new": "Staff"}]


def test_saving_the_same_again_is_no_change() -> None:
    rule = a_rule("HR")
    save_rule(ADA, {"name": "HR"}, rule)
    assert AuditEntry.objects.count() == 1
