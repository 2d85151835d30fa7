"""Outgoing rules over REST: their order is what counts."""

from __future__ import annotations

from typing import Any

import pytest

from tests import build
from tests.api.conftest import Script

HR = [{"field": "technician_group", "operator": "in", "value": ["HR"]}]


@pytest.fixture
def rules(admin: Script) -> list[int]:
    """Three rules: One, Two, Three."""
    build.an_outgoing_server("HR", "hr@desk.test", primary=True)
    return [
        admin.post("outgoing-rules", name=name, server="HR", conditions=HR).body["id"]
        for name in ("One", "Two", "Three")
    ]


def order(admin: Script) -> list[str]:
    rows = admin.get("outgoing-rules").body["results"]
    assert [row["position"] for row in rows] == list(range(1, len(rows) + 1))
    return [row["name"] for row in rows]


def test_a_new_rule_stands_last(rules: list[int], admin: Script) -> None:
    made = admin.post("outgoing-rules", name="Four", server="hr", match="any", conditions=HR).body

    assert order(admin) == ["One", "Two", "Three", "Four"]
    assert made == {
        "id": made["id"],
        "position": 4,
        "name": "Four",
        "enabled": True,
        "server": "HR",
        "match": "any",
        "conditions": HR,
    }


@pytest.mark.parametrize(
    ("which", "position", "expected"),
    [(2, 1, "Three One Two"), (0, 3, "Two Three One"), (1, 1, "Two One Three"), (1, 2, "One Two Three")],
)
def test_a_rule_is_moved_to_its_new_position(
    which: int, position: int, expected: str, rules: list[int], admin: Script
) -> None:
    moved = admin.patch(f"outgoing-rules/{rules[which]}", position=position)

    assert (moved.status_code, moved.body["position"]) == (200, position)
    assert order(admin) == expected.split()


def test_a_new_rule_can_be_put_in_between(rules: list[int], admin: Script) -> None:
    admin.post("outgoing-rules", name="First", server="HR", conditions=HR, position=1)

    assert order(admin) == ["First", "One", "Two", "Three"]


@pytest.mark.parametrize("position", [0, 4, "x", True, 2**70])
def test_a_position_that_is_none_is_refused_and_nothing_moves(
    position: object, rules: list[int], admin: Script
) -> None:
    answer = admin.patch(f"outgoing-rules/{rules[0]}", position=position)

    assert (answer.status_code, answer.body["errors"][0]["field"]) == (400, "position")
    assert order(admin) == ["One", "Two", "Three"]


def test_all_rules_are_put_into_a_new_order_at_once(rules: list[int], admin: Script) -> None:
    ordered = admin.post("outgoing-rules/order", ids=rules[::-1])

    assert [row["name"] for row in ordered.body] == order(admin) == ["Three", "Two", "One"]
    assert admin.post("outgoing-rules/order", ids=rules[:2]).status_code == 400


def test_a_rule_is_replaced_where_it_stands(rules: list[int], admin: Script) -> None:
    replaced = admin.put(f"outgoing-rules/{rules[1]}", name="Other", server="HR", enabled=False, conditions=HR)

    assert (replaced.body["enabled"], replaced.body["position"]) == (False, 2)
    assert order(admin) == ["One", "Other", "Three"]


def test_the_rules_behind_a_deleted_one_move_up(rules: list[int], admin: Script) -> None:
    assert admin.delete(f"outgoing-rules/{rules[0]}").status_code == 204
    assert order(admin) == ["Two", "Three"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"server": "Nowhere"}, "server"),
        ({"conditions": []}, "conditions"),
        ({"conditions": [{"field": "colour", "operator": "is", "value": "red"}]}, "conditions[0].field"),
        ({"match": "some"}, "match"),
    ],
)
def test_a_rule_that_cannot_be_is_refused_at_its_field(
    change: dict[str, Any], field: str, rules: list[int], admin: Script
) -> None:
    answer = admin.patch(f"outgoing-rules/{rules[0]}", **change)

    assert (answer.status_code, answer.body["errors"][0]["field"]) == (400, field)
