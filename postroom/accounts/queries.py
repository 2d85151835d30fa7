"""People for lists: found by type, state, company, group and words, among hundreds of thousands of them."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q, QuerySet

from postroom.accounts.models import RequesterGroup, SecondaryEmail, TechnicianGroup, User

MAX_WORDS = 5
PAGE_SIZE = 50
COUNTED = 10_000
_MOST_SECONDARY = 500

TYPES = {
    "admin": Q(role=User.Role.ADMIN, kind=User.Kind.REGISTERED),
    "technician": Q(role=User.Role.TECHNICIAN, kind=User.Kind.REGISTERED),
    "requester": Q(role=User.Role.REQUESTER, kind=User.Kind.REGISTERED),
    "guest": Q(role=User.Role.REQUESTER, kind=User.Kind.GUEST),
}
STATES = {
    "": Q(archived=False),
    "verified": Q(archived=False, verified=True),
    "unverified": Q(archived=False, verified=False),
    "blocked": Q(blocked=True),
    "archived": Q(archived=True),
    "any": Q(),
}


@dataclass(frozen=True, slots=True)
class PeopleFilter:
    """What to look for; empty parts do not count, except that an empty ``state`` leaves archived people out."""

    search: str = ""
    type: str = ""
    state: str = ""
    company: int | None = None
    technician_group: int | None = None
    requester_group: int | None = None


@dataclass(frozen=True, slots=True)
class Slice:
    """One page of people by name; ``before`` and ``after`` are the keys to go on from, or None at the ends."""

    rows: list[User]
    before: int | None
    after: int | None


def type_of(person: User) -> str:
    """admin, technician, requester or guest."""
    return "guest" if person.kind == User.Kind.GUEST else person.role


def people(wanted: PeopleFilter) -> QuerySet[User]:
    """Whom the filter finds; service accounts are no people. Without an order."""
    rows = User.objects.exclude(kind=User.Kind.SERVICE).filter(STATES.get(wanted.state, Q()))
    if wanted.type in TYPES:
        rows = rows.filter(TYPES[wanted.type])
    if wanted.company is not None:
        rows = rows.filter(company=wanted.company)
    if wanted.technician_group is not None:
        members = TechnicianGroup.members.through.objects.filter(techniciangroup=wanted.technician_group)
        rows = rows.filter(pk__in=members.values("user"))
    if wanted.requester_group is not None:
        members_of = RequesterGroup.members.through.objects.filter(requestergroup=wanted.requester_group)
        rows = rows.filter(pk__in=members_of.values("user"))
    return matching(rows, wanted.search)


def matching(rows: QuerySet[User], search: str) -> QuerySet[User]:
    """Those of whom each word is a part of name, address, secondary address, department or location."""
    for word in search.split()[:MAX_WORDS]:
        # Looked up first: a join or subquery within OR would keep PostgreSQL from its indexes.
        secondary = SecondaryEmail.objects.filter(email__contains=word.lower()).values_list("user", flat=True)
        rows = rows.filter(
            Q(name__icontains=word)
            | Q(email__contains=word.lower())
            | Q(department__icontains=word)
            | Q(location__icontains=word)
            | Q(pk__in=list(secondary[:_MOST_SECONDARY]))
        )
    return rows


def page_of(rows: QuerySet[User], *, before: int | None = None, after: int | None = None) -> Slice:
    """The page of ``rows`` by name that ends before, or begins after, the person of that key; else the first."""
    mark = User.objects.filter(pk=before or after or 0).values_list("name", "pk").first()
    if mark is not None and before:
        name, pk = mark
        found = list(
            rows.filter(name__lte=name)
            .filter(Q(name__lt=name) | Q(pk__lt=pk))
            .order_by("-name", "-pk")[: PAGE_SIZE + 1]
        )
        if len(found) > PAGE_SIZE:
            page = found[:PAGE_SIZE][::-1]
            return Slice(page, page[0].pk, page[-1].pk)
        mark = None  # fewer than a page before it: this is the first one
    if mark is not None:
        name, pk = mark
        rows = rows.filter(name__gte=name).filter(Q(name__gt=name) | Q(pk__gt=pk))
    found = list(rows.order_by("name", "pk")[: PAGE_SIZE + 1])
    page = found[:PAGE_SIZE]
    return Slice(
        page,
        page[0].pk if mark is not None and page else None,
        page[-1].pk if len(found) > PAGE_SIZE else None,
    )


def count_of(rows: QuerySet[User]) -> int:
    """How many there are, counted to 10,001."""
    return rows.order_by()[: COUNTED + 1].count()
