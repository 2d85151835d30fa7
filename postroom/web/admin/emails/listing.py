"""The two lists of servers, alive by polling (R27), and the banner about servers that need somebody."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from postroom.web.admin.emails.figures import STATES, attention, matching, rows_of
from postroom.web.admin.emails.sides import SIDES, Side
from postroom.web.http import PortalRequest, administrators_only, is_unchanged, not_modified, tag_of

SECTION = "outgoing-servers"


def list_context(request: HttpRequest, side: Side) -> dict[str, Any]:
    """The rows that the search leaves, and what the frame around them needs."""
    search = request.GET.get("q", "").replace("\x00", "").strip()[:200]
    enabled, health = request.GET.get("enabled", ""), request.GET.get("health", "")
    everything = rows_of(side)
    rows = matching(everything, search, enabled, health)
    asked = {name: value for name, value in (("q", search), ("enabled", enabled), ("health", health)) if value}
    return {
        "section": SECTION,
        "tab": side.list_name,
        "side": side,
        "rows": rows,
        "total": len(everything),
        "search": search,
        "enabled": enabled,
        "health": health,
        "is_filtered": bool(search or enabled or health),
        "states": STATES,
        "poll_url": f"{side.list_url}?{urlencode(asked)}" if asked else side.list_url,
        "tag": tag_of(side.key, search, enabled, health, len(everything), rows),
    }


@require_safe
@administrators_only
def servers(request: PortalRequest, direction: str) -> HttpResponse:
    """The whole page, or for htmx its list alone; 304 where the poll has it already."""
    context = list_context(request, SIDES[direction])
    partial = is_partial(request)
    if partial and is_unchanged(request, context["tag"]):
        return not_modified(context["tag"])
    response = render(request, "admin/emails/list.html" if partial else "admin/emails/servers.html", context)
    patch_vary_headers(response, ["HX-Request"])
    response["ETag"] = context["tag"]
    return response


@require_safe
@administrators_only
def banner(request: PortalRequest) -> HttpResponse:
    """The servers that need attention, for every administrators' page; 304 while they are the same."""
    troubled = attention()
    tag = tag_of([(side.key, server.pk, server.name, health) for side, server, health in troubled])
    if is_unchanged(request, tag):
        return not_modified(tag)
    response = render(request, "admin/emails/troubled.html", {"troubled": troubled, "tag": tag})
    response["ETag"] = tag
    return response


def is_partial(request: PortalRequest) -> bool:
    """True where htmx wants a part of the page; when it restores a page from history it wants the whole one."""
    return bool(request.htmx) and not request.htmx.history_restore_request


def with_panel(request: PortalRequest, side: Side, template: str, context: dict[str, Any], status: int = 200) -> Any:
    """A panel alone for htmx, else the list with the panel over it: the same address works without scripts."""
    if is_partial(request):
        return render(request, template, {"side": side, **context}, status=status)
    page = list_context(request, side)
    return render(request, "admin/emails/servers.html", {**page, **context, "open_panel": template}, status=status)
