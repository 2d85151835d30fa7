"""The notifications as a list: for each event and audience the words that count, and in which languages (NTF-01)."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise

from postroom.tickets.events import AUDIENCES, EVENTS, FRAME, LANGUAGE, Event, Words
from postroom.tickets.models import NotificationTemplate
from postroom.tickets.wording import instance_language, spoken, words_of


@dataclass(frozen=True, slots=True)
class Told:
    """One audience of an event. ``enabled``: in any language; ``own`` are the languages of an administrator's words."""

    event: Event
    audience: str
    label: str | Promise
    subject: str
    enabled: bool
    own: tuple[str, ...]

    @property
    def is_part(self) -> bool:
        """Whether it is the header or the footer of all mails, and no notification."""
        return self.event.name in FRAME


def all_told() -> list[Told]:
    """Every audience of every event, in the order of the catalogue."""
    rows: dict[tuple[str, str], list[NotificationTemplate]] = {}
    for row in NotificationTemplate.objects.order_by("language"):
        rows.setdefault((row.event, row.audience), []).append(row)
    return [
        _told(event, audience, rows.get((event.name, audience), []))
        for event in EVENTS.values()
        for audience in event.audiences
    ]


def told_of(event: str, audience: str) -> Told | None:
    """One audience of an event, or None where there is no such."""
    if audience not in (EVENTS[event].audiences if event in EVENTS else ()):
        return None
    rows = NotificationTemplate.objects.filter(event=event, audience=audience).order_by("language")
    return _told(EVENTS[event], audience, list(rows))


def _told(event: Event, audience: str, rows: list[NotificationTemplate]) -> Told:
    words = {row.language.lower(): words_of(row) for row in rows}
    every = {LANGUAGE: event.audiences[audience], **words}
    first = next(every[language] for language in spoken(instance_language()) if language in every)
    return Told(
        event=event,
        audience=audience,
        label=AUDIENCES[audience],
        subject=first.subject,
        enabled=any(one.enabled for one in every.values()),
        own=tuple(row.language for row in rows if _says_else(row, event.audiences[audience])),
    )


def _says_else(row: NotificationTemplate, words: Words) -> bool:
    """Whether a stored template has words of its own, and not just the switch."""
    said = (row.notify_cc, row.subject, row.text, row.html)
    return row.language != LANGUAGE or said != (words.notify_cc, words.subject, words.text, words.html)
