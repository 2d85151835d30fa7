"""The filters of the list as they stand in its address: checked, and as conditions.

``me``, ``mine`` and ``none`` are of whoever looks, so that a shared view is everybody's own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta

from django.db.models import Q
from django.utils import timezone

from postroom.accounts.models import SecondaryEmail, User
from postroom.channels.models import IncomingServer
from postroom.tickets.models import Ticket

MAX_VALUE = 400
NONE, ME, MINE = "none", "me", "mine"

Reader = Callable[[User, str], Q | None]


def _several(name: str, known: list[str]) -> Reader:
    def read(user: User, value: str) -> Q | None:
        wanted = [item for item in value.split(",") if item in known]
        return Q(**{f"{name}__in": wanted}) if wanted else None

    return read


def _reference(name: str, own: str, others: Callable[[User], object]) -> Reader:
    """A key, ``none``, or the word ``own`` for what belongs to the user."""

    def read(user: User, value: str) -> Q | None:
        if value == NONE:
            return Q(**{f"{name}": None})
        if own and value == own:
            return Q(**{f"{name}__in": others(user)})
        return Q(**{name: int(value)}) if value.isascii() and value.isdecimal() and len(value) < 18 else None

    return read


def _requester(user: User, value: str) -> Q | None:
    address = value.strip().lower()
    owners = SecondaryEmail.objects.filter(email=address).values("user")
    people = User.objects.filter(Q(email=address) | Q(pk__in=owners)).values_list("pk", flat=True)
    return Q(requester__in=list(people)) if "@" in address else None


def _mailbox(user: User, value: str) -> Q | None:
    return of_mailbox(value.strip()) if "@" in value else None


def of_mailbox(address: str) -> Q:
    """Requests that came to an address: by its mailbox, which has an index, or by the address once that is deleted."""
    mailboxes = list(IncomingServer.objects.filter(email__iexact=address).values_list("pk", flat=True))
    return Q(mailbox__in=mailboxes) | Q(mailbox=None, mailbox_email__iexact=address)


def _tag(user: User, value: str) -> Q | None:
    # The second half says nothing new, but is what the index of tags is made for.
    return Q(tags__contains=[value.strip()]) & ~Q(tags=[]) if value.strip() else None


def _day(name: str, *, end: bool) -> Reader:
    """From the start of a day, or before its end, in the reader's time zone."""

    def read(user: User, value: str) -> Q | None:
        try:
            day = date.fromisoformat(value)
            moment = timezone.make_aware(datetime.combine(day + timedelta(days=int(end)), time.min))
        except (ValueError, OverflowError):
            return None
        return Q(**{f"{name}__lt" if end else f"{name}__gte": moment})

    return read


def _no_others(user: User) -> object:
    return ()


FILTERS: dict[str, Reader] = {
    "status": _several("status", Ticket.Status.values),
    "priority": _several("priority", Ticket.Priority.values),
    "assignee": _reference("technician", ME, lambda user: [user.pk]),
    "group": _reference(
        "technician_group", MINE, lambda user: list(user.technician_groups.values_list("pk", flat=True))
    ),
    "category": _reference("category", "", _no_others),
    "company": _reference("company", "", _no_others),
    "requester": _requester,
    "mailbox": _mailbox,
    "source": _several("source", Ticket.Source.values),
    "tag": _tag,
    "created_from": _day("created_at", end=False),
    "created_to": _day("created_at", end=True),
    "updated_from": _day("updated_at", end=False),
    "updated_to": _day("updated_at", end=True),
}


def clean_filters(user: User, given: Mapping[str, str]) -> dict[str, str]:
    """Those of ``given`` that are filters with a value that means something, in one order."""
    found = {}
    for name, read in FILTERS.items():
        value = str(given.get(name, "")).replace("\x00", "").strip()[:MAX_VALUE]
        if value and read(user, value) is not None:
            found[name] = value
    return found


def condition_of(user: User, filters: Mapping[str, str]) -> Q:
    """What requests have to be like; filters that mean nothing are left out."""
    wanted = Q()
    for name, value in filters.items():
        condition = FILTERS[name](user, value) if name in FILTERS else None
        wanted &= condition if condition is not None else Q()
    return wanted
