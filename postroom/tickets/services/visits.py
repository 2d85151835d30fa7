"""Who has a request open, who is writing on it, and how far each has read (WRK-09)."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from postroom.accounts.models import User
from postroom.tickets.models import Ticket, Visit

REFRESHED = timedelta(seconds=8)


def visit(person: User, ticket: Ticket, newest_entry: int, known: Visit | None) -> int:
    """Note that the person looks at the request; returns the entry up to which they had read before, 0 for none.

    ``known`` is their visit as it was read. It is written only where it tells something new, at most every 8 s.
    """
    now = timezone.now()
    if known is None:
        _keep(Visit(ticket=ticket, person=person, read_entry=newest_entry, seen_at=now), "read_entry", "seen_at")
        return 0
    if newest_entry > known.read_entry or now - known.seen_at > REFRESHED:
        read = max(newest_entry, known.read_entry)
        Visit.objects.filter(pk=known.pk).update(read_entry=read, seen_at=now)
    return known.read_entry


def note_writing(person: User, ticket: Ticket, kind: str) -> None:
    """Note that the person is writing; ``kind`` empty: no longer."""
    now = timezone.now()
    writing_at = now if kind else None
    row = Visit(ticket=ticket, person=person, seen_at=now, writing_at=writing_at, writing_kind=kind)
    _keep(row, "seen_at", "writing_at", "writing_kind")


def _keep(row: Visit, *changed: str) -> None:
    """Insert the visit, or change these fields of the one that is there, in one statement."""
    Visit.objects.bulk_create(
        [row], update_conflicts=True, unique_fields=["ticket", "person"], update_fields=list(changed)
    )
