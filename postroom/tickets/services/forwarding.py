"""What goes along with a forward: chosen entries as mail programs quote them, and chosen files (WRK-08)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from html import escape

from django.utils import timezone

from postroom.rules.fields import Invalid
from postroom.tickets.models import Attachment, Entry, Ticket
from postroom.tickets.services.composed import Composed
from postroom.tickets.services.files import KeptFile

MARK = "---------- Forwarded message ----------"


@dataclass(frozen=True, slots=True)
class Along:
    """The keys of the entries and of the files of the request that go along."""

    entries: tuple[int, ...] = ()
    files: tuple[int, ...] = ()


def with_quotes(ticket: Ticket, body: Composed, along: Along | None) -> Composed:
    """``body`` with what goes along below its own words. Raises Invalid for what is not of this request.

    There is HTML where the words or one of the entries have some; pictures within an entry come with it.
    """
    if along is None or not (along.entries or along.files):
        return body
    entries = list(ticket.entries.filter(pk__in=along.entries).exclude(kind=Entry.Kind.EVENT))
    files = list(Attachment.objects.filter(pk__in=along.files, entry__ticket=ticket, removed=""))
    if len(entries) != len(set(along.entries)) or len(files) != len(set(along.files)):
        raise Invalid([("", "Choose entries and files of this request.")])
    pictures = Attachment.objects.filter(entry__in=entries, inline=True, removed="").exclude(content_id="")
    kept = {file.pk: KeptFile.of(file) for file in [*files, *pictures]}
    html = body.html
    if html or any(entry.html for entry in entries):
        html = (html or as_html(body.text)) + "".join(_quote_html(ticket, entry) for entry in entries)
    text = "\n\n".join([body.text, *(_quote(ticket, entry) for entry in entries)]).strip()
    return replace(body, text=text, html=html, kept=(*body.kept, *kept.values()))


def _head(ticket: Ticket, entry: Entry) -> Sequence[str]:
    sent = timezone.localtime(entry.created_at)
    return (
        MARK,
        f"From: {entry.author_name} <{entry.author_email}>",
        f"Date: {sent:%d %b %Y, %H:%M} {sent:%Z}",
        f"Subject: {ticket.subject}",
    )


def _quote(ticket: Ticket, entry: Entry) -> str:
    return "\n".join(_head(ticket, entry)) + f"\n\n{entry.text}"


def _quote_html(ticket: Ticket, entry: Entry) -> str:
    head = "<br>".join(escape(line) for line in _head(ticket, entry))
    return f'<div class="gmail_quote"><p>{head}</p>{entry.html or as_html(entry.text)}</div>'


def as_html(text: str) -> str:
    """Plain words as HTML."""
    return f"<p>{escape(text).replace(chr(10), '<br>')}</p>" if text else ""
