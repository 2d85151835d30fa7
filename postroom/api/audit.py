"""The configuration audit, to read and to export. Nobody changes it, so that there is no other verb (AUD-03)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Literal

from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from ninja import Query, Router
from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

from postroom.api.lists import list_answer
from postroom.api.schemas import Line, Paging
from postroom.api.server_shapes import AuditPage
from postroom.api.shapes import Problem
from postroom.api.tokens import ApiRequest
from postroom.audit.export import csv_lines
from postroom.audit.queries import as_row, entries

router = Router(tags=["audit"])

_FIRST_YEAR, _LAST_YEAR = 1970, 9998


def _moment(value: object, day: timedelta) -> datetime | None:
    """A moment of ISO 8601; of a date alone its first moment, ``day`` later. Without a zone it is UTC."""
    text = value.strip() if isinstance(value, str) else ""
    if not text:
        return None
    if "T" in text:
        text = text.replace(" ", "+")  # a plus sign that was not escaped in the URL
    try:
        found = (
            datetime.combine(date.fromisoformat(text), time()) + day
            if len(text) == len("2026-01-31")
            else datetime.fromisoformat(text)
        )
    except (ValueError, OverflowError):
        found = datetime.min
    if not _FIRST_YEAR <= found.year <= _LAST_YEAR:
        raise PydanticCustomError("moment", "must be a date or a time such as 2026-01-31 or 2026-01-31T08:00:00Z")
    return found if found.tzinfo else found.replace(tzinfo=UTC)


class AuditFilters(Paging):
    """``since`` counts from that moment on, ``until`` up to it; of a date alone the whole day counts.

    ``ip`` is an address, or a network such as 10.0.0.0/8.
    """

    actor: Line = ""
    object: Line = ""
    action: Line = ""
    ip: Line = ""
    since: Annotated[datetime | None, BeforeValidator(lambda value: _moment(value, timedelta()))] = None
    until: Annotated[datetime | None, BeforeValidator(lambda value: _moment(value, timedelta(days=1)))] = None
    format: Literal["json", "csv"] = "json"


@router.get(
    "/audit",
    response={200: AuditPage, 400: Problem},
    openapi_extra={"responses": {200: {"content": {"text/csv": {}}}}},
)
def list_audit(request: ApiRequest, filters: Query[AuditFilters]) -> HttpResponseBase:
    """Who changed what, newest first; with ``format=csv`` all that is found, a line a change. Secrets are masked."""
    rows = entries(filters.actor, filters.object, filters.since, filters.until, filters.action, filters.ip)
    if filters.format == "json":
        return list_answer(request, rows, filters, as_row)
    response = StreamingHttpResponse(csv_lines(rows.iterator(chunk_size=500)), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="audit.csv"'
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
