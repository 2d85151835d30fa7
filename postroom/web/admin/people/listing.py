"""The list of people with its filters, which stands behind every panel of a person."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.urls import reverse

from postroom.accounts.models import Company, RequesterGroup, TechnicianGroup, User
from postroom.accounts.queries import COUNTED, count_of, page_of, people
from postroom.channels.models import Settings
from postroom.web.admin.mail.lists import Asked, number
from postroom.web.admin.people import words
from postroom.web.http import PortalRequest


def person_or_404(pk: int) -> User:
    """A person, who is no service account."""
    person = User.objects.exclude(kind=User.Kind.SERVICE).select_related("company").filter(pk=pk).first()
    if person is None:
        raise Http404
    return person


def back_to_list(request: PortalRequest) -> str:
    """The list with the filters that it had before the panel opened."""
    return f"{reverse('people')}{words.asked_of(request.GET).again()}"


def list_context(request: PortalRequest) -> dict[str, Any]:
    """One page of the list, its filters, and what stands around it."""
    asked = words.asked_of(request.GET)
    rows = people(words.filter_of(asked))
    count = count_of(rows)
    page = page_of(
        rows.select_related("company"),
        before=number(asked.cursor.get("before", "")),
        after=number(asked.cursor.get("after", "")),
    )
    has_companies = Settings.load().managed_services_provider
    return {
        "section": "people",
        "asked": asked,
        "again": asked.again() if asked.again() != "?" else "",
        "people": [(person, words.type_word(person), words.state_of(person)) for person in page.rows],
        "page": page,
        "count": min(count, COUNTED),
        "is_more": count > COUNTED,
        "types": words.TYPES,
        "states": words.STATES,
        "has_companies": has_companies,
        "companies": list(Company.objects.values_list("pk", "name")) if has_companies else [],
        "of_group": _group_name(asked),
        "is_filtered": any(asked.values.values()),
        "panel": "",
    }


def _group_name(asked: Asked) -> str:
    """The name of the group whose members are listed, if the list is one of members."""
    for name, model in (("technician_group", TechnicianGroup), ("requester_group", RequesterGroup)):
        if key := number(asked.values[name]):
            return str(model._default_manager.filter(pk=key).values_list("name", flat=True).first() or "")
    return ""
