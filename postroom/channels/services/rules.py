"""The only writer of outgoing rules (SPEC A10). Their order is explicit; a new rule goes last (R3)."""

from __future__ import annotations

from collections.abc import Sequence

from postroom.audit.changes import record_delete, record_save
from postroom.audit.services import Actor, record
from postroom.channels.models import OutgoingRule, OutgoingServer
from postroom.channels.services.changing import changing
from postroom.channels.services.reading import read_reference
from postroom.channels.shapes import show_rule
from postroom.rules import conditions
from postroom.rules.fields import Fields, Invalid

RULE_FIELDS = ("name", "enabled", "server", "match", "conditions")


def save_rule(
    actor: Actor, data: object, instance: OutgoingRule | None = None, *, replace: bool = False
) -> OutgoingRule:
    """Make a rule of ``data`` and put it last, or change ``instance`` where it stands. Raises Invalid."""
    with changing():
        stored = OutgoingRule.objects.select_related("server").get(pk=instance.pk) if instance is not None else None
        base = stored if stored is not None and not replace else OutgoingRule()
        fields = Fields(data, RULE_FIELDS)
        before = show_rule(stored) if stored is not None else None
        values = {
            "name": fields.text("name", base.name, required="Enter a name."),
            "enabled": fields.boolean("enabled", base.enabled),
            "server": read_reference(
                fields,
                "server",
                OutgoingServer.objects.all(),
                base.server if base.server_id else None,
                "outgoing server",
            ),
            "match": fields.choice("match", base.match, ["all", "any"]),
            "conditions": fields.raw("conditions") if fields.given("conditions") else base.conditions,
        }
        if values["server"] is None and not any(path == "server" for path, _ in fields.errors):
            fields.fail("server", "Choose an outgoing server.")
        fields.errors.extend(conditions.validate(values["conditions"]))
        fields.done()
        rule = stored if stored is not None else OutgoingRule(position=OutgoingRule.objects.count())
        for name, value in values.items():
            setattr(rule, name, value)
        if before == show_rule(rule):
            return rule
        rule.save()
        record_save(actor, rule, before, show_rule(rule))
        return rule


def order_rules(actor: Actor, ids: Sequence[int]) -> None:
    """Put the rules into the order of ``ids``, which names each of them once. Raises Invalid."""
    with changing():
        rules = {rule.pk: rule for rule in OutgoingRule.objects.all()}
        if sorted(ids) != sorted(rules):
            raise Invalid([("", "The order must name each rule once.")])
        _number(actor, [rules[pk] for pk in ids])


def delete_rule(actor: Actor, rule: OutgoingRule) -> None:
    """Delete a rule; those after it move up."""
    with changing():
        record_delete(actor, rule, show_rule(rule))
        rule.delete()
        for position, other in enumerate(OutgoingRule.objects.all()):
            if other.position != position:
                OutgoingRule.objects.filter(pk=other.pk).update(position=position)


def _number(actor: Actor, rules: list[OutgoingRule]) -> None:
    """Write the order, and one audit entry with the names in the old and the new one (ORL-13)."""
    before = [rule.name for rule in sorted(rules, key=lambda rule: (rule.position, rule.pk))]
    moved = [(position, rule) for position, rule in enumerate(rules) if rule.position != position]
    for position, rule in moved:
        rule.position = position
        rule.save(update_fields=["position"])
    if moved:
        changes = [{"field": "order", "old": before, "new": [rule.name for rule in rules]}]
        record(actor=actor, action="reordered", object_=moved[0][1], name="Outgoing Email Rules", changes=changes)
