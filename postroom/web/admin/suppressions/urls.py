"""Addresses of these pages."""

from __future__ import annotations

from django.urls import path

from postroom.web.admin.suppressions import views

urlpatterns = [
    path("suppressions", views.listed, name="suppressions"),
    path("suppressions/new", views.new, name="suppression-new"),
    path("suppressions/<int:pk>/release", views.release, name="suppression-release"),
]
