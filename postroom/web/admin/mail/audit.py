"""Configuration Audit: who changed what, when and from where, to filter and to export (AUD-01 to AUD-03)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from postroom.accounts.models import User
from postroom.audit.export import csv_lines, json_pieces
from postroom.audit.models import AuditEntry
from postroom.audit.queries import TYPES, entries
from postroom.web.admin.mail import words
from postroom.web.admin.mail.lists import Asked, Slice, answer, day, following_day, slice_of, zone
from postroom.web.http import PortalRequest, administrators_only

FILTERS = ("person", "object", "action", "ip", "from", "to", "tz")
FILES = {"csv": (csv_lines, "text/csv; charset=utf-8"), "json": (json_pieces, "application/json")}
CHUNK = 500
ACTIONS = (
    "created",
    "updated",
    "deleted",
    "enabled",
    "disabled",
    "reordered",
    "released",
    "reprocessed",
    "discarded",
    "retried",
    "resent",
    "cancelled",
)


def _wanted(asked: Asked) -> QuerySet[AuditEntry]:
    values = asked.values
    tz = zone(values["tz"])
    return entries(
        values["person"],
        values["object"],
        day(values["from"], tz),
        following_day(day(values["to"], tz), tz),
        values["action"],
        values["ip"],
    )


@require_safe
@administrators_only
def configuration_audit(request: PortalRequest) -> HttpResponse:
    """The entries, newest first, filtered by person, object, action and date."""
    asked = Asked.of(request.GET, FILTERS)
    page: Slice[AuditEntry] = slice_of(_wanted(asked), asked)
    context: dict[str, Any] = {
        "section": "configuration-audit",
        "asked": asked,
        "page": page,
        "people": _people(),
        "kinds": sorted((words.object_kind(stored), shown) for stored, shown in TYPES.items()),
        "actions": ACTIONS,
        "words": words,
    }
    facts = ([entry.pk for entry in page.rows], page.newer, page.older)
    return answer(request, "admin/mail/audit.html", "admin/mail/audit_list.html", context, facts)


def _people() -> list[tuple[str, str]]:
    """(name, address) of those who may change the configuration."""
    people = User.objects.filter(role=User.Role.ADMIN).exclude(email=None).order_by("name")
    return [(name, email or "") for name, email in people.values_list("name", "email")]


@require_safe
@administrators_only
def export(request: PortalRequest, kind: str) -> StreamingHttpResponse:
    """All entries that are found, as CSV or JSON; secrets are masked in the entries themselves."""
    if kind not in FILES:
        raise Http404
    lines, content_type = FILES[kind]
    found: Iterable[AuditEntry] = _wanted(Asked.of(request.GET, FILTERS)).iterator(chunk_size=CHUNK)
    response = StreamingHttpResponse(lines(found), content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="configuration-audit-{timezone.now():%Y-%m-%d}.{kind}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response
