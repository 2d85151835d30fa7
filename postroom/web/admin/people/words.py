"""What people are called on these pages, and what a filter of the list asks for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from postroom.accounts.models import User
from postroom.accounts.queries import PeopleFilter, type_of
from postroom.web.admin.mail.lists import Asked, number

TYPES: dict[str, Any] = {
    "admin": _("Administrator"),
    "technician": _("Technician"),
    "requester": _("Requester"),
    "guest": _("Guest"),
}
STATES: dict[str, Any] = {
    "": _("Active"),
    "verified": _("Verified"),
    "unverified": _("Unverified"),
    "blocked": _("Blocked"),
    "archived": _("Archived"),
    "any": _("Everybody"),
}
FILTERS = ("q", "type", "state", "company", "technician_group", "requester_group")


@dataclass(frozen=True, slots=True)
class State:
    """How a person stands with the desk, as a coloured word."""

    tone: str
    text: Any


def state_of(person: User) -> State:
    """The most telling of archived, blocked, unverified and verified."""
    if person.archived:
        return State("quiet", _("Archived"))
    if person.blocked:
        return State("bad", _("Blocked"))
    return State("good", _("Verified")) if person.verified else State("quiet", _("Unverified"))


def type_word(person: User) -> Any:
    return TYPES[type_of(person)]


def asked_of(given: QueryDict) -> Asked:
    """The filters and the page that a URL asks for."""
    return Asked.of(given, FILTERS)


def filter_of(asked: Asked) -> PeopleFilter:
    """The same as the query takes it. A number that is none asks for nobody's."""
    values = asked.values
    keys = {
        name: number(values[name]) or 0 for name in ("company", "technician_group", "requester_group") if values[name]
    }
    return PeopleFilter(search=values["q"], type=values["type"], state=values["state"], **keys)
