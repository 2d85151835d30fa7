"""What technicians do with a request beside writing: merge, split, move, link, watch, spam, delete, restore, drafts."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from ninja import Query, Router

from postroom.api import serialise
from postroom.api.conversation import loaded
from postroom.api.errors import answer, not_found
from postroom.api.requests import fresh, ticket_of
from postroom.api.schemas import Body
from postroom.api.serialise import moment
from postroom.api.shapes import EntryOut, Problem, RequestOut
from postroom.api.tokens import ApiRequest
from postroom.api.work_shapes import (
    DraftIn,
    DraftKind,
    DraftOut,
    LinkIn,
    MergeIn,
    MoveIn,
    NeighboursOut,
    SpamIn,
    SplitIn,
    WatchOut,
)
from postroom.tickets import queries, services, workspace
from postroom.tickets.access import hidden_tickets
from postroom.tickets.models import Draft, Entry, Participant, Ticket
from postroom.tickets.services.drafts import Written, discard_drafts, save_draft

router = Router(tags=["requests"])
DONE = {200: RequestOut, 400: Problem, 404: Problem}


def _entry_of(request: ApiRequest, ticket: Ticket, pk: int, *, in_body: bool = False) -> Entry:
    entry = queries.entry_for(request.auth.user, pk)
    if entry is None or entry.ticket_id != ticket.pk:
        if in_body:
            raise services.Invalid([("entry", f"The request has no entry {pk}.")])
        raise not_found()
    return entry


@router.post("/{int:number}/merge", response=DONE)
def merge(request: ApiRequest, number: int, payload: MergeIn) -> HttpResponse:
    """Close this request as part of another one, which is answered. Later mail goes there."""
    ticket = ticket_of(request, number)
    target = services.merge(ticket, payload.into, request.auth.user, copy_people=payload.copy_people)
    return answer(serialise.request(fresh(target)))


@router.post("/{int:number}/unmerge", response=DONE)
def unmerge(request: ApiRequest, number: int) -> HttpResponse:
    """Take this request out of the one it was merged into; it is open again."""
    return answer(serialise.request(fresh(services.unmerge(ticket_of(request, number), request.auth.user))))


@router.post("/{int:number}/split", response={201: RequestOut, 400: Problem, 404: Problem})
def split(request: ApiRequest, number: int, payload: SplitIn) -> HttpResponse:
    """Make a new request, which is answered, of an entry of this one. Nobody is mailed."""
    entry = _entry_of(request, ticket_of(request, number), payload.entry, in_body=True)
    return answer(serialise.request(fresh(services.split_off(entry, request.auth.user, payload.subject))), 201)


@router.post("/{int:number}/entries/{int:id}/move", response={200: EntryOut, 400: Problem, 404: Problem})
def move(request: ApiRequest, number: int, id: int, payload: MoveIn) -> HttpResponse:
    """Move an entry to another request; later answers to it follow."""
    entry = _entry_of(request, ticket_of(request, number), id)
    moved = services.move_entry(entry, payload.into, request.auth.user)
    return answer(serialise.entry(loaded(Entry.objects.all()).get(pk=moved.pk)))


@router.post("/{int:number}/entries/{int:id}/accept", response=DONE)
def accept(request: ApiRequest, number: int, id: int) -> HttpResponse:
    """Let the unknown sender of an entry take part in the request: they become Cc."""
    entry = _entry_of(request, ticket_of(request, number), id)
    return answer(serialise.request(fresh(services.accept_sender(entry, request.auth.user))))


def _neighbours(request: ApiRequest, ticket: Ticket) -> dict[str, Any]:
    found = workspace.neighbours(request.auth.user, ticket)

    def shown(row: Ticket | None) -> dict[str, Any] | None:
        return {"number": row.number, "subject": row.subject, "status": row.status} if row else None

    return {
        "linked": [shown(row) for row in found.linked],
        "follow_ups": [shown(row) for row in found.follow_ups],
        "follow_up_of": shown(found.follow_up_of),
        "merged": [shown(row) for row in found.merged],
        "merged_into": shown(found.merged_into),
    }


@router.get("/{int:number}/links", response={200: NeighboursOut, 404: Problem})
def read_links(request: ApiRequest, number: int) -> HttpResponse:
    """The requests that have to do with this one, as far as the caller may see them."""
    return answer(_neighbours(request, ticket_of(request, number)))


@router.post("/{int:number}/links", response={201: NeighboursOut, 400: Problem, 404: Problem})
def add_link(request: ApiRequest, number: int, payload: LinkIn) -> HttpResponse:
    """Link the two requests."""
    ticket = ticket_of(request, number)
    services.link(ticket, payload.request, request.auth.user)
    return answer(_neighbours(request, ticket), 201)


@router.delete("/{int:number}/links/{int:id}", response={200: NeighboursOut, 400: Problem, 404: Problem})
def remove_link(request: ApiRequest, number: int, id: int) -> HttpResponse:
    """Take the link with request ``id`` back."""
    ticket = ticket_of(request, number)
    services.unlink(ticket, id, request.auth.user)
    return answer(_neighbours(request, ticket))


def _watched(request: ApiRequest, ticket: Ticket) -> dict[str, Any]:
    role = Participant.Role.WATCHER
    watchers = [person.email for person in workspace.participants(ticket) if person.role == role]
    return {"watching": request.auth.user.email in watchers, "watchers": watchers}


@router.post("/{int:number}/watch", response={200: WatchOut, 400: Problem, 404: Problem})
def watch(request: ApiRequest, number: int) -> HttpResponse:
    """Be told of what happens to the request."""
    ticket = ticket_of(request, number)
    services.watch(ticket, request.auth.user)
    return answer(_watched(request, ticket))


@router.delete("/{int:number}/watch", response={200: WatchOut, 404: Problem})
def unwatch(request: ApiRequest, number: int) -> HttpResponse:
    """Be told no longer."""
    ticket = ticket_of(request, number)
    services.unwatch(ticket, request.auth.user)
    return answer(_watched(request, ticket))


@router.post("/{int:number}/spam", response=DONE)
def spam(request: ApiRequest, number: int, payload: SpamIn) -> HttpResponse:
    """Take the request out of sight as spam and, if asked for, block its sender."""
    ticket = ticket_of(request, number)
    services.mark_as_spam(ticket, request.auth.user, request.auth.actor, block_sender=payload.block_sender)
    return answer(serialise.request(fresh(ticket)))


@router.post("/{int:number}/restore", response=DONE)
def restore(request: ApiRequest, number: int) -> HttpResponse:
    """Bring back what is spam or, for administrators, what was deleted."""
    if not hidden_tickets(request.auth.user).filter(pk=number).exists():
        raise not_found()
    return answer(serialise.request(fresh(services.restore_ticket(number, request.auth.user, request.auth.actor))))


def _draft(row: Draft) -> dict[str, Any]:
    names = ("id", "filename", "content_type", "size", "inline")
    return {
        "kind": row.kind,
        "to": row.to,
        "cc": row.cc,
        "text": row.text,
        "html": row.html,
        "files": [
            {**{name: getattr(file, name) for name in names}, "content_id": file.content_id or None}
            for file in row.files.all()
        ],
        "updated_at": moment(row.updated_at),
    }


@router.get("/{int:number}/drafts", response={200: list[DraftOut], 404: Problem})
def read_drafts(request: ApiRequest, number: int) -> HttpResponse:
    """The caller's own drafts on the request, the latest first."""
    return answer([_draft(row) for row in workspace.drafts_of(request.auth.user, ticket_of(request, number))])


@router.post("/{int:number}/drafts", response={200: list[DraftOut], 400: Problem, 404: Problem})
def write_draft(request: ApiRequest, number: int, payload: DraftIn) -> HttpResponse:
    """Keep a draft in place of the caller's earlier one of this kind; an empty one is discarded."""
    ticket = ticket_of(request, number)
    to = None if payload.to is None else tuple(payload.to)
    cc = None if payload.cc is None else tuple(payload.cc)
    save_draft(request.auth.user, ticket, payload.kind, Written(payload.text, payload.html, to, cc))
    return answer([_draft(row) for row in workspace.drafts_of(request.auth.user, ticket)])


class DraftFilter(Body):
    kind: DraftKind | None = None


@router.delete("/{int:number}/drafts", response={204: None, 400: Problem, 404: Problem})
def discard(request: ApiRequest, number: int, filters: Query[DraftFilter]) -> HttpResponse:
    """Discard the caller's drafts on the request, or that of one ``kind``."""
    discard_drafts(request.auth.user, ticket_of(request, number), filters.kind or "")
    return HttpResponse(status=204)
