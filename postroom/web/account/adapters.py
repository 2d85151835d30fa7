"""Where django-allauth asks us: who may come in, how its secrets are kept, and whom a provider's word stands for."""

from __future__ import annotations

import logging
from typing import Any, NoReturn

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp, SocialLogin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from postroom.accounts.models import User
from postroom.accounts.single_sign_on import Refusal, Said, person_for
from postroom.channels.models import SingleSignOn
from postroom.channels.secret import decrypt, encrypt

PROVIDER_ID = "sso"
logger = logging.getLogger(__name__)


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """People are made by administrators, by mail and by single sign-on: nobody signs up here."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def respond_user_inactive(self, request: HttpRequest, user: User) -> HttpResponse:
        return refused(request, _("This account may not sign in. Ask your administrator."))

    def is_reauthentication_required(self, *, app: str, **more: Any) -> bool:
        """Our own forms ask for the password or a code where it matters."""
        return False

    def add_message(self, *args: Any, **more: Any) -> None:
        """Nothing: the pages say themselves what was done."""


class TwoStepAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Secrets of the second step are kept like all others: encrypted with the instance's key."""

    def encrypt(self, text: str) -> str:
        return encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        return decrypt(encrypted_text)


class SingleSignOnAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """One provider, from the product's own settings."""

    def list_apps(
        self, request: HttpRequest, provider: str | None = None, client_id: str | None = None
    ) -> list[SocialApp]:
        row = SingleSignOn.load()
        if not row.enabled or provider not in (None, PROVIDER_ID, "openid_connect"):
            return []
        app = SocialApp(
            provider="openid_connect",
            provider_id=PROVIDER_ID,
            name=row.name,
            client_id=row.client_id,
            secret=row.client_secret or "",
            settings={"server_url": row.issuer, "oauth_pkce_enabled": True},
        )
        return [app] if client_id in (None, app.client_id) else []

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Find or make the person behind the provider's word, or refuse: allauth decides nothing about people."""
        data = sociallogin.account.extra_data
        claims = data.get("userinfo") or data.get("id_token") or data
        said = Said(
            subject=sociallogin.account.uid,
            email=str(claims.get("email") or ""),
            verified=claims.get("email_verified"),
            name=str(claims.get("name") or ""),
            ip=request.META.get("REMOTE_ADDR") or None,
        )
        linked = sociallogin.user if sociallogin.is_existing else None
        row = SingleSignOn.load()
        try:
            person = person_for(said, linked, row.domains, row.creates_requesters, row.trusts_addresses)
        except Refusal as refusal:
            logger.info("Single sign-on of subject %r was refused: %s", said.subject, refusal)
            raise ImmediateHttpResponse(refused(request, str(refusal))) from None
        if linked is None:
            sociallogin.connect(request, person)

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Any,
        error: Any = None,
        exception: Exception | None = None,
        extra_context: Any = None,
    ) -> NoReturn:
        """The provider refused, or cannot be reached: say so, and offer to try again."""
        if exception is not None:
            logger.warning("Single sign-on failed: %s", exception)
        if error == "cancelled":
            words = _("The sign-in was cancelled at the provider.")
        else:
            words = _("The sign-in at the provider did not work. Try again, or ask your administrator.")
        raise ImmediateHttpResponse(refused(request, words))

    def send_notification_mail(self, *args: Any, **more: Any) -> None:
        """Nothing: linking is in the audit."""


def refused(request: HttpRequest, words: str) -> HttpResponse:
    """The page that says why somebody cannot come in; 403."""
    return render(request, "account/refused.html", {"words": words}, status=403)
