"""Administrators hear of a server's trouble once, and once more when it is over (HLT-03)."""

from __future__ import annotations

import json
import threading
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from django.utils import timezone

from postroom.audit.models import AuditEntry
from postroom.channels.health import record_failure, record_success
from postroom.channels.models import Incident, OutgoingServer, ServerHealth, Settings, WebhookCall
from postroom.channels.services.incidents import follow_health, follow_silence
from postroom.inbox.models import InboundEmail
from postroom.inbox.silence import silent_mailboxes
from postroom.outbox.models import OutboundEmail
from postroom.run.upkeep import TASKS, alone
from postroom.run.upkeep.alerts import recipients, tell_of_incidents
from postroom.run.upkeep.webhook import call_webhooks
from postroom.transports.base import TransportError
from tests.build import a_user, ada, an_incoming_server, an_outgoing_server

pytestmark = pytest.mark.django_db


def refuse(server: OutgoingServer, times: int = 3) -> None:
    for _ in range(times):
        record_failure(server, TransportError("MAILCONREF", "smtp.desk.test:587 refused", temporary=True))


def look(minutes: float = 0) -> datetime:
    now = timezone.now() + timedelta(minutes=minutes)
    follow_health(now)
    tell_of_incidents(now)
    return now


def alerts() -> list[OutboundEmail]:
    return list(OutboundEmail.objects.filter(kind="alert").order_by("id"))


@pytest.fixture
def desk() -> tuple[OutgoingServer, OutgoingServer]:
    """Two servers, the second one the primary, and an address for alerts."""
    Settings.load()
    Settings.objects.update(alert_emails=["ada@desk.test"])
    support = an_outgoing_server()
    return support, an_outgoing_server("Primary", "primary@desk.test", primary=True)


def test_a_server_that_is_down_for_five_minutes_is_told_of_through_another_one(
    desk: tuple[OutgoingServer, OutgoingServer],
) -> None:
    support, primary = desk
    refuse(support)

    look(minutes=4)
    assert alerts() == []
    look(minutes=6)

    (mail,) = alerts()
    assert (mail.server, mail.to) == (primary, ["ada@desk.test"])
    assert "smtp.desk.test:587 refused" in mail.text
    assert ["Auto-Submitted", "auto-generated"] in mail.headers


def test_an_incident_is_told_of_once_and_its_end_once(desk: tuple[OutgoingServer, OutgoingServer]) -> None:
    support, _ = desk
    refuse(support)
    for minute in (6, 7, 8):
        look(minute)
    record_success(support)
    for minute in (9, 10):
        look(minute)

    first, second = alerts()
    assert first.subject.startswith("Alert: Support")
    assert second.subject.startswith("All clear: Support")


def test_a_short_fault_alerts_nobody(desk: tuple[OutgoingServer, OutgoingServer]) -> None:
    support, _ = desk
    refuse(support)
    look(minutes=1)
    record_success(support)
    look(minutes=6)
    assert alerts() == []


def test_a_server_that_needs_a_sign_in_is_told_of_at_once(desk: tuple[OutgoingServer, OutgoingServer]) -> None:
    support, _ = desk
    record_failure(support, TransportError("MAILAUTHPERM", "the refresh token was revoked", temporary=False))
    look()
    (mail,) = alerts()
    assert "needs a new sign-in" in mail.subject


def test_switching_a_broken_server_off_ends_its_incident(desk: tuple[OutgoingServer, OutgoingServer]) -> None:
    support, _ = desk
    refuse(support)
    look(minutes=6)
    OutgoingServer.objects.filter(pk=support.pk).update(enabled=False)
    look(minutes=7)
    assert "switched off" in alerts()[-1].subject
    assert not Incident.objects.filter(cleared_at=None).exists()


def test_without_an_address_for_alerts_all_administrators_are_told() -> None:
    ada()
    a_user("gone@desk.test", role="admin", archived=True)
    assert recipients() == ["ada@desk.test"]


