"""Outgoing rules: which server a mail leaves by. Their order counts; the first that matches wins (ORL-06)."""

from __future__ import annotations

from typing import Annotated

from django.http import HttpResponse
from ninja import Router
from pydantic import Field

from postroom.api.bodies import Json
from postroom.api.errors import answer
from postroom.api.resources import Resource, offer
from postroom.api.schemas import Body, Id
from postroom.api.server_shapes import RuleOut, RulePage
from postroom.api.shapes import Problem
from postroom.api.tokens import ApiRequest
from postroom.audit.services import Actor
from postroom.channels.models import OutgoingRule
from postroom.channels.services import changing, delete_rule, order_rules, save_rule, version_of
from postroom.channels.shapes import show_rule
from postroom.rules.fields import Fields

router = Router(tags=["servers"])


class OrderIn(Body):
    """Every rule once, the one that is tried first first."""

    ids: Annotated[list[Id], Field(max_length=10_000)]


def _shown(rule: OutgoingRule) -> Json:
    return {"id": rule.pk, "position": rule.position + 1, **show_rule(rule)}


def _save(actor: Actor, values: Json, row: OutgoingRule | None, replace: bool) -> OutgoingRule:
    """Save, and move the rule to ``position`` where one is given; a new rule stands last otherwise (R3)."""
    with changing():
        count = OutgoingRule.objects.count() + (row is None)
        place = Fields({name: values[name] for name in ("position",) if name in values}, ["position"])
        position = place.optional_integer("position", low=1, high=count)
        place.done()
        rule = save_rule(actor, {name: values[name] for name in values if name != "position"}, row, replace=replace)
        if position is not None:
            others = list(OutgoingRule.objects.exclude(pk=rule.pk).values_list("pk", flat=True))
            order_rules(actor, [*others[: position - 1], rule.pk, *others[position - 1 :]])
        return rule


RULES = Resource(
    path="outgoing-rules",
    one="outgoing rule",
    many="outgoing rules",
    rows=lambda: OutgoingRule.objects.select_related("server").order_by("position", "id"),
    shape=_shown,
    save=_save,
    delete=delete_rule,
    out=RuleOut,
    page=RulePage,
    version=version_of,
)

offer(router, RULES)


@router.post("/outgoing-rules/order", response={200: list[RuleOut], 400: Problem})
def order_all(request: ApiRequest, payload: OrderIn) -> HttpResponse:
    """Put all rules into a new order."""
    order_rules(request.auth.actor, payload.ids)
    return answer([_shown(rule) for rule in RULES.rows()])
