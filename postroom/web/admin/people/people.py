"""The list of people, and the side panel to add or change one."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from postroom.accounts.models import User
from postroom.accounts.queries import type_of
from postroom.accounts.services import version_of
from postroom.accounts.shapes import show_whole_person
from postroom.outbox.services.account_mails import invite
from postroom.tickets.services.directory import save_person
from postroom.web.admin.people import words
from postroom.web.admin.people.deeds import deeds_for
from postroom.web.admin.people.listing import back_to_list, list_context, person_or_404
from postroom.web.admin.people.saving import save_seen
from postroom.web.admin.routing.limits import lines
from postroom.web.http import PortalRequest, actor, administrators_only

_TEXTS = ("name", "email", "department", "location")
_NEW_TYPES = ("requester", "technician", "admin", "guest")


@require_safe
@administrators_only
def listed(request: PortalRequest) -> HttpResponse:
    """People by name, a page at a time; for htmx the list alone."""
    context = list_context(request)
    partial = request.htmx and not request.htmx.history_restore_request
    response = render(request, "admin/people/list.html" if partial else "admin/people/people.html", context)
    patch_vary_headers(response, ["HX-Request"])
    return response


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def new(request: PortalRequest) -> HttpResponse:
    """Add a person."""
    if request.method != "POST":
        wanted = request.GET.get("type", "")
        return _panel(request, None, _empty(wanted if wanted in _NEW_TYPES else "requester"))
    return _save(request, None)


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def edit(request: PortalRequest, pk: int) -> HttpResponse:
    """Change a person; an empty password keeps the stored one."""
    person = person_or_404(pk)
    if request.method != "POST":
        return _panel(request, person, _stored(person))
    return _save(request, person)


def _save(request: PortalRequest, person: User | None) -> HttpResponse:
    data = _data(request.POST, person)
    who, saved = actor(request), []
    is_invited = person is None and "invite" in request.POST and data.get("kind") != User.Kind.GUEST

    def save(fresh: User | None) -> None:
        saved.append(save_person(who, data, fresh))
        if is_invited:
            invite(who, saved[0])

    errors = save_seen(person, show_whole_person, request.POST.get("version", ""), save)
    if errors:
        typed = {
            **_typed(request.POST),
            "type": request.POST.get("type", "requester"),
            "invite": "invite" in request.POST,
        }
        return _panel(request, person, typed, errors)
    said = _("%(name)s is saved, and an invitation is on its way.") if is_invited else _("%(name)s is saved.")
    messages.success(request, said % {"name": saved[0]})
    return redirect(back_to_list(request))


def _data(posted: QueryDict, person: User | None) -> dict[str, Any]:
    """What was sent, as the service takes it. Companies stand in the form while the instance has them."""
    data: dict[str, Any] = {name: posted.get(name, "") for name in _TEXTS}
    data["secondary_emails"] = lines(posted.get("secondary_emails", ""))
    data["verified"] = "verified" in posted
    if posted.get("password"):
        data["password"] = posted["password"]
    if "company" in posted:
        data["company_contact"] = "company_contact" in posted
        if person is not None or posted["company"]:  # a new person without one comes to that of their domain
            data["company"] = posted["company"] or None
    if person is None:
        wanted = posted.get("type", "requester")
        data["kind"] = "guest" if wanted == "guest" else "registered"
        data["role"] = "requester" if wanted == "guest" else wanted
    return data


def _typed(posted: QueryDict) -> dict[str, Any]:
    return {
        **{name: posted.get(name, "") for name in (*_TEXTS, "company")},
        "secondary_emails": lines(posted.get("secondary_emails", "")),
        "verified": "verified" in posted,
        "company_contact": "company_contact" in posted,
        "invite": "invite" in posted,
    }


def _stored(person: User) -> dict[str, Any]:
    return {**show_whole_person(person), "type": type_of(person)}


def _empty(wanted: str) -> dict[str, Any]:
    return {**_typed(QueryDict()), "type": wanted, "invite": True}


def _panel(
    request: PortalRequest, person: User | None, values: dict[str, Any], errors: dict[str, str] | None = None
) -> HttpResponse:
    """The list with the panel of one person over it."""
    context = {
        **list_context(request),
        "panel": "form",
        "person": person,
        "values": values,
        "errors": errors or {},
        "version": version_of(show_whole_person(person_or_404(person.pk))) if person else "",
        "new_types": {name: words.TYPES[name] for name in _NEW_TYPES},
        "groups_of": [*person.technician_groups.all(), *person.requester_groups.all()] if person else [],
        "deeds": deeds_for(person) if person else [],
        "has_password": bool(person and person.has_usable_password()),
    }
    return render(request, "admin/people/people.html", context, status=422 if errors else 200)
