"""Addresses of the support portal, below ``my/``."""

from __future__ import annotations

from django.urls import path

from postroom.web.requester import raising, views

urlpatterns = [
    path("requests", views.my_requests, name="my-requests"),
    path("requests/new", raising.new_request, name="my-request-new"),
    path("requests/<int:number>", views.my_request, name="my-request"),
    path("requests/<int:number>/live", views.live, name="my-request-live"),
    path("requests/<int:number>/reply", views.reply, name="my-reply"),
    path("requests/<int:number>/solved", views.solved, name="my-request-solved"),
]
