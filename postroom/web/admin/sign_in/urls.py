"""Addresses of these pages."""

from __future__ import annotations

from django.urls import path

from postroom.web.admin.sign_in import views

urlpatterns = [
    path("sign-in", views.page, name="sign-in-settings"),
    path("sign-in/provider", views.save, name="sign-in-provider"),
    path("sign-in/release", views.release_lock, name="sign-in-release"),
    path("sign-in/two-step-off", views.two_step_off, name="sign-in-two-step-off"),
    path("people/<int:pk>/invite", views.send_invitation, name="person-invite"),
]
