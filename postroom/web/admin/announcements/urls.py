"""Addresses of these pages."""

from __future__ import annotations

from django.urls import path

from postroom.web.admin.announcements import acting, drafting, pages

urlpatterns = [
    path("announcements", pages.announcements, name="announcements"),
    path("announcements/new", drafting.new, name="announcement-new"),
    path("announcements/preview", drafting.preview_draft, name="announcement-preview-draft"),
    path("announcements/<int:pk>", pages.announcement, name="announcement"),
    path("announcements/<int:pk>/edit", drafting.edit, name="announcement-edit"),
    path("announcements/<int:pk>/preview", pages.preview, name="announcement-preview"),
    path("announcements/<int:pk>/delete", acting.delete, name="announcement-delete"),
    path("announcements/<int:pk>/<slug:verb>", acting.act, name="announcement-act"),
]
