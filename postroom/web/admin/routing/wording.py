"""Conditions as a sentence, for rules that are folded up and for the answer of Try it."""

from __future__ import annotations

from django.utils.translation import gettext

from postroom.web.admin.routing.attributes import OPERATORS, WITHOUT_VALUE, Pickers
from postroom.web.admin.routing.drafts import Condition, Group


def words_of(item: Condition | Group, pickers: Pickers) -> str:
    """One condition or group in words; a group within a group stands in brackets."""
    if isinstance(item, Group):
        between = f" {gettext('or') if item.match == 'any' else gettext('and')} "
        return between.join(
            f"({words_of(inner, pickers)})" if isinstance(inner, Group) else words_of(inner, pickers)
            for inner in item.items
        )
    name = pickers.name(item.field)
    operator = gettext(OPERATORS[item.operator]).lower() if item.operator in OPERATORS else item.operator
    if item.operator in WITHOUT_VALUE:
        return f"{name} {operator}"
    values = ", ".join(pickers.label(item.field, value) for value in item.values) or "…"
    return f"{name} {operator} {values}"
