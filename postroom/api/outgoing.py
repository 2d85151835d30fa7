"""The log of sent mail: how each is doing, and what a person does with it (WRK-07). Administrators only."""

from __future__ import annotations

from django.http import HttpResponse
from ninja import Query, Router

from postroom.api import serialise
from postroom.api.errors import answer, not_found, wrong_values
from postroom.api.lists import list_answer
from postroom.api.references import References
from postroom.api.schemas import OutgoingFilters, ResendIn, RetryIn
from postroom.api.shapes import OutgoingDetail, OutgoingOut, OutgoingPage, Problem
from postroom.api.tokens import ApiRequest
from postroom.channels.models import OutgoingServer
from postroom.outbox.models import OutboundEmail
from postroom.outbox.services import cancel, resend, retry

router = Router(tags=["mail"])

IN_DETAIL = ("text", "html", "facts", "headers", "references", "files")


def _mail(id: int) -> OutboundEmail:
    mail = OutboundEmail.objects.filter(pk=id).first()
    if mail is None:
        raise not_found()
    return mail


def _server(name: str | None) -> OutgoingServer | None:
    look = References()
    server = look.server("server", name)
    look.check()
    if server is not None and not server.enabled:
        raise wrong_values([("server", f"{server.name} is disabled.")])
    return server


@router.get("", response={200: OutgoingPage, 400: Problem})
def list_outgoing(request: ApiRequest, filters: Query[OutgoingFilters]) -> HttpResponse:
    """Sent and waiting mail, newest first."""
    rows = OutboundEmail.objects.defer(*IN_DETAIL).order_by("-id")
    if filters.state:
        rows = rows.filter(state=filters.state)
    if filters.server:
        rows = rows.filter(server_name__iexact=filters.server.strip())
    if filters.request is not None:
        rows = rows.filter(ticket=filters.request)
    if filters.kind:
        rows = rows.filter(kind=filters.kind)
    return list_answer(request, rows, filters, serialise.outgoing)


@router.get("/{int:id}", response={200: OutgoingDetail, 404: Problem})
def read_outgoing(request: ApiRequest, id: int) -> HttpResponse:
    """One mail with its text."""
    return answer(serialise.outgoing_detail(_mail(id)))


@router.post("/{int:id}/retry", response={200: OutgoingOut, 400: Problem, 404: Problem, 409: Problem})
def retry_one(request: ApiRequest, id: int, payload: RetryIn | None = None) -> HttpResponse:
    """Try it again now, by another server if one is given. The Message-ID stays."""
    mail = _mail(id)
    return answer(serialise.outgoing(retry(mail, request.auth.actor, _server(payload.server if payload else None))))


@router.post("/{int:id}/resend", response={201: OutgoingOut, 400: Problem, 404: Problem, 409: Problem})
def resend_one(request: ApiRequest, id: int, payload: ResendIn | None = None) -> HttpResponse:
    """Send a copy, with a Message-ID of its own, to ``to`` or to the same recipients."""
    mail, wanted = _mail(id), payload or ResendIn()
    return answer(serialise.outgoing(resend(mail, request.auth.actor, wanted.to, _server(wanted.server))), 201)


@router.post("/{int:id}/cancel", response={200: OutgoingOut, 404: Problem, 409: Problem})
def cancel_one(request: ApiRequest, id: int) -> HttpResponse:
    """Stop a mail that has not left."""
    return answer(serialise.outgoing(cancel(_mail(id), request.auth.actor)))
