"""Addresses of these pages."""

from __future__ import annotations

from django.urls import path

from postroom.web.admin.routing import limits, preference, proxies, rules

urlpatterns = [
    path("emails/preference", preference.preference, name="email-preference"),
    path("emails/outgoing/rules", rules.rules, name="outgoing-rules"),
    path("emails/outgoing/rules/draft", rules.draft, name="outgoing-rules-draft"),
    path("proxies", proxies.proxies, name="proxies"),
    path("proxies/new", proxies.new, name="proxy-new"),
    path("proxies/<int:pk>", proxies.edit, name="proxy"),
    path("proxies/<int:pk>/delete", proxies.delete, name="proxy-delete"),
    path("security", limits.page, name="security-and-limits"),
    path("security/trust", limits.trust, name="security-trust"),
    path("security/<slug:section>", limits.save, name="security-save"),
]
