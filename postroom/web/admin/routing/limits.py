"""Security and limits: a page of sections, each with a form and a Save of its own."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Model
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop
from django.views.decorators.http import require_POST, require_safe

from postroom.audit.services import Actor
from postroom.channels.models import MicrosoftApp, Settings
from postroom.channels.services import (
    SECTIONS,
    Invalid,
    changing,
    check_version,
    save_microsoft_app,
    save_section,
    save_settings,
    version_after,
    version_of,
)
from postroom.channels.shapes import show_microsoft_app, show_settings
from postroom.web.admin.routing.authserv import seen_authserv_ids
from postroom.web.http import PortalRequest, actor, administrators_only

LISTS = ("trusted_authserv_ids", "allow_senders", "block_senders", "emails")
SWITCHES = (
    "allow_requester_incidents",
    "allow_guest_requests",
    "guest_form",
    "technicians_need_authentication",
    "check_senders",
    "managed_services_provider",
)
TITLES = {
    "support_portal": gettext_noop("Support Portal"),
    "security": gettext_noop("Security"),
    "limits": gettext_noop("Limits"),
    "alerts": gettext_noop("Alerts"),
    "managed_services_provider": gettext_noop("Managed services provider"),
    "microsoft_app": gettext_noop("Microsoft application"),
}
_FIELDS: dict[str, tuple[str, ...]] = {
    **SECTIONS,
    "managed_services_provider": ("managed_services_provider",),
    "microsoft_app": ("client_id", "client_secret", "tenant"),
}
_BACK = {"email-preference": "#authentication", "security-and-limits": "#security"}


@require_safe
@administrators_only
def page(request: PortalRequest) -> HttpResponse:
    """All sections as they are stored."""
    return _page(request)


@require_POST
@administrators_only
def save(request: PortalRequest, section: str) -> HttpResponse:
    """Store one section, or show it again with its faults; the others stay as they are."""
    if section not in TITLES:
        raise Http404
    try:
        with changing():
            check_version(*_versioned(section), seen=request.POST.get("version", ""))
            _store(actor(request), section, _data(section, request.POST))
    except Invalid as invalid:
        version = version_after(invalid, request.POST.get("version", ""))
        return _page(request, section, request.POST, invalid.errors, version)
    messages.success(request, gettext("%(name)s is saved.") % {"name": gettext(TITLES[section])})
    return redirect(f"{reverse('security-and-limits')}#{section}")


@require_POST
@administrators_only
def trust(request: PortalRequest) -> HttpResponse:
    """Believe the Authentication-Results of one more authserv-id, or, with ``off``, of one less (R8)."""
    name, off = request.POST.get("authserv_id", "").strip().lower(), "off" in request.POST
    try:
        with changing():
            others = [one for one in Settings.load().trusted_authserv_ids if one != name]
            names = others if off else [*others, name]
            save_section(actor(request), "security", {"trusted_authserv_ids": names})
    except Invalid as invalid:
        messages.error(request, invalid.errors[0][1])
    else:
        sentence = gettext("%(name)s is no longer trusted.") if off else gettext("%(name)s is trusted now.")
        messages.success(request, sentence % {"name": name})
    back = request.POST.get("back", "")
    back = back if back in _BACK else "security-and-limits"
    return redirect(reverse(back) + _BACK[back])


def _versioned(section: str) -> tuple[Model, str]:
    """The row that a section stands in, and which part of it the section is."""
    if section == "microsoft_app":
        return MicrosoftApp.objects.get_or_create(pk=1)[0], ""
    return Settings.load(), section


def _store(who: Actor, section: str, data: dict[str, Any]) -> None:
    if section == "microsoft_app":
        save_microsoft_app(who, data)
    elif section == "managed_services_provider":
        save_settings(who, data)
    else:
        save_section(who, section, data)


def _data(section: str, posted: QueryDict) -> dict[str, Any]:
    """What was sent, in the contract's shape; a list is one entry a line."""
    return {name: _value(name, posted) for name in _FIELDS[section] if name in SWITCHES or name in posted}


def _value(name: str, posted: QueryDict) -> Any:
    if name in SWITCHES:
        return name in posted
    if name in LISTS:
        return lines(posted.get(name, ""))
    return posted.get(name, "")


def lines(text: str) -> list[str]:
    """The entries of a list that is written one a line; blank lines do not count."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def _stored(settings: Settings) -> dict[str, dict[str, Any]]:
    shown = show_settings(settings)
    app = MicrosoftApp.objects.get_or_create(pk=1)[0]
    return {
        **{section: dict(shown[section]) for section in SECTIONS},
        "managed_services_provider": {"managed_services_provider": shown["managed_services_provider"]},
        "microsoft_app": {**show_microsoft_app(app), "client_secret": "", "is_kept": bool(app.client_secret)},
    }


def _page(
    request: PortalRequest,
    faulty: str = "",
    posted: QueryDict | None = None,
    errors: list[tuple[str, str]] | None = None,
    version: str = "",
) -> HttpResponse:
    settings = Settings.load()
    values = _stored(settings)
    if posted is not None:
        values[faulty].update(_data(faulty, posted), client_secret="")
    context = {
        "section": "security-and-limits",
        "titles": TITLES,
        "values": values,
        "versions": {name: version_of(*_versioned(name)) for name in TITLES} | ({faulty: version} if version else {}),
        "faulty": faulty,
        "errors": by_field(errors or []),
        "seen": seen_authserv_ids(settings.trusted_authserv_ids),
    }
    return render(request, "admin/routing/limits.html", context, status=422 if errors else 200)


def by_field(errors: list[tuple[str, str]]) -> dict[str, str]:
    """The first fault of each field; one in a list names its line.

    >>> by_field([("emails[1]", "Must be a mail address.")])
    {'emails': 'Line 2: Must be a mail address.'}
    """
    found: dict[str, str] = {}
    for path, message in errors:
        name, bracket, rest = path.partition("[")
        found.setdefault(name, f"Line {int(rest.rstrip(']')) + 1}: {message}" if bracket else message)
    return found
