"""Sign in and out, and what leads there: the second step, a forgotten password, an invitation.

Where to go afterwards is taken from ``next`` only if it is a page of this host. Passwords are checked by Django's
backend behind django-axes; from there on the sign-in is allauth's, which asks for the second step where it is on.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from allauth.account.internal.flows.login import perform_password_login
from allauth.account.models import Login
from allauth.mfa.base.views import AuthenticateView
from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from postroom.accounts.links import find, redeem
from postroom.accounts.sign_in_models import MailedLink
from postroom.channels.models import SingleSignOn
from postroom.outbox.services.account_mails import ask_reset
from postroom.web.account.forms import CodeForm, ForgottenForm, NewPasswordForm, SignInForm


def _next(request: HttpRequest) -> str:
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if safe else "/"


@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponseBase:
    """Show the form, or check it and go on: to the second step, or to the page that was asked for."""
    form = SignInForm(request, request.POST or None)
    if request.method == "POST" and form.is_valid() and form.user is not None:
        login = Login(user=form.user, email=form.user.email, redirect_url=_next(request))
        answer: HttpResponseBase = perform_password_login(request, {"email": form.user.email}, login)
        return answer
    if request.user.is_authenticated and request.method != "POST":
        return redirect(_next(request))
    provider = SingleSignOn.load()
    shown = {"form": form, "next": _next(request), "provider": provider.name if provider.enabled else ""}
    return render(request, "account/sign_in.html", shown, status=422 if form.errors else 200)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    logout(request)
    return redirect("sign-in")


class Code(AuthenticateView):  # type: ignore[misc]
    """The second step: only after the first one, and only for somebody who has it on."""

    form_class = CodeForm
    template_name = "account/code.html"
    http_method_names = ["get", "head", "post"]

    def form_invalid(self, form: CodeForm) -> HttpResponse:
        """The page again, with the fault."""
        answer: HttpResponse = super().form_invalid(form)
        answer.status_code = 422
        return answer


def locked_out(
    request: HttpRequest, response: HttpResponse | None = None, credentials: dict[str, Any] | None = None
) -> HttpResponse:
    """What axes answers while an address is locked from an IP: the page that says so, and for how long (429)."""
    cool_off: timedelta = settings.AXES_COOLOFF_TIME
    minutes = int(cool_off.total_seconds() // 60)
    page = render(request, "account/locked.html", {"minutes": minutes}, status=429)
    page.headers["Retry-After"] = str(minutes * 60)
    return page


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def forgotten(request: HttpRequest) -> HttpResponse:
    """Ask for a link by mail. The answer is the same for every address, and so is the work behind it."""
    form = ForgottenForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        ask_reset(form.cleaned_data["email"], request.META.get("REMOTE_ADDR") or None)
        return render(request, "account/forgotten_sent.html", {"email": form.cleaned_data["email"]})
    return render(request, "account/forgotten.html", {"form": form}, status=422 if form.errors else 200)


@sensitive_post_parameters("new_password")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def choose_password(request: HttpRequest, purpose: str, token: str) -> HttpResponseBase:
    """Behind a mailed link: choose a password, once. Looking at the page uses nothing up: mail scanners look."""
    link = find(purpose, token)
    if link is None or link.user is None:
        return _no_referrer(render(request, "account/link_over.html", {"purpose": purpose}, status=410))
    form = NewPasswordForm(link.user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        ip = request.META.get("REMOTE_ADDR") or None
        if redeem(purpose, token, form.cleaned_data["new_password"], ip) is None:
            return _no_referrer(render(request, "account/link_over.html", {"purpose": purpose}, status=410))
        return render(request, "account/password_set.html")
    shown = {"form": form, "person": link.user, "is_invitation": purpose == MailedLink.Purpose.INVITATION}
    page = render(request, "account/choose_password.html", shown, status=422 if form.errors else 200)
    return _no_referrer(page)


def _no_referrer(page: HttpResponse) -> HttpResponse:
    """The address of the page is a secret."""
    page.headers["Referrer-Policy"] = "no-referrer"
    return page
