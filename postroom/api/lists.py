"""Lists: ``{count, next, previous, results}``, 100 a page, counted exactly to 10,000 (CONTRACT, R28)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.conf import settings
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse

from postroom.api.errors import answer
from postroom.api.schemas import Paging

COUNTED = 10_000

Row = TypeVar("Row", bound=Model)


def list_answer(
    request: HttpRequest, rows: QuerySet[Row], paging: Paging, shape: Callable[[Row], dict[str, Any]]
) -> HttpResponse:
    """One page of ``rows`` in its order. Beyond 10,000 the count is 10000 and ``count_exact`` false."""
    count = rows.order_by()[: COUNTED + 1].count()
    start = (paging.page - 1) * paging.page_size
    found = list(rows[start : start + paging.page_size + 1])
    data: dict[str, Any] = {
        "count": min(count, COUNTED),
        "next": _page_url(request, paging.page + 1) if len(found) > paging.page_size else None,
        "previous": _page_url(request, paging.page - 1) if paging.page > 1 else None,
        "results": [shape(row) for row in found[: paging.page_size]],
    }
    if count > COUNTED:
        data["count_exact"] = False
    return answer(data)


def _page_url(request: HttpRequest, page: int) -> str:
    query = request.GET.copy()
    query["page"] = str(page)
    return f"{settings.POSTROOM_URL}{request.path}?{query.urlencode()}"
