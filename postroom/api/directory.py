"""People, companies, technician groups, categories: read by every token."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.db.models import Model, Q, QuerySet
from django.http import HttpResponse
from ninja import Query, Router

from postroom.accounts.models import Company, TechnicianGroup, User
from postroom.api import serialise
from postroom.api.errors import answer, not_found
from postroom.api.lists import list_answer
from postroom.api.schemas import Paging, PeopleFilters
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
)
from postroom.api.tokens import ApiRequest
from postroom.tickets.models import Category

router = Router(tags=["directory"])

Row = TypeVar("Row", bound=Model)


def _one(rows: QuerySet[Row], id: int, shape: Callable[[Row], dict[str, Any]]) -> HttpResponse:
    row = rows.filter(pk=id).first()
    if row is None:
        raise not_found()
    return answer(shape(row))


def _people() -> QuerySet[User]:
    people = User.objects.exclude(kind=User.Kind.SERVICE).select_related("company")
    return people.prefetch_related("secondary_emails").order_by("name", "email", "id")


def _companies() -> QuerySet[Company]:
    return Company.objects.prefetch_related("domains").order_by("name")


def _groups() -> QuerySet[TechnicianGroup]:
    return TechnicianGroup.objects.prefetch_related("members").order_by("name")


@router.get("/people", response={200: PeoplePage, 400: Problem})
def list_people(request: ApiRequest, filters: Query[PeopleFilters]) -> HttpResponse:
    """People by name; ``search`` in name and addresses."""
    rows = _people()
    if filters.role:
        rows = rows.filter(role=filters.role)
    if word := filters.search.strip():
        by_secondary = User.objects.filter(secondary_emails__email__icontains=word).values("pk")
        rows = rows.filter(Q(name__icontains=word) | Q(email__icontains=word) | Q(pk__in=by_secondary))
    return list_answer(request, rows, filters, serialise.person)


@router.get("/people/{int:id}", response={200: PersonOut, 404: Problem})
def read_person(request: ApiRequest, id: int) -> HttpResponse:
    """One person."""
    return _one(_people(), id, serialise.person)


@router.get("/companies", response={200: CompanyPage, 400: Problem})
def list_companies(request: ApiRequest, paging: Query[Paging]) -> HttpResponse:
    """Companies by name."""
    return list_answer(request, _companies(), paging, serialise.company)


@router.get("/companies/{int:id}", response={200: CompanyOut, 404: Problem})
def read_company(request: ApiRequest, id: int) -> HttpResponse:
    """One company."""
    return _one(_companies(), id, serialise.company)


@router.get("/technician-groups", response={200: GroupPage, 400: Problem})
def list_groups(request: ApiRequest, paging: Query[Paging]) -> HttpResponse:
    """Technician groups by name."""
    return list_answer(request, _groups(), paging, serialise.group)


@router.get("/technician-groups/{int:id}", response={200: GroupOut, 404: Problem})
def read_group(request: ApiRequest, id: int) -> HttpResponse:
    """One technician group."""
    return _one(_groups(), id, serialise.group)


@router.get("/categories", response={200: CategoryPage, 400: Problem})
def list_categories(request: ApiRequest, paging: Query[Paging]) -> HttpResponse:
    """Categories by path."""
    return list_answer(request, Category.objects.order_by("name"), paging, serialise.category)


@router.get("/categories/{int:id}", response={200: CategoryOut, 404: Problem})
def read_category(request: ApiRequest, id: int) -> HttpResponse:
    """One category."""
    return _one(Category.objects.all(), id, serialise.category)
