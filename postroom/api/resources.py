"""The six verbs that every list of the configuration has: list, make, read, replace, change, delete.

Each verb is the service's, so that REST, the pages and the configuration file check the same and say the same.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from django.db.models import Model, Q, QuerySet
from django.http import HttpResponse
from ninja import Query, Router

from postroom.api.bodies import Json, Values, described
from postroom.api.errors import Refused, answer, not_found
from postroom.api.lists import list_answer
from postroom.api.matching import if_match
from postroom.api.schemas import Search
from postroom.api.shapes import Page, Problem, Shape
from postroom.api.tokens import AdministratorToken, ApiRequest
from postroom.audit.services import Actor
from postroom.channels.services import ChangedMeanwhile
from postroom.rules.fields import Invalid

Row = TypeVar("Row", bound=Model)
Save = Callable[[Actor, Json, Row | None, bool], Row]
View = Callable[..., HttpResponse]

administrator = AdministratorToken()


@dataclass(frozen=True, slots=True)
class Resource(Generic[Row]):
    """One list of the configuration.

    ``rows`` are loaded and ordered as ``shape`` and ``whole`` (one row, where it tells more) need them. ``save`` takes
    (actor, values, row or None, replace); ``delete`` returns False where the row had to stay. ``searched`` are the
    fields that ``?search=`` looks at, ``secrets`` those that are written and never read, ``read_only`` the reverse.
    ``version`` tells one state of a row from another, for ETag and If-Match.
    """

    path: str
    one: str
    many: str
    rows: Callable[[], QuerySet[Row]]
    shape: Callable[[Row], Json]
    save: Save[Row]
    delete: Callable[[Actor, Row], object]
    out: type[Shape]
    page: type[Page]
    whole: Callable[[Row], Json] | None = None
    searched: tuple[str, ...] = ("name",)
    secrets: tuple[str, ...] = ()
    read_only: tuple[str, ...] = ("id",)
    version: Callable[[Row], str] | None = None
    body: dict[str, Any] = field(default_factory=dict)

    @property
    def tag(self) -> str:
        """The name of the noun in identifiers."""
        return self.path.replace("-", "_")

    def find(self, id: int) -> Row:
        """The row; raises Refused (404)."""
        row = self.rows().filter(pk=id).first()
        if row is None:
            raise not_found()
        return row

    def shown(self, row: Row) -> Json:
        """One row as it is answered alone, read afresh."""
        return (self.whole or self.shape)(self.rows().get(pk=row.pk))

    def written(self, request: ApiRequest, values: Json, row: Row | None, *, replace: bool) -> Json:
        """Save and show. What is read only may be sent back as it was answered: it is left out."""
        given = {name: value for name, value in values.items() if name not in self.read_only}
        if row is None or self.version is None:
            return self.shown(self.save(request.auth.actor, given, row, replace))
        with if_match(request, row):
            return self.shown(self.save(request.auth.actor, given, row, replace))

    def tagged(self, response: HttpResponse, row: Row) -> HttpResponse:
        """The answer with the version of the row as its ETag."""
        if self.version is not None:
            response.headers["ETag"] = f'"{self.version(row)}"'
        return response

    def searched_for(self, word: str) -> QuerySet[Row]:
        """The rows that have ``word`` in one of the searched fields."""
        word, wanted = word.strip(), Q()
        for name in self.searched:
            wanted |= Q(**{f"{name}__icontains": word})
        return self.rows().filter(wanted) if word else self.rows()


def offer(router: Router, resource: Resource[Row], *, list_view: View | None = None) -> None:
    """Give ``router`` the six verbs. Reading is for the tokens that the router lets in, writing for administrators."""
    _offer_reading(router, resource, list_view or _list_view(resource))
    _offer_writing(router, resource)


def _list_view(resource: Resource[Row]) -> View:
    def list_rows(request: ApiRequest, filters: Query[Search]) -> HttpResponse:
        return list_answer(request, resource.searched_for(filters.search), filters, resource.shape)

    return list_rows


def _offer_reading(router: Router, resource: Resource[Row], list_view: View) -> None:
    def read_row(request: ApiRequest, id: int) -> HttpResponse:
        row = resource.find(id)
        return resource.tagged(answer((resource.whole or resource.shape)(row)), row)

    router.add_api_operation(
        f"/{resource.path}",
        ["GET"],
        list_view,
        response={200: resource.page, 400: Problem},
        operation_id=f"list_{resource.tag}",
        summary=f"List {resource.many}",
        description=list_view.__doc__ or f"{resource.many.capitalize()}; ``search`` in {', '.join(resource.searched)}.",
    )
    router.add_api_operation(
        f"/{resource.path}/{{int:id}}",
        ["GET"],
        read_row,
        response={200: resource.out, 404: Problem},
        operation_id=f"read_{resource.tag}",
        summary=f"Read one {resource.one}",
        description=f"One {resource.one}. Never a secret.",
    )


def _offer_writing(router: Router, resource: Resource[Row]) -> None:
    def make_row(request: ApiRequest, payload: Values) -> HttpResponse:
        return answer(resource.written(request, payload, None, replace=False), 201)

    def replace_row(request: ApiRequest, id: int, payload: Values) -> HttpResponse:
        return _changed(resource, request, payload, id, replace=True)

    def change_row(request: ApiRequest, id: int, payload: Values) -> HttpResponse:
        return _changed(resource, request, payload, id, replace=False)

    def delete_row(request: ApiRequest, id: int) -> HttpResponse:
        return _deleted(resource, request, resource.find(id))

    body = resource.body or described(resource.out, resource.secrets, resource.read_only)
    refusals = {400: Problem, 404: Problem, 409: Problem, **({412: Problem} if resource.version else {})}
    one, path = resource.one, f"/{resource.path}/{{int:id}}"
    verbs: list[tuple[str, str, View, dict[int, Any], str, str]] = [
        ("POST", f"/{resource.path}", make_row, {201: resource.out, **refusals}, "make", f"Make a new {one}."),
        ("PUT", path, replace_row, {200: resource.out, **refusals}, "replace", _REPLACE.format(one)),
        ("PATCH", path, change_row, {200: resource.out, **refusals}, "change", _CHANGE.format(one)),
        ("DELETE", path, delete_row, {204: None, **refusals}, "delete", _DELETE.format(one)),
    ]
    for method, where, view, responses, verb, description in verbs:
        router.add_api_operation(
            where,
            [method],
            view,
            auth=administrator,
            response=responses,
            operation_id=f"{verb}_{resource.tag}",
            summary=f"{verb.capitalize()} one {one}",
            description=description,
            openapi_extra=body if method != "DELETE" else None,
        )


_REPLACE = "Replace the {}: what is left out goes back to its default, but a secret that is left out is kept."
_CHANGE = "Change what is given of the {}; a nested object is replaced whole, but a secret that is left out is kept."
_DELETE = "Delete the {}. 409 where something depends on it; the message names what."


def _changed(resource: Resource[Row], request: ApiRequest, values: Json, id: int, *, replace: bool) -> HttpResponse:
    shown = resource.written(request, values, resource.find(id), replace=replace)
    return resource.tagged(answer(shown), resource.find(id))


def _deleted(resource: Resource[Row], request: ApiRequest, row: Row) -> HttpResponse:
    try:
        with if_match(request, row) if resource.version else nullcontext():
            gone = resource.delete(request.auth.actor, row)
    except ChangedMeanwhile:
        raise
    except Invalid as refusal:
        raise Refused(409, "conflict", " ".join(text for _, text in refusal.errors), refusal.errors) from None
    return answer(resource.shown(row)) if gone is False else HttpResponse(status=204)
