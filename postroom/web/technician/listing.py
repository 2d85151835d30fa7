"""The list of requests: views with counts, search, pages, and live arrival by polling (R27)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from postroom.tickets import queries
from postroom.web.http import PortalRequest, is_unchanged, not_modified, tag_of, technicians_only

MAX_PAGE = 1000


@require_safe
@technicians_only
def requests(request: PortalRequest) -> HttpResponse:
    """The whole page, or for htmx its list alone; 304 where the poll has it already."""
    context = _context(request, request.user)
    page, counts = context["page"], context["counts"]
    rows = [(ticket.number, ticket.updated_at, ticket.status, ticket.technician_id) for ticket in page.tickets]
    tag = tag_of(request.get_full_path(), rows, counts, page.has_next)
    if request.htmx and is_unchanged(request, tag):
        return not_modified(tag)
    if not page.tickets:
        context["mailbox"] = queries.address_to_write_to()
    template = "technician/list.html" if request.htmx else "technician/requests.html"
    response = render(request, template, context | {"tag": tag})
    patch_vary_headers(response, ["HX-Request"])
    response["ETag"] = tag
    return response


def _context(request: HttpRequest, user: Any) -> dict[str, Any]:
    view = request.GET.get("view", "open")
    view = view if view in queries.VIEWS else "open"
    search = request.GET.get("q", "").replace("\x00", "").strip()[:200]
    asked = request.GET.get("page", "1")
    number = min(max(int(asked), 1), MAX_PAGE) if asked.isascii() and asked.isdecimal() and len(asked) < 6 else 1
    return {
        "views": queries.VIEWS,
        "view": view,
        "current": "" if search else view,
        "search": search,
        "counts": queries.open_counts(user),
        "page": queries.list_tickets(user, view=view, search=search, page=number),
        "mailbox": "",
    }
