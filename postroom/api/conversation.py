"""The conversation of a request, and what is written into it."""

from __future__ import annotations

from collections.abc import Callable

from django.db.models import Prefetch, QuerySet
from django.http import HttpResponse
from ninja import Router

from postroom.accounts.models import User
from postroom.api import serialise
from postroom.api.errors import answer, wrong_values
from postroom.api.references import References
from postroom.api.requests import ticket_of
from postroom.api.schemas import ComposedIn, ForwardIn
from postroom.api.shapes import EntryOut, Problem
from postroom.api.tokens import ApiRequest
from postroom.outbox.models import OutboundEmail
from postroom.tickets.access import visible_entries
from postroom.tickets.models import Entry, Ticket
from postroom.tickets.services import Along, Composed, add_collaboration, add_forward, add_note, add_reply

router = Router(tags=["conversations"])

Verb = Callable[[Ticket, User, Composed], Entry]

# What the delivery of an entry is read from: the mail that carries its words, not what others were told about it.
CARRIERS = (OutboundEmail.Kind.REPLY, OutboundEmail.Kind.FORWARD)


def loaded(entries: QuerySet[Entry]) -> QuerySet[Entry]:
    mails = OutboundEmail.objects.filter(kind__in=CARRIERS).only(
        "entry_id", "state", "server_name", "server_reason", "reason", "recipients"
    )
    return entries.prefetch_related("attachments", Prefetch("outbound", mails))


@router.get("/{int:number}/conversation", response={200: list[EntryOut], 404: Problem})
def read_conversation(request: ApiRequest, number: int) -> HttpResponse:
    """Every entry that the caller may see, oldest first."""
    entries = visible_entries(request.auth.user, ticket_of(request, number)).order_by("created_at", "id")
    return answer([serialise.entry(row) for row in loaded(entries)])


def _write(request: ApiRequest, ticket: Ticket, payload: ComposedIn, verb: Verb) -> HttpResponse:
    look = References()
    server = look.server("outgoing_server", payload.outgoing_server)
    look.check()
    body = Composed(
        text=payload.text,
        html=payload.html,
        to=tuple(payload.to),
        cc=None if payload.cc is None else tuple(payload.cc),
        files=tuple(file.as_new_file() for file in payload.attachments),
        outgoing_server=server,
    )
    row = verb(ticket, request.auth.user, body)
    return answer(serialise.entry(loaded(Entry.objects.all()).get(pk=row.pk)), 201)


def _write_internal(request: ApiRequest, ticket: Ticket, payload: ComposedIn, verb: Verb) -> HttpResponse:
    """Refuse recipients, so that nobody believes that an internal entry was mailed to them (WRK-03)."""
    named = [name for name in ("to", "cc", "outgoing_server") if getattr(payload, name)]
    if named:
        raise wrong_values([(name, "An internal entry is mailed to nobody.") for name in named])
    return _write(request, ticket, payload, verb)


@router.post("/{int:number}/replies", response={201: EntryOut, 400: Problem, 404: Problem})
def reply(request: ApiRequest, number: int, payload: ComposedIn) -> HttpResponse:
    """Answer the requester by mail, at once. ``to`` and ``cc`` default to the requester and the request's Cc."""
    return _write(request, ticket_of(request, number), payload, add_reply)


@router.post("/{int:number}/forwards", response={201: EntryOut, 400: Problem, 404: Problem})
def forward(request: ApiRequest, number: int, payload: ForwardIn) -> HttpResponse:
    """Mail the matter to a third party, whose answers stay internal. Needs ``to``."""
    along = Along(tuple(payload.with_entries), tuple(payload.with_attachments))

    def verb(ticket: Ticket, user: User, body: Composed) -> Entry:
        return add_forward(ticket, user, body, along)

    return _write(request, ticket_of(request, number), payload, verb)


@router.post("/{int:number}/collaborations", response={201: EntryOut, 400: Problem, 404: Problem})
def collaborate(request: ApiRequest, number: int, payload: ComposedIn) -> HttpResponse:
    """Write to fellow technicians; the requester never sees it."""
    return _write_internal(request, ticket_of(request, number), payload, add_collaboration)


@router.post("/{int:number}/notes", response={201: EntryOut, 400: Problem, 404: Problem})
def note(request: ApiRequest, number: int, payload: ComposedIn) -> HttpResponse:
    """Keep an internal note."""
    return _write_internal(request, ticket_of(request, number), payload, add_note)
