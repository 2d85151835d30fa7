"""Announcements by mail to requester groups: drafts, and sending, pausing, resuming, cancelling them (ANN-01)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Literal

from django.http import HttpResponse
from ninja import Query, Router
from pydantic import Field

from postroom.api import serialise
from postroom.api.bodies import Json, described
from postroom.api.errors import Refused, answer
from postroom.api.lists import list_answer
from postroom.api.resources import Resource, offer
from postroom.api.schemas import Paging
from postroom.api.serialise import moment
from postroom.api.shapes import OutgoingDetail, Page, Problem, Shape
from postroom.api.tokens import ApiRequest
from postroom.audit.services import Actor
from postroom.rules.fields import Invalid
from postroom.tickets.announced import counts_of, outcome_of, recipients_of
from postroom.tickets.models import Announcement, AnnouncementRecipient
from postroom.tickets.services import announcements as services

router = Router(tags=["announcements"])
READ_ONLY = ("id", "state", "cancelled", "counts", "created_at", "started_at", "finished_at")


class CountsOut(Shape):
    recipients: int
    waiting: int
    queued: int
    sent: int
    failed: int
    skipped: int
    cancelled: int


class AnnouncementOut(Shape):
    """``per_minute`` is its own pace; ``counts`` are recipients by what became of them."""

    id: int
    subject: str
    text: str
    html: str
    requester_groups: list[str]
    outgoing_server: str | None
    per_minute: int
    state: Literal["draft", "sending", "paused", "done"]
    cancelled: bool
    counts: CountsOut
    created_at: str
    started_at: str | None
    finished_at: str | None


class AnnouncementPage(Page):
    results: list[AnnouncementOut]


class RecipientOut(Shape):
    """``state`` is waiting, skipped, cancelled, or once there is a mail the mail's; ``mail`` its id in the log."""

    address: str
    name: str
    state: str
    reason: str
    mail: int | None


class RecipientPage(Page):
    results: list[RecipientOut]


class RecipientFilters(Paging):
    trouble: Annotated[bool, Field(description="only those who did not or will not get it")] = False


def _shape(row: Announcement) -> Json:
    return {
        "id": row.pk,
        **services.show_announcement(row),
        "cancelled": row.cancelled,
        "counts": counts_of([row])[row.pk].as_dict(),
        "created_at": moment(row.created_at),
        "started_at": moment(row.started_at),
        "finished_at": moment(row.finished_at),
    }


ANNOUNCEMENTS = Resource(
    path="announcements",
    one="announcement",
    many="announcements",
    rows=lambda: (
        Announcement.objects.select_related("outgoing_server").prefetch_related("requester_groups").order_by("-id")
    ),
    shape=_shape,
    save=lambda actor, values, row, replace: services.save_announcement(actor, values, row, replace=replace),
    delete=services.delete_announcement,
    out=AnnouncementOut,
    page=AnnouncementPage,
    searched=("subject",),
    read_only=READ_ONLY,
    body=described(AnnouncementOut, (), READ_ONLY),
)


def _do(request: ApiRequest, id: int, verb: Callable[[Actor, Announcement], Announcement]) -> HttpResponse:
    """One step of an announcement; 409 where it cannot take that step now."""
    row = ANNOUNCEMENTS.find(id)
    try:
        return answer(ANNOUNCEMENTS.shown(verb(request.auth.actor, row)))
    except Invalid as refusal:
        if any(field for field, _ in refusal.errors):
            raise
        message = " ".join(text for _, text in refusal.errors)
        raise Refused(409, "conflict", message, refusal.errors) from None


STEPS = {200: AnnouncementOut, 400: Problem, 404: Problem, 409: Problem}


@router.post("/announcements/{int:id}/send", response=STEPS)
def send(request: ApiRequest, id: int) -> HttpResponse:
    """Send a draft: everybody who is in its groups now gets one mail."""
    return _do(request, id, services.send_announcement)


@router.post("/announcements/{int:id}/pause", response=STEPS)
def pause(request: ApiRequest, id: int) -> HttpResponse:
    """Stop for now; what has not left waits."""
    return _do(request, id, services.pause_announcement)


@router.post("/announcements/{int:id}/resume", response=STEPS)
def resume(request: ApiRequest, id: int) -> HttpResponse:
    """Go on with one that is paused."""
    return _do(request, id, services.resume_announcement)


@router.post("/announcements/{int:id}/cancel", response=STEPS)
def cancel(request: ApiRequest, id: int) -> HttpResponse:
    """Send it to nobody further; it is done."""
    return _do(request, id, services.cancel_announcement)


@router.post("/announcements/{int:id}/test", response={201: OutgoingDetail, 400: Problem, 404: Problem})
def test_announcement(request: ApiRequest, id: int) -> HttpResponse:
    """Mail it to the token's own person alone: 201 with the mail."""
    mail = services.try_announcement(request.auth.actor, ANNOUNCEMENTS.find(id), request.auth.user)
    return answer(serialise.outgoing_detail(mail), 201)


@router.get("/announcements/{int:id}/recipients", response={200: RecipientPage, 400: Problem, 404: Problem})
def recipients(request: ApiRequest, id: int, filters: Query[RecipientFilters]) -> HttpResponse:
    """Everybody it goes to, by address, and what became of each; with ``trouble`` only those who do not have it."""
    return list_answer(request, recipients_of(ANNOUNCEMENTS.find(id), trouble=filters.trouble), filters, _recipient)


def _recipient(row: AnnouncementRecipient) -> Json:
    state, reason = outcome_of(row)
    return {"address": row.address, "name": row.name, "state": state, "reason": reason, "mail": row.mail_id}


offer(router, ANNOUNCEMENTS)
