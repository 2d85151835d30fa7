"""Addresses of the technician portal."""

from __future__ import annotations

from django.urls import path

from postroom.web.technician import details, listing, notifying, writing

urlpatterns = [
    path("requests", listing.requests, name="requests"),
    path("requests/<int:number>", details.work, name="request"),
    path("requests/<int:number>/live", details.live, name="request-live"),
    path("requests/<int:number>/notification", notifying.notification, name="request-notification"),
    path("requests/<int:number>/notify", notifying.notify, name="request-notify"),
    path("requests/<int:number>/other-info", details.other_info, name="request-other-info"),
    path("requests/<int:number>/history", details.history, name="request-history"),
    path("requests/<int:number>/write", writing.write, name="request-write"),
    path("requests/<int:number>/change", writing.change, name="request-change"),
    path("requests/<int:number>/mails/<int:pk>/undo", writing.undo, name="mail-undo"),
    path("requests/<int:number>/mails/<int:pk>/retry", writing.retry, name="mail-retry"),
]
