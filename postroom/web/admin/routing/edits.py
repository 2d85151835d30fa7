"""What the buttons of the rules panel do to the draft; nothing is stored before Update."""

from __future__ import annotations

from collections.abc import Callable

from postroom.channels.models import OutgoingServer
from postroom.rules.conditions import MAX_DEPTH
from postroom.web.admin.routing.drafts import FIRST, Condition, Draft, DraftRule, Group


def edit(draft: Draft, do: str) -> str:
    """Do what a button says: ``name``, ``name:rule`` or ``name:rule:place``. Returns the id of what gets the focus."""
    name, _, rest = do.partition(":")
    uid, _, place = rest.partition(":")
    if name == "add":
        return _add(draft)
    rule = draft.rule(uid)
    if rule is None:
        return ""
    if name in _OF_LIST:
        return _OF_LIST[name](draft, rule)
    return _OF_RULE[name](rule, place) if name in _OF_RULE else ""


def _add(draft: Draft) -> str:
    """A new rule goes last (R3), with one condition to be filled in."""
    primary = OutgoingServer.objects.filter(primary=True).values_list("name", flat=True).first()
    rule = DraftRule(draft.new_uid(), server=primary or "", root=Group(items=[Condition(*FIRST)]), is_open=True)
    draft.rules.append(rule)
    return f"rule-{rule.uid}-name"


def _duplicate(draft: Draft, rule: DraftRule) -> str:
    copy = DraftRule.of(draft.new_uid(), {**rule.shape(), "name": f"{rule.name} copy"[:200]})
    copy.is_open = True
    draft.rules.append(copy)
    return f"rule-{copy.uid}-name"


def _delete(draft: Draft, rule: DraftRule) -> str:
    at = draft.rules.index(rule)
    del draft.rules[at]
    near = draft.rules[at : at + 1] or draft.rules[-1:]
    return f"rule-{near[0].uid}-fold" if near else "rule-add"


def _move(step: int) -> Callable[[Draft, DraftRule], str]:
    def move(draft: Draft, rule: DraftRule) -> str:
        at = draft.rules.index(rule)
        to = min(max(at + step, 0), len(draft.rules) - 1)
        draft.rules.insert(to, draft.rules.pop(at))
        return f"rule-{rule.uid}-{'up' if step < 0 else 'down'}"

    return move


def _fold(draft: Draft, rule: DraftRule) -> str:
    """Open a folded rule, or fold an open one."""
    rule.is_open = not rule.is_open
    return f"rule-{rule.uid}-fold"


def _add_condition(rule: DraftRule, place: str) -> str:
    group = rule.root.group_at(place)
    group.items.append(Condition(*FIRST))
    return _id(rule, place, len(group.items) - 1)


def _add_group(rule: DraftRule, place: str) -> str:
    group = rule.root.group_at(place)
    if place.count("-") + 1 >= MAX_DEPTH:
        return ""
    group.items.append(Group("any" if group.match == "all" else "all", [Condition(*FIRST)]))
    return _id(rule, f"{place}-{len(group.items) - 1}".removeprefix("-"), 0)


def _remove(rule: DraftRule, place: str) -> str:
    rule.root.remove(place)
    above, _, last = place.rpartition("-")
    group = rule.root.group_at(above)
    if not group.items:
        return f"rule-{rule.uid}-add-{above}"
    at = min(int(last) if last.isdecimal() and len(last) < 9 else 0, len(group.items) - 1)
    return _id(rule, above, at) if isinstance(group.items[at], Condition) else f"rule-{rule.uid}-add-{above}"


def _id(rule: DraftRule, place: str, index: int) -> str:
    """The id of a condition's first control."""
    key = f"{place}-{index}".removeprefix("-")
    return f"rule-{rule.uid}-at-{key}"


_OF_LIST: dict[str, Callable[[Draft, DraftRule], str]] = {
    "duplicate": _duplicate,
    "delete": _delete,
    "up": _move(-1),
    "down": _move(1),
    "fold": _fold,
}
_OF_RULE: dict[str, Callable[[DraftRule, str], str]] = {
    "condition": _add_condition,
    "group": _add_group,
    "remove": _remove,
}
