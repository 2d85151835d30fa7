"""Counts beside the views: exact up to a limit, so that they cost the same on a desk of a million requests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Q, QuerySet

from postroom.accounts.models import User
from postroom.tickets.access import Sight, sight_of
from postroom.tickets.listing.views import view_condition
from postroom.tickets.models import Ticket

COUNTED = 1_000
COUNTED_VIEWS = ("mine", "unassigned", "groups", "open")


def open_counts(user: User, sight: Sight | None = None) -> Mapping[str, int]:
    """How many open requests each of the user's views has: {mine, unassigned, groups, open}, in one query.

    ``COUNTED`` + 1 stands for more than ``COUNTED``. ``sight`` is what the user sees, where it was read already.
    """
    sight = sight or sight_of(user)
    in_sight = Ticket.objects.filter(deleted_at=None)
    # What is assigned to somebody is theirs to see: nothing else has to be asked about each row.
    wanted = [
        in_sight.filter(view_condition(sight, view) & (Q() if view == "mine" else sight.condition()))
        for view in COUNTED_VIEWS
    ]
    return dict(zip(COUNTED_VIEWS, bounded_counts(wanted, COUNTED), strict=True))


def bounded_counts(wanted: Sequence[QuerySet[Ticket]], limit: int) -> list[int]:
    """How many rows each has, at most ``limit`` + 1, in one query."""
    parts: list[str] = []
    values: list[Any] = []
    for rows in wanted:
        try:
            sql, given = rows.order_by().values("pk")[: limit + 1].query.sql_with_params()
        except EmptyResultSet:  # a condition that nothing can fulfil, such as being in one of no groups
            parts.append("0")
            continue
        parts.append(f"(SELECT count(*) FROM ({sql}) AS counted)")  # noqa: S608  SQL of the ORM, values apart
        values += given
    with connection.cursor() as cursor:
        cursor.execute("SELECT " + ", ".join(parts), values)
        return list(cursor.fetchone())
