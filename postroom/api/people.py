"""People, companies, groups, categories: read by every token, written by an administrator's."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from ninja import Query, Router

from postroom.accounts import services
from postroom.accounts.models import Company, RequesterGroup, TechnicianGroup, User
from postroom.api import serialise
from postroom.api.bodies import Json, described
from postroom.api.errors import Refused
from postroom.api.lists import list_answer
from postroom.api.resources import Resource, offer
from postroom.api.schemas import PeopleFilters
from postroom.api.shapes import (
    CategoryOut,
    CategoryPage,
    CompanyOut,
    CompanyPage,
    GroupOut,
    GroupPage,
    PeoplePage,
    PersonOut,
)
from postroom.api.tokens import ApiRequest
from postroom.audit.services import Actor
from postroom.tickets.models import Category
from postroom.tickets.services.categories import delete_category, save_category

router = Router(tags=["directory"])
groups_router = Router(tags=["directory"])

Result = TypeVar("Result")


def _people() -> QuerySet[User]:
    people = User.objects.exclude(kind=User.Kind.SERVICE).select_related("company")
    return people.prefetch_related("secondary_emails").order_by("name", "email", "id")


def list_people(request: ApiRequest, filters: Query[PeopleFilters]) -> HttpResponse:
    """People by name; ``search`` in name and addresses."""
    rows = _people()
    if filters.role:
        rows = rows.filter(role=filters.role)
    if word := filters.search.strip():
        by_secondary = User.objects.filter(secondary_emails__email__icontains=word).values("pk")
        rows = rows.filter(Q(name__icontains=word) | Q(email__icontains=word) | Q(pk__in=by_secondary))
    return list_answer(request, rows, filters, serialise.person)


def _leaving_an_administrator(write: Callable[[], Result]) -> Result:
    """Do what ``write`` does, unless nobody could administer afterwards though somebody could before."""
    with transaction.atomic():
        before = services.administrators().first()
        result = write()
        if before is not None and not services.administrators().exists():
            raise Refused(409, "conflict", f"{before} is the last administrator. Make somebody else one first.")
        return result


def _save_person(actor: Actor, values: Json, row: User | None, replace: bool) -> User:
    return _leaving_an_administrator(lambda: services.save_person(actor, values, row, replace=replace))


def _delete_person(actor: Actor, row: User) -> bool:
    return _leaving_an_administrator(lambda: services.delete_person(actor, row))


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
    body=described(PersonOut, ["password"], ["id"]),
)
COMPANIES = Resource(
    path="companies",
    one="company",
    many="companies",
    rows=lambda: Company.objects.prefetch_related("domains").order_by("name"),
    shape=serialise.company,
    save=lambda actor, values, row, replace: services.save_company(actor, values, row, replace=replace),
    delete=services.delete_named,
    out=CompanyOut,
    page=CompanyPage,
)
TECHNICIAN_GROUPS = Resource(
    path="technician-groups",
    one="technician group",
    many="technician groups",
    rows=lambda: TechnicianGroup.objects.prefetch_related("members").order_by("name"),
    shape=serialise.group,
    save=lambda actor, values, row, replace: services.save_group(actor, values, row, replace=replace),
    delete=services.delete_named,
    out=GroupOut,
    page=GroupPage,
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
