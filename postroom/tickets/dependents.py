"""What depends on a person, a group, a company or a category: named before it is deleted or made another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import ngettext

from postroom.accounts.models import Company, RequesterGroup, TechnicianGroup, User
from postroom.channels.models import IncomingServer, OutgoingRule
from postroom.tickets.models import Category, Ticket
from postroom.tickets.services.directory import OPEN

COUNTED = 10_000


@dataclass(frozen=True, slots=True)
class Dependent:
    """Something that stands on a row. ``holds``: the row cannot be deleted while it does."""

    kind: str
    words: str
    count: int = 1
    holds: bool = False
    key: int | None = None


def of_person(person: User) -> list[Dependent]:
    """Requests, open assignments, groups and tokens of a person; nothing of what is not there."""
    raised = _count(Ticket.objects.filter(requester=person))
    assigned = _count(Ticket.objects.filter(technician=person, status__in=OPEN))
    tokens = person.tokens.filter(revoked_at=None).count()
    found = [
        _counted(
            "requests", raised, ngettext("%(n)s request of theirs", "%(n)s requests of theirs", raised), holds=True
        ),
        _counted(
            "assigned",
            assigned,
            ngettext("%(n)s open request assigned to them", "%(n)s open requests assigned to them", assigned),
        ),
        _counted("tokens", tokens, ngettext("%(n)s API token", "%(n)s API tokens", tokens)),
    ]
    groups: list[TechnicianGroup | RequesterGroup] = [*person.technician_groups.all(), *person.requester_groups.all()]
    return [one for one in found if one.count] + [Dependent("group", group.name, key=group.pk) for group in groups]


def of_group(group: TechnicianGroup | RequesterGroup) -> list[Dependent]:
    """Mailboxes, outgoing rules and requests of a technician group; a requester group has only its members."""
    if isinstance(group, RequesterGroup):
        return []
    requests = _count(Ticket.objects.filter(technician_group=group))
    return [
        *_mailboxes(Q(technician_group=group)),
        *_rules({"technician_group"}, [group.name]),
        *_requests(requests),
    ]


def of_company(company: Company) -> list[Dependent]:
    """Mailboxes, rules, people and requests of a company."""
    people = _count(User.objects.filter(company=company))
    listed = [_counted("people", people, ngettext("%(n)s person", "%(n)s people", people))] if people else []
    requests = _count(Ticket.objects.filter(company=company))
    return [*_mailboxes(Q(company=company)), *_rules({"company"}, [company.name]), *listed, *_requests(requests)]


def of_category(category: Category) -> list[Dependent]:
    """Mailboxes, rules, requests and categories below a category, and what stands on those below."""
    whole = Q(pk=category.pk) | Q(name__istartswith=f"{category.name} / ")
    rows = list(Category.objects.filter(whole).order_by("name"))
    keys = [row.pk for row in rows]
    below = [Dependent("category", row.name, key=row.pk, holds=True) for row in rows if row.pk != category.pk]
    return [
        *below,
        *_mailboxes(Q(category__in=keys)),
        *_rules({"category"}, [row.name for row in rows]),
        *_requests(_count(Ticket.objects.filter(category__in=keys))),
    ]


def _count(rows: QuerySet[Any]) -> int:
    return rows.order_by()[: COUNTED + 1].count()


def _counted(kind: str, count: int, words: str, *, holds: bool = False) -> Dependent:
    """``words`` with the count in the place of ``%(n)s``; more than 10,000 is said so."""
    shown = f"{COUNTED:,}+" if count > COUNTED else f"{count:,}"
    return Dependent(kind, words % {"n": shown}, count, holds)


def _requests(count: int) -> list[Dependent]:
    return [_counted("requests", count, ngettext("%(n)s request", "%(n)s requests", count))] if count else []


def _mailboxes(which: Q) -> list[Dependent]:
    rows = IncomingServer.objects.filter(which).order_by("name").values_list("pk", "name")
    return [Dependent("mailbox", name, key=pk, holds=True) for pk, name in rows]


def _rules(fields: set[str], names: Iterable[str]) -> list[Dependent]:
    wanted = {name.casefold() for name in names}
    rules = OutgoingRule.objects.all()
    return [Dependent("rule", rule.name, key=rule.pk) for rule in rules if _names(rule.conditions, fields, wanted)]


def _names(conditions: Any, fields: set[str], wanted: set[str]) -> bool:
    """Whether a condition on one of the fields, however deep, has one of the names as its value."""
    for item in conditions if isinstance(conditions, list) else []:
        if not isinstance(item, Mapping):
            continue
        if _names(item.get("conditions"), fields, wanted):
            return True
        value = item.get("value")
        values = value if isinstance(value, list) else [value]
        if item.get("field") in fields and any(str(one).casefold() in wanted for one in values):
            return True
    return False
