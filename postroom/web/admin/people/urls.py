"""Addresses of these pages."""

from __future__ import annotations

from django.urls import path

from postroom.web.admin.people import categories, companies, deeds, exchange, groups, people, tokens

urlpatterns = [
    path("people", people.listed, name="people"),
    path("people/new", people.new, name="person-new"),
    path("people/export", exchange.export, name="people-export"),
    path("people/import", exchange.import_, name="people-import"),
    path("people/<int:pk>", people.edit, name="person"),
    path("people/<int:pk>/<slug:deed>", deeds.deed, name="person-deed"),
    path("technician-groups", groups.listed, {"side": "technician"}, name="technician-groups"),
    path("technician-groups/new", groups.new, {"side": "technician"}, name="technician-group-new"),
    path("technician-groups/<int:pk>", groups.edit, {"side": "technician"}, name="technician-group"),
    path("technician-groups/<int:pk>/delete", groups.delete, {"side": "technician"}, name="technician-group-delete"),
    path("requester-groups", groups.listed, {"side": "requester"}, name="requester-groups"),
    path("requester-groups/new", groups.new, {"side": "requester"}, name="requester-group-new"),
    path("requester-groups/<int:pk>", groups.edit, {"side": "requester"}, name="requester-group"),
    path("requester-groups/<int:pk>/delete", groups.delete, {"side": "requester"}, name="requester-group-delete"),
    path("companies", companies.listed, name="companies"),
    path("companies/switch", companies.switch, name="companies-switch"),
    path("companies/new", companies.new, name="company-new"),
    path("companies/<int:pk>", companies.edit, name="company"),
    path("companies/<int:pk>/delete", companies.delete, name="company-delete"),
    path("categories", categories.listed, name="categories"),
    path("categories/new", categories.new, name="category-new"),
    path("categories/<int:pk>", categories.edit, name="category"),
    path("categories/<int:pk>/delete", categories.delete, name="category-delete"),
    path("tokens", tokens.listed, name="api-tokens"),
    path("tokens/new", tokens.new, name="api-token-new"),
    path("tokens/<int:pk>/revoke", tokens.revoke, name="api-token-revoke"),
]
