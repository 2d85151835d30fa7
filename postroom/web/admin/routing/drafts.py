"""The outgoing rules as they stand in the panel, stored or not: read from the database or from what was posted.

A form's fields arrive in the order of the page (HTML, 4.10.22), so the order of the rules and the nesting of their
conditions need no numbers: ``rule`` begins a rule, ``group`` opens and closes a group, ``field`` begins a condition.
A rule that is folded up travels in one field, ``folded``, as JSON.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from postroom.channels.models import OutgoingRule
from postroom.channels.shapes import show_rule
from postroom.rules.conditions import MAX_DEPTH
from postroom.web.admin.routing.attributes import WITH_LIST, WITHOUT_VALUE
from postroom.web.http import tag_of

FIRST = ("technician_group", "in")
FIELDS_AT_MOST = 100_000
_UID = re.compile(r"(new-)?[0-9]{1,18}")


@dataclass
class Condition:
    """One row: an attribute, an operator, values."""

    field: str
    operator: str
    values: list[str] = dataclasses.field(default_factory=list)

    def shape(self) -> dict[str, Any]:
        """The condition in the contract's form."""
        shown: dict[str, Any] = {"field": self.field, "operator": self.operator}
        if self.operator in WITHOUT_VALUE:
            return shown
        values = [value.strip() for value in self.values if value.strip()]
        return {**shown, "value": values if self.operator in WITH_LIST else (values or [""])[0]}


@dataclass
class Group:
    """Conditions and further groups that hold together, all or any of them."""

    match: str = "all"
    items: list[Condition | Group] = dataclasses.field(default_factory=list)

    def shape(self) -> dict[str, Any]:
        return {"match": self.match, "conditions": [item.shape() for item in self.items]}

    def group_at(self, key: str) -> Group:
        """The group that ``key`` names: "" this one, "2-0" the first within the third. Itself where there is none."""
        here = self
        for part in key.split("-") if key else []:
            inner = next((item for number, item in enumerate(here.items) if str(number) == part), None)
            if not isinstance(inner, Group):
                return self
            here = inner
        return here

    def remove(self, key: str) -> None:
        """Take out the condition or group that ``key`` names."""
        above, _, last = key.rpartition("-")
        group = self.group_at(above)
        group.items = [item for number, item in enumerate(group.items) if str(number) != last]


@dataclass
class DraftRule:
    """One rule. ``uid`` is the key of a stored one, or ``new-3``; ``errors`` are by the contract's paths."""

    uid: str
    name: str = ""
    enabled: bool = True
    server: str = ""
    root: Group = dataclasses.field(default_factory=Group)
    is_open: bool = False
    errors: dict[str, str] = dataclasses.field(default_factory=dict)

    @property
    def pk(self) -> int | None:
        return int(self.uid) if self.uid.isdecimal() and len(self.uid) < 19 else None

    def shape(self) -> dict[str, Any]:
        """The rule in the contract's form."""
        return {"name": self.name.strip(), "enabled": self.enabled, "server": self.server, **self.root.shape()}

    def folded(self) -> str:
        """All but the switch, as JSON, for the field of a rule that is folded up."""
        return json.dumps({key: value for key, value in self.shape().items() if key != "enabled"})

    @classmethod
    def of(cls, uid: str, shape: dict[str, Any]) -> DraftRule:
        """The draft of a rule in the contract's form; what does not belong there is left out."""
        return cls(
            uid=uid,
            name=str(shape.get("name", "")),
            enabled=bool(shape.get("enabled", True)),
            server=str(shape.get("server", "")),
            root=_group(shape, 0),
        )


