"""The log of arrived mail: what became of each, and what a person does with it (AUD-04). Administrators only."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from django.db import transaction
from django.http import FileResponse, HttpResponse
from ninja import Query, Router

from postroom.api import serialise
from postroom.api.errors import Refused, answer, not_found, wrong_values
from postroom.api.files import download
from postroom.api.lists import list_answer
from postroom.api.schemas import BulkIn, IncomingFilters, ReleaseIn
from postroom.api.shapes import IncomingDetail, IncomingOut, IncomingPage, IncomingRows, Problem
from postroom.api.tokens import ApiRequest
from postroom.audit.services import Actor
from postroom.inbox.models import InboundEmail
from postroom.inbox.services import NotPossible, block_sender, discard, release, release_many, reprocess
from postroom.tickets.models import Ticket

router = Router(tags=["mail"])

Verb = Callable[[Sequence[InboundEmail], Actor], object]

BULK: dict[str, Verb] = {"reprocess": reprocess, "discard": discard, "release": release_many}
CHANGED = {200: IncomingOut, 404: Problem, 409: Problem}


def _row(id: int) -> InboundEmail:
    row = InboundEmail.objects.filter(pk=id).first()
    if row is None:
        raise not_found()
    return row


def _changed(id: int) -> HttpResponse:
    return answer(serialise.incoming(_row(id)))


def _released_to(number: int | None) -> Ticket:
    if number is None:
        raise wrong_values([("request", "Say to which request the mail is to be added.")])
    ticket = Ticket.objects.filter(pk=number, deleted_at=None).first()
    if ticket is None:
        raise wrong_values([("request", f"There is no request {number}.")])
    return ticket


@router.get("", response={200: IncomingPage, 400: Problem})
def list_incoming(request: ApiRequest, filters: Query[IncomingFilters]) -> HttpResponse:
    """Arrived mail, newest first."""
    rows = InboundEmail.objects.defer("trace", "last_error").order_by("-id")
    if filters.mailbox:
        rows = rows.filter(mailbox_email__iexact=filters.mailbox.strip())
    if filters.outcome:
        rows = rows.filter(outcome=filters.outcome)
    if filters.message_id:
        rows = rows.filter(message_id=filters.message_id.strip().removeprefix("<").removesuffix(">"))
    if filters.state:
        rows = rows.filter(state=filters.state)
    return list_answer(request, rows, filters, serialise.incoming)


@router.post("/bulk", response={200: IncomingRows, 400: Problem, 409: Problem})
def change_many(request: ApiRequest, payload: BulkIn) -> HttpResponse:
    """Do the same with many mails: with all of them or, if some refuse, with none. Each that refuses is an error."""
    ids = list(dict.fromkeys(payload.ids))
    found = InboundEmail.objects.in_bulk(ids)
    if missing := [
        (f"ids[{place}]", f"There is no mail {id}.") for place, id in enumerate(payload.ids) if id not in found
    ]:
        raise wrong_values(missing)
    verb, actor = BULK[payload.action], request.auth.actor
    try:
        verb([found[id] for id in ids], actor)
    except NotPossible:
        obstacles = [
            (f"ids[{place}]", why) for place, id in enumerate(payload.ids) if (why := _refusal(verb, found[id], actor))
        ]
        raise Refused(409, "conflict", " ".join(why for _, why in obstacles), obstacles) from None
    changed = InboundEmail.objects.in_bulk(ids)
    return answer({"count": len(ids), "results": [serialise.incoming(changed[id]) for id in ids]})


def _refusal(verb: Verb, row: InboundEmail, actor: Actor) -> str:
    """Why the mail alone would be refused, or "". Nothing is changed."""
    with transaction.atomic():
        try:
            verb([row], actor)
        except NotPossible as refusal:
            return str(refusal)
        finally:
            transaction.set_rollback(True)
    return ""


@router.get("/{int:id}", response={200: IncomingDetail, 404: Problem})
def read_incoming(request: ApiRequest, id: int) -> HttpResponse:
    """One mail with the trace of the decision."""
    return answer(serialise.incoming_detail(_row(id)))


@router.get(
    "/{int:id}/raw",
    response={200: None, 404: Problem},
    openapi_extra={"responses": {200: {"content": {"message/rfc822": {}}}}},
)
def read_raw(request: ApiRequest, id: int) -> FileResponse:
    """The mail exactly as it came (RFC 5322); of one that was too large only its header."""
    row = _row(id)
    if not row.raw_sha256:
        raise Refused(404, "gone", "The raw form is no longer kept.")
    return download(row.raw_sha256, f"mail-{row.pk}.eml", "message/rfc822")


@router.post("/{int:id}/reprocess", response=CHANGED)
def reprocess_one(request: ApiRequest, id: int) -> HttpResponse:
    """Decide anew, by today's preferences."""
    reprocess([_row(id)], request.auth.actor)
    return _changed(id)


@router.post("/{int:id}/release", response={**CHANGED, 400: Problem})
def release_one(request: ApiRequest, id: int, payload: ReleaseIn | None = None) -> HttpResponse:
    """Make a request of it or, ``as`` reply, an entry of ``request``."""
    wanted = payload or ReleaseIn.model_validate({})
    row = _row(id)
    ticket = _released_to(wanted.request) if wanted.as_ == "reply" else None
    release(row, request.auth.actor, wanted.as_, ticket)
    return _changed(id)


@router.post("/{int:id}/discard", response=CHANGED)
def discard_one(request: ApiRequest, id: int) -> HttpResponse:
    """Say that nothing is to become of it."""
    discard([_row(id)], request.auth.actor)
    return _changed(id)


@router.post("/{int:id}/block-sender", response=CHANGED)
def block_sender_of(request: ApiRequest, id: int) -> HttpResponse:
    """Put the sender on the block list of Security."""
    block_sender(_row(id), request.auth.actor)
    return _changed(id)
