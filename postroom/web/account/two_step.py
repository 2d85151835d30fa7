"""The second step of the sign-in: time-based codes (TOTP, RFC 6238) from an app, and recovery codes."""

from __future__ import annotations

from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.internal.flows import delete_and_cleanup
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.totp.internal.auth import TOTP, clear_totp_secret
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from postroom.accounts.profile import note_two_step
from postroom.web.account.forms import CodeForm
from postroom.web.account.qr import data_uri
from postroom.web.account.used_codes import use_up
from postroom.web.http import PortalRequest, actor, signed_in


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def turn_on(request: PortalRequest) -> HttpResponse:
    """Show the key, and turn the second step on once the app has shown a right code for it."""
    if _has_it(request):
        return redirect("profile")
    form = ActivateTOTPForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            TOTP.activate(request.user, form.secret)
            RecoveryCodes.activate(request.user)
            note_two_step(actor(request), request.user, on=True)
        clear_totp_secret(request)
        use_up(request.user, form.cleaned_data["code"])
        return _codes(request, fresh=True)
    adapter = get_adapter()
    url = adapter.build_totp_url(request.user, form.secret)
    shown = {"form": form, "key": form.secret, "qr": data_uri(adapter.build_totp_svg(url))}
    return render(request, "account/two_step_on.html", shown, status=422 if form.errors else 200)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def turn_off(request: PortalRequest) -> HttpResponse:
    """Turn it off again: with a code, so that a browser left open is not enough."""
    form = CodeForm(request.POST or None, user=request.user)
    if request.method == "POST" and _has_it(request) and form.is_valid():
        with transaction.atomic():
            for authenticator in Authenticator.objects.filter(user=request.user, type=Authenticator.Type.TOTP):
                delete_and_cleanup(request, authenticator)
            note_two_step(actor(request), request.user, on=False)
        messages.success(request, _("Two-step sign-in is off."))
        return redirect("profile")
    shown = {"form": form, "purpose": "off"}
    return render(request, "account/two_step_code.html", shown, status=422 if form.errors else 200)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def codes(request: PortalRequest) -> HttpResponse:
    """Make new recovery codes, with a code; the old ones end."""
    form = CodeForm(request.POST or None, user=request.user)
    if request.method == "POST" and _has_it(request) and form.is_valid():
        with transaction.atomic():
            Authenticator.objects.filter(user=request.user, type=Authenticator.Type.RECOVERY_CODES).delete()
            RecoveryCodes.activate(request.user)
        return _codes(request, fresh=False)
    shown = {"form": form, "purpose": "codes"}
    return render(request, "account/two_step_code.html", shown, status=422 if form.errors else 200)


def _codes(request: PortalRequest, *, fresh: bool) -> HttpResponse:
    """The unused recovery codes: only here, right after they were made."""
    row = Authenticator.objects.get(user=request.user, type=Authenticator.Type.RECOVERY_CODES)
    shown = {"codes": RecoveryCodes(row).get_unused_codes(), "fresh": fresh}
    return render(request, "account/recovery_codes.html", shown)


def _has_it(request: PortalRequest) -> bool:
    return bool(Authenticator.objects.filter(user=request.user, type=Authenticator.Type.TOTP).exists())
