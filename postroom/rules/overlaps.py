"""Which outgoing rules can never match, because an earlier one catches everything that they would.

Only what follows from the conditions alone is found: ``is HR`` lies within ``in HR, IT``, ``all`` of more conditions
within ``all`` of fewer. What is not found may still overlap.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from postroom.rules.conditions import MAX_DEPTH
from postroom.rules.model import RuleFacts

Condition = Mapping[str, Any]
Wanted = frozenset[str]

_EQUAL = ("is", "in")
_NOT_EQUAL = ("is_not", "not_in")
# Fields that have many values at once: two conditions may hold by two of them.
_MANY = ("tags",)


def shadowing(rules: Sequence[RuleFacts]) -> dict[int, int]:
    """The index of each enabled rule that can never match, with that of the earlier rule which catches all of it."""
    whole: list[tuple[int, Condition]] = []
    found: dict[int, int] = {}
    for index, rule in enumerate(rules):
        if not rule.enabled or not rule.conditions:
            continue
        this: Condition = {"match": rule.match, "conditions": rule.conditions}
        earlier = next((number for number, other in whole if implies(this, other)), None)
        if earlier is None:
            whole.append((index, this))
        else:
            found[index] = earlier
    return found


def implies(one: Condition, other: Condition, depth: int = 0) -> bool:
    """True if ``other`` certainly holds wherever ``one`` does.

    >>> implies({"field": "priority", "operator": "is", "value": "High"},
    ...         {"field": "priority", "operator": "in", "value": ["high", "urgent"]})
    True
    """
    if depth > 2 * MAX_DEPTH:
        return False
    ours, theirs = _parts(one), _parts(other)
    if ours is not None and one.get("match", "all") == "any":
        return bool(ours) and all(implies(part, other, depth + 1) for part in ours)
    if theirs is not None and other.get("match", "all") == "all":
        return bool(theirs) and all(implies(one, part, depth + 1) for part in theirs)
    if ours is not None and any(implies(part, other, depth + 1) for part in ours):
        return True
    if theirs is not None:
        return any(implies(one, part, depth + 1) for part in theirs)
    return ours is None and _implies(one, other)


def _parts(condition: Condition) -> Sequence[Condition] | None:
    """What a group consists of; None where it is a single condition."""
    return cast("Sequence[Condition]", condition["conditions"]) if "conditions" in condition else None


def _implies(one: Condition, other: Condition) -> bool:
    if one.get("field") != other.get("field"):
        return False
    ours, theirs = _wanted(one), _wanted(other)
    mine, its = str(one.get("operator")), str(other.get("operator"))
    if its == "not_empty":
        return mine in (*_EQUAL, "contains", "starts_with", "ends_with", "not_empty") and (
            bool(ours) or mine == "not_empty"
        )
    if mine == its == "empty":
        return True
    if mine == "empty":
        return its in (*_NOT_EQUAL, "not_contains") and bool(theirs)
    if not ours or not theirs:
        return False
    if mine in _EQUAL:
        return _of_equal(its, ours, theirs, many=one.get("field") in _MANY)
    if mine in _NOT_EQUAL:
        return its in _NOT_EQUAL and theirs <= ours
    return (its == mine or (its == "contains" and mine in _TESTS)) and _of_parts(its, ours, theirs)


def _of_equal(its: str, ours: Wanted, theirs: Wanted, *, many: bool) -> bool:
    """What follows from a value that is one of ``ours``."""
    if its in _EQUAL:
        return ours <= theirs
    if its in _NOT_EQUAL:
        return not many and not ours & theirs
    if its == "not_contains":
        return not many and not any(part in text for text in ours for part in theirs)
    holds = _TESTS.get(its)
    return holds is not None and all(any(holds(text, part) for part in theirs) for text in ours)


def _of_parts(operator: str, ours: Wanted, theirs: Wanted) -> bool:
    """What follows from a text with a part: the same of a smaller part."""
    if operator == "not_contains":
        return all(any(mine in part for mine in ours) for part in theirs)
    holds = _TESTS[operator]
    return all(any(holds(text, part) for part in theirs) for text in ours)


_TESTS: dict[str, Callable[[str, str], bool]] = {
    "contains": lambda text, part: part in text,
    "starts_with": str.startswith,
    "ends_with": str.endswith,
}


def _wanted(condition: Condition) -> Wanted:
    value = condition.get("value")
    many = value if isinstance(value, list | tuple) else [value]
    return frozenset(text for one in many if one is not None and (text := str(one).strip().casefold()))
