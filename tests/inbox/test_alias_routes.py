"""Mail to an alias may open requests of a group and category of its own (INC-08)."""

from __future__ import annotations

from typing import Any

import pytest

from postroom.audit.models import AuditEntry
from postroom.audit.services import Actor
from postroom.channels.models import IncomingServer
from postroom.channels.services import Invalid, save_incoming_server
from postroom.channels.shapes import show_incoming_server
from postroom.tickets.models import Category
from tests.build import a_group
from tests.inbox.conftest import Arrive
from tests.mails import a_mail

ADA = Actor("Ada")


@pytest.fixture
def routed(support: IncomingServer) -> IncomingServer:
    a_group("HR"), a_group("Desk")
    Category.objects.create(name="Leave")
    Category.objects.create(name="Other")
    data: dict[str, Any] = {
        "aliases": ["hr@desk.test", "keys@desk.test"],
        "technician_group": "Desk",
        "category": "Other",
        "alias_routes": [
            {"alias": "HR@desk.test", "technician_group": "HR", "category": "Leave"},
            {"alias": "keys@desk.test", "category": "Leave"},
        ],
    }
    return save_incoming_server(ADA, data, support)


@pytest.mark.parametrize(
    ("fields", "group", "category"),
    [
        ({"to": "support@desk.test"}, "Desk", "Other"),
        ({"to": "Hr@desk.test"}, "HR", "Leave"),
        ({"to": "support@desk.test", "cc": "hr@desk.test"}, "HR", "Leave"),
        ({"to": "keys@desk.test"}, "Desk", "Leave"),
        ({"to": "keys@desk.test", "cc": "hr@desk.test"}, "Desk", "Leave"),
    ],
)
def test_mail_to_an_alias_gets_the_group_and_category_of_that_alias(
    arrive: Arrive, routed: IncomingServer, fields: dict[str, str], group: str, category: str
) -> None:
    ticket = arrive(a_mail(**fields)).ticket
    assert ticket is not None and ticket.technician_group is not None and ticket.category is not None
    assert (ticket.technician_group.name, ticket.category.name) == (group, category)


def test_routes_are_shown_as_they_are_written_and_audited_and_go_with_their_alias(routed: IncomingServer) -> None:
    shown = show_incoming_server(IncomingServer.objects.get(pk=routed.pk))["alias_routes"]
    assert shown[0] == {"alias": "hr@desk.test", "technician_group": "HR", "category": "Leave"}
    assert shown[1] == {"alias": "keys@desk.test", "technician_group": None, "category": "Leave"}
    assert "alias_routes" in str(AuditEntry.objects.first().changes)  # type: ignore[union-attr]
    again = save_incoming_server(ADA, {"alias_routes": shown}, routed)
    assert AuditEntry.objects.count() == 1, "the same again is no change"
    left = save_incoming_server(ADA, {"aliases": ["keys@desk.test"]}, again)
    assert [route.alias for route in left.routes] == ["keys@desk.test"]


@pytest.mark.parametrize(
    ("route", "field"),
    [
        ({"alias": "nobody@desk.test"}, "alias_routes[0].alias"),
        ({"alias": "hr@desk.test", "technician_group": "No such"}, "alias_routes[0].technician_group"),
        ({"alias": "hr@desk.test", "priority": "high"}, "alias_routes[0].priority"),
        ("hr@desk.test", "alias_routes[0]"),
    ],
)
def test_a_route_that_cannot_be_is_refused_at_its_field(routed: IncomingServer, route: Any, field: str) -> None:
    with pytest.raises(Invalid) as raised:
        save_incoming_server(ADA, {"alias_routes": [route]}, routed)
    assert [path for path, _ in raised.value.errors] == [field]
    assert IncomingServer.objects.get(pk=routed.pk).alias_routes.count() == 2
