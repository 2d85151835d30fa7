"""Addresses of the guest form, which needs no sign-in."""

from __future__ import annotations

from django.urls import path

from postroom.web.requester import guests

urlpatterns = [
    path("report", guests.report, name="report"),
    path("report/received", guests.received, name="report-received"),
]
