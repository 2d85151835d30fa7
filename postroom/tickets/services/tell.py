"""Tell people what happened to a request: the first notice leaves at once, further ones are merged (NTF-05, R20).

Everything is done for many events together, in a handful of statements, since mail arrives in batches.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone

from postroom.accounts.models import User
from postroom.channels.bulk import insert_many
from postroom.outbox.services import NewMail, queue
from postroom.tickets.events import Words, status_event
from postroom.tickets.models import Notice, Ticket
from postroom.tickets.notifications import Reader, about, request_values
from postroom.tickets.services.bell import ring_for
from postroom.tickets.services.concerned import Concerned, Happening
from postroom.tickets.wording import Value, Wording, fill, fill_html, fill_line

MERGED_WITHIN = timedelta(minutes=1)


def tell(*happenings: Happening) -> None:
    """Queue the mails of these events, and keep those that have to wait. In the caller's transaction."""
    if happenings:
        queue(notices(happenings, Wording.load()))


def told_of_changes(ticket: Ticket, by: User | None, changes: Sequence[dict[str, Any]]) -> list[Happening]:
    """What changes of a request's attributes ([{field, old, new}]) are to those who are told of them."""
    found = []
    fields = {change["field"]: change for change in changes}
    if "technician" in fields and ticket.technician is not None:
        found.append(Happening("assigned", ticket, by, only=("technician",)))
    if "technician_group" in fields and ticket.technician_group is not None:
        found.append(Happening("assigned", ticket, by, only=("group",)))
    if status := fields.get("status"):
        old = str(status["old"])
        found.append(Happening(status_event(old, ticket.status), ticket, by, old_status=old))
    if copied := fields.get("cc_emails"):
        added = tuple(address for address in ticket.cc_emails if address not in copied["old"])
        found.append(Happening("cc_added", ticket, by, addresses=added))
    return found


def notices(happenings: Sequence[Happening], wording: Wording) -> list[NewMail]:
    """The mails that leave at once; what is told to somebody who was told of something just now waits as a row."""
    ring_for(happenings)
    concerned = Concerned.by(happenings)
    told = [one for happening in happenings for one in _told(happening, concerned, wording)]
    if not told:
        return []
    now = timezone.now()
    held = _held({one.address for one in told}, now)
    mails: list[NewMail] = []
    rows: list[Notice] = []
    for one in told:
        if one.address in held:
            rows.append(one.waiting(now, held[one.address]))
        else:
            held[one.address] = now + MERGED_WITHIN
            mails.append(one.mail(wording))
            rows.append(one.left(now))
    insert_many(rows)
    return mails


def _told(happening: Happening, concerned: Concerned, wording: Wording) -> Iterator[_Told]:
    """Everybody who is told of one event, each once, in the words of the first audience that they are in."""
    seen: set[str] = set()
    for audience in happening.audiences:
        if audience == "guest":
            continue  # told by the acknowledgement alone
        copies = wording.find(happening.event, audience, "")
        for reader in concerned.readers(happening, audience, notify_cc=bool(copies and copies.notify_cc)):
            words = wording.find(happening.event, audience, reader.language)
            if words is not None and reader.address.lower() not in seen:
                seen.add(reader.address.lower())
                yield _Told(happening, reader, words)


def _held(addresses: set[str], now: datetime) -> dict[str, datetime]:
    """Who was told of something within the minute or has something waiting: until when further notices wait."""
    recent = Q(mailed_at=None) | Q(mailed_at__gt=now - MERGED_WITHIN)
    rows = Notice.objects.filter(recent, address__in=addresses).order_by()
    found: dict[str, datetime] = {}
    for address, mailed_at, due_at in rows.values_list("address", "mailed_at", "due_at").distinct():
        until = due_at if mailed_at is None else mailed_at + MERGED_WITHIN
        found[address] = max(until, found.get(address, until))
    return found


@dataclass(frozen=True, slots=True)
class _Told:
    """One event for one reader, in words."""

    happening: Happening
    reader: Reader
    words: Words

    @property
    def address(self) -> str:
        return self.reader.address.lower()

    def values(self) -> dict[str, Value]:
        happening = self.happening
        old = Ticket.Status(happening.old_status).label if happening.old_status else ""
        more = {"actor": _who(happening), "old_status": old}
        return request_values(happening.ticket, self.reader, entry=happening.entry, **more)

    def mail(self, wording: Wording) -> NewMail:
        happening = self.happening
        return about(happening.ticket, self.reader, happening.event, self.words, wording, self.values())

    def waiting(self, now: datetime, due_at: datetime) -> Notice:
        """The row of a notice that is to be merged with others, in words."""
        values, notice = self.values(), self._row(now)
        notice.subject = fill_line(self.words.subject, values)[:998]
        notice.text = fill(self.words.text, values)
        notice.html = fill_html(self.words.html, values) if self.words.html else ""
        notice.due_at = due_at
        return notice

    def left(self, now: datetime) -> Notice:
        """The row of a notice whose mail leaves at once: by it, those that follow know that they have to wait."""
        notice = self._row(now)
        notice.mailed_at = now
        return notice

    def _row(self, now: datetime) -> Notice:
        happening = self.happening
        return Notice(
            address=self.address,
            event=happening.event,
            language=self.reader.language,
            ticket_id=happening.ticket.number,
            created_at=now,
            due_at=now,
        )


def _who(happening: Happening) -> str:
    """The name of whoever did it."""
    if happening.actor is not None:
        return happening.actor.name
    entry = happening.entry
    return (entry.author_name or entry.author_email) if entry else "Postroom"
