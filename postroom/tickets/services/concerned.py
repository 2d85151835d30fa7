"""Whom an event of a request concerns: requester, assignee, group, technicians who had a hand in it, added Cc (NTF-02).

Looked up for a whole batch of events together, and only what their audiences ask for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q

from postroom.accounts.models import TechnicianGroup, User
from postroom.tickets.access import visible_tickets
from postroom.tickets.events import EVENTS, FOR_THE_GROUP_TOO
from postroom.tickets.models import Entry, Participant, Ticket
from postroom.tickets.notifications import Reader, reader_of
from postroom.tickets.services.people import users_by_address

DESK = (User.Role.TECHNICIAN, User.Role.ADMIN)
_WRITTEN = (Entry.Kind.NOTE, Entry.Kind.COLLABORATION, Entry.Kind.REPLY, Entry.Kind.FORWARD)


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that people are told of. Whoever did it, ``actor`` or the address ``by``, is not told.

    ``entry`` is what was written, ``old_status`` what the status was, ``addresses`` who was added as Cc; ``only`` are
    the audiences that it concerns, where those are not all of the event's.
    """

    event: str
    ticket: Ticket
    actor: User | None = None
    by: str = ""
    entry: Entry | None = None
    old_status: str = ""
    addresses: tuple[str, ...] = ()
    only: tuple[str, ...] = ()

    @property
    def audiences(self) -> list[str]:
        """In the order in which somebody who is in several of them is told."""
        return [name for name in EVENTS[self.event].audiences if not self.only or name in self.only]

    @property
    def for_group(self) -> bool:
        """Whether the members of the group are told, as such or for want of an assignee."""
        if self.ticket.technician_group_id is None:
            return False
        unassigned = self.ticket.technician_id is None
        return "group" in self.audiences or (
            unassigned and (self.event in FOR_THE_GROUP_TOO or "technicians" in self.audiences)
        )

    def is_by(self, reader: Reader) -> bool:
        """Whether somebody would be told of their own act."""
        doers = {self.by.lower(), ((self.actor.email if self.actor else "") or "").lower()}
        return reader.address.lower() in doers - {""}


def _can_be_told(person: User | None) -> bool:
    return person is not None and bool(person.email) and person.is_active and not person.blocked and not person.archived


def _seen_by(person: User, numbers: set[int]) -> set[int]:
    """Which of these requests the person may see now: groups change after somebody wrote or began to watch."""
    return set(visible_tickets(person).filter(pk__in=numbers).values_list("pk", flat=True))


@dataclass(slots=True)
class Concerned:
    """The people behind the audiences of a batch of events."""

    members: dict[int, list[User]] = field(default_factory=lambda: defaultdict(list))
    technicians: dict[int, list[User]] = field(default_factory=lambda: defaultdict(list))
    known: dict[str, User] = field(default_factory=dict)

    @classmethod
    def by(cls, happenings: Sequence[Happening]) -> Concerned:
        found = cls()
        found._add_members({one.ticket.technician_group_id for one in happenings if one.for_group})
        found._add_technicians({one.ticket.number for one in happenings if "technicians" in one.audiences})
        added = {address for one in happenings for address in one.addresses}
        found.known = users_by_address(added) if added else {}
        return found

    def readers(self, happening: Happening, audience: str, *, notify_cc: bool = False) -> Iterator[Reader]:
        """The readers of one audience, whoever did it left out; somebody may come up twice."""
        for reader in self._readers(happening, audience, notify_cc=notify_cc):
            if not happening.is_by(reader):
                yield reader

    def _readers(self, happening: Happening, audience: str, *, notify_cc: bool) -> Iterator[Reader]:
        ticket = happening.ticket
        if audience == "cc":
            yield from self._copied(happening.addresses)
        elif audience == "requester":
            if _can_be_told(ticket.requester):
                yield reader_of(ticket.requester)
            if notify_cc:
                guest = reader_of(ticket.requester).guest
                yield from (Reader(address, guest=guest) for address in ticket.cc_emails)
        else:
            yield from (reader_of(person) for person in self._desk(happening, audience) if _can_be_told(person))

    def _desk(self, happening: Happening, audience: str) -> Iterable[User]:
        ticket = happening.ticket
        group = self.members.get(ticket.technician_group_id or 0, [])
        if audience == "group":
            return group
        assignee = [ticket.technician] if ticket.technician else []
        if audience == "technicians":
            return [*assignee, *self.technicians.get(ticket.number, []), *([] if assignee else group)]
        return assignee or (group if happening.event in FOR_THE_GROUP_TOO else [])

    def _copied(self, addresses: Iterable[str]) -> Iterator[Reader]:
        for address in addresses:
            person = self.known.get(address.lower())
            if person is None:
                yield Reader(address)
            elif _can_be_told(person):
                yield reader_of(person, address)

    def _add_members(self, groups: set[int | None]) -> None:
        if wanted := groups - {None}:
            through: Any = TechnicianGroup.members.through
            for row in through.objects.filter(techniciangroup__in=wanted).select_related("user").order_by("pk"):
                self.members[row.techniciangroup_id].append(row.user)

    def _add_technicians(self, numbers: set[int]) -> None:
        """Technicians who watch these requests, or who wrote on them, and who still may see them."""
        if not numbers:
            return
        watching = list(
            Participant.objects.filter(ticket__in=numbers, role=Participant.Role.WATCHER).values_list("ticket", "email")
        )
        wrote = list(
            Entry.objects.filter(ticket__in=numbers, kind__in=_WRITTEN, author__role__in=DESK)
            .order_by()
            .values_list("ticket", "author")
            .distinct()
        )
        asked = Q(email__in=[email for _, email in watching]) | Q(pk__in=[author for _, author in wrote])
        people = list(User.objects.filter(asked, role__in=DESK))
        by_email, by_key = {person.email: person for person in people}, {person.pk: person for person in people}
        had = [(number, by_email.get(email)) for number, email in watching]
        had += [(number, by_key.get(author)) for number, author in wrote]
        seen = {person.pk: _seen_by(person, numbers) for person in people}
        for number, person in had:
            if person is not None and number in seen[person.pk]:
                self.technicians[number].append(person)
