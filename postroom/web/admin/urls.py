"""Addresses of the administrators' pages; every one is for administrators only."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [
    path("emails/", include("postroom.web.admin.emails.urls")),
    path("oauth/", include("postroom.web.admin.oauth.urls")),
    path("", include("postroom.web.admin.routing.urls")),
    path("", include("postroom.web.admin.mail.urls")),
    path("", include("postroom.web.admin.notifications.urls")),
    path("", include("postroom.web.admin.announcements.urls")),
    path("", include("postroom.web.admin.sign_in.urls")),
    path("", include("postroom.web.admin.people.urls")),
    path("", include("postroom.web.admin.suppressions.urls")),
]
