"""Notification templates: an administrator's versions of what the desk writes by itself (NTF-01 to NTF-03)."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from ninja import Router

from postroom.accounts.models import User
from postroom.api import serialise
from postroom.api.bodies import Json, Values, ValuesIfAny
from postroom.api.errors import answer, wrong_values
from postroom.api.requests import ticket_of
from postroom.api.resources import Resource, offer
from postroom.api.server_shapes import TemplateOut, TemplatePage
from postroom.api.shapes import OutgoingDetail, Problem, Shape
from postroom.api.tokens import ApiRequest
from postroom.tickets.events import EVENTS, placeholders
from postroom.tickets.models import NotificationTemplate, Ticket
from postroom.tickets.services.previews import preview_template, try_template
from postroom.tickets.services.templates import checked_template, delete_template, save_template, show_template

router = Router(tags=["notifications"])


class AudienceOut(Shape):
    """Somebody who is told of an event, with the shipped words."""

    audience: str
    placeholders: list[str]
    enabled: bool
    subject: str
    text: str
    html: str


class EventOut(Shape):
    event: str
    label: str
    audiences: list[AudienceOut]


class PreviewOut(Shape):
    subject: str
    text: str
    html: str


TEMPLATES = Resource(
    path="notification-templates",
    one="notification template",
    many="notification templates",
    rows=lambda: NotificationTemplate.objects.order_by("event", "audience", "language"),
    shape=lambda template: {"id": template.pk, **show_template(template)},
    save=lambda actor, values, row, replace: save_template(actor, values, row, replace=replace),
    delete=delete_template,
    out=TemplateOut,
    page=TemplatePage,
    searched=("event", "audience", "subject"),
)


@router.get("/notification-templates/events", response=list[EventOut])
def list_events(request: ApiRequest) -> HttpResponse:
    """Every event with those who are told of it, the placeholders for each of them, and the shipped words."""
    return answer(
        [
            {
                "event": event.name,
                "label": str(event.label),
                "audiences": [
                    {
                        "audience": audience,
                        "placeholders": list(placeholders(event.name, audience)),
                        **{name: getattr(words, name) for name in ("enabled", "subject", "text", "html")},
                    }
                    for audience, words in event.audiences.items()
                ],
            }
            for event in EVENTS.values()
        ]
    )


@router.post("/notification-templates/preview", response={200: PreviewOut, 400: Problem, 404: Problem})
def preview_values(request: ApiRequest, payload: Values) -> HttpResponse:
    """What a template that is not saved makes of the request ``request``, or of a sample where that is left out."""
    ticket, values = _asked(request, payload)
    return _shown(checked_template(values, NotificationTemplate.objects.filter(**_key(values)).first()), ticket)


@router.post("/notification-templates/{int:id}/preview", response={200: PreviewOut, 400: Problem, 404: Problem})
def preview_stored(request: ApiRequest, id: int, payload: ValuesIfAny = None) -> HttpResponse:
    """What the template, with the fields that are given in place of the stored ones, makes of ``request``."""
    ticket, values = _asked(request, payload or {})
    return _shown(checked_template(values, TEMPLATES.find(id)), ticket)


@router.post("/notification-templates/{int:id}/test", response={201: OutgoingDetail, 400: Problem, 404: Problem})
def test_template(request: ApiRequest, id: int, payload: ValuesIfAny = None) -> HttpResponse:
    """Mail it to the token's own person, as a preview shows it: 201 with the mail."""
    ticket, values = _asked(request, payload or {})
    checked = checked_template(values, TEMPLATES.find(id))
    return answer(serialise.outgoing_detail(try_template(request.auth.actor, checked, _person(request), ticket)), 201)


def _asked(request: ApiRequest, payload: Json) -> tuple[Ticket | None, Json]:
    """The request that is named, and the other fields. Raises Refused for one that there is not."""
    given = {name: value for name, value in payload.items() if name not in ("id", "request")}
    number = payload.get("request")
    if number is None:
        return None, given
    if isinstance(number, bool) or not isinstance(number, int) or not 0 < number < 2**63:
        raise wrong_values([("request", "must be the number of a request.")])
    return ticket_of(request, number), given


def _key(values: Json) -> dict[str, Any]:
    """What a stored template is found by."""
    return {name: str(values.get(name, ""))[:100] for name in ("event", "audience", "language")}


def _shown(values: Json, ticket: Ticket | None) -> HttpResponse:
    shown = preview_template(values, ticket)
    return answer({"subject": shown.subject, "text": shown.text, "html": shown.html})


def _person(request: ApiRequest) -> User:
    return request.auth.user


offer(router, TEMPLATES)
