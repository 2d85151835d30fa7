"""Addresses of the tabs Outgoing and Incoming Email Servers; the same ones for both directions."""

from __future__ import annotations

from django.urls import URLPattern, path

from postroom.web.admin.emails import acting, editing, listing, probing


def _of(direction: str) -> list[URLPattern]:
    more = {"direction": direction}
    return [
        path(direction, listing.servers, more, name=f"{direction}-servers"),
        path(f"{direction}/new", editing.new, more, name=f"{direction}-server-new"),
        path(f"{direction}/<int:pk>", editing.edit, more, name=f"{direction}-server"),
        path(f"{direction}/<int:pk>/enabled", acting.enable, more, name=f"{direction}-server-enabled"),
        path(f"{direction}/<int:pk>/primary", acting.make_primary, more, name=f"{direction}-server-primary"),
        path(f"{direction}/<int:pk>/test", acting.test, more, name=f"{direction}-server-test"),
        path(f"{direction}/<int:pk>/delete", acting.delete, more, name=f"{direction}-server-delete"),
    ]


urlpatterns = [
    *_of("outgoing"),
    *_of("incoming"),
    path("incoming/<int:pk>/fetch", acting.fetch, name="incoming-server-fetch"),
    path("outgoing/<int:pk>/mapi", acting.use_mapi, name="outgoing-server-mapi"),
    path("probes/<uuid:pk>", probing.probe, name="probe"),
    path("banner", listing.banner, name="emails-banner"),
]
