"""Lists: ``{count, next, previous, results}``, 100 a page, counted exactly to 10,000 (CONTRACT, R28)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from django.conf import settings
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse

from postroom.api.errors import answer
from postroom.api.schemas import Paging

COUNTED = 10_000

Row = TypeVar("Row", bound=Model)


def list_answer(
    request: HttpRequest,
    rows: QuerySet[Row],
    paging: Paging,
    shape: Callable[[Row], dict[str, Any]],
    *,
    shown: QuerySet[Row] | None = None,
) -> HttpResponse:
    """One page of ``rows`` in its order. Beyond 10,000 the count is 10000 and ``count_exact`` false.

    With ``shown``, rows as ``shape`` needs them, the page is found by keys alone: what lies before it is not joined.
    """
    count = rows.order_by()[: COUNTED + 1].count()
    start = (paging.page - 1) * paging.page_size
    end = start + paging.page_size + 1
    found = list(rows[start:end]) if shown is None else _whole(rows.values_list("pk", flat=True)[start:end], shown)
    return _answer(request, found, paging, shape, min(count, COUNTED), exact=count <= COUNTED)


def keys_answer(
    request: HttpRequest,
    keys: Sequence[int],
    shown: QuerySet[Row],
    paging: Paging,
    shape: Callable[[Row], dict[str, Any]],
    *,
    exact: bool,
) -> HttpResponse:
    """One page of the rows with these keys, in this order."""
    start = (paging.page - 1) * paging.page_size
    found = _whole(keys[start : start + paging.page_size + 1], shown)
    return _answer(request, found, paging, shape, min(len(keys), COUNTED), exact=exact and len(keys) <= COUNTED)


def _whole(keys: Iterable[int], shown: QuerySet[Row]) -> list[Row]:
    """The rows of the keys, in their order; without those that went meanwhile."""
    wanted = list(keys)
    found = shown.in_bulk(wanted)
    return [found[key] for key in wanted if key in found]


def _answer(
    request: HttpRequest,
    found: list[Row],
    paging: Paging,
    shape: Callable[[Row], dict[str, Any]],
    count: int,
    *,
    exact: bool,
) -> HttpResponse:
    data: dict[str, Any] = {
        "count": count,
        "next": _page_url(request, paging.page + 1) if len(found) > paging.page_size else None,
        "previous": _page_url(request, paging.page - 1) if paging.page > 1 else None,
        "results": [shape(row) for row in found[: paging.page_size]],
    }
    if not exact:
        data["count_exact"] = False
    return answer(data)


def _page_url(request: HttpRequest, page: int) -> str:
    query = request.GET.copy()
    query["page"] = str(page)
    return f"{settings.POSTROOM_URL}{request.path}?{query.urlencode()}"
