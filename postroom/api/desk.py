"""A technician's own things: canned replies, and the notices of the bell."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from ninja import Query, Router

from postroom.api.errors import Refused, answer, not_found
from postroom.api.lists import list_answer
from postroom.api.requests import ticket_of
from postroom.api.schemas import Search, given
from postroom.api.serialise import moment
from postroom.api.shapes import Problem
from postroom.api.tokens import ApiRequest
from postroom.api.work_shapes import FilledOut, NoticesOut, ReplyTemplateIn, ReplyTemplateOut, ReplyTemplatePage
from postroom.tickets import workspace
from postroom.tickets.models import BellNotice, ReplyTemplate
from postroom.tickets.services.bell import mark_read
from postroom.tickets.services.replies import (
    audience_of,
    delete_reply_template,
    filled,
    may_change,
    save_reply_template,
    templates_for,
)

router = Router(tags=["requests"])
WRITTEN = {200: ReplyTemplateOut, 400: Problem, 403: Problem, 404: Problem}


def _template(row: ReplyTemplate) -> dict[str, Any]:
    return {
        "id": row.pk,
        "name": row.name,
        "text": row.text,
        "audience": audience_of(row),
        "group": row.group.name if row.group else None,
        "updated_at": moment(row.updated_at),
    }


def _find(request: ApiRequest, id: int, *, to_change: bool = False) -> ReplyTemplate:
    row = templates_for(request.auth.user).filter(pk=id).first()
    if row is None:
        raise not_found()
    if to_change and not may_change(request.auth.user, row):
        raise Refused(403, "forbidden", "Only an administrator may change what everybody uses.")
    return row


@router.get("/reply-templates", response={200: ReplyTemplatePage, 400: Problem})
def list_reply_templates(request: ApiRequest, filters: Query[Search]) -> HttpResponse:
    """The canned replies that the caller may use; ``search`` in their names."""
    rows = templates_for(request.auth.user).filter(name__icontains=filters.search.strip())
    return list_answer(request, rows, filters, _template)


@router.post("/reply-templates", response={201: ReplyTemplateOut, 400: Problem})
def make_reply_template(request: ApiRequest, payload: ReplyTemplateIn) -> HttpResponse:
    """Write a canned reply: for oneself, for a group of one's own or, as an administrator, for everybody."""
    return answer(_template(save_reply_template(request.auth.user, given(payload))), 201)


@router.get("/reply-templates/{int:id}", response={200: ReplyTemplateOut, 404: Problem})
def read_reply_template(request: ApiRequest, id: int) -> HttpResponse:
    """One canned reply."""
    return answer(_template(_find(request, id)))


@router.put("/reply-templates/{int:id}", response=WRITTEN)
def replace_reply_template(request: ApiRequest, id: int, payload: ReplyTemplateIn) -> HttpResponse:
    """Replace it; what is left out goes back to its default."""
    row = _find(request, id, to_change=True)
    return answer(_template(save_reply_template(request.auth.user, given(payload), row, replace=True)))


@router.patch("/reply-templates/{int:id}", response=WRITTEN)
def change_reply_template(request: ApiRequest, id: int, payload: ReplyTemplateIn) -> HttpResponse:
    """Change what is given."""
    row = _find(request, id, to_change=True)
    return answer(_template(save_reply_template(request.auth.user, given(payload), row)))


@router.delete("/reply-templates/{int:id}", response={204: None, 403: Problem, 404: Problem})
def remove_reply_template(request: ApiRequest, id: int) -> HttpResponse:
    """Delete it."""
    delete_reply_template(request.auth.user, _find(request, id, to_change=True))
    return HttpResponse(status=204)


@router.get("/requests/{int:number}/reply-templates/{int:id}", response={200: FilledOut, 404: Problem})
def fill_reply_template(request: ApiRequest, number: int, id: int) -> HttpResponse:
    """The text of a canned reply with the values of the request."""
    ticket = ticket_of(request, number)
    return answer({"text": filled(_find(request, id), ticket, request.auth.user)})


def _notice(row: BellNotice) -> dict[str, Any]:
    return {
        "id": row.pk,
        "kind": row.kind,
        "request": row.ticket_id,
        "entry_id": row.entry_id,
        "by": row.by,
        "text": row.text,
        "created_at": moment(row.created_at),
        "read_at": moment(row.read_at),
    }


@router.get("/notices", response={200: NoticesOut})
def read_notices(request: ApiRequest) -> HttpResponse:
    """The newest hundred notices of the caller's bell, and how many are unread."""
    user = request.auth.user
    rows = [_notice(row) for row in workspace.notices_of(user)]
    return answer({"unread": workspace.unread_notices(user), "results": rows})


@router.post("/notices/read", response={200: NoticesOut})
def read_all(request: ApiRequest) -> HttpResponse:
    """Mark all of them as read."""
    mark_read(request.auth.user)
    return read_notices(request)
