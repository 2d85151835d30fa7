"""Addresses of sign-in and sign-out."""

from __future__ import annotations

from django.urls import path

from postroom.web.account import views

urlpatterns = [
    path("sign-in", views.sign_in, name="sign-in"),
    path("sign-out", views.sign_out, name="sign-out"),
]
