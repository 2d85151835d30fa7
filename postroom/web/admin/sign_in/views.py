"""Sign-in, as administrators set it: single sign-on, locks and their release, invitations."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from postroom.accounts.locks import locks, release
from postroom.accounts.models import User
from postroom.accounts.profile import take_two_step_off
from postroom.channels.models import SingleSignOn
from postroom.channels.services import Invalid
from postroom.channels.services.single_sign_on import save_single_sign_on, show_single_sign_on
from postroom.outbox.services.account_mails import invite
from postroom.web.account.adapters import PROVIDER_ID
from postroom.web.http import PortalRequest, actor, administrators_only

_SWITCHES = ("enabled", "creates_requesters", "trusts_addresses")
_TEXTS = ("name", "issuer", "client_id", "client_secret")


@require_safe
@administrators_only
def page(request: PortalRequest) -> HttpResponse:
    """The provider as it is stored, and what is locked now."""
    return _page(request, show_single_sign_on(SingleSignOn.load()))


@sensitive_post_parameters("client_secret")
@require_POST
@administrators_only
def save(request: PortalRequest) -> HttpResponse:
    """Store the provider, or show it again with its faults."""
    data = _data(request.POST)
    try:
        save_single_sign_on(actor(request), data)
    except Invalid as invalid:
        # A fault of one domain in the list stands at the list.
        errors = {path.partition("[")[0]: message for path, message in reversed(invalid.errors)}
        return _page(request, data, errors)
    messages.success(request, _("Single sign-on is saved."))
    return redirect("sign-in-settings")


@require_POST
@administrators_only
def release_lock(request: PortalRequest) -> HttpResponse:
    """Let an address sign in again at once from where it is locked."""
    email = request.POST.get("email", "")
    if release(actor(request), email, request.POST.get("ip") or None):
        messages.success(request, _("%(email)s may sign in again.") % {"email": email})
    else:
        messages.info(request, _("%(email)s was not locked any more.") % {"email": email})
    return redirect("sign-in-settings")


@require_POST
@administrators_only
def two_step_off(request: PortalRequest) -> HttpResponse:
    """Help somebody who lost phone and recovery codes: back to the password alone."""
    email = request.POST.get("email", "").strip().lower()
    person = User.objects.filter(email=email).first() if email else None
    if person is not None and take_two_step_off(actor(request), person):
        messages.success(request, _("Two-step sign-in of %(email)s is off.") % {"email": email})
    else:
        messages.error(request, _("There is nobody with two-step sign-in and this address."))
    return redirect("sign-in-settings")


@require_POST
@administrators_only
def send_invitation(request: PortalRequest, pk: int) -> HttpResponse:
    """Mail a person the link to choose a password, and go back to the page that asked (``next``)."""
    person = get_object_or_404(User, pk=pk)
    try:
        invite(actor(request), person)
    except Invalid as invalid:
        messages.error(request, invalid.errors[0][1])
    else:
        messages.success(request, _("An invitation is on its way to %(email)s.") % {"email": person.email})
    back = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
    return redirect(back if safe and back else reverse("sign-in-settings"))


def _data(posted: QueryDict) -> dict[str, Any]:
    """What was sent, as the service takes it; a domain a line."""
    domains = [line.strip().lstrip("@") for line in posted.get("domains", "").splitlines() if line.strip()]
    texts = {name: posted.get(name, "") for name in _TEXTS}
    return {**texts, **{name: name in posted for name in _SWITCHES}, "domains": domains}


def _page(request: PortalRequest, values: dict[str, Any], errors: dict[str, str] | None = None) -> HttpResponse:
    callback = reverse("openid_connect_callback", args=[PROVIDER_ID])
    shown = {
        "v": values,
        "e": errors or {},
        "is_kept": bool(SingleSignOn.load().client_secret),
        "callback": f"{settings.POSTROOM_URL}{callback}",
        "locks": locks(),
        "section": "sign-in-settings",
    }
    return render(request, "admin/sign_in/page.html", shown, status=422 if errors else 200)
