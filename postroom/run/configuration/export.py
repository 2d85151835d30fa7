"""The instance as a configuration file that applies again. No secret is in it."""

from __future__ import annotations

from typing import Any

from postroom.accounts.models import Company, RequesterGroup, TechnicianGroup, User
from postroom.accounts.shapes import show_company, show_group, show_person
from postroom.channels.models import (
    EmailPreferences,
    IncomingServer,
    MicrosoftApp,
    OutgoingRule,
    OutgoingServer,
    ProxyServer,
    Settings,
    SingleSignOn,
)
from postroom.channels.queries import with_routes
from postroom.channels.services.single_sign_on import show_single_sign_on
from postroom.channels.shapes import (
    show_incoming_server,
    show_microsoft_app,
    show_outgoing_server,
    show_preferences,
    show_proxy,
    show_rule,
    show_settings,
)
from postroom.tickets.models import Category, NotificationTemplate
from postroom.tickets.services.templates import show_template


def export_configuration() -> dict[str, Any]:
    """Everything that a configuration file can say, in the contract's order."""
    settings = show_settings(Settings.load())
    return {
        "managed_services_provider": settings["managed_services_provider"],
        "companies": [show_company(row) for row in Company.objects.prefetch_related("domains")],
        "technician_groups": [show_group(row) for row in TechnicianGroup.objects.prefetch_related("members")],
        "categories": [row.name for row in Category.objects.all()],
        "people": _people(),
        "proxies": [show_proxy(row) for row in ProxyServer.objects.all()],
        **_microsoft_app(),
        **_single_sign_on(),
        "outgoing_servers": [
            show_outgoing_server(row) for row in OutgoingServer.objects.select_related("proxy").order_by("pk")
        ],
        "outgoing_rules": [show_rule(row) for row in OutgoingRule.objects.select_related("server")],
        "incoming_servers": [
            show_incoming_server(row)
            for row in with_routes(
                IncomingServer.objects.select_related(
                    "proxy", "technician_group", "category", "company", "outgoing_server"
                )
            ).order_by("pk")
        ],
        "preferences": show_preferences(EmailPreferences.load()),
        "support_portal": settings["support_portal"],
        "security": settings["security"],
        "limits": settings["limits"],
        "requester_groups": [show_group(row) for row in RequesterGroup.objects.prefetch_related("members")],
        "alerts": settings["alerts"],
        "notification_templates": [
            show_template(row) for row in NotificationTemplate.objects.order_by("event", "audience", "language")
        ],
    }


def _people() -> list[dict[str, Any]]:
    """Registered people. Guests and service accounts are not configuration: mail and tokens bring them."""
    rows = User.objects.filter(kind=User.Kind.REGISTERED).exclude(email=None)
    people = []
    for row in rows.select_related("company").prefetch_related("secondary_emails").order_by("email"):
        shown = {name: value for name, value in show_person(row).items() if name != "kind"}
        people.append({**shown, "archived": True} if row.archived else shown)
    return people


def _microsoft_app() -> dict[str, Any]:
    app = MicrosoftApp.objects.filter(pk=1).first()
    return {"microsoft_app": show_microsoft_app(app)} if app is not None and app.client_id else {}


def _single_sign_on() -> dict[str, Any]:
    row = SingleSignOn.objects.filter(pk=1).first()
    return {"single_sign_on": show_single_sign_on(row)} if row is not None and row.issuer else {}