def test_the_alert_waits_in_the_queue_where_no_other_server_works() -> None:
    ada()
    only = an_outgoing_server(primary=True)
    refuse(only)
    look(minutes=6)
    (mail,) = alerts()
    assert mail.state == "queued"


def test_a_mailbox_that_is_silent_for_longer_than_ever_is_told_of() -> None:
    ada()
    now = timezone.now()
    quiet, busy = an_incoming_server(), an_incoming_server("Sales", "sales@desk.test", port=1144)
    for hour in range(25):
        for mailbox, last in ((quiet, 40), (busy, 1)):
            InboundEmail.objects.create(
                mailbox=mailbox,
                mailbox_email=mailbox.email,
                key=f"1/{hour}",
                size=1,
                received_at=now - timedelta(hours=last + hour),
                kept_at=now - timedelta(hours=last + hour),
            )
    assert set(silent_mailboxes(now)) == {quiet.pk}

    follow_silence(now, silent_mailboxes(now))
    tell_of_incidents(now)
    (mail,) = alerts()
    assert "unusually long" in mail.subject

    follow_silence(now, {})
    tell_of_incidents(now)
    assert alerts()[-1].subject.startswith("All clear: Support")


def test_opening_and_closing_of_a_circuit_are_in_the_configuration_audit(
    desk: tuple[OutgoingServer, OutgoingServer],
) -> None:
    support, _ = desk
    refuse(support)
    record_success(support)
    opened, closed = AuditEntry.objects.filter(action="health changed").order_by("id")
    assert opened.changes[0] == {"field": "health", "old": "degraded", "new": "unreachable"}
    assert "MAILCONREF" in opened.changes[1]["new"]
    assert closed.changes == [{"field": "health", "old": "unreachable", "new": "connected"}]
    assert opened.actor_name == "Postroom"


class Webhook:
    """A server on loopback that answers with ``status`` and remembers what it was sent."""

    def __init__(self) -> None:
        self.bodies: list[dict[str, str]] = []
        self.status = 200
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                outer.bodies.append(json.loads(self.rfile.read(length)))
                self.send_response(outer.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Keep quiet."""

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/alert"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def webhook() -> Webhook:
    hook = Webhook()
    Settings.load()
    Settings.objects.update(alert_emails=["ada@desk.test"], alert_webhook=hook.url)
    yield hook
    hook.close()


def test_the_webhook_hears_of_the_trouble_and_of_its_end(webhook: Webhook) -> None:
    support = an_outgoing_server()
    refuse(support)
    look(minutes=6)
    record_success(support)
    look(minutes=7)
    call_webhooks()
    assert [(body["event"], body["server"]) for body in webhook.bodies] == [
        ("alert", "Support"),
        ("resolved", "Support"),
    ]
    assert not WebhookCall.objects.filter(done_at=None).exists()


def test_a_webhook_that_fails_is_called_again_later(webhook: Webhook) -> None:
    webhook.status = 503
    WebhookCall.objects.create(url=webhook.url, body={"text": "x"})
    assert call_webhooks() == 0
    call = WebhookCall.objects.get()
    assert "503" in call.error
    assert call.due_at > timezone.now()
    assert call_webhooks() == 0
    assert len(webhook.bodies) == 1

    webhook.status = 204
    WebhookCall.objects.update(due_at=timezone.now())
    assert call_webhooks() == 1


def test_a_webhook_that_nobody_answers_at_is_named_in_words() -> None:
    WebhookCall.objects.create(url="http://127.0.0.1:9/", body={})
    call_webhooks()
    assert "cannot be reached" in WebhookCall.objects.get().error


def test_upkeep_tasks_run_by_themselves(desk: tuple[OutgoingServer, OutgoingServer]) -> None:
    support, _ = desk
    refuse(support)
    ServerHealth.objects.update(since=timezone.now() - timedelta(minutes=6))
    assert all(alone(task) for task in TASKS)
    assert len(alerts()) == 1
