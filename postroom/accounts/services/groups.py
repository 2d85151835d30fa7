"""Technician groups, who work on requests, and requester groups, whom announcements go to."""

from __future__ import annotations

from typing import TypeVar

from django.db import transaction

from postroom.accounts.models import Company, RequesterGroup, TechnicianGroup, User
from postroom.accounts.services.naming import read_name
from postroom.accounts.services.people import save_person
from postroom.accounts.shapes import show_group
from postroom.audit.changes import record_save
from postroom.audit.services import Actor, record
from postroom.rules.fields import Fields, unknown_name

GROUP_FIELDS = ("name", "members")
TECHNICIAN_GROUP_FIELDS = (*GROUP_FIELDS, "companies")
MOST_AT_ONCE = 5000

AnyGroup = TypeVar("AnyGroup", TechnicianGroup, RequesterGroup)


@transaction.atomic
def save_group(
    actor: Actor, data: object, instance: TechnicianGroup | None = None, *, replace: bool = False
) -> TechnicianGroup:
    """Make a technician group of ``data`` {name, members, companies}, or change ``instance``. Raises Invalid.

    Members stand by address, companies by name; a group without companies serves all of them.
    """
    fields = Fields(data, TECHNICIAN_GROUP_FIELDS)
    companies = _read_companies(fields, None if replace else instance)
    return _save_group(actor, TechnicianGroup, fields, instance, replace, "technician group", companies)


@transaction.atomic
def save_requester_group(
    actor: Actor, data: object, instance: RequesterGroup | None = None, *, replace: bool = False
) -> RequesterGroup:
    """Make a requester group of ``data``. Whoever is not known yet becomes a requester. Raises Invalid."""
    return _save_group(actor, RequesterGroup, Fields(data, GROUP_FIELDS), instance, replace, "requester group")


def _save_group(
    actor: Actor,
    model: type[AnyGroup],
    fields: Fields,
    instance: AnyGroup | None,
    replace: bool,
    label: str,
    companies: list[Company] | None = None,
) -> AnyGroup:
    base = instance if instance is not None and not replace else model()
    before = show_group(instance) if instance is not None else None
    name = read_name(fields, base.name, model, instance, label)
    old = show_group(base)["members"] if base.pk is not None else []
    addresses = fields.emails("members", old)
    people = _known(fields, addresses, "members", of_technicians=model is TechnicianGroup)
    fields.done()
    group = instance or model()
    group.name = name
    group.save()
    group.members.set(_all_of(actor, addresses, people))
    if isinstance(group, TechnicianGroup) and companies is not None:
        group.companies.set(companies)
    group = model._default_manager.get(pk=group.pk)
    record_save(actor, group, before, show_group(group))
    return group


@transaction.atomic
def change_members(actor: Actor, group: RequesterGroup, data: object) -> tuple[int, int]:
    """Add and remove members of a group of any size: ``data`` is {add, remove}, addresses. Raises Invalid.

    Whoever is not known yet becomes a requester. Returns how many came and how many went; the audit names them.
    """
    fields = Fields(data, ["add", "remove"])
    add, remove = fields.emails("add"), fields.emails("remove")
    for name, addresses in (("add", add), ("remove", remove)):
        if len(addresses) > MOST_AT_ONCE:
            fields.fail(name, f"At most {MOST_AT_ONCE} at once.")
    people = _known(fields, add, "add", of_technicians=False)
    there = {person.email: person for person in group.members.filter(email__in=[*add, *remove])}
    for index, address in enumerate(remove):
        if address not in there:
            fields.fail(f"remove[{index}]", f"{address} is not in this group.")
    fields.done()
    came = [person for person in _all_of(actor, add, people) if person.email not in there]
    went = [there[address] for address in remove]
    group.members.add(*came)
    group.members.remove(*went)
    changes = [
        {"field": field, "old": None, "new": sorted(person.email or "" for person in who)}
        for field, who in (("members_added", came), ("members_removed", went))
        if who
    ]
    if changes:
        record(actor=actor, action="updated", object_=group, name=str(group), changes=changes)
    return len(came), len(went)


def _known(fields: Fields, addresses: list[str], name: str, *, of_technicians: bool) -> dict[str | None, User]:
    """The people of these addresses; in a group of technicians each must be one."""
    people: dict[str | None, User] = {person.email: person for person in User.objects.filter(email__in=addresses)}
    for index, address in enumerate(addresses):
        if of_technicians and address not in people:
            fields.fail(f"{name}[{index}]", unknown_name("technician", address))
        elif of_technicians and not people[address].is_technician:
            fields.fail(f"{name}[{index}]", f"{address} is not a technician.")
    return people


def _all_of(actor: Actor, addresses: list[str], people: dict[str | None, User]) -> list[User]:
    return [people.get(address) or save_person(actor, {"email": address}) for address in addresses]


def _read_companies(fields: Fields, base: TechnicianGroup | None) -> list[Company]:
    old = [company.name for company in base.companies.all()] if base is not None else []
    names = fields.texts("companies", old)
    known = {company.name.casefold(): company for company in Company.objects.all()}
    for index, name in enumerate(names):
        if name.casefold() not in known:
            fields.fail(f"companies[{index}]", unknown_name("company", name))
    return [known[name.casefold()] for name in names if name.casefold() in known]
