"""Which requests a search finds: all words, in subject, requester or conversation; or a request's number (R28)."""

from __future__ import annotations

import re

from django.db.models import Exists, OuterRef, Q, QuerySet

from postroom.tickets.models import Entry, Ticket

MAX_WORDS = 10
_NUMBER = re.compile(r"\[?#?([0-9]{1,18})\]?")


def search(tickets: QuerySet[Ticket], text: str) -> QuerySet[Ticket]:
    """``tickets`` in which all words of ``text`` occur. For technicians: internal entries are searched too."""
    for word in text.split()[:MAX_WORDS]:
        found = (
            Q(subject__icontains=word)
            | Q(requester__name__icontains=word)
            | Q(requester__email__icontains=word)
            | Q(Exists(Entry.objects.filter(ticket=OuterRef("pk"), text__icontains=word)))
        )
        if number := _NUMBER.fullmatch(word):
            found |= Q(number=int(number.group(1)))
        tickets = tickets.filter(found)
    return tickets
