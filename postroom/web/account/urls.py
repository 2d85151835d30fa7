"""Addresses of sign-in, sign-out and Profile. allauth asks for some of them by names of its own."""

from __future__ import annotations

from django.urls import path, register_converter

from postroom.web.account import browsers, profile, provider, tokens, two_step, views


class PurposeConverter:
    """What a mailed link is for."""

    regex = "invitation|reset"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(PurposeConverter, "purpose")

urlpatterns = [
    path("sign-in", views.sign_in, name="sign-in"),
    path("sign-in", views.sign_in, name="account_login"),
    path("sign-in/code", views.Code.as_view(), name="mfa_authenticate"),
    path("sign-in/forgotten", views.forgotten, name="forgotten"),
    path("sign-in/<purpose:purpose>/<str:token>", views.choose_password, name="choose-password"),
    path("sign-in/with/<slug:provider_id>", provider.to_provider, name="openid_connect_login"),
    path("sign-in/with/<slug:provider_id>/callback", provider.from_provider, name="openid_connect_callback"),
    path("sign-out", views.sign_out, name="sign-out"),
    path("profile", profile.profile, name="profile"),
    path("profile/password", profile.password, name="profile-password"),
    path("profile/two-step", two_step.turn_on, name="two-step"),
    path("profile/two-step/off", two_step.turn_off, name="two-step-off"),
    path("profile/two-step/codes", two_step.codes, name="two-step-codes"),
    path("profile/sign-out", browsers.sign_out_others, name="profile-sign-out"),
    path("profile/tokens", tokens.add, name="profile-tokens"),
    path("profile/tokens/<int:pk>/revoke", tokens.revoke, name="profile-token-revoke"),
]
