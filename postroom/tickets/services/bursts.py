"""Notices that had to wait become one mail to each person, a minute after the last one (NTF-05, R20)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from html import escape

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from postroom.channels.secret import thread_keys
from postroom.mail.identify import footer_line, subject_tag
from postroom.outbox.models import OutboundEmail
from postroom.outbox.services import NewMail, queue
from postroom.tickets.models import GuestAnswers, Notice, Ticket
from postroom.tickets.notifications import automatic_headers, rule_values
from postroom.tickets.wording import Wording, as_html, instance_language

PEOPLE_AT_ONCE = 200
MOST_IN_A_MAIL = 100
KEPT = timedelta(days=1)
RULE = "-" * 64


@transaction.atomic
def send_merged(now: datetime) -> int:
    """Queue one mail to everybody whose minute is over. Returns how many. One worker at a time calls it."""
    due = Notice.objects.filter(mailed_at=None, due_at__lte=now).order_by("due_at")
    addresses = list(dict.fromkeys(due.values_list("address", flat=True)[: PEOPLE_AT_ONCE * MOST_IN_A_MAIL]))
    if not addresses:
        return 0
    waiting = Notice.objects.select_for_update().filter(mailed_at=None, address__in=addresses[:PEOPLE_AT_ONCE])
    by_address: dict[str, list[Notice]] = defaultdict(list)
    for notice in waiting.order_by("id"):
        by_address[notice.address].append(notice)
    tickets = _tickets({notice.ticket_id or 0 for some in by_address.values() for notice in some})
    wording = Wording.load()
    queue([_mail(some, tickets, wording) for some in by_address.values()])
    told = [notice.pk for some in by_address.values() for notice in some]
    Notice.objects.filter(pk__in=told).update(mailed_at=now, subject="", text="", html="")
    return len(by_address)


def forget_old(now: datetime) -> None:
    """Drop the rows that say who was told of what: a day is more than anything asks for."""
    Notice.objects.filter(mailed_at__lt=now - KEPT).delete()
    GuestAnswers.objects.filter(at__lt=now - KEPT).delete()


def _tickets(numbers: set[int]) -> dict[int, Ticket]:
    related = ("requester", "mailbox", "technician", "technician_group", "category", "company")
    rows = Ticket.objects.select_related(*related).defer("mailbox__password", "mailbox__client_secret")
    return rows.in_bulk(list(numbers))


def _mail(some: Sequence[Notice], tickets: dict[int, Ticket], wording: Wording) -> NewMail:
    """One mail of all notices of a person. About a single request it can be answered; about several it says so."""
    language = some[0].language or instance_language()
    numbers = list(dict.fromkeys(notice.ticket_id or 0 for notice in some))
    first, single = tickets[numbers[0]], len(numbers) == 1
    with translation.override(language):
        subject = _subject(some, numbers)
        text, html = _body(some, single=single)
    below = footer_line(first.number, thread_keys()[0]) if single else ""
    text, html = wording.framed(text, html, language, {"mailbox": first.mailbox_email}, below)
    return NewMail(
        kind=OutboundEmail.Kind.NOTIFICATION,
        to=[some[0].address],
        subject=subject,
        text=text,
        html=html,
        ticket_id=first.number if single else None,
        mailbox=first.mailbox,
        facts=rule_values(first, notification=some[0].event, recipient=some[0].address),
        headers=automatic_headers("auto-generated"),
    )


def _subject(some: Sequence[Notice], numbers: Sequence[int]) -> str:
    if len(some) == 1:
        return f"{subject_tag(numbers[0])} {some[0].subject}"
    updates = ngettext("%(n)d update", "%(n)d updates", len(some)) % {"n": len(some)}
    if len(numbers) == 1:
        return f"{subject_tag(numbers[0])} {updates}: {some[-1].subject}"
    requests = ngettext("%(n)d request", "%(n)d requests", len(numbers)) % {"n": len(numbers)}
    return _("%(updates)s on %(requests)s") % {"updates": updates, "requests": requests}


def _body(some: Sequence[Notice], *, single: bool) -> tuple[str, str]:
    """The notices one below the other; one alone reads as if it had left at once."""
    if len(some) == 1:
        return some[0].text, some[0].html
    shown, left_out = some[:MOST_IN_A_MAIL], len(some) - MOST_IN_A_MAIL
    tail = []
    if left_out > 0:
        tail.append(ngettext("%(n)d more is left out.", "%(n)d more are left out.", left_out) % {"n": left_out})
    if not single:
        tail.append(_("To answer, open the request: an answer to this mail belongs to none of them."))
    headed = [f"{'' if single else subject_tag(notice.ticket_id or 0)} {notice.subject}".strip() for notice in shown]
    pairs = list(zip(headed, shown, strict=True))
    text = f"\n\n{RULE}\n\n".join([*(f"{heading}\n\n{notice.text.strip()}" for heading, notice in pairs), *tail])
    if not any(notice.html for notice in shown):
        return text, ""
    parts = [f"<h3>{escape(heading)}</h3>{notice.html or as_html(notice.text)}" for heading, notice in pairs]
    return text, "<hr>".join([*parts, *map(as_html, tail)])
