"""What a user may see: the one door to requests on a user's behalf (STYLE: principle 11)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from postroom.accounts.models import Company, User
from postroom.channels.models import Settings
from postroom.outbox.models import OutboundEmail
from postroom.tickets.models import Entry, Ticket


def visible_tickets(user: User) -> QuerySet[Ticket]:
    """The requests that this user may see.

    Administrators and service accounts see all; technicians those of their groups and of no group, within the companies
    that their groups serve, and those assigned to them or raised by them; requesters their own; a company contact also
    those of the company. Companies count for managed services providers alone (USR-03).
    """
    return _of(user, Ticket.objects.filter(deleted_at=None))


def hidden_tickets(user: User) -> QuerySet[Ticket]:
    """What is out of sight and this user may bring back: all for administrators, for technicians what is spam."""
    hidden = Ticket.objects.exclude(deleted_at=None)
    if user.is_admin:
        return hidden
    return _of(user, hidden.filter(spam=True)) if user.is_technician else hidden.none()


def _of(user: User, tickets: QuerySet[Ticket]) -> QuerySet[Ticket]:
    if user.is_admin or user.kind == User.Kind.SERVICE:
        return tickets
    own = Q(requester=user)
    if user.is_technician:
        team = Q(technician_group=None) | Q(technician_group__in=user.technician_groups.all())
        return tickets.filter(own | Q(technician=user) | (team & _of_served_companies(user)))
    if user.company_contact and user.company_id:
        own |= Q(company=user.company_id) & Q(_serves_several_companies())
    return tickets.filter(own)


@dataclass(frozen=True, slots=True)
class Sight:
    """What somebody who works on requests sees, read once a page: the same as ``visible_tickets``, in plain values.

    PostgreSQL and the ORM do less with them than with questions inside a question, four or ten times a page.
    """

    person: int
    everything: bool
    groups: tuple[int, ...]
    served: Q

    def condition(self) -> Q:
        """Which requests that are not deleted."""
        if self.everything:
            return Q()
        team = Q(technician_group=None) | Q(technician_group__in=self.groups)
        return Q(requester=self.person) | Q(technician=self.person) | (team & self.served)

    def parts(self) -> list[Q]:
        """The same as parts that may overlap, each one value of one column."""
        if self.everything:
            return [Q()]
        of_no_group = Q(technician_group=None) & self.served
        return [Q(requester=self.person), Q(technician=self.person), of_no_group, *self.team_parts()]

    def team_parts(self) -> list[Q]:
        """What there is to see of each of the groups, one part a group."""
        return [Q(technician_group=group) & self.served for group in self.groups]


def sight_of(user: User) -> Sight:
    """What a technician, administrator or service account sees now."""
    groups = dict(_groups_with_companies(user))
    everything = user.is_admin or user.kind == User.Kind.SERVICE
    served = Q()
    unlimited = everything or not groups or not all(groups.values())
    if not unlimited and Settings.objects.filter(managed_services_provider=True).exists():
        served = Q(company=None) | Q(company__in={company for one in groups.values() for company in one})
    return Sight(user.pk, everything, tuple(groups), served)


def _groups_with_companies(user: User) -> Iterator[tuple[int, list[int]]]:
    """(group, the companies that it serves)."""
    rows = user.technician_groups.order_by("pk").values_list("pk", "companies")
    for group, pairs in groupby(rows, key=itemgetter(0)):
        yield group, [company for _, company in pairs if company is not None]


def _of_served_companies(user: User) -> Q:
    """Whether the company of a request is one that the technician serves: of those of all their groups together.

    A group without companies serves all of them, and so does whoever is in no group. A request of no company is
    everybody's. Apart from the list of ids, each part is the same for all rows: PostgreSQL asks it once.
    """
    groups = user.technician_groups.all()
    served = Company.objects.filter(technician_groups__members=user).values("pk")
    unlimited = Exists(groups.filter(companies=None)) | ~Exists(groups)
    return Q(company=None) | Q(~_serves_several_companies()) | Q(company__in=served) | Q(unlimited)


def _serves_several_companies() -> Exists:
    return Exists(Settings.objects.filter(managed_services_provider=True))


def visible_entries(user: User, ticket: Ticket) -> QuerySet[Entry]:
    """The conversation as this user may see it: all of it for technicians, else what requesters may see."""
    return ticket.entries.all() if user.is_technician else requester_entries(user, ticket)


def requester_entries(user: User, ticket: Ticket) -> QuerySet[Entry]:
    """The conversation as the requester ``user`` may see it, who may be a technician on their own request (R7)."""
    return shown_to_requester(user, ticket.entries.all())


def shown_to_requester(user: User, entries: QuerySet[Entry]) -> QuerySet[Entry]:
    """Those of ``entries``, of requests that are the user's to see, which requesters may see.

    It is what is public, without what went to third parties (R24, WRK-06) and without replies that have not left: held
    for undo, or cancelled.
    """
    carrying = (OutboundEmail.Kind.REPLY, OutboundEmail.Kind.FORWARD)
    mails = OutboundEmail.objects.filter(entry=OuterRef("pk"), kind__in=carrying)
    held = mails.filter(state=OutboundEmail.State.QUEUED, attempts=0, due_at__gt=timezone.now())
    cancelled = mails.filter(state=OutboundEmail.State.CANCELLED, sent_at=None)
    own = [user.email or ""]
    addressed = Q(to__contains=own) | Q(cc__contains=own)
    public = entries.filter(~Q(kind=Entry.Kind.FORWARD) | addressed, kind__in=Entry.PUBLIC)
    return public.exclude(Exists(held)).exclude(Exists(cancelled))
