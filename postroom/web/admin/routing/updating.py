"""Store the whole draft of outgoing rules in one transaction, or nothing of it (ORL-02, ORL-13)."""

from __future__ import annotations

from postroom.audit.queries import latest_change
from postroom.audit.services import Actor
from postroom.channels.models import OutgoingRule
from postroom.channels.services import Invalid, changed_words, changing, delete_rule, order_rules, save_rule
from postroom.web.admin.routing.drafts import Draft, version_of


class NotStored(Exception):
    """Nothing was stored. The faults stand at the rules of the draft; the message is about all of them, or empty."""


def update(who: Actor, draft: Draft) -> None:
    """Make the stored rules what the draft says. Each change is audited by its service. Raises NotStored."""
    with changing():
        stored = {rule.pk: rule for rule in OutgoingRule.objects.select_related("server")}
        version = version_of(list(stored.values()))
        if draft.version != version:
            draft.version = version
            raise NotStored(changed_words(latest_change(type_="outgoingrule")))
        kept = {rule.pk for rule in draft.rules}
        for pk, rule in stored.items():
            if pk not in kept:
                delete_rule(who, rule)
        order_rules(who, _save(who, draft, stored))


def _save(who: Actor, draft: Draft, stored: dict[int, OutgoingRule]) -> list[int]:
    order: list[int] = []
    for rule in draft.rules:
        try:
            order.append(save_rule(who, rule.shape(), stored.get(rule.pk or 0)).pk)
        except Invalid as invalid:
            rule.errors, rule.is_open = dict(reversed(invalid.errors)), True
    if any(rule.errors for rule in draft.rules):
        raise NotStored("")
    return order
