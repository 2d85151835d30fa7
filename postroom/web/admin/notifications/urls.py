"""Addresses of these pages."""

from __future__ import annotations

from django.urls import path

from postroom.web.admin.notifications import editor, listing

urlpatterns = [
    path("notifications", listing.notifications, name="notifications"),
    path("notifications/<slug:event>/<slug:audience>", editor.template, name="notification-template"),
    path("notifications/<slug:event>/<slug:audience>/switch", listing.switch, name="notification-switch"),
    path("notifications/<slug:event>/<slug:audience>/preview", editor.preview, name="notification-preview"),
    path("notifications/<slug:event>/<slug:audience>/test", editor.test, name="notification-test"),
    path("notifications/<slug:event>/<slug:audience>/reset", editor.reset, name="notification-reset"),
]
