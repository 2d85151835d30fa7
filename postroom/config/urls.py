"""Where the pages and the API hang."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [
    path("", include("postroom.api.urls")),
    path("", include("postroom.web.urls")),
]
