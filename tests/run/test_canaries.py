"""Secrets are planted everywhere and used; then everything that the product says is searched for them.

Logs, audit (page, CSV, JSON), REST, metrics, ``status --json``, ``config export``, transcripts of tests, health cards,
pages, and the page of a fault of our own.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.core import mail as django_mail
from django.db import connection
from django.test import Client

from postroom.api.application import api
from postroom.audit.models import AuditEntry
from postroom.audit.services import Actor
from postroom.channels.models import (
    Incident,
    IncomingServer,
    OAuthGrant,
    OutgoingServer,
    Probe,
    ProxyServer,
    ServerHealth,
    SignIn,
)
from postroom.channels.oauth.tokens import access_token
from postroom.channels.services import (
    save_incoming_server,
    save_microsoft_app,
    save_outgoing_server,
    save_proxy,
    save_settings,
    start_probe,
)
from postroom.outbox.models import OutboundEmail
from postroom.run.connection import try_incoming, try_outgoing
from postroom.transports.base import TransportError
from tests.build import a_token, ada, tess
from tests.channels.oauth_scene import grant_of, mailbox, sender
from tests.run.desk import postroom
from tests.servers.identity import CLIENT, SECRET, Identity
from tests.servers.scripted import ScriptedSmtp
from tests.web.admin_emails import OUTGOING, SMTP
from tests.workers import work_off

pytestmark = pytest.mark.django_db

ADA = Actor("Ada", None, "127.0.0.1")
PASSWORDS = ["canary-smtp-password", "canary-imap-password", "canary-proxy-password", "canary-microsoft-secret"]
TYPED = "canary-typed-password"
WEBHOOK = "canary-webhook-address"


@pytest.fixture(autouse=True)
def _no_static_files(settings: Any) -> None:
    settings.STATIC_ROOT, settings.WHITENOISE_USE_FINDERS = None, False


@pytest.fixture
def _echo(scripted: ScriptedSmtp) -> None:
    """The worst of servers: it repeats what it was told, in the clear and as it came over the wire."""
    wired = base64.b64encode(f"\0support\0{PASSWORDS[0]}".encode()).decode()
    scripted.answers["AUTH"] = f"535 5.7.8 {PASSWORDS[0]} is wrong, so is {wired}"


@pytest.fixture
def servers(scripted: ScriptedSmtp, _echo: None, identity: Identity) -> dict[str, Any]:
    """A desk whose every secret is a canary, with servers that fail."""
    save_microsoft_app(ADA, {"client_id": CLIENT, "client_secret": PASSWORDS[3], "tenant": "desk"})
    proxy = {
        "name": "office",
        "type": "http",
        "host": "127.0.0.1",
        "port": 9,
        "username": "u",
        "password": PASSWORDS[2],
    }
    save_proxy(ADA, proxy)
    save_settings(ADA, {"alerts": {"emails": ["ada@elsewhere.test"], "webhook": f"https://hooks.test/{WEBHOOK}"}})
    basic = {"type": "basic", "username": "support"}
    where = {"host": scripted.host, "port": scripted.port, "security": "none"}
    out = save_outgoing_server(
        ADA,
        {
            "name": "Basic",
            "email": "b@desk.test",
            **where,
            "auth": {**basic, "password": PASSWORDS[0]},
            "primary": True,
        },
    )
    read = {"name": "Basic", "email": "b@desk.test", "host": "127.0.0.1", "port": 9, "security": "none"}
    incoming = save_incoming_server(ADA, {**read, "auth": {**basic, "password": PASSWORDS[1]}, "proxy": "office"})
    return {"out": out, "in": incoming, "oauth out": sender(identity, "Oauth"), "oauth in": mailbox(identity, "Oauth")}


@pytest.fixture
def secrets(identity: Identity) -> Iterator[list[str]]:
    """What must not be found: filled up while the test runs."""
    found: list[str] = [*PASSWORDS, TYPED, WEBHOOK, SECRET]
    yield found
    found += identity.issued


def used(servers: dict[str, Any], identity: Identity) -> None:
    """Everything that has a secret is used, fails, and says so."""
    for server in (servers["out"], servers["oauth out"]):
        try_outgoing(server, ADA)
    for server in (servers["in"], servers["oauth in"]):
        try_incoming(server, ADA)
    typed = {"name": "Typed", "email": "t@desk.test", "auth": {"type": "basic", "username": "u", "password": TYPED}}
    start_probe(ADA, "test_outgoing", data={**typed, "host": servers["out"].host, "port": servers["out"].port})
    start_probe(ADA, "test_outgoing", server=servers["out"])
    start_probe(ADA, "test_incoming", server=servers["in"])
    start_probe(ADA, "discover", data={"email": "x@gmail.com"})
    work_off()
    access_token(grant_of(servers["oauth in"]).pk)
    refresh = grant_of(servers["oauth in"]).refresh_token
    told = {"error": "invalid_grant", "error_description": f"AADSTS70000: {refresh} of {SECRET} was revoked"}
    identity.refuse_always = told
    with pytest.raises(TransportError) as fault:
        access_token(grant_of(servers["oauth in"]).pk, refused=grant_of(servers["oauth in"]).access_token)
    assert "AADSTS70000" in fault.value.message and refresh not in fault.value.message


def rows() -> str:
    """What is stored for people to read: transcripts, health cards, sign-ins, audit, mails, incidents."""
    models = (Probe, ServerHealth, AuditEntry, OutboundEmail, Incident)
    texts = [str(list(model._default_manager.values())) for model in models]  # type: ignore[attr-defined]
    texts.append(str(list(SignIn.objects.values("status", "error", "message", "account", "scopes"))))
    texts.append(str(list(OAuthGrant.objects.values("failure_code", "failure_error", "failure_message", "account"))))
    return "\n".join(texts)


def pages(client: Client) -> str:
    """Every page about the servers, the mail log and the audit with its files."""
    paths = ["/admin/emails/outgoing", "/admin/emails/incoming", "/admin/emails/preference", "/admin/proxies"]
    paths += ["/admin/oauth/microsoft", "/admin/audit", "/admin/mail/incoming", "/admin/mail/outgoing", "/metrics"]
    for model, side in ((OutgoingServer, "outgoing"), (IncomingServer, "incoming")):
        for server in model._default_manager.all():
            paths += [f"/admin/emails/{side}/{server.pk}", f"/admin/emails/{side}/{server.pk}/test"]
            paths += [f"/admin/oauth/{side}/{server.pk}"] * (server.auth_type == "oauth")
    paths += [f"/admin/emails/probes/{probe.pk}" for probe in Probe.objects.all()]
    paths += [f"/admin/proxies/{proxy.pk}" for proxy in ProxyServer.objects.all()]
    texts = [client.get(path).content.decode() for path in paths]
    for kind in ("csv", "json"):
        answer = client.get(f"/admin/audit/export.{kind}")
        texts.append(b"".join(answer.streaming_content).decode())  # type: ignore[attr-defined]
    return "\n".join(texts)


def answers() -> str:
    """Every GET of REST, of lists and of each first row."""
    client = Client(headers={"Authorization": f"Bearer {a_token(ada())}"})
    texts = []
    for bound in api._get_bound_routers():
        for path, view in bound.path_operations.items():
            if not any("GET" in operation.methods for operation in view.operations):
                continue
            for pk in (1, *OutgoingServer.objects.values_list("pk", flat=True)):
                where = f"{bound.prefix}/{path}".replace("{int:id}", str(pk)).replace("{int:number}", "1")
                answer = client.get("/api/v1/" + where.lstrip("/").replace("//", "/"))
                texts.append(getattr(answer, "content", b"").decode("utf-8", "replace"))
    return "\n".join(texts)


def test_no_secret_is_in_logs_audit_rest_pages_metrics_status_export_or_transcripts(
    servers: dict[str, Any],
    identity: Identity,
    secrets: list[str],
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level("DEBUG")
    client = Client()
    client.force_login(ada())
    used(servers, identity)
    said = {"rows": rows(), "pages": pages(client), "rest": answers(), "export": postroom("config", "export")}
    with pytest.raises(SystemExit):
        postroom("status", "--json")  # servers are down
    said |= {"log": caplog.text, "printed": "".join(capsys.readouterr()), "mailed": str(django_mail.outbox)}

    assert "is wrong, so is" in said["rows"], "the server's words are in the transcript, without the secret"
    assert "Basic" in said["rest"] and "Basic" in said["export"] and "tested" in said["pages"]
    assert len(identity.issued) >= 3
    wired = [base64.b64encode(f"\0support\0{word}".encode()).decode() for word in PASSWORDS[:2]]
    for canary in [*secrets, *identity.issued, *wired]:
        where = [name for name, text in said.items() if canary in text]
        assert where == ([] if canary != WEBHOOK else where), canary
    # The webhook's address is shown to administrators who may change it, and to nobody else.
    assert not {"rows", "log", "printed", "mailed"} & {name for name, text in said.items() if WEBHOOK in text}


def test_the_page_and_the_log_of_our_own_fault_hold_no_secret(
    servers: dict[str, Any], caplog: pytest.LogCaptureFixture, settings: Any
) -> None:
    """DEBUG is off; what fails is the statement that stores a password that was just typed."""
    settings.DEBUG = False
    caplog.set_level("DEBUG")
    client = Client(raise_request_exception=False)
    client.force_login(ada())
    script = Client(raise_request_exception=False, headers={"Authorization": f"Bearer {a_token(ada())}"})
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE channels_outgoingserver ADD CONSTRAINT broken CHECK (name <> 'Sales')")
    form = {**SMTP, "auth.password": TYPED}
    body = {"name": "Sales", "email": "s@desk.test", "host": "h.test", "auth": {"type": "basic", "password": TYPED}}
    shown = [
        client.post(f"{OUTGOING}/new", form),
        script.post("/api/v1/outgoing-servers", json.dumps(body), "application/json"),
    ]
    assert shown[0].status_code == 500 and shown[1].status_code in (409, 500)
    assert not OutgoingServer.objects.filter(name="Sales").exists()
    texts = [answer.content.decode() for answer in shown] + [caplog.text]
    assert "broken" in caplog.text, "the fault itself is in the log"
    assert not any(word in text for text in texts for word in (TYPED, *PASSWORDS))
    assert all("broken" not in answer.content.decode() for answer in shown), "and not on the page"


def test_technicians_learn_nothing_of_servers_from_any_of_it(servers: dict[str, Any]) -> None:
    """NAV-05"""
    client = Client()
    client.force_login(tess())
    for path in ("/admin/emails/outgoing", "/admin/audit", "/admin/audit/export.csv", "/admin/oauth/microsoft"):
        answer = client.get(path)
        assert answer.status_code == 403 and b"Basic" not in answer.content
