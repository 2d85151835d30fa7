"""Test Connection and discovery over REST: a worker answers, and the caller waits for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any

import pytest
from django.db import connection

from postroom.channels.models import OutgoingServer, Probe
from postroom.channels.services import claim_probe, finish_probe, note_stage
from tests import build
from tests.api.conftest import Script

STAGES = [
    {"name": "dns", "ok": True, "ms": 3, "detail": "127.0.0.1"},
    {"name": "tcp", "ok": False, "ms": 9, "detail": "Connection refused"},
]
RELAY: dict[str, Any] = {
    "name": "Relay",
    "email": "relay@desk.test",
    "host": "smtp.desk.test",
    "auth": {"type": "basic", "password": "geheim"},
}


@contextmanager
def a_worker(ok: bool = True, **ending: Any) -> Iterator[list[Probe]]:
    """Somebody who takes the probes of this test up and ends them so; the probes as they were taken."""
    taken: list[Probe] = []
    over = Event()

    def work() -> None:
        while not over.wait(0.02):
            if probe := claim_probe("a worker"):
                taken.append(probe)
                for stage in STAGES:
                    note_stage(probe, stage)
                finish_probe(probe, ok=ok, **{"result": {}, **ending})
        connection.close()

    thread = Thread(target=work)
    thread.start()
    try:
        yield taken
    finally:
        over.set()
        thread.join()


pytestmark = pytest.mark.django_db(transaction=True)


def test_an_outgoing_server_is_tested_and_its_stages_are_told(admin: Script) -> None:
    server = build.an_outgoing_server()
    with a_worker(ok=False, code="MAILCONREF", message="The server refused.", result={"warnings": ["x"]}) as taken:
        answer = admin.post(f"outgoing-servers/{server.pk}/test", to="Ada@desk.test")

    assert answer.status_code == 200
    assert answer.body == {
        "ok": False,
        "stages": STAGES,
        "code": "MAILCONREF",
        "message": "The server refused.",
        "result": {"warnings": ["x"]},
    }
    assert [(probe.kind, probe.outgoing_id, probe.to, probe.values) for probe in taken] == [
        ("test_outgoing", server.pk, "ada@desk.test", "")
    ]


def test_an_incoming_server_is_tested_without_a_body(admin: Script) -> None:
    server = build.an_incoming_server()
    with a_worker() as taken:
        answer = admin.send("POST", f"incoming-servers/{server.pk}/test", "")

    assert (answer.status_code, answer.body["ok"]) == (200, True)
    assert [(probe.kind, probe.incoming_id) for probe in taken] == [("test_incoming", server.pk)]


def test_values_are_tested_that_are_not_saved(admin: Script) -> None:
    with a_worker() as taken:
        answer = admin.post("outgoing-servers/test", **RELAY, to="ada@desk.test")

    assert answer.body["ok"]
    assert not OutgoingServer.objects.exists()
    assert "geheim" in taken[0].values
    assert "geheim" not in answer.content.decode()


def test_changed_values_are_tested_over_the_saved_ones_which_stay(admin: Script) -> None:
    server = build.an_outgoing_server()
    with a_worker() as taken:
        answer = admin.post(f"outgoing-servers/{server.pk}/test", port=2525)

    assert answer.body["ok"]
    assert '"port": 2525' in taken[0].values
    server.refresh_from_db()
    assert server.port == 1025


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("outgoing-servers/test", {**RELAY, "host": "https://x"}, "host"),
        ("outgoing-servers/test", {**RELAY, "auth": {"type": "basic"}}, "auth.password"),
        ("outgoing-servers/test", {**RELAY, "to": "nobody"}, "to"),
        ("outgoing-servers/test", {**RELAY, "port": 22}, "port"),
        ("incoming-servers/test", {**RELAY, "to": "ada@desk.test"}, "to"),
        ("discovery", {"email": "nonsense"}, "email"),
        ("discovery", {}, "email"),
    ],
)
def test_what_saving_would_refuse_is_not_tested(path: str, body: dict[str, Any], field: str, admin: Script) -> None:
    answer = admin.post(path, **body)

    assert (answer.status_code, answer.body["errors"][0]["field"]) == (400, field)
    assert not Probe.objects.exists()


def test_servers_are_suggested_for_an_address(admin: Script) -> None:
    suggestion = {"direction": "incoming", "protocol": "imap", "host": "imap.desk.test", "port": 993}
    with a_worker(result={"suggestions": [suggestion]}):
        answer = admin.post("discovery", email="ada@desk.test")

    assert (answer.status_code, answer.body["suggestions"]) == (200, [suggestion])


def test_who_tests_without_pause_is_asked_to_wait(admin: Script) -> None:
    with a_worker():
        answers = [admin.post("discovery", email="ada@desk.test") for _ in range(31)]

    assert [answer.status_code for answer in answers] == [200] * 30 + [429]
    assert answers[-1].body["code"] == "too_many"
    assert answers[-1].body["message"]


def test_a_test_that_does_not_end_in_time_says_so(admin: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("postroom.api.connections.PATIENCE", 0.0)
    answer = admin.post(f"outgoing-servers/{build.an_outgoing_server().pk}/test")

    assert (answer.body["ok"], answer.body["code"]) == (False, "MAILGENERIC")
