"""Rules that can never match, because an earlier one catches everything first."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from postroom.rules.conditions import all_or_any
from postroom.rules.model import RuleFacts
from postroom.rules.overlaps import implies, shadowing


def one(field: str, operator: str, value: Any = None) -> dict[str, Any]:
    return {"field": field, "operator": operator} | ({} if value is None else {"value": value})


def both(*conditions: dict[str, Any]) -> dict[str, Any]:
    return {"match": "all", "conditions": list(conditions)}


def either(*conditions: dict[str, Any]) -> dict[str, Any]:
    return {"match": "any", "conditions": list(conditions)}


def a_rule(*conditions: dict[str, Any], match: Any = "all", enabled: bool = True) -> RuleFacts:
    return RuleFacts("rule", enabled, 1, match, conditions)


HR = one("technician_group", "in", ["HR", "Payroll"])
HIGH = one("priority", "is", "high")


@pytest.mark.parametrize(
    ("strict", "wide"),
    [
        (HR, HR),
        (one("technician_group", "is", "hr"), HR),
        (one("priority", "is_not", "low"), one("priority", "not_in", ["Low"])),
        (one("priority", "not_in", ["low", "medium"]), one("priority", "is_not", "low")),
        (HIGH, one("priority", "is_not", "low")),
        (HIGH, one("priority", "not_empty")),
        (one("location", "empty"), one("location", "is_not", "Gdańsk")),
        (one("location", "empty"), one("location", "not_contains", "d")),
        (one("location", "is", "Gdańsk"), one("location", "starts_with", "gda")),
        (one("location", "is", "Gdańsk"), one("location", "not_contains", "war")),
        (one("location", "starts_with", "Gdańsk"), one("location", "starts_with", "Gda")),
        (one("location", "ends_with", "office"), one("location", "contains", "fic")),
        (one("location", "not_contains", "a"), one("location", "not_contains", "war")),
        (both(HR, HIGH), HR),
        (both(HR, HIGH), both(HIGH)),
        (HR, either(HIGH, HR)),
        (either(HR, both(HIGH, HR)), HR),
        (both(HR, either(HIGH, one("priority", "is", "urgent"))), one("priority", "in", ["high", "urgent"])),
    ],
)
def test_what_a_stricter_condition_says_lies_within_the_wider_one(strict: dict[str, Any], wide: dict[str, Any]) -> None:
    assert implies(strict, wide)


@pytest.mark.parametrize(
    ("wide", "strict"),
    [
        (HR, one("technician_group", "is", "HR")),
        (HR, one("assignee", "in", ["HR", "Payroll"])),
        (HR, both(HR, HIGH)),
        (either(HR, HIGH), HR),
        (one("location", "contains", "fic"), one("location", "ends_with", "office")),
        (one("location", "not_contains", "war"), one("location", "not_contains", "a")),
        (one("location", "not_empty"), one("location", "is", "Gdańsk")),
        (one("location", "is_not", "Gdańsk"), one("location", "empty")),
        ({"match": "all", "conditions": []}, HR),
    ],
)
def test_what_a_wider_condition_says_reaches_beyond_the_stricter_one(
    wide: dict[str, Any], strict: dict[str, Any]
) -> None:
    assert not implies(wide, strict)


def test_a_rule_behind_one_with_the_same_or_fewer_conditions_can_never_match() -> None:
    rules = [a_rule(HR), a_rule(HIGH), a_rule(HR, HIGH), a_rule(HR), a_rule(one("status", "is", "open"))]
    assert shadowing(rules) == {2: 0, 3: 0}


def test_a_disabled_rule_catches_nothing_and_is_not_complained_about() -> None:
    assert shadowing([a_rule(HR, enabled=False), a_rule(HR), a_rule(HR, enabled=False)]) == {}


def test_a_rule_without_conditions_matches_nothing_and_so_catches_nothing() -> None:
    assert shadowing([a_rule(), a_rule(HR)]) == {}


def test_tags_are_several_values_so_one_of_them_excludes_no_other() -> None:
    assert not implies(one("tags", "is", "vip"), one("tags", "is_not", "printer"))


VALUES = [None, "", "a", "b", "ab", "ba", ["a"], ["a", "b"]]
TEXTS = ["a", "b", "ab"]
LEAVES = [
    one(field, operator, None if "empty" in operator else [text] if "in" in operator.split("_") else text)
    for field, operator, text in itertools.product(
        ["location", "tags"],
        ["is", "is_not", "in", "not_in", "contains", "not_contains", "starts_with", "ends_with", "empty", "not_empty"],
        TEXTS,
    )
]
trees = st.recursive(
    st.sampled_from(LEAVES),
    lambda inner: st.builds(
        lambda match, conditions: {"match": match, "conditions": conditions},
        st.sampled_from(["all", "any"]),
        st.lists(inner, min_size=1, max_size=3),
    ),
    max_leaves=5,
)


@settings(max_examples=300, deadline=None)
@given(trees, trees)
def test_whatever_is_said_to_be_caught_is_caught_for_every_request(strict: Any, wide: Any) -> None:
    if not implies(strict, wide):
        return
    for location, tags in itertools.product(VALUES[:6], VALUES):
        values = {"location": location, "tags": tags}
        assert not all_or_any("all", [strict], values) or all_or_any("all", [wide], values)
