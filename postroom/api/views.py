"""Saved views of the list of requests: one's own, and those that administrators share."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from django.http import HttpResponse
from ninja import Query, Router
from pydantic import Field

from postroom.accounts.models import TechnicianGroup
from postroom.api.errors import Refused, answer, not_found
from postroom.api.lists import list_answer
from postroom.api.references import References
from postroom.api.schemas import Body, Line, Name, Search
from postroom.api.shapes import Page, Problem, Shape
from postroom.api.tokens import ApiRequest
from postroom.tickets.listing import saved_views
from postroom.tickets.models import SavedView
from postroom.tickets.services.saved_views import delete_view, may_change, save_view

router = Router(tags=["requests"])


class ViewIn(Body):
    """``filters`` by name, as in the address of the portal's list; those that mean nothing are left out."""

    name: Annotated[Line, Field(max_length=80)]
    filters: dict[str, Annotated[Line, Field(max_length=400)]] = {}
    order: Literal["activity", "waiting", "newest", "oldest"] = "activity"
    audience: Literal["personal", "group", "all"] = "personal"
    group: Name | None = None


class ViewOut(Shape):
    id: int
    name: str
    filters: dict[str, str]
    order: str
    audience: Literal["personal", "group", "all"]
    group: str | None


class ViewPage(Page):
    results: list[ViewOut]


def _view(row: SavedView) -> dict[str, Any]:
    return {
        "id": row.pk,
        "name": row.name,
        "filters": row.filters,
        "order": row.order,
        "audience": "personal" if row.owner_id else "group" if row.group_id else "all",
        "group": row.group.name if row.group else None,
    }


@router.get("/views", response={200: ViewPage, 400: Problem})
def list_views(request: ApiRequest, filters: Query[Search]) -> HttpResponse:
    """The saved views that the caller sees: their own, those of their groups, those of everybody."""
    rows = saved_views(request.auth.user).filter(name__icontains=filters.search.strip())
    return list_answer(request, rows, filters, _view)


@router.post("/views", response={201: ViewOut, 400: Problem, 403: Problem})
def save_a_view(request: ApiRequest, payload: ViewIn) -> HttpResponse:
    """Save a view; one of the same name and audience is replaced. Only an administrator shares views."""
    user, shared = request.auth.user, payload.audience != "personal"
    if shared and not user.is_admin:
        raise Refused(403, "forbidden", "Only an administrator may share a view.")
    look = References()
    group = None
    if payload.audience == "group":
        group = look.named("group", TechnicianGroup.objects.all(), payload.group or "")
    look.check()
    view = save_view(user, request.auth.actor, payload.name, payload.filters, payload.order, shared=shared, group=group)
    return answer(_view(view), 201)


@router.delete("/views/{int:id}", response={204: None, 403: Problem, 404: Problem})
def delete_a_view(request: ApiRequest, id: int) -> HttpResponse:
    """Delete one's own view, or as an administrator a shared one."""
    row = saved_views(request.auth.user).filter(pk=id).first()
    if row is None:
        row = SavedView.objects.filter(pk=id, owner=None).first() if request.auth.user.is_admin else None
    if row is None:
        raise not_found()
    if not may_change(request.auth.user, row):
        raise Refused(403, "forbidden", "Only an administrator may delete a shared view.")
    delete_view(request.auth.user, request.auth.actor, row.pk)
    return HttpResponse(status=204)
