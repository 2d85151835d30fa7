"""A desk with servers in every state, for the tests and pictures of Admin > Support Channel > Emails."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from django.test import Client
from django.utils import timezone

from postroom.channels.models import IncomingServer, OutgoingServer, Probe, ProxyServer, ServerHealth
from postroom.inbox.models import InboundEmail
from postroom.outbox.models import OutboundEmail
from tests.build import a_group, an_incoming_server, an_outgoing_server

HTMX = {"HX-Request": "true"}
OUTGOING, INCOMING = "/admin/emails/outgoing", "/admin/emails/incoming"
SMTP = {
    "name": "Sales",
    "email": "sales@desk.test",
    "protocol": "smtp",
    "provider": "other",
    "host": "smtp.desk.test",
    "port": "587",
    "security": "tls",
    "auth.needed": "on",
    "auth.type": "basic",
    "auth.password": "hunter2hunter2",
    "enabled": "on",
}
IMAP = {
    **SMTP,
    "protocol": "imap",
    "host": "imap.desk.test",
    "port": "993",
    "security": "ssl",
    "folder": "INBOX",
    "start": "now",
    "after": "mark_seen",
    "poll_seconds": "60",
    "filter.type": "ignore",
}
STAGES = [
    {"name": "dns", "ok": True, "ms": 12, "detail": "smtp.northwind.test is 203.0.113.25"},
    {"name": "tcp", "ok": True, "ms": 31, "detail": "connected to port 587"},
    {"name": "tls", "ok": True, "ms": 64, "detail": "TLSv1.3, TLS_AES_256_GCM_SHA384"},
    {"name": "capabilities", "ok": True, "ms": 9, "detail": "SIZE 36700160, PIPELINING, 8BITMIME, AUTH PLAIN LOGIN"},
    {"name": "login", "ok": True, "ms": 88, "detail": "signed in as support"},
]
SENT = [
    {"name": "sender", "ok": True, "ms": 14, "detail": "250 2.1.0 Ok"},
    {"name": "recipient", "ok": True, "ms": 12, "detail": "250 2.1.5 Ok"},
    {"name": "data", "ok": True, "ms": 120, "detail": "250 2.0.0 Ok: queued as 4C2F1"},
]
CERTIFICATE = {
    "subject": "smtp.northwind.test",
    "issuer": "R11, Let's Encrypt",
    "expires": "2027-01-14",
    "names": ["smtp.northwind.test", "mail.northwind.test"],
}


def health(server: IncomingServer | OutgoingServer, state: str = "connected", **fields: Any) -> ServerHealth:
    """The health of a server; connected without trouble unless said otherwise."""
    now = timezone.now()
    owner = {"incoming" if isinstance(server, IncomingServer) else "outgoing": server}
    defaults = {
        "since": now - timedelta(minutes=23),
        "last_success": now - timedelta(minutes=1 if state == "connected" else 26),
    }
    return ServerHealth.objects.create(**owner, state=state, **{**defaults, **fields})


def a_sent_mail(server: OutgoingServer, state: str = "sent", **fields: Any) -> OutboundEmail:
    """One mail in the ledger of ``server``."""
    number = OutboundEmail.objects.count()
    sent_at = timezone.now() if state == "sent" else None
    fields = {"message_id": f"m{number}@desk.test", "kind": "reply", "sent_at": sent_at, **fields}
    return OutboundEmail.objects.create(server=server, state=state, to=["sam@example.test"], **fields)


def a_received_mail(server: IncomingServer, outcome: str = "created", **fields: Any) -> InboundEmail:
    """One processed mail in the ledger of ``server``."""
    number = InboundEmail.objects.count()
    fields = {"received_at": timezone.now(), "key": f"1/{number}", "size": 900, **fields}
    return InboundEmail.objects.create(
        mailbox=server, mailbox_email=server.email, state="done", outcome=outcome, **fields
    )


def a_probe(kind: str = "test_outgoing", **fields: Any) -> Probe:
    """A probe that is done and went well, unless said otherwise."""
    fields = {"state": "done", "ok": True, "stages": [*STAGES, *SENT], **fields}
    return Probe.objects.create(kind=kind, requested_by="Ada Administrator", **fields)


def the_servers() -> tuple[OutgoingServer, IncomingServer]:
    """Servers in every state; the ones to open come back."""
    proxy = ProxyServer.objects.create(name="office", type="http", host="proxy.northwind.test", port=3128)
    support = an_outgoing_server(
        "Support",
        "support@northwind.test",
        sender_name="Support Desk",
        host="smtp.northwind.test",
        port=587,
        security="tls",
        auth_type="basic",
        username="support",
        password="secret",
        primary=True,
    )
    health(support)
    people = an_outgoing_server("HR", "people@northwind.test", host="smtp.northwind.test", port=465, security="ssl")
    health(
        people,
        "unreachable",
        code="MAILCONREF",
        message="smtp.northwind.test refused the connection to port 465.",
        last_success=timezone.now() - timedelta(hours=3),
    )
    cloud = an_outgoing_server(
        "Microsoft 365", "desk@contoso.test", protocol="mapi", provider="microsoft", host="", auth_type="oauth"
    )
    health(cloud, "needs_sign_in", code="MAILAUTHPERM", message="AADSTS65001: nobody has consented to the application.")
    an_outgoing_server("Announcements", "news@northwind.test", host="relay.northwind.test", port=25, proxy=proxy)
    an_outgoing_server("Old relay", "old@northwind.test", host="10.0.4.2", port=25, enabled=False)
    for _ in range(14):
        a_sent_mail(support)
    for _ in range(3):
        a_sent_mail(people, "queued")
    a_sent_mail(people, "failed")
    inbox = an_incoming_server(
        "Support",
        "support@northwind.test",
        aliases=["help@northwind.test"],
        host="imap.northwind.test",
        port=993,
        security="ssl",
        username="support",
        password="secret",
        technician_group=a_group(),
        outgoing_server=support,
        filter_domains=["spam.test", "*.bulk.test"],
        filter_keywords=["unsubscribe"],
        primary=True,
    )
    health(inbox)
    slow = an_incoming_server("Facilities", "facilities@northwind.test", protocol="pop3", host="pop.northwind.test")
    health(slow, "degraded", code="MAILCONTMO", message="pop.northwind.test did not answer within 60 s.")
    an_incoming_server("Monitoring", "alerts@northwind.test", accept_automated=True, host="imap.northwind.test")
    for outcome in ("created", "replied", "held", "held"):
        a_received_mail(inbox, outcome)
    return support, inbox


def page(client: Client, path: str, **headers: str) -> str:
    response = client.get(path, headers=headers)
    assert response.status_code == 200
    return response.content.decode()


def send(client: Client, path: str, form: dict[str, Any], **more: Any) -> tuple[int, str]:
    """POST the form of a panel as htmx does; (status, what comes back)."""
    response = client.post(
        path, {**form, **{key.replace("__", "."): value for key, value in more.items()}}, headers=HTMX
    )
    return response.status_code, response.content.decode()


def shown(client: Client, path: str, form: dict[str, Any], **more: Any) -> str:
    """The panel as it settles after a choice."""
    status, text = send(client, path, form, action="show", **more)
    assert status == 200
    return text


def assert_fault_at(text: str, field: str, message: str) -> None:
    """The message stands at the field, which is the only one with the focus."""
    at_field = re.search(rf'name="{re.escape(field)}"[^>]*aria-describedby="(f-[\w-]+-error)"[^>]* autofocus', text)
    assert at_field is not None and text.count(" autofocus") == 1
    fault = re.search(rf'id="{at_field[1]}">(.*?)</p>', text, re.DOTALL)
    assert fault is not None and message in fault[1]


def value_of(text: str, name: str) -> str:
    """What is in an input of the panel."""
    found = re.search(
        rf'<input class="form-control" id="[^"]*" type="\w+" name="{re.escape(name)}" value="([^"]*)"', text
    )
    return found[1] if found else "(not there)"


def labels(text: str) -> set[str]:
    """The labels of the fields that are on the page."""
    found = re.findall(
        r'<label for="f-[^"]*">([^<]+)|<span class="label"[^>]*>([^<]+)|switch-line">.*?<span>([^<]+)', text
    )
    return {label for match in found for label in match if label}
