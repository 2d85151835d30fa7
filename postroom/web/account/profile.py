"""Profile: what a person sets for themselves, whichever portal they use."""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from postroom.accounts.models import ApiToken
from postroom.accounts.profile import change_password, save_preferences
from postroom.accounts.sessions import follow, sessions_of
from postroom.web.account.browsers import described
from postroom.web.account.forms import ChangePasswordForm, PreferencesForm
from postroom.web.account.zones import zone_names
from postroom.web.http import PortalRequest, actor, signed_in


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def profile(request: PortalRequest) -> HttpResponse:
    """Show everything, or store name, language, time zone and appearance."""
    form = PreferencesForm(request.POST or None, initial=_preferences(request))
    if request.method == "POST" and form.is_valid():
        save_preferences(actor(request), request.user, **form.cleaned_data)
        with translation.override(form.cleaned_data["language"]):
            messages.success(request, _("Your profile is saved."))
        return redirect("profile")
    return page(request, preferences=form)


@sensitive_post_parameters("password", "new_password")
@require_POST
@signed_in
def password(request: PortalRequest) -> HttpResponse:
    """Change the password; every other browser is signed out by it."""
    form = ChangePasswordForm(request.user, request.POST)
    if not request.user.has_usable_password() or not form.is_valid():
        return page(request, password=form)
    key = request.session.session_key
    change_password(actor(request), request.user, form.cleaned_data["new_password"], key)
    update_session_auth_hash(request, request.user)
    follow(key, request.session.session_key)
    messages.success(request, _("Your password is changed. Other browsers are signed out."))
    return redirect("profile")


def page(request: PortalRequest, **more: Any) -> HttpResponse:
    """The whole page, with a form that has faults in place of a fresh one; ``new_token`` is shown this once."""
    user = request.user
    faulty = any(getattr(form, "errors", None) for form in more.values())
    shown = {
        "preferences": PreferencesForm(initial=_preferences(request)),
        "password": ChangePasswordForm(user),
        "zones": zone_names(),
        "two_step": Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).first(),
        "browsers": [described(row, request.session.session_key) for row in sessions_of(user)],
        "tokens": ApiToken.objects.filter(user=user, revoked_at=None) if user.is_technician else [],
        "new_token": "",
        "token_fault": "",
        **more,
    }
    return render(request, "account/profile.html", shown, status=422 if faulty else 200)


def _preferences(request: PortalRequest) -> dict[str, str]:
    return {name: getattr(request.user, name) for name in ("name", "language", "time_zone", "theme")}
