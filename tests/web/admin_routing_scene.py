"""A desk with servers, rules, proxies and arriving mail, for the tests of the routing pages."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from postroom.accounts.models import User
from postroom.audit.services import Actor
from postroom.channels.models import HealthState, OutgoingRule, ProxyServer, ServerHealth
from postroom.channels.services import save_rule
from postroom.inbox.models import InboundEmail
from postroom.tickets.models import Category, Ticket
from tests.build import a_group, a_ticket, a_user, an_incoming_server, an_outgoing_server, tess

ADA = Actor("Ada Administrator")
HR = [{"field": "technician_group", "operator": "in", "value": ["HR"]}]


def a_rule(name: str, server: str = "HR", conditions: Any = None, **fields: Any) -> OutgoingRule:
    """A stored rule, the last one; by default it matches the requests of the group HR."""
    return save_rule(ADA, {"name": name, "server": server, "conditions": conditions or HR, **fields})


def a_proxy(name: str = "office", **fields: Any) -> ProxyServer:
    fields = {"type": "http", "host": "proxy.desk.test", "port": 3128, **fields}
    return ProxyServer.objects.create(name=name, **fields)


def an_inbound(outcome: str = "created", **fields: Any) -> InboundEmail:
    """A mail in the incoming ledger that is done."""
    number = InboundEmail.objects.count() + 1
    fields = {
        "mailbox_email": "support@desk.test",
        "key": f"1/{number}",
        "size": 2000,
        "raw_sha256": "0" * 64,
        "received_at": timezone.now() - timedelta(minutes=number),
        "state": "done",
        "from_email": f"sender{number}@example.test",
        **fields,
    }
    return InboundEmail.objects.create(outcome=outcome, **fields)


def the_servers() -> None:
    """Support is primary; HR and Facilities have servers of their own."""
    support = an_outgoing_server(primary=True, sender_name="Support Desk")
    an_outgoing_server("HR", "hr@desk.test")
    facilities = an_outgoing_server("Facilities", "facilities@desk.test")
    ServerHealth.objects.create(outgoing=support, state=HealthState.CONNECTED, last_success=timezone.now())
    ServerHealth.objects.create(
        outgoing=facilities,
        state=HealthState.UNREACHABLE,
        code="MAILCONTMO",
        message="No answer within 60 s.",
        failures=3,
    )


def the_rules() -> None:
    """Five rules: nested conditions, one whose server is down, one disabled, one that can never match."""
    for name in ("HR", "Facilities", "Network", "Service Desk"):
        a_group(name, [tess()])
    Category.objects.create(name="Building / Heating")
    a_rule("Human resources")
    a_rule(
        "Building and keys",
        "Facilities",
        [
            {"field": "category", "operator": "is", "value": "Building / Heating"},
            {
                "match": "any",
                "conditions": [
                    {"field": "location", "operator": "starts_with", "value": "Gdańsk"},
                    {"field": "requester_domain", "operator": "in", "value": ["harbour.test", "northwind.test"]},
                ],
            },
        ],
    )
    urgent = [{"field": "priority", "operator": "in", "value": ["high", "urgent"]}]
    a_rule("Urgent requests", "Support", urgent, enabled=False)
    payroll = [*HR, {"field": "tags", "operator": "contains", "value": "payroll"}]
    a_rule("Payroll", "HR", payroll)
    a_rule("Everything else of the network team", "Support", [{**HR[0], "value": ["Network"]}])


def a_scene() -> Ticket:
    """All of it; returns a request of HR."""
    the_servers()
    the_rules()
    an_incoming_server(primary=True)
    office = a_proxy(username="postroom", password="secret")
    a_proxy("dmz", type="socks5", host="10.20.0.7", port=1080)
    an_outgoing_server("Branch", "branch@desk.test", proxy=office)
    an_incoming_server("Branch", "branch@desk.test", proxy=office)
    for number in range(24):
        ids = ["mx.desk.test", "gmail.example"] if number % 5 == 0 else ["mx.desk.test"]
        an_inbound(authserv_ids=ids if number != 7 else ["evil.example"])
    for _ in range(3):
        an_inbound("email_to_request_off")
    an_inbound("guest_not_allowed", reason_code="portal_off")
    requester: User = a_user("marta@northwind.test", "Marta Kowalska", department="Shipping", location="Gdańsk")
    return a_ticket("Parental leave from June", requester=requester, technician_group=a_group("HR"), tags=["leave"])
