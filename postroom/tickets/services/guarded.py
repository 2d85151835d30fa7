"""Which requests of the portal and of REST are acknowledged: nobody can have us write to strangers at will (B-05)."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Sum
from django.utils import timezone

from postroom.channels.models import Settings
from postroom.tickets.models import GuestAnswers, Ticket

HOUR = timedelta(hours=1)


def may_acknowledge(ticket: Ticket, *, guest: bool) -> bool:
    """Whether the limits "acknowledgements_per_sender_per_hour" and, for guests, "acknowledgements_per_hour" allow it.

    What technicians open for somebody does not count against them. An answer to a guest is counted here.
    """
    settings, now = Settings.load(), timezone.now()
    most = settings.acknowledgements_per_sender_per_hour
    if not most:
        return False
    if guest or ticket.created_by_id == ticket.requester_id:
        own = Ticket.objects.filter(requester=ticket.requester_id, created_by=ticket.requester_id)
        if own.filter(created_at__gt=now - HOUR).exclude(pk=ticket.pk).count() >= most:
            return False
    if not guest:
        return True
    if guest_answers(now) >= settings.acknowledgements_per_hour:
        return False
    count_guest_answers(1, now)
    return True


def guest_answers(now: datetime) -> int:
    """How many guests were answered automatically within the hour."""
    rows = GuestAnswers.objects.filter(at__gt=now - HOUR)
    return rows.aggregate(total=Sum("count"))["total"] or 0


def count_guest_answers(count: int, now: datetime) -> None:
    """Remember that so many guests are answered, in the caller's transaction."""
    if count:
        GuestAnswers.objects.create(at=now, count=count)
