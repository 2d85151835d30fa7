"""People, companies, groups, categories: read by every token, written by an administrator's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from django.db.models import QuerySet
from django.http import HttpResponse
from ninja import Query, Router

from postroom.accounts import services
from postroom.accounts.models import Company, RequesterGroup, TechnicianGroup, User
from postroom.accounts.queries import PeopleFilter, people
from postroom.api import serialise
from postroom.api.bodies import Json, described
from postroom.api.errors import Refused, answer, wrong_values
from postroom.api.lists import list_answer
from postroom.api.resources import Resource, administrator, offer
from postroom.api.schemas import MembersIn, MergeIn, PeopleFilters
from postroom.api.shapes import (
    CategoryOut,
    CategoryPage,
    CompanyOut,
    CompanyPage,
    GroupOut,
    GroupPage,
    PeoplePage,
    PersonOut,
    Problem,
    TechnicianGroupOut,
    TechnicianGroupPage,
)
from postroom.api.tokens import ApiRequest
from postroom.audit.services import Actor
from postroom.channels.services import version_of
from postroom.outbox.services.account_mails import invite
from postroom.rules.fields import Invalid
from postroom.tickets.models import Category
from postroom.tickets.services import directory
from postroom.tickets.services.categories import delete_category, save_category

router = Router(tags=["directory"])
groups_router = Router(tags=["directory"])

Result = TypeVar("Result")


def _people() -> QuerySet[User]:
    people = User.objects.exclude(kind=User.Kind.SERVICE).select_related("company")
    return people.prefetch_related("secondary_emails").order_by("name", "email", "id")


def list_people(request: ApiRequest, filters: Query[PeopleFilters]) -> HttpResponse:
    """People by name; ``search`` takes words of name, addresses, department and location."""
    company = None
    if filters.company.strip():
        found = Company.objects.filter(name__iexact=filters.company.strip()).values_list("pk", flat=True).first()
        company = found or 0
    state = {True: "archived", False: "", None: "any"}[filters.archived]
    wanted = PeopleFilter(search=filters.search, type="guest" if filters.kind == "guest" else "", state=state)
    rows = people(replace(wanted, company=company)).select_related("company").prefetch_related("secondary_emails")
    for name in ("role", "kind", "blocked", "verified"):
        if (value := getattr(filters, name)) is not None:
            rows = rows.filter(**{name: value})
    return list_answer(request, rows.order_by("name", "email", "id"), filters, serialise.person)


def _leaving_an_administrator(write: Callable[[], Result]) -> Result:
    try:
        with services.leaving_an_administrator():
            return write()
    except services.LastAdministrator as refusal:
        raise Refused(409, "conflict", refusal.errors[0][1]) from None


def _save_person(actor: Actor, values: Json, row: User | None, replace: bool) -> User:
    return _leaving_an_administrator(lambda: directory.save_person(actor, values, row, replace=replace))


def _delete_person(actor: Actor, row: User) -> bool:
    return _leaving_an_administrator(lambda: directory.delete_person(actor, row))


def _save_category(actor: Actor, values: Json, row: Category | None, replace: bool) -> Category:
    return save_category(actor, {"name": "", **values} if replace else values, row)


PEOPLE = Resource(
    path="people",
    one="person",
    many="people",
    rows=_people,
    shape=serialise.person,
    save=_save_person,
    delete=_delete_person,
    out=PersonOut,
    page=PeoplePage,
    version=version_of,
    body=described(PersonOut, ["password"], ["id"]),
)
COMPANIES = Resource(
    path="companies",
    one="company",
    many="companies",
    rows=lambda: Company.objects.prefetch_related("domains").order_by("name"),
    shape=serialise.company,
    save=lambda actor, values, row, replace: directory.save_company(actor, values, row, replace=replace),
    delete=services.delete_named,
    out=CompanyOut,
    page=CompanyPage,
    version=version_of,
)
TECHNICIAN_GROUPS = Resource(
    path="technician-groups",
    one="technician group",
    many="technician groups",
    rows=lambda: TechnicianGroup.objects.prefetch_related("members", "companies").order_by("name"),
    shape=serialise.group,
    save=lambda actor, values, row, replace: directory.save_group(actor, values, row, replace=replace),
    delete=services.delete_named,
    out=TechnicianGroupOut,
    page=TechnicianGroupPage,
    version=version_of,
)
REQUESTER_GROUPS = Resource(
    path="requester-groups",
    one="requester group",
    many="requester groups",
    rows=lambda: RequesterGroup.objects.prefetch_related("members").order_by("name"),
    shape=serialise.group,
    save=lambda actor, values, row, replace: services.save_requester_group(actor, values, row, replace=replace),
    delete=services.delete_named,
    out=GroupOut,
    page=GroupPage,
    version=version_of,
)
CATEGORIES = Resource(
    path="categories",
    one="category",
    many="categories",
    rows=lambda: Category.objects.order_by("name"),
    shape=serialise.category,
    save=_save_category,
    delete=delete_category,
    out=CategoryOut,
    page=CategoryPage,
)

offer(router, PEOPLE, list_view=list_people)
offer(router, COMPANIES)
offer(router, TECHNICIAN_GROUPS)
offer(router, CATEGORIES)
offer(groups_router, REQUESTER_GROUPS)


@router.post(
    "/people/{int:id}/merge",
    auth=administrator,
    response={200: PersonOut, 400: Problem, 404: Problem},
    operation_id="merge_person",
    summary="Merge one person into another",
)
def merge(request: ApiRequest, id: int, payload: MergeIn) -> HttpResponse:
    """Requests, conversations, addresses and groups move to ``into``; this person is gone. It cannot be undone."""
    gone = PEOPLE.find(id)
    stays = people(PeopleFilter(state="any")).filter(email=payload.into.lower()).first()
    if stays is None:
        raise wrong_values([("into", f"Nobody has the address {payload.into}.")])
    kept = _leaving_an_administrator(lambda: services.merge_people(request.auth.actor, gone, stays))
    return answer(PEOPLE.shown(kept))


@router.post(
    "/people/{int:id}/anonymise",
    auth=administrator,
    response={200: PersonOut, 404: Problem, 409: Problem},
    operation_id="anonymise_person",
    summary="Anonymise one person",
)
def anonymise(request: ApiRequest, id: int) -> HttpResponse:
    """Name, addresses and account of a requester go, the requests stay. It cannot be undone."""
    try:
        return answer(PEOPLE.shown(directory.anonymise_person(request.auth.actor, PEOPLE.find(id))))
    except Invalid as refusal:
        raise Refused(409, "conflict", refusal.errors[0][1]) from None


@router.post(
    "/people/{int:id}/invite",
    auth=administrator,
    response={200: PersonOut, 400: Problem, 404: Problem},
    operation_id="invite_person",
    summary="Invite one person",
)
def invite_person(request: ApiRequest, id: int) -> HttpResponse:
    """A mail goes out with a link, good once within seven days, to choose a password; an earlier one ends."""
    person = PEOPLE.find(id)
    invite(request.auth.actor, person)
    return answer(PEOPLE.shown(person))


@groups_router.post(
    "/requester-groups/{int:id}/members",
    response={200: dict[str, int], 400: Problem, 404: Problem},
    operation_id="change_members",
    summary="Add and remove members of one requester group",
)
def change_members(request: ApiRequest, id: int, payload: MembersIn) -> HttpResponse:
    """{add, remove}: addresses, up to 5000 each. Whoever is not known yet becomes a requester."""
    group = REQUESTER_GROUPS.find(id)
    data = {"add": payload.add, "remove": payload.remove}
    came, went = services.change_members(request.auth.actor, group, data)
    return answer({"added": came, "removed": went})
