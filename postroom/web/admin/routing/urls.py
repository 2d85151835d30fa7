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
    path("emails/preference", _page, name="email-preference"),
    path("proxies", _page, name="proxies"),
    path("security", _page, name="security-and-limits"),
]
