"""Addresses of bodies, originals and files."""

from __future__ import annotations

from django.urls import path

from postroom.web.conversation import views

urlpatterns = [
    path("entries/<int:pk>/body", views.body, name="entry-body"),
    path("entries/<int:pk>/quoted", views.quoted, name="entry-quoted"),
    path("entries/<int:pk>/original", views.original, name="entry-original"),
    path("attachments/<int:pk>", views.attachment, name="attachment"),
]
