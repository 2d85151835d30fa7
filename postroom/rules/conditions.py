"""Conditions of outgoing rules: nested {match, conditions} or {field, operator, value}, over a dict of values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

FIELDS = (
    "technician_group",
    "category",
    "department",
    "location",
    "company",
    "assignee",
    "priority",
    "status",
    "kind",
    "source",
    "mailbox",
    "requester_domain",
    "recipient_domain",
    "notification",
    "tags",
)
MAX_DEPTH = 10

Texts = list[str]
Problem = tuple[str, str]


def _equal(have: Texts, want: Texts) -> bool:
    return any(text in want for text in have)


def _contains(have: Texts, want: Texts) -> bool:
    return any(part in text for text in have for part in want)


_ASSERTIONS: dict[str, Callable[[Texts, Texts], bool]] = {
    "is": _equal,
    "is_not": lambda have, want: not _equal(have, want),
    "in": _equal,
    "not_in": lambda have, want: not _equal(have, want),
    "contains": _contains,
    "not_contains": lambda have, want: not _contains(have, want),
    "starts_with": lambda have, want: any(text.startswith(tuple(want)) for text in have),
    "ends_with": lambda have, want: any(text.endswith(tuple(want)) for text in have),
    "empty": lambda have, _want: not have,
    "not_empty": lambda have, _want: bool(have),
}
OPERATORS = tuple(_ASSERTIONS)
_WITHOUT_VALUE = ("empty", "not_empty")
_WITH_LIST = ("in", "not_in")


def all_or_any(match: object, conditions: object, values: Mapping[str, object]) -> bool:
    """Whether the conditions hold together: ``match`` is "all" or "any".

    Args:
        conditions: a sequence of {field, operator, value} and {match, conditions}.
        values: for each field a text, a list of texts, or None. Text is compared without case.

    Returns:
        False for what cannot be judged: no conditions, an unknown field or operator, nesting beyond ``MAX_DEPTH``.
        Never raises.

    >>> all_or_any("all", [{"field": "department", "operator": "in", "value": ["HR"]}], {"department": "hr"})
    True
    """
    return _together(match, conditions, values, 0)


def _together(match: object, conditions: object, values: Mapping[str, object], depth: int) -> bool:
    if not isinstance(conditions, list | tuple) or not conditions or depth > MAX_DEPTH or match not in ("all", "any"):
        return False
    held = (_holds(condition, values, depth) for condition in conditions)
    return all(held) if match == "all" else any(held)


def _holds(condition: object, values: Mapping[str, object], depth: int) -> bool:
    if not isinstance(condition, Mapping):
        return False
    if "conditions" in condition:
        return _together(condition.get("match", "all"), condition["conditions"], values, depth + 1)
    field, operator = condition.get("field"), condition.get("operator")
    if field not in FIELDS or operator not in OPERATORS:
        return False
    wanted = _texts(condition.get("value"))
    if not wanted and operator not in _WITHOUT_VALUE:
        return False
    return _ASSERTIONS[str(operator)](_texts(values.get(str(field))), wanted)


def _texts(value: object) -> Texts:
    """One or many values as folded texts; nothing, and blank texts, are left out."""
    many = value if isinstance(value, list | tuple | set | frozenset) else [value]
    return [text for one in many if one is not None and (text := str(one).strip().casefold())]


def validate(conditions: object, path: str = "conditions") -> list[Problem]:
    """What is wrong with the conditions of a rule, as (path, message); an empty list means that they can be saved.

    >>> validate([])
    [('conditions', 'Add at least one condition.')]
    """
    return list(_problems(conditions, path, 0))


def _problems(conditions: object, path: str, depth: int) -> Sequence[Problem]:
    if not isinstance(conditions, list | tuple) or not conditions:
        return [(path, "Add at least one condition.")]
    if depth > MAX_DEPTH:
        return [(path, f"Conditions nest at most {MAX_DEPTH} levels deep.")]
    found: list[Problem] = []
    for index, condition in enumerate(conditions):
        here = f"{path}[{index}]"
        if not isinstance(condition, Mapping):
            found.append((here, "A condition is {field, operator, value} or {match, conditions}."))
        elif "conditions" in condition:
            if condition.get("match", "all") not in ("all", "any"):
                found.append((f"{here}.match", "Choose all or any."))
            found.extend(_problems(condition["conditions"], f"{here}.conditions", depth + 1))
        else:
            found.extend(_problems_of_one(condition, here))
    return found


def _problems_of_one(condition: Mapping[str, Any], here: str) -> Sequence[Problem]:
    found: list[Problem] = []
    field, operator, value = condition.get("field"), condition.get("operator"), condition.get("value")
    if field not in FIELDS:
        found.append((f"{here}.field", f"Unknown field {field!r}. Fields: {', '.join(FIELDS)}."))
    if operator not in OPERATORS:
        found.append((f"{here}.operator", f"Unknown operator {operator!r}. Operators: {', '.join(OPERATORS)}."))
    elif operator not in _WITHOUT_VALUE and not _texts(value):
        found.append((f"{here}.value", "Enter a value."))
    elif operator not in (*_WITHOUT_VALUE, *_WITH_LIST) and not isinstance(value, str):
        found.append((f"{here}.value", f"The operator {operator} takes one text."))
    found.extend((f"{here}.{name}", "Unknown key.") for name in condition if name not in ("field", "operator", "value"))
    return found
