"""Conditions of outgoing rules: what holds, and what an administrator is told before saving."""

from __future__ import annotations

from typing import Any

import pytest

from postroom.rules.conditions import FIELDS, OPERATORS, all_or_any, validate

VALUES = {
    "technician_group": "HR",
    "category": "Hardware / Laptop",
    "tags": ["vip", "Berlin office"],
    "recipient_domain": ["example.test", "partner.test"],
    "department": None,
    "location": " ",
}


def one(field: str, operator: str, value: object = None) -> dict[str, Any]:
    return {"field": field, "operator": operator, "value": value}


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        (one("technician_group", "is", "hr"), True),
        (one("technician_group", "is", "h"), False),
        (one("technician_group", "is_not", "IT"), True),
        (one("technician_group", "is_not", "HR"), False),
        (one("technician_group", "in", ["it", "hr"]), True),
        (one("technician_group", "in", "hr"), True),
        (one("technician_group", "in", ["it"]), False),
        (one("technician_group", "not_in", ["it"]), True),
        (one("technician_group", "not_in", ["hr"]), False),
        (one("category", "contains", "LAPTOP"), True),
        (one("category", "contains", "phone"), False),
        (one("category", "not_contains", "phone"), True),
        (one("category", "not_contains", "laptop"), False),
        (one("category", "starts_with", "hardware"), True),
        (one("category", "starts_with", "laptop"), False),
        (one("category", "ends_with", "laptop"), True),
        (one("category", "ends_with", "hardware"), False),
        (one("tags", "is", "VIP"), True),
        (one("tags", "contains", "berlin"), True),
        (one("tags", "is_not", "vip"), False),
        (one("recipient_domain", "in", ["partner.test"]), True),
        (one("department", "empty"), True),
        (one("location", "empty"), True),
        (one("company", "empty"), True),
        (one("category", "empty"), False),
        (one("category", "not_empty"), True),
        (one("department", "not_empty"), False),
        (one("department", "is_not", "HR"), True),
        (one("department", "not_contains", "HR"), True),
        (one("department", "starts_with", "H"), False),
    ],
)
def test_each_operator_compares_without_case(condition: dict[str, Any], holds: bool) -> None:
    assert all_or_any("all", [condition], VALUES) is holds


YES, NO = one("technician_group", "is", "HR"), one("technician_group", "is", "IT")


@pytest.mark.parametrize(
    ("match", "conditions", "holds"),
    [
        ("all", [YES, YES], True),
        ("all", [YES, NO], False),
        ("any", [NO, YES], True),
        ("any", [NO, NO], False),
        ("all", [YES, {"match": "any", "conditions": [NO, YES]}], True),
        ("any", [NO, {"match": "all", "conditions": [YES, NO]}], False),
        ("any", [{"match": "all", "conditions": [YES, {"match": "any", "conditions": [NO, YES]}]}, NO], True),
    ],
)
def test_conditions_nest_with_all_and_any(match: str, conditions: list[Any], holds: bool) -> None:
    assert all_or_any(match, conditions, VALUES) is holds


def nested(levels: int) -> list[Any]:
    conditions: list[Any] = [YES]
    for _ in range(levels):
        conditions = [{"match": "all", "conditions": conditions}]
    return conditions


@pytest.mark.parametrize(
    "conditions",
    [
        [],
        None,
        "tags",
        [None],
        ["tags"],
        [{}],
        [one("shoe_size", "is_not", "1")],
        [one("tags", "resembles", "vip")],
        [one("tags", "is_not")],
        [one("tags", "starts_with", "")],
        [{"field": ["tags"], "operator": {}, "value": 1}],
        [{"match": "none", "conditions": [YES]}],
        [{"match": "all", "conditions": []}],
        nested(5_000),
    ],
)
def test_what_cannot_be_judged_never_holds_and_is_refused_at_saving(conditions: Any) -> None:
    assert all_or_any("all", conditions, VALUES) is False
    assert validate(conditions)


def test_a_rule_without_conditions_is_refused() -> None:
    assert validate([]) == [("conditions", "Add at least one condition.")]
    assert validate([{"match": "any", "conditions": []}]) == [
        ("conditions[0].conditions", "Add at least one condition.")
    ]


def test_each_fault_is_named_with_its_path() -> None:
    conditions = [
        YES,
        one("shoe_size", "is", "44"),
        {"match": "some", "conditions": [one("tags", "resembles", "vip"), one("tags", "is")]},
        one("tags", "is", ["vip"]),
        {**YES, "colour": "red"},
        7,
    ]
    assert [path for path, _message in validate(conditions)] == [
        "conditions[1].field",
        "conditions[2].match",
        "conditions[2].conditions[0].operator",
        "conditions[2].conditions[1].value",
        "conditions[3].value",
        "conditions[4].colour",
        "conditions[5]",
    ]


def test_every_field_and_operator_of_the_contract_can_be_saved() -> None:
    for field in FIELDS:
        for operator in OPERATORS:
            value: object = ["x"] if operator in ("in", "not_in") else "x"
            assert validate([one(field, operator, value)]) == []
    assert validate([one("tags", "empty"), {"field": "tags", "operator": "not_empty"}]) == []
    assert validate(nested(3)) == []
