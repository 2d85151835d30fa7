"""A group, company or category gets another name: the outgoing rules that name it go on meaning it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from postroom.audit.changes import record_save
from postroom.audit.services import Actor
from postroom.channels.models import OutgoingRule
from postroom.channels.services.changing import changing
from postroom.channels.shapes import show_rule

_WHOLE_NAMES = ("is", "is_not", "in", "not_in")


def rename_in_rules(actor: Actor, field: str, renamed: Mapping[str, str]) -> int:
    """Put the new names into the conditions on ``field`` that hold an old one whole. Returns how many rules changed."""
    new_names = {old.casefold(): new for old, new in renamed.items() if old != new}
    if not new_names:
        return 0
    changed = 0
    with changing():
        for rule in OutgoingRule.objects.select_related("server"):
            conditions = _renamed(rule.conditions, field, new_names)
            if conditions == rule.conditions:
                continue
            before = show_rule(rule)
            rule.conditions = conditions
            rule.save(update_fields=["conditions"])
            record_save(actor, rule, before, show_rule(rule))
            changed += 1
    return changed


def _renamed(conditions: Any, field: str, names: Mapping[str, str]) -> Any:
    return [_renamed_one(item, field, names) for item in conditions] if isinstance(conditions, list) else conditions


def _renamed_one(item: Any, field: str, names: Mapping[str, str]) -> Any:
    if not isinstance(item, Mapping):
        return item
    if "conditions" in item:
        return {**item, "conditions": _renamed(item["conditions"], field, names)}
    if item.get("field") != field or item.get("operator") not in _WHOLE_NAMES:
        return item
    value = item.get("value")
    if isinstance(value, list):
        return {**item, "value": [names.get(str(one).casefold(), one) for one in value]}
    return {**item, "value": names.get(str(value).casefold(), value)}