@dataclass
class Draft:
    """All rules in their order. ``version`` says which stored rules they were made from."""

    rules: list[DraftRule] = dataclasses.field(default_factory=list)
    version: str = ""

    @classmethod
    def stored(cls) -> Draft:
        stored = list(OutgoingRule.objects.select_related("server"))
        return cls([DraftRule.of(str(rule.pk), show_rule(rule)) for rule in stored], version_of(stored))

    @classmethod
    def posted(cls, body: bytes) -> Draft:
        """What the panel holds (application/x-www-form-urlencoded). Fields that make no sense are skipped."""
        draft = cls()
        reader = _Reader(draft)
        for name, value in parse_qsl(
            body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=FIELDS_AT_MOST
        ):
            reader.read(name, value.replace("\x00", ""))
        return draft

    def rule(self, uid: str) -> DraftRule | None:
        return next((rule for rule in self.rules if rule.uid == uid), None)

    def new_uid(self) -> str:
        taken = {rule.uid for rule in self.rules}
        return next(uid for number in range(len(taken) + 1) if (uid := f"new-{number + 1}") not in taken)


def version_of(rules: list[OutgoingRule]) -> str:
    """Differs once anybody changed a rule or their order."""
    return tag_of([(rule.pk, show_rule(rule)) for rule in rules]).strip('"')


class _Reader:
    """Puts the fields of a form together, one after the other."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._rule: DraftRule | None = None
        self._groups: list[Group] = []

    def read(self, name: str, value: str) -> None:
        if name == "version":
            self._draft.version = value
        elif name == "rule":
            self._rule = self._begun(value)
        elif self._rule is not None:
            self._read_of_rule(self._rule, name, value)

    def _begun(self, uid: str) -> DraftRule | None:
        if not _UID.fullmatch(uid) or self._draft.rule(uid) is not None:
            return None
        rule = DraftRule(uid=uid, enabled=False)
        self._groups = [rule.root]
        self._draft.rules.append(rule)
        return rule

    def _read_of_rule(self, rule: DraftRule, name: str, value: str) -> None:
        if name == "enabled":
            rule.enabled = True
        elif name == "folded":
            shape = _loaded(value)
            unfolded = DraftRule.of(rule.uid, shape)
            rule.name, rule.server, rule.root = unfolded.name, unfolded.server, unfolded.root
        elif name == "name":
            rule.name, rule.is_open = value, True
        elif name == "server":
            rule.server = value
        else:
            self._read_of_conditions(name, value)

    def _read_of_conditions(self, name: str, value: str) -> None:
        here = self._groups[-1]
        last = here.items[-1] if here.items else None
        if name == "match":
            here.match = value
        elif name == "group" and value == "open" and len(self._groups) <= MAX_DEPTH:
            group = Group()
            here.items.append(group)
            self._groups.append(group)
        elif name == "group" and value == "close" and len(self._groups) > 1:
            self._groups.pop()
        elif name == "field":
            here.items.append(Condition(value, "is"))
        elif isinstance(last, Condition) and name == "operator":
            last.operator = value
        elif isinstance(last, Condition) and name == "value":
            last.values.append(value)
        elif isinstance(last, Condition) and name == "values":
            last.values.extend(piece.strip() for piece in value.split(",") if piece.strip())


def _loaded(text: str) -> dict[str, Any]:
    try:
        shape = json.loads(text)
    except ValueError:
        return {}
    return shape if isinstance(shape, dict) else {}


def _group(shape: dict[str, Any], depth: int) -> Group:
    listed = shape.get("conditions")
    items = listed if isinstance(listed, list) else []
    return Group(str(shape.get("match", "all")), list(_items(items, depth)))


def _items(items: list[Any], depth: int) -> Iterator[Condition | Group]:
    for item in items:
        if not isinstance(item, dict):
            continue
        if "conditions" in item:
            if depth < MAX_DEPTH:
                yield _group(item, depth + 1)
        else:
            value = item.get("value")
            many = value if isinstance(value, list) else [] if value is None else [value]
            yield Condition(
                str(item.get("field", "")), str(item.get("operator", "")), [str(one) for one in many if one != ""]
            )
