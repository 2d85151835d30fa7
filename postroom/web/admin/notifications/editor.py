"""The side panel of one notification: its words in each language, with what they make of a request (NTF-01, NTF-03)."""

from __future__ import annotations

import re
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST
from markupsafe import Markup

from postroom.mail.html import sanitise
from postroom.rules.fields import Invalid
from postroom.tickets import queries
from postroom.tickets.events import PLACEHOLDER_HELP, placeholders
from postroom.tickets.models import NotificationTemplate, Ticket
from postroom.tickets.services.previews import preview_template, template_values, try_template
from postroom.tickets.services.templates import checked_template, delete_template, save_template, template_languages
from postroom.tickets.worded import Told, told_of
from postroom.tickets.wording import instance_language
from postroom.web.admin.notifications.listing import list_context
from postroom.web.http import PortalRequest, actor, administrators_only
from postroom.web.security import mail_policy

_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})?")


@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def template(request: PortalRequest, event: str, audience: str) -> HttpResponse:
    """The panel; Save stores the words of one language, or says at its field what is wrong."""
    told, language = _told(event, audience), _language(request)
    row, values = template_values(event, audience, language)
    if request.method != "POST":
        return _panel(request, told, row, values)
    values = _posted(request.POST, event, audience, language)
    try:
        save_template(actor(request), values, row)
    except Invalid as invalid:
        return _panel(request, told, row, values, invalid.errors)
    messages.success(request, _("%(event)s is saved.") % {"event": told.event.label})
    return redirect("notifications")


@require_POST
@administrators_only
def preview(request: PortalRequest, event: str, audience: str) -> HttpResponse:
    """The mail that what stands in the panel makes, as a document for its frame; or what is wrong with it."""
    _told(event, audience)
    shown, error = None, ""
    try:
        ticket = _ticket(request)
        shown = preview_template(_checked(request, event, audience), ticket)
    except Invalid as invalid:
        error = invalid.errors[0][1]
    context = {
        "shown": shown,
        # Sanitised, and in a document whose policy lets nothing run.
        "html": Markup(sanitise(shown.html)) if shown and shown.html else "",  # noqa: S704
        "error": error,
        "is_dark": request.POST.get("look") == "dark",
    }
    return mail_policy(render(request, "admin/notifications/preview.html", context), remote_images=False)


@require_POST
@administrators_only
def test(request: PortalRequest, event: str, audience: str) -> HttpResponse:
    """Mail what stands in the panel to oneself."""
    _told(event, audience)
    try:
        mail = try_template(actor(request), _checked(request, event, audience), request.user, _ticket(request))
    except Invalid as invalid:
        return render(request, "admin/notifications/tested.html", {"mail": None, "error": invalid.errors[0][1]})
    return render(request, "admin/notifications/tested.html", {"mail": mail, "error": ""})


@require_POST
@administrators_only
def reset(request: PortalRequest, event: str, audience: str) -> HttpResponse:
    """Take one's own words of a language back: the shipped ones count again."""
    told, language = _told(event, audience), _language(request)
    row, _values = template_values(event, audience, language)
    if row is not None:
        delete_template(actor(request), row)
        messages.success(request, _("%(event)s has the shipped text again.") % {"event": told.event.label})
    return redirect(f"{reverse('notification-template', args=[event, audience])}?language={language}")


def _told(event: str, audience: str) -> Told:
    told = told_of(event, audience)
    if told is None:
        raise Http404
    return told


def _language(request: PortalRequest) -> str:
    """The language that is asked for, or the instance's."""
    wanted = (request.POST.get("language") or request.GET.get("language") or "").strip()
    return wanted if _LANGUAGE.fullmatch(wanted) else instance_language()


def _posted(posted: QueryDict, event: str, audience: str, language: str) -> dict[str, Any]:
    """What was sent, in the contract's shape, with line ends as they are stored."""
    texts = {name: posted.get(name, "").replace("\r\n", "\n") for name in ("subject", "text", "html")}
    switches = {name: name in posted for name in ("enabled", "notify_cc")}
    return {"event": event, "audience": audience, "language": language, **switches, **texts}


def _checked(request: PortalRequest, event: str, audience: str) -> dict[str, Any]:
    language = _language(request)
    row, _values = template_values(event, audience, language)
    return checked_template({**_posted(request.POST, event, audience, language), "enabled": True}, row)


def _ticket(request: PortalRequest) -> Ticket | None:
    """The request that the preview is of, or None for the sample. Raises Invalid where there is no such."""
    asked = request.POST.get("request", "").strip().removeprefix("#")
    if not asked:
        return None
    ticket = queries.ticket_for(request.user, int(asked)) if asked.isdecimal() and len(asked) < 19 else None
    if ticket is None:
        raise Invalid([("request", _("There is no request %(number)s.") % {"number": asked[:20]})])
    return ticket


def _panel(
    request: PortalRequest,
    told: Told,
    row: NotificationTemplate | None,
    values: dict[str, Any],
    errors: list[tuple[str, str]] | None = None,
) -> HttpResponse:
    names = placeholders(told.event.name, told.audience)
    context = {
        **list_context(),
        "panel": told,
        "row": row,
        "values": values,
        "errors": dict(reversed(errors or [])),
        "languages": list(dict.fromkeys([*template_languages(), values["language"]])),
        "placeholders": [(name, PLACEHOLDER_HELP[name]) for name in names],
        "can_notify_cc": told.audience == "requester",
    }
    return render(request, "admin/notifications/list.html", context, status=422 if errors else 200)
