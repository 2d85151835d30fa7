"""Addresses of these pages, below /admin/oauth/."""

from __future__ import annotations

from django.urls import path, register_converter

from postroom.web.admin.oauth import application, servers, sign_ins


class Direction:
    """``incoming`` or ``outgoing``."""

    regex = "incoming|outgoing"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(Direction, "side")

urlpatterns = [
    path("microsoft", application.page, name="microsoft-application"),
    path("sign-in/<uuid:pk>", sign_ins.status, name="oauth-status"),
    path("sign-in/<uuid:pk>/accept", sign_ins.accept_account, name="oauth-accept"),
    path("<side:direction>/panel", sign_ins.panel, name="oauth-panel"),
    path("<side:direction>/begin", sign_ins.begin_new, name="oauth-begin-new"),
    path("<side:direction>/<int:pk>", servers.page, name="oauth-server"),
    path("<side:direction>/<int:pk>/begin", sign_ins.begin_saved, name="oauth-begin"),
    path("<side:direction>/<int:pk>/device", sign_ins.device, name="oauth-device"),
    path("<side:direction>/<int:pk>/application", servers.authorize, name="oauth-application"),
]
