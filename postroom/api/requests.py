"""Requests: list, raise, read, change."""

from __future__ import annotations

import re
from typing import Any

from django.db import transaction
from django.db.models import Model, Q, QuerySet
from django.http import HttpResponse
from ninja import Query, Router

from postroom.accounts.models import Company, SecondaryEmail, TechnicianGroup, User
from postroom.api import serialise
from postroom.api.errors import Refused, answer, not_found, wrong_values
from postroom.api.lists import keys_answer, list_answer
from postroom.api.references import References, requester_of
from postroom.api.schemas import Attributes, RequestFilters, RequestIn, RequestPatch, given
from postroom.api.shapes import Problem, RequestOut, RequestPage
from postroom.api.tokens import ApiRequest
from postroom.tickets.access import sight_of, visible_tickets
from postroom.tickets.listing import VIEWS, condition_of, of_mailbox, saved_views, view_condition
from postroom.tickets.models import Category, Ticket
from postroom.tickets.search import find
from postroom.tickets.services import Composed, NewTicket, delete_ticket, open_ticket, update_ticket

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
    user = request.auth.user
    rows = _filtered(visible_tickets(user).filter(_of_view(user, filters.view.strip())), filters)
    shown = Ticket.objects.select_related(*SHOWN)
    if filters.search.strip():
        found = find(rows, filters.search)
        return keys_answer(
            request, sorted(found.numbers, reverse=True), shown, filters, serialise.request, exact=found.exact
        )
    return list_answer(request, rows.order_by("-number"), filters, serialise.request, shown=shown)


def _of_view(user: User, view: str) -> Q:
    """What a view has, by its name or, if somebody saved it, by its id."""
    if not view:
        return Q()
    if view in VIEWS:
        return view_condition(sight_of(user), view)
    saved = saved_views(user).filter(pk=int(view)).first() if re.fullmatch("[0-9]{1,18}", view) else None
    if saved is None:
        raise wrong_values([("view", f"“{view}” is not a view: {', '.join(VIEWS)}, or the id of a saved one.")])
    return condition_of(user, saved.filters)


def _filtered(tickets: QuerySet[Ticket], filters: RequestFilters) -> QuerySet[Ticket]:
    for name, known in (("status", Ticket.Status), ("priority", Ticket.Priority), ("source", Ticket.Source)):
        if given_value := getattr(filters, name):
            wanted = [item.strip() for item in given_value.split(",")]
            if unknown := [item for item in wanted if item not in known.values]:
                raise wrong_values([(name, f"“{unknown[0]}” is not a {name}: {', '.join(known.values)}.")])
            tickets = tickets.filter(**{f"{name}__in": wanted})
    if address := filters.requester.strip().lower():
        owners = SecondaryEmail.objects.filter(email=address).values("user")
        people = User.objects.filter(Q(email=address) | Q(pk__in=owners)).values_list("pk", flat=True)
        tickets = tickets.filter(requester__in=list(people))
    if mailbox := filters.mailbox.strip():
        tickets = tickets.filter(of_mailbox(mailbox))
    if address := filters.technician.strip().lower():
        technicians = User.objects.filter(email=address).values_list("pk", flat=True)
        tickets = tickets.filter(Q(technician=None) if address == "none" else Q(technician__in=list(technicians)))
    return _named(tickets, filters)


def _named(tickets: QuerySet[Ticket], filters: RequestFilters) -> QuerySet[Ticket]:
    """Those of a group, category and company, with a tag, made or last active within some time."""
    rows: list[tuple[str, type[Model]]] = [
        ("technician_group", TechnicianGroup), ("category", Category), ("company", Company),
    ]  # fmt: skip
    for name, model in rows:
        if wanted := getattr(filters, name).strip():
            keys = model._default_manager.filter(name__iexact=wanted).values_list("pk", flat=True)
            tickets = tickets.filter(**{f"{name}__in": list(keys)})
    if filters.tag:
        tickets = tickets.filter(tags__contains=[filters.tag]).exclude(tags=[])
    bounds = {
        "created_at__gte": filters.created_from,
        "created_at__lt": filters.created_to,
        "updated_at__gte": filters.updated_from,
        "updated_at__lt": filters.updated_to,
    }
    return tickets.filter(**{name: moment for name, moment in bounds.items() if moment is not None})


@router.post("", response={201: RequestOut, 400: Problem})
def raise_request(request: ApiRequest, payload: RequestIn) -> HttpResponse:
    """Raise a request on somebody's behalf; the requester is told."""
    return answer(serialise.request(fresh(_raise(request.auth.user, payload))), 201)


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
    return answer(serialise.request(fresh(_change(ticket_of(request, number), request.auth.user, payload))))


@router.delete("/{int:number}", response={204: None, 403: Problem, 404: Problem})
def delete_request(request: ApiRequest, number: int) -> HttpResponse:
    """Take the request out of sight; ``restore`` brings it back. For administrators."""
    ticket = ticket_of(request, number)
    if not request.auth.is_admin:
        raise Refused(403, "forbidden", "Only an administrator's token may do that.")
    delete_ticket(ticket, request.auth.user)
    return HttpResponse(status=204)


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


def fresh(ticket: Ticket) -> Ticket:
    """The request as it is now, even where the change took it out of the caller's sight."""
    return Ticket.objects.select_related(*SHOWN).get(pk=ticket.pk)
