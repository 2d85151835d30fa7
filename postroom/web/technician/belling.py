"""The bell: a count that is polled, and the page of what a technician was told (BNC-01)."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from postroom.tickets import queries, workspace
from postroom.tickets.services.bell import mark_read
from postroom.web.http import PortalRequest, is_unchanged, not_modified, tag_of, technicians_only


@require_safe
@technicians_only
def count(request: PortalRequest) -> HttpResponse:
    """How many are unread; 304 where the poll has it already."""
    unread = workspace.unread_notices(request.user)
    tag = tag_of(request.user.pk, unread)
    if is_unchanged(request, tag):
        return not_modified(tag)
    response = render(request, "technician/bell.html", {"unread": unread, "tag": tag})
    response["ETag"] = tag
    return response


@require_safe
@technicians_only
def notices(request: PortalRequest) -> HttpResponse:
    """The newest hundred."""
    context = {
        "notices": workspace.notices_of(request.user),
        "views": queries.VIEWS,
        "current": "",
        "counts": queries.open_counts(request.user),
    }
    return render(request, "technician/notices.html", context)


@require_POST
@technicians_only
def read_all(request: PortalRequest) -> HttpResponse:
    """All of it was read."""
    mark_read(request.user)
    return redirect("notices")
