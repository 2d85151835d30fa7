"""What arrived mail means to people: acknowledgements, answers passed on to the requester, notices to technicians."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from postroom.channels.models import IncomingServer
from postroom.mail.model import ParsedMail
from postroom.outbox.services import NewMail
from postroom.rules.model import Decision
from postroom.tickets import notifications
from postroom.tickets.models import Entry
from postroom.tickets.services.concerned import Happening
from postroom.tickets.services.tell import notices
from postroom.tickets.wording import Wording

Files = Mapping[int, list[dict[str, Any]]]


@dataclass(slots=True)
class Arrival:
    """A mail whose decision asks for an entry. ``quiet``: it is so old that nobody is told of it any more (R22)."""

    mail: ParsedMail
    decision: Decision
    mailbox: IncomingServer | None
    mailbox_email: str
    received_at: datetime
    quiet: bool = False


@dataclass(slots=True)
class Came:
    """The arrivals of a batch with their entries; ``files`` by the key of the entry, ``before`` statuses by request."""

    arrivals: Sequence[Arrival]
    entries: Sequence[Entry]
    files: Files = field(default_factory=dict)
    before: Mapping[int, str] = field(default_factory=dict)

    def mails(self) -> list[NewMail]:
        """What has to be said of the whole batch."""
        wording = Wording.load()
        mails = [mail for pair in self._pairs() if (mail := self._answer(*pair, wording)) is not None]
        happened = [one for pair in self._pairs() for one in self._happenings(*pair, wording)]
        return [*mails, *notices(happened, wording)] if happened else mails

    def _pairs(self) -> Iterator[tuple[Arrival, Entry]]:
        return zip(self.arrivals, self.entries, strict=True)

    def _answer(self, arrival: Arrival, entry: Entry, wording: Wording) -> NewMail | None:
        if arrival.decision.acknowledge:
            return notifications.acknowledgement(entry.ticket, entry, wording)
        if arrival.decision.mailed:
            return notifications.passed_on(entry.ticket, entry, self.files.get(entry.pk, []))
        return None

    def _happenings(self, arrival: Arrival, entry: Entry, wording: Wording) -> Iterator[Happening]:
        """Of an automatic answer, and of a technician's that is mailed on, nobody is told besides."""
        if arrival.quiet or entry.flag == "auto" or arrival.decision.mailed:
            return
        sender, ticket = arrival.mail.sender, entry.ticket
        by = sender.email if sender else ""
        if arrival.decision.outcome == "created":
            yield Happening("created", ticket, by=by, entry=entry, only=("group",))
        elif entry.kind == Entry.Kind.REPLY:
            reopened = arrival.decision.reopen and wording.find("reopened", "technician", "") is not None
            event = "reopened" if reopened else "requester_replied"
            old = self.before.get(ticket.number, "")
            yield Happening(event, ticket, by=by, entry=entry, old_status=old, only=("technician",))
        else:
            event = "collaborated" if entry.kind == Entry.Kind.COLLABORATION else "noted"
            yield Happening(event, ticket, by=by, entry=entry)
