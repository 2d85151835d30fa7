"""Who works at the demo's company and how its desk is set up, in the form of a configuration file."""

from __future__ import annotations

from typing import Any

from postroom.run.demo.state import DemoState
from postroom.run.sandbox import HOST

MAILBOX = "support@desk.test"
ADMIN, TECHNICIAN, REQUESTER = "ada@desk.test", "tess@desk.test", "sam@example.test"

PEOPLE = (
    (ADMIN, "Ada Administrator", "admin"),
    (TECHNICIAN, "Tess Technician", "technician"),
    ("theo@desk.test", "Theo Technician", "technician"),
    (REQUESTER, "Sam Requester", "requester"),
    ("nora@example.test", "Nora Nilsson", "requester"),
    ("omar@example.test", "Omar Haddad", "requester"),
)


def configuration(state: DemoState) -> dict[str, Any]:
    """The desk as ``postroom config apply`` takes it; servers are the sandbox's."""
    staff = [email for email, _, role in PEOPLE if role == "requester"]
    return {
        "companies": [{"name": "Example Ltd", "domains": ["example.test"]}],
        "categories": ["Hardware", "Hardware / Laptop", "Software", "Network", "Access"],
        "people": [
            {"email": email, "name": name, "role": role, "password": state.password_of(email)}
            for email, name, role in PEOPLE
        ],
        "technician_groups": [
            {"name": "Service Desk", "members": [TECHNICIAN, "theo@desk.test"]},
            {"name": "Network", "members": ["theo@desk.test"]},
        ],
        "requester_groups": [{"name": "All staff", "members": staff}],
        "outgoing_servers": [_outgoing_server(state.smtp_port)],
        "incoming_servers": [_incoming_server(state.imap_port)],
    }


def _outgoing_server(port: int) -> dict[str, Any]:
    return {
        "name": "Support",
        "email": MAILBOX,
        "protocol": "smtp",
        "sender_name": "Support Desk",
        "host": HOST,
        "port": port,
        "security": "none",
        "auth": {"type": "none"},
        "primary": True,
    }


def _incoming_server(port: int) -> dict[str, Any]:
    return {
        "name": "Support",
        "email": MAILBOX,
        "protocol": "imap",
        "host": HOST,
        "port": port,
        "security": "none",
        "auth": {"type": "basic", "username": MAILBOX, "password": "sandbox"},
        "technician_group": "Service Desk",
        "filter": {"type": "ignore", "emails": [], "domains": ["spam.test"], "keywords": []},
        "outgoing_server": "Support",
        "primary": True,
    }
