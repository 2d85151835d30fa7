"""Plays the stories: mails go the way of every mail (``inbox``), the rest through the services of requests.

Only the clock is turned back afterwards, so that a fresh demo looks like a desk in use.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from postroom.accounts.models import TechnicianGroup, User
from postroom.channels.models import IncomingServer
from postroom.channels.presence import Presence, own_name
from postroom.inbox.models import InboundEmail
from postroom.inbox.receive import receive
from postroom.inbox.services.keep import NewInbound, keep
from postroom.mail.build import MailDraft, build
from postroom.mail.model import Address, Attachment
from postroom.run.demo.company import MAILBOX
from postroom.run.demo.stories import STORIES, Step, Story
from postroom.tickets.models import Category, Entry, Notice, Ticket
from postroom.tickets.services import Composed, add_collaboration, add_note, add_reply, update_ticket

WRITTEN = {"reply": add_reply, "note": add_note, "collaboration": add_collaboration}


def seed() -> None:
    """Play every story that has not been played in this database."""
    presence = Presence(own_name("demo"), ())
    presence.wait(0)
    try:
        now = timezone.now()
        for number, story in enumerate(STORIES, 1):
            if not InboundEmail.objects.filter(key=_key(number, 0)).exists():
                _Play(presence.name, number, story, now).run()
        Notice.objects.filter(mailed_at=None).delete()  # what happened that week was told that week
    finally:
        presence.close()


def _key(number: int, step: int) -> str:
    return f"demo/{number}/{step}"


class _Play:
    """One story on its way into the database, in one transaction."""

    def __init__(self, owner: str, number: int, story: Story, now: datetime) -> None:
        self._owner = owner
        self._number = number
        self._story = story
        self._now = now
        self._mailbox = IncomingServer.objects.get(email=MAILBOX)
        self._ticket: Ticket | None = None

    @transaction.atomic
    def run(self) -> None:
        for position, step in enumerate(self._story.steps):
            last = Entry.objects.order_by("-id").values_list("id", flat=True).first() or 0
            when = self._now - timedelta(hours=step.ago)
            if step.does == "mail":
                self._receive(position, step, when)
            elif self._ticket is not None:
                self._act(self._ticket, step)
            self._turn_back(last, when)

    def _receive(self, position: int, step: Step, when: datetime) -> None:
        key = _key(self._number, position)
        raw = build(self._draft(key, step, when))
        keep(self._mailbox, [NewInbound(key, raw, when, len(raw))])
        while receive(self._owner):
            pass
        self._ticket = InboundEmail.objects.get(mailbox=self._mailbox, key=key).ticket or self._ticket

    def _draft(self, key: str, step: Step, when: datetime) -> MailDraft:
        person = User.objects.filter(email=step.who).first()
        name = person.name if person else step.who.partition("@")[0].title()
        draft = MailDraft(
            from_=Address(name, step.who),
            to=[Address("", MAILBOX)],
            cc=[Address("", address) for address in step.cc],
            subject=self._story.subject,
            text=step.text,
            html=step.html or None,
            message_id=f"{key.replace('/', '.')}@{step.who.partition('@')[2]}",
            date=when,
            headers=step.headers,
        )
        if step.file:
            filename, content_type, content = step.file
            draft = replace(draft, attachments=[_attachment(filename, content_type, content)])
        if self._ticket is None:
            return draft
        answered = self._ticket.entries.filter(kind__in=Entry.PUBLIC).exclude(message_id="").last()
        return replace(
            draft,
            subject=f"Re: {self._story.subject}",
            in_reply_to=answered.message_id if answered else None,
            references=[answered.message_id] if answered else [],
        )

    def _act(self, ticket: Ticket, step: Step) -> None:
        author = User.objects.get(email=step.who)
        if step.does == "change":
            self._ticket = update_ticket(ticket, author, {name: _value(name, to) for name, to in step.change.items()})
        else:
            WRITTEN[step.does](ticket, author, Composed(text=step.text))

    def _turn_back(self, last_entry: int, when: datetime) -> None:
        if self._ticket is None:
            return
        entries = Entry.objects.filter(ticket=self._ticket, id__gt=last_entry)
        entries.update(created_at=when)
        times = {"updated_at": when}
        if entries.filter(kind=Entry.Kind.DESCRIPTION).exists():
            times["created_at"] = when
        Ticket.objects.filter(pk=self._ticket.pk).update(**times)
        Ticket.objects.filter(pk=self._ticket.pk, closed_at__gt=when).update(closed_at=when)
        self._ticket.refresh_from_db()


def _attachment(filename: str, content_type: str, content: bytes) -> Attachment:
    digest = hashlib.sha256(content).hexdigest()
    return Attachment(filename, content_type, len(content), None, False, digest, content)


def _value(name: str, value: str) -> Any:
    if name == "technician":
        return User.objects.get(email=value)
    if name == "technician_group":
        return TechnicianGroup.objects.get(name=value)
    if name == "category":
        return Category.objects.get(name=value)
    return value
