"""Every page's address."""

from __future__ import annotations

from django.urls import include, path

from postroom.web import home
from postroom.web.admin.oauth import sign_ins

urlpatterns = [
    path("", home.home, name="home"),
    path("oauth/callback", sign_ins.callback, name="oauth-callback"),
    path("oauth/callback/<uuid:pk>", sign_ins.outcome, name="oauth-outcome"),
    path("", include("postroom.web.account.urls")),
    path("", include("postroom.web.conversation.urls")),
    path("", include("postroom.web.technician.urls")),
    path("admin/", include("postroom.web.admin.urls")),
    path("", include("postroom.web.requester.guest_urls")),
    path("my/", include("postroom.web.requester.urls")),
]
