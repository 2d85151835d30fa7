"""What the lists of mail and of the audit share: what is asked for in the URL, pages by key, conditional answers.

Pages go by the id of their first or last row, not by number: they cost the same wherever they are, and stay put while
new mail arrives.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.db.models import Model, QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext

from postroom.web.http import PortalRequest, is_unchanged, not_modified, tag_of

PAGE_SIZE = 50
AT_ONCE = 1000
_FIRST_YEAR, _LAST_YEAR = 1970, 9998

Row = TypeVar("Row", bound=Model)


def clean(text: str) -> str:
    """What was typed, without what no column can hold, at most 200 letters."""
    return text.replace("\x00", "").strip()[:200]


def number(text: str) -> int | None:
    """A key in a URL, or None where it is none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None


def zone(name: str) -> tzinfo:
    """The reader's time zone as the browser names it; UTC where it is unknown."""
    wanted = clean(name)
    try:
        return ZoneInfo(wanted) if wanted else UTC
    except (KeyError, ValueError, OSError):  # no such zone, or no name of one
        return UTC


def day(text: str, tz: tzinfo) -> datetime | None:
    """The first moment of a day such as 2026-11-24 where the reader is, or None."""
    try:
        found = date.fromisoformat(clean(text))
    except ValueError:
        return None
    if not _FIRST_YEAR <= found.year <= _LAST_YEAR:
        return None
    return datetime.combine(found, time(), tz).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Asked:
    """The filters of a list as its URL names them. Empty ones are left out of links."""

    values: Mapping[str, str]
    cursor: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, given: QueryDict, names: tuple[str, ...]) -> Asked:
        cursor = {name: text for name in ("before", "after") if number(text := given.get(name, "")) is not None}
        return cls({name: clean(given.get(name, "")) for name in names}, cursor)

    def link(self, **changes: Any) -> str:
        """The query of the same list with other filters, from its start unless ``before`` or ``after`` is given."""
        wanted = {name: str(value) for name, value in {**self.values, **changes}.items() if value not in (None, "")}
        return f"?{urlencode(wanted)}"

    def again(self) -> str:
        """The query of just this page."""
        return self.link(**self.cursor)


@dataclass(frozen=True, slots=True)
class Slice(Generic[Row]):
    """One page, newest first; ``newer`` and ``older`` are the ids to go on from, or None at the ends."""

    rows: list[Row]
    newer: int | None
    older: int | None


def slice_of(rows: QuerySet[Row], asked: Asked) -> Slice[Row]:
    """The page that is asked for: before or after a row, else the newest."""
    before, after = number(asked.cursor.get("before", "")), number(asked.cursor.get("after", ""))
    if after is not None:
        found = list(rows.filter(pk__gt=after).order_by("pk")[: PAGE_SIZE + 1])
        if len(found) > PAGE_SIZE:
            page = found[:PAGE_SIZE][::-1]
            return Slice(page, page[0].pk, page[-1].pk)
        before = None
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = list(rows.order_by("-pk")[: PAGE_SIZE + 1])
    page = found[:PAGE_SIZE]
    return Slice(
        page,
        page[0].pk if before is not None and page else None,
        page[-1].pk if len(found) > PAGE_SIZE else None,
    )


def is_live(asked: Asked, until: datetime | None) -> bool:
    """Whether new rows can appear on the page that is asked for: not on later pages, past days, or in a search."""
    return not asked.cursor and not asked.values.get("q") and (until is None or until > timezone.now())


def following_day(since: datetime | None, tz: tzinfo) -> datetime | None:
    """The first moment of the day after; days with a change of the clock are shorter or longer."""
    if since is None:
        return None
    local = since.astimezone(tz).date() + timedelta(days=1)
    return datetime.combine(local, time(), tz).astimezone(UTC)


def answer(request: PortalRequest, page: str, part: str, context: dict[str, Any], facts: object) -> HttpResponse:
    """The whole page, or for htmx its list alone; 304 where the poll has it already (R27)."""
    tag = tag_of(request.get_full_path(), facts)
    if request.htmx and is_unchanged(request, tag):
        return not_modified(tag)
    response = render(request, part if request.htmx else page, context | {"tag": tag})
    patch_vary_headers(response, ["HX-Request"])
    response["ETag"] = tag
    return response


def told(done: str, refused: list[str]) -> str:
    """What became of a bulk action, with what the first few of those that refused said."""
    if not refused:
        return done
    why = " ".join(refused[:3])
    if len(refused) > 3:
        why = gettext("%(why)s And %(n)d more.") % {"why": why, "n": len(refused) - 3}
    return gettext("%(done)s %(n)d could not be: %(why)s") % {"done": done, "n": len(refused), "why": why}
