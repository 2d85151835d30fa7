"""Mail about a request to people and groups beside the conversation (WRK-05)."""

from __future__ import annotations

from django.http import HttpResponse
from ninja import Query, Router

from postroom.api import serialise
from postroom.api.errors import answer
from postroom.api.lists import list_answer
from postroom.api.references import References
from postroom.api.requests import ticket_of
from postroom.api.schemas import NotificationIn, Paging
from postroom.api.shapes import NotificationPage, OutgoingDetail, Problem
from postroom.api.tokens import ApiRequest
from postroom.outbox.models import OutboundEmail
from postroom.tickets.services import Composed, Notice, send_notification

router = Router(tags=["conversations"])


@router.get("/{int:number}/notifications", response={200: NotificationPage, 400: Problem, 404: Problem})
def list_notifications(request: ApiRequest, number: int, paging: Query[Paging]) -> HttpResponse:
    """The notifications that were sent about the request, newest first, each with its text and delivery."""
    ticket = ticket_of(request, number)
    mails = OutboundEmail.objects.filter(ticket=ticket, kind=OutboundEmail.Kind.NOTIFICATION).order_by("-id")
    return list_answer(request, mails, paging, serialise.outgoing_detail)


@router.post("/{int:number}/notifications", response={201: OutgoingDetail, 400: Problem, 404: Problem})
def notify(request: ApiRequest, number: int, payload: NotificationIn) -> HttpResponse:
    """Mail people and groups about the request. The conversation gets no entry; answers of outsiders stay internal."""
    ticket = ticket_of(request, number)
    look = References()
    server = look.server("outgoing_server", payload.outgoing_server)
    look.check()
    body = Composed(
        text=payload.text,
        html=payload.html,
        to=tuple(payload.to),
        cc=tuple(payload.cc),
        files=tuple(file.as_new_file() for file in payload.attachments),
        outgoing_server=server,
    )
    mail = send_notification(ticket, request.auth.actor, Notice(payload.subject, body, tuple(payload.groups)))
    return answer(serialise.outgoing_detail(mail), 201)
