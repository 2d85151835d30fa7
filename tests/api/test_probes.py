"""Liveness, readiness and metrics: open to the machine beside us, else to administrators."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from postroom.channels.models import ServerHealth, WorkerHeartbeat
from postroom.inbox.models import InboundEmail
from postroom.outbox.services import NewMail, queue
from tests import build

PATHS = ["/health/live", "/health/ready", "/metrics"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.0.1", "::1", "::ffff:127.0.0.1"])
def test_the_machine_beside_us_needs_no_token(path: str, address: str) -> None:
    assert Client(REMOTE_ADDR=address).get(path).status_code == 200


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "origin",
    [
        {"REMOTE_ADDR": "192.0.2.7"},
        {"REMOTE_ADDR": ""},
        {"HTTP_X_FORWARDED_FOR": "127.0.0.1"},
        {"HTTP_FORWARDED": "for=127.0.0.1"},
        {"HTTP_X_FORWARDED_FOR": ""},
    ],
    ids=str,
)
def test_everybody_else_needs_an_administrators_token(path: str, origin: dict[str, Any]) -> None:
    def status(token: str | None) -> int:
        return Client(headers={"Authorization": f"Bearer {token}"} if token else {}, **origin).get(path).status_code

    assert [status(None), status("wrong")] == [401, 401]
    assert status(build.a_token(build.tess())) == 403
    assert status(build.a_token(build.ada())) == 200


def test_an_instance_whose_mail_store_cannot_be_written_is_not_ready(settings: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    settings.POSTROOM_STORAGE = tmp_path / "file" / "mail"
    answer = Client().get("/health/ready")

    assert answer.status_code == 503
    assert answer.json() == {"ok": False, "database": True, "storage": False}


def test_a_probe_is_only_read() -> None:
    answer = Client().post("/health/live")

    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")


def test_the_metrics_count_mail_by_outcome_and_state_with_backlog_queue_and_server_health() -> None:
    server = build.an_outgoing_server(primary=True)
    ServerHealth.objects.create(outgoing=server, state="unreachable")
    build.an_incoming_server('Odd "name"\n')
    queue([NewMail(kind="reply", to=["sam@example.test"], subject="Re", text="Hi")])
    build.a_ticket()
    WorkerHeartbeat.objects.create(name="here:1:worker", role="worker", host="here", pid=1)
    for key, state, outcome in (("1", "done", "created"), ("2", "done", "created"), ("3", "kept", "")):
        InboundEmail.objects.create(key=key, state=state, outcome=outcome, size=1, received_at=timezone.now())

    answer = Client().get("/metrics")
    lines = answer.content.decode().splitlines()

    assert answer.headers["Content-Type"].startswith("text/plain")
    assert 'postroom_incoming_mails{outcome="created"} 2.0' in lines
    assert 'postroom_incoming_mails{outcome="failed"} 0.0' in lines
    assert "postroom_incoming_backlog 1.0" in lines
    assert 'postroom_outgoing_mails{state="queued"} 1.0' in lines
    assert "postroom_outgoing_queue 1.0" in lines
    assert 'postroom_server_queue{name="Support"} 1.0' in lines
    assert 'postroom_server_health{direction="outgoing",name="Support",state="unreachable"} 1.0' in lines
    assert r'postroom_server_health{direction="incoming",name="Odd \"name\"\n",state="never_tested"} 1.0' in lines
    assert 'postroom_requests{status="open"} 1.0' in lines
    assert 'postroom_processes{role="worker"} 1.0' in lines
    assert any(line.startswith("postroom_outgoing_oldest_waiting_seconds ") for line in lines)


def test_metrics_take_the_same_number_of_queries_however_many_servers(django_assert_num_queries: Any) -> None:
    for name in ("One", "Two", "Three"):
        build.an_outgoing_server(name, f"{name}@desk.test")
        build.an_incoming_server(name, f"{name}@desk.test")
    with django_assert_num_queries(8):
        assert Client().get("/metrics").status_code == 200
