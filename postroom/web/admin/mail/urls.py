"""Addresses of these pages."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path

from postroom.web.http import PortalRequest, administrators_only


@administrators_only
def _page(request: PortalRequest) -> HttpResponse:
    return render(request, "admin/portal.html", {})


urlpatterns = [
    path("mail/incoming", _page, name="mail-incoming"),
    path("mail/outgoing", _page, name="mail-outgoing"),
    path("audit", _page, name="configuration-audit"),
]
