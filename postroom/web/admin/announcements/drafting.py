"""The side panel in which an announcement is written."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from postroom.channels.queries import outgoing_servers
from postroom.rules.fields import Invalid
from postroom.tickets.models import Announcement
from postroom.tickets.services.announcements import PLACEHOLDERS, drafted, save_announcement, show_announcement
from postroom.web.admin.announcements.pages import (
    announcement_or_404,
    group_choices,
    list_context,
    one_context,
    preview_document,
)
from postroom.web.http import PortalRequest, actor, administrators_only

_NEW: dict[str, Any] = {
    "subject": "",
    "text": "",
    "html": "",
    "requester_groups": [],
    "outgoing_server": None,
    "per_minute": 300,
}
_HELP = {
    "name": gettext_lazy("Name of whoever reads the mail"),
    "email": gettext_lazy("Address of whoever reads the mail"),
}


@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def new(request: PortalRequest) -> HttpResponse:
    """Write a new one."""
    return _form(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def edit(request: PortalRequest, pk: int) -> HttpResponse:
    """Change a draft."""
    return _form(request, announcement_or_404(pk))


@require_POST
@administrators_only
def preview_draft(request: PortalRequest) -> HttpResponse:
    """The mail that what stands in the panel makes; or what is wrong with it."""
    try:
        return preview_document(request, drafted({**_posted(request.POST), "per_minute": 1}))
    except Invalid as invalid:
        return preview_document(request, Announcement(), invalid.errors[0][1])


def _form(request: PortalRequest, row: Announcement | None) -> HttpResponse:
    if request.method != "POST":
        return _panel(request, row, show_announcement(row) if row else _NEW)
    values = _posted(request.POST)
    try:
        saved = save_announcement(actor(request), values, row)
    except Invalid as invalid:
        return _panel(request, row, values, invalid.errors)
    messages.success(request, _("The draft is saved."))
    return redirect("announcement", saved.pk)


def _posted(posted: QueryDict) -> dict[str, Any]:
    """What was sent, in the contract's shape."""
    texts = {name: posted.get(name, "").replace("\r\n", "\n") for name in ("subject", "text", "html")}
    return {
        **texts,
        "requester_groups": posted.getlist("requester_groups"),
        "outgoing_server": posted.get("outgoing_server") or None,
        "per_minute": posted.get("per_minute", ""),
    }


def _panel(
    request: PortalRequest,
    row: Announcement | None,
    values: dict[str, Any],
    errors: list[tuple[str, str]] | None = None,
) -> HttpResponse:
    around = one_context(row) if row else list_context()
    context = {
        **around,
        "panel": "form",
        "draft": row,
        "values": values,
        "errors": {name.partition("[")[0]: text for name, text in reversed(errors or [])},
        "choices": group_choices(),
        "servers": [
            server for server in outgoing_servers() if server.enabled or server.name == values["outgoing_server"]
        ],
        "placeholders": [(name, _HELP[name]) for name in PLACEHOLDERS],
    }
    page = "admin/announcements/one.html" if row else "admin/announcements/list.html"
    return render(request, page, context, status=422 if errors else 200)
