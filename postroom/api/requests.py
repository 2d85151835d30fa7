"""Requests: list, raise, read, change."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from ninja import Query, Router

from postroom.accounts.models import Company, SecondaryEmail, TechnicianGroup, User
from postroom.api import serialise
from postroom.api.errors import answer, not_found, wrong_values
from postroom.api.lists import list_answer
from postroom.api.references import References, requester_of
from postroom.api.schemas import Attributes, RequestFilters, RequestIn, RequestPatch, given
from postroom.api.shapes import Problem, RequestOut, RequestPage
from postroom.api.tokens import ApiRequest
from postroom.tickets.access import visible_tickets
from postroom.tickets.models import Category, Ticket
from postroom.tickets.queries import search_tickets
from postroom.tickets.services import Composed, NewTicket, open_ticket, update_ticket

router = Router(tags=["requests"])

SHOWN = ("requester", "technician", "technician_group", "category", "company")


def ticket_of(request: ApiRequest, number: int) -> Ticket:
    """The request, if the caller may see it; else Refused (404)."""
    ticket = visible_tickets(request.auth.user).select_related(*SHOWN).filter(pk=number).first()
    if ticket is None:
        raise not_found()
    return ticket


@router.get("", response={200: RequestPage, 400: Problem})
def list_requests(request: ApiRequest, filters: Query[RequestFilters]) -> HttpResponse:
    """Requests that the token's person may see, newest first."""
    rows = _filtered(visible_tickets(request.auth.user), filters)
    return list_answer(request, rows.select_related(*SHOWN).order_by("-number"), filters, serialise.request)


def _filtered(tickets: QuerySet[Ticket], filters: RequestFilters) -> QuerySet[Ticket]:
    if filters.status:
        wanted = [status.strip() for status in filters.status.split(",")]
        if unknown := [status for status in wanted if status not in Ticket.Status.values]:
            raise wrong_values([("status", f"“{unknown[0]}” is not a status: {', '.join(Ticket.Status.values)}.")])
        tickets = tickets.filter(status__in=wanted)
    if address := filters.requester.strip().lower():
        owners = SecondaryEmail.objects.filter(email=address).values("user")
        tickets = tickets.filter(Q(requester__email=address) | Q(requester__in=owners))
    if filters.mailbox:
        tickets = tickets.filter(mailbox_email__iexact=filters.mailbox.strip())
    if filters.technician:
        tickets = tickets.filter(technician__email=filters.technician.strip().lower())
    return search_tickets(tickets, filters.search)


@router.post("", response={201: RequestOut, 400: Problem})
def raise_request(request: ApiRequest, payload: RequestIn) -> HttpResponse:
    """Raise a request on somebody's behalf; the requester is told."""
    return answer(serialise.request(_fresh(_raise(request.auth.user, payload))), 201)


@transaction.atomic
def _raise(user: User, payload: RequestIn) -> Ticket:
    values = _values(payload)
    if payload.requester is None and user.email is None:
        raise wrong_values([("requester", "A service account has to say whom the request is for.")])
    requester = requester_of(payload.requester) if payload.requester else user
    for name in ("tags", "cc_emails"):
        values[name] = tuple(values.get(name, ()))
    new = NewTicket(requester=requester, subject=payload.subject, source=Ticket.Source.API, author=user, **values)
    files = tuple(file.as_new_file() for file in payload.attachments)
    return open_ticket(new, Composed(text=payload.text, html=payload.html, files=files))


@router.get("/{int:number}", response={200: RequestOut, 404: Problem})
def read_request(request: ApiRequest, number: int) -> HttpResponse:
    """One request."""
    return answer(serialise.request(ticket_of(request, number)))


@router.patch("/{int:number}", response={200: RequestOut, 400: Problem, 404: Problem})
def change_request(request: ApiRequest, number: int, payload: RequestPatch) -> HttpResponse:
    """Change the attributes that are given; null clears a reference."""
    return answer(serialise.request(_fresh(_change(ticket_of(request, number), request.auth.user, payload))))


@transaction.atomic
def _change(ticket: Ticket, user: User, payload: RequestPatch) -> Ticket:
    change = _values(payload)
    if "requester" in payload.model_fields_set:
        change["requester"] = requester_of(payload.requester)
    if "subject" in payload.model_fields_set:
        change["subject"] = payload.subject.strip()
    return update_ticket(ticket, user, change)


def _values(payload: Attributes) -> dict[str, Any]:
    """The attributes that were sent, references as rows. Raises Refused (400) for those that lead nowhere."""
    values = {name: value for name, value in given(payload).items() if name in Attributes.model_fields}
    look = References()
    if "technician" in values:
        values["technician"] = look.technician("technician", values["technician"])
    groups, categories, companies = TechnicianGroup.objects.all(), Category.objects.all(), Company.objects.all()
    if "technician_group" in values:
        values["technician_group"] = look.named("technician_group", groups, values["technician_group"])
    if "category" in values:
        values["category"] = look.named("category", categories, values["category"])
    if "company" in values:
        values["company"] = look.named("company", companies, values["company"])
    look.check()
    return values


def _fresh(ticket: Ticket) -> Ticket:
    """The request as it is now, even where the change took it out of the caller's sight."""
    return Ticket.objects.select_related(*SHOWN).get(pk=ticket.pk)
