"""A page of the list, found by where the last one ended (keyset): the thousandth costs what the first does.

What a technician may see is a union: raised by them, assigned to them, of no group, of each of their groups. Each part
has an index in the list's order, so the newest of each are read and merged. One condition with OR would have PostgreSQL
walk through everything that they may not see.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from postroom.accounts.models import User
from postroom.tickets.access import Sight, sight_of
from postroom.tickets.listing.filters import condition_of
from postroom.tickets.listing.views import OPEN, view_condition
from postroom.tickets.models import Entry, Ticket
from postroom.tickets.search import find

PAGE_SIZE = 50
ORDERS = {
    "activity": _("Latest activity"),
    "waiting": _("Longest without activity"),
    "newest": _("Newest"),
    "oldest": _("Oldest"),
}
BY_ACTIVITY = ("activity", "waiting")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_STATE = """
SELECT (SELECT max(updated_at) FROM tickets_ticket), (SELECT max(id) FROM tickets_entry)
"""


@dataclass(frozen=True, slots=True)
class Page:
    """One page. ``before`` and ``after`` are where the pages beside it start, empty where there is none.

    ``unread`` are the numbers of requests in which the user has not seen the newest entry. ``cut``: the search found
    more than it shows.
    """

    tickets: list[Ticket]
    unread: frozenset[int]
    before: str = ""
    after: str = ""
    cut: bool = False


def list_tickets(
    user: User,
    view: str,
    *,
    filters: dict[str, str] | None = None,
    order: str = "activity",
    search: str = "",
    before: str = "",
    after: str = "",
    sight: Sight | None = None,
) -> Page:
    """A page of what the user may see. A search looks through all views and shows the newest fifty (R28).

    ``before`` and ``after`` are places that a page told; ``sight`` is what the user sees, where it was read already.
    """
    sight = sight or sight_of(user)
    condition = condition_of(user, filters or {})
    if search:
        tickets = Ticket.objects.filter(sight.condition() & condition, deleted_at=None)
        found = find(tickets, search, limit=PAGE_SIZE)
        rows = _rows(found.numbers)
        return Page(rows, unread(user, rows), cut=not found.exact)
    condition &= view_condition(sight, "open" if view == "groups" else view)
    parts = _parts(sight, view, filters or {}, order)
    back = _cursor(before)
    if back is not None:
        keys = _keys(parts, condition, order, back, backwards=True)
        if len(keys) > PAGE_SIZE:
            rows = _rows([number for _, number in keys[PAGE_SIZE - 1 :: -1]])
            return Page(rows, unread(user, rows), _place(keys[PAGE_SIZE - 1]), _place(keys[0]))
    start = None if back is not None else _cursor(after)
    keys = _keys(parts, condition, order, start)
    shown = keys[:PAGE_SIZE]
    rows = _rows([number for _, number in shown])
    earlier = _place(shown[0]) if start is not None and shown else ""
    return Page(rows, unread(user, rows), earlier, _place(shown[-1]) if len(keys) > PAGE_SIZE else "")


Key = tuple[datetime, int]


def _is_narrow(view: str, filters: dict[str, str]) -> bool:
    """Whether filters choose among open requests: those are few, and their index knows whose each is."""
    statuses = filters.get("status", "").split(",")
    return bool(filters) and (view in ("open", "unassigned") or set(statuses) <= set(OPEN))


def _keys(parts: list[Q], condition: Q, order: str, start: Key | None, *, backwards: bool = False) -> list[Key]:
    """(time of the last activity, number) of a page and one more, in its order, beginning behind ``start``."""
    descending = (order in ("activity", "newest")) != backwards
    by_activity = order in BY_ACTIVITY
    if start is not None:
        condition &= _behind(start, descending, by_activity)
    sign = "-" if descending else ""
    names = [f"{sign}updated_at", f"{sign}number"] if by_activity else [f"{sign}number"]
    if not parts:
        return []
    found: list[QuerySet[Any, Key]] = [
        Ticket.objects.filter(part & condition, deleted_at=None)
        .order_by(*names)
        .values_list("updated_at", "number")[: PAGE_SIZE + 1]
        for part in parts
    ]
    merged = found[0] if len(found) == 1 else found[0].union(*found[1:], all=True)
    keys = set(merged)
    return sorted(keys, key=(lambda key: key) if by_activity else _number, reverse=descending)[: PAGE_SIZE + 1]


def _parts(sight: Sight, view: str, filters: dict[str, str], order: str) -> list[Q]:
    """What the view has of what is to be seen, as conditions each of which has an index in the order."""
    if view == "groups":
        return sight.team_parts()
    if view == "mine":
        return [Q()]
    return sight.parts() if order in BY_ACTIVITY and not _is_narrow(view, filters) else [sight.condition()]


def _number(key: Key) -> Any:
    return key[1]


def _behind(start: Key, descending: bool, by_activity: bool) -> Q:
    """What comes after ``start`` in the order, written so that an index can begin there."""
    moment, number = start
    ending = "lt" if descending else "gt"
    if not by_activity:
        return Q(**{f"number__{ending}": number})
    return Q(**{f"updated_at__{ending}e": moment}) & (
        Q(**{f"updated_at__{ending}": moment}) | Q(**{f"number__{ending}": number})
    )


def _rows(numbers: list[int]) -> list[Ticket]:
    """The requests with what the list shows of them, in the order of ``numbers``."""
    if not numbers:
        return []
    found = Ticket.objects.select_related("requester", "technician", "technician_group").in_bulk(numbers)
    return [found[number] for number in numbers if number in found]


def unread(user: User, tickets: list[Ticket]) -> frozenset[int]:
    """Those of ``tickets`` that have an entry of somebody else which the user has not seen."""
    if not tickets:
        return frozenset()
    with connection.cursor() as cursor:
        cursor.execute(_UNREAD, [user.pk, [ticket.pk for ticket in tickets], user.pk, Entry.Kind.EVENT])
        return frozenset(number for (number,) in cursor.fetchall())


_UNREAD = """
SELECT ticket.number FROM tickets_ticket ticket LEFT JOIN tickets_visit visit ON visit.ticket_id = ticket.number
    AND visit.person_id = %s
WHERE ticket.number = ANY(%s) AND EXISTS (SELECT 1 FROM tickets_entry entry WHERE entry.ticket_id = ticket.number
    AND entry.id > coalesce(visit.read_entry, 0) AND entry.author_id IS DISTINCT FROM %s AND entry.kind <> %s)
"""


def list_state() -> tuple[Any, ...]:
    """What differs once anything that a list shows may have changed; one query that costs nothing."""
    with connection.cursor() as cursor:
        cursor.execute(_STATE)
        return tuple(cursor.fetchone())


def _place(key: Key) -> str:
    """A key as it stands in an address: microseconds and number."""
    return f"{(key[0] - _EPOCH) // timedelta(microseconds=1)}-{key[1]}"


def _cursor(text: str) -> Key | None:
    moment, number = text.split("-") if text.count("-") == 1 else ("", "")
    if not (moment.isascii() and moment.isdecimal() and number.isascii() and number.isdecimal()):
        return None
    if len(moment) > 17 or len(number) > 18:
        return None
    return _EPOCH + timedelta(microseconds=int(moment)), int(number)
