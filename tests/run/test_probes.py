"""Probes: what pages and REST ask of a worker, how they see it come along, and what a probe is not good for."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from postroom.audit.models import AuditEntry
from postroom.audit.services import SYSTEM, Actor
from postroom.channels.models import IncomingServer, OutgoingServer, Probe, ServerHealth
from postroom.channels.presence import Presence, own_name
from postroom.channels.queries import probe_of
from postroom.channels.services import (
    Invalid,
    cancel_probe,
    claim_probe,
    end_lost_probes,
    save_outgoing_server,
    start_probe,
)
from postroom.channels.services.probes import CHANNEL
from postroom.outbox.models import OutboundEmail
from postroom.run import probes
from tests.servers.scripted import SILENT, ScriptedSmtp

pytestmark = pytest.mark.django_db

ADA = Actor("Ada", None, "127.0.0.1")
SECRET = "canary-of-a-password"


def outgoing(server: ScriptedSmtp, **parts: object) -> dict[str, object]:
    """Values for an outgoing server, in the contract's shape."""
    return {
        "name": "Support",
        "email": "support@desk.test",
        "host": server.host,
        "port": server.port,
        "security": "none",
        "auth": {"type": "basic", "username": "support", "password": SECRET},
        **parts,
    }


def run(probe: Probe) -> Probe:
    """Let a worker run what waits; the probe as pages see it then."""
    claimed = claim_probe("worker")
    assert claimed is not None and claimed.pk == probe.pk
    probes.run(claimed)
    return now(probe)


def now(probe: Probe) -> Probe:
    found = probe_of(probe.pk)
    assert found is not None
    return found


def faults(error: pytest.ExceptionInfo[Invalid]) -> dict[str, str]:
    return dict(error.value.errors)


def test_a_saved_server_is_tested_stage_by_stage_and_its_health_and_the_audit_say_so(scripted: ScriptedSmtp) -> None:
    server = save_outgoing_server(SYSTEM, outgoing(scripted))

    done = run(start_probe(ADA, "test_outgoing", server=server, to="ada@desk.test"))

    assert (done.state, done.ok, done.code, done.message) == ("done", True, "", "")
    assert [stage["name"] for stage in done.stages] == [
        "dns", "tcp", "capabilities", "login", "sender", "recipient", "data",
    ]  # fmt: skip
    assert {"name", "ok", "ms", "detail"} == set(done.stages[0])
    assert "PIPELINING" in done.result["capabilities"]
    assert ServerHealth.objects.get(outgoing=server).state == "connected"
    entry = AuditEntry.objects.get(action="tested")
    assert (entry.actor_name, entry.ip, entry.object_name, entry.object_type) == (
        "Ada", "127.0.0.1", "Support", "outgoingserver",
    )  # fmt: skip


def test_the_confirmation_mail_goes_to_the_address_that_is_given_and_is_in_the_log(scripted: ScriptedSmtp) -> None:
    server = save_outgoing_server(SYSTEM, outgoing(scripted))

    run(start_probe(ADA, "test_outgoing", server=server, to="ada@desk.test"))

    (mail,) = scripted.mails
    assert b"To: ada@desk.test" in mail
    assert b"Auto-Submitted: auto-generated" in mail
    assert b"is set up properly" in mail
    row = OutboundEmail.objects.get()
    assert (row.kind, row.state, row.to, row.server) == ("test", "sent", ["ada@desk.test"], server)


def test_values_that_are_not_saved_are_tested_and_leave_no_server_no_health_and_no_secret(
    scripted: ScriptedSmtp,
) -> None:
    probe = start_probe(ADA, "test_outgoing", data=outgoing(scripted))
    with connection.cursor() as cursor:
        cursor.execute("SELECT values FROM channels_probe")
        assert SECRET not in cursor.fetchone()[0]

    done = run(probe)

    assert done.ok
    assert len(scripted.mails) == 1
    assert not OutgoingServer.objects.exists()
    assert not ServerHealth.objects.exists()
    assert Probe.objects.get().values == ""
    entry = AuditEntry.objects.get()
    assert entry.action == "tested"
    assert {change["field"] for change in entry.changes} == {"result", "unsaved values"}
    assert f"127.0.0.1:{scripted.port}" in entry.changes[1]["new"]
    assert SECRET not in str(entry.changes)
    assert OutboundEmail.objects.get().server is None


def test_values_over_a_saved_server_are_tested_with_the_password_that_is_stored(scripted: ScriptedSmtp) -> None:
    server = save_outgoing_server(SYSTEM, outgoing(scripted, port=2))
    data = outgoing(scripted, auth={"type": "basic", "username": "support"})

    done = run(start_probe(ADA, "test_outgoing", server=server, data=data))

    assert done.ok
    assert any(line.startswith("AUTH PLAIN") for line in scripted.said)
    server.refresh_from_db()
    assert server.port == 2
    assert not ServerHealth.objects.exists()


def test_a_stored_password_is_never_sent_to_another_host_by_a_test(scripted: ScriptedSmtp) -> None:
    """TST-06: no secret echo, to nobody"""
    server = save_outgoing_server(SYSTEM, outgoing(scripted, host="mail.desk.test"))
    for auth in ({}, {"auth": {"type": "basic", "username": "support"}}):
        data = {**outgoing(scripted), **auth}
        if not auth:
            del data["auth"]
        with pytest.raises(Invalid) as error:
            start_probe(ADA, "test_outgoing", server=server, data=data)
        assert faults(error) == {"auth.password": "The server is another one now: type the password again."}

    assert not Probe.objects.exists() and scripted.said == []


def test_values_that_could_not_be_saved_are_not_tested(scripted: ScriptedSmtp) -> None:
    with pytest.raises(Invalid) as error:
        start_probe(ADA, "test_outgoing", data=outgoing(scripted, email="nobody", port=0))

    assert set(faults(error)) == {"email", "port"}
    assert not Probe.objects.exists()


def test_a_failing_server_is_named_by_code_and_stage(scripted: ScriptedSmtp) -> None:
    scripted.answers["AUTH"] = "535 5.7.8 no"
    server = save_outgoing_server(SYSTEM, outgoing(scripted))

    done = run(start_probe(ADA, "test_outgoing", server=server))

    assert (done.ok, done.code) == (False, "MAILAUTHCRED")
    assert done.message == done.stages[-1]["detail"]
    assert (done.stages[-1]["name"], done.stages[-1]["ok"]) == ("login", False)
    assert ServerHealth.objects.get(outgoing=server).code == "MAILAUTHCRED"
    assert SECRET not in done.message


def test_a_thirty_first_test_within_a_minute_is_refused_and_another_administrator_may_go_on(
    scripted: ScriptedSmtp,
) -> None:
    for _ in range(30):
        start_probe(ADA, "discover", data={"email": "support@desk.test"})

    with pytest.raises(Invalid) as error:
        start_probe(ADA, "test_outgoing", data=outgoing(scripted))
    start_probe(Actor("Theo"), "discover", data={"email": "support@desk.test"})

    assert "within a minute" in faults(error)[""]


@pytest.mark.parametrize("host", ["169.254.169.254", "fe80::1", "::ffff:169.254.169.254", "224.0.0.1", "0.0.0.0"])
def test_addresses_at_which_no_mail_server_is_are_refused(scripted: ScriptedSmtp, host: str) -> None:
    with pytest.raises(Invalid) as error:
        start_probe(ADA, "test_outgoing", data=outgoing(scripted, host=host, port=587))

    assert "host" in faults(error)


def test_what_is_not_saved_reaches_mail_ports_only(scripted: ScriptedSmtp) -> None:
    with pytest.raises(Invalid) as error:
        start_probe(ADA, "test_outgoing", data=outgoing(scripted, host="10.0.0.1", port=22))

    assert "mail ports only" in faults(error)["port"]
    assert start_probe(ADA, "test_outgoing", data=outgoing(scripted, host="10.0.0.1", port=587)).state == "waiting"


def test_a_probe_that_no_worker_takes_is_over_after_ten_seconds_and_never_run(scripted: ScriptedSmtp) -> None:
    probe = start_probe(ADA, "test_outgoing", data=outgoing(scripted))
    assert now(probe).state == "waiting"
    Probe.objects.update(created_at=timezone.now() - timedelta(seconds=11))

    assert (now(probe).state, now(probe).ok, now(probe).code) == ("done", False, "MAILGENERIC")
    assert now(probe).message == "No worker is running. Start one (postroom up) and test again."
    assert claim_probe("worker") is None
    end_lost_probes()
    assert (Probe.objects.get().state, Probe.objects.get().values) == ("done", "")


def test_a_probe_ends_with_the_worker_that_ran_it(scripted: ScriptedSmtp) -> None:
    probe = start_probe(ADA, "test_outgoing", data=outgoing(scripted))
    claim_probe("a worker that is gone")

    end_lost_probes()

    assert (now(probe).state, now(probe).code) == ("done", "MAILGENERIC")
    assert "The worker ended" in now(probe).message


def test_a_cancelled_probe_stays_cancelled_whatever_the_worker_finds(scripted: ScriptedSmtp) -> None:
    probe = start_probe(ADA, "test_outgoing", data=outgoing(scripted))
    claimed = claim_probe("worker")
    assert claimed is not None
    cancel_probe(probe)

    probes.run(claimed)

    assert (now(probe).ok, now(probe).message, now(probe).stages) == (False, "Cancelled.", [])


def test_values_that_no_key_opens_any_more_end_the_probe_and_not_the_worker(scripted: ScriptedSmtp) -> None:
    probe = start_probe(ADA, "test_outgoing", data=outgoing(scripted))
    with connection.cursor() as cursor:
        cursor.execute("UPDATE channels_probe SET values = 'gAAAAA-of-another-key'")

    done = run(probe)

    assert (done.ok, done.code) == (False, "MAILGENERIC")
    assert "POSTROOM_SECRET_KEY" in done.message


def test_probes_are_forgotten_after_a_day(scripted: ScriptedSmtp) -> None:
    old = start_probe(ADA, "test_outgoing", data=outgoing(scripted))
    Probe.objects.update(created_at=timezone.now() - timedelta(hours=25))

    start_probe(ADA, "test_outgoing", data=outgoing(scripted))

    assert probe_of(old.pk) is None


def test_a_probe_that_does_not_exist_is_none() -> None:
    assert probe_of("0" * 32) is None
    assert probe_of("no such thing") is None


def test_mails_in_a_mailbox_are_counted_before_the_first_fetch() -> None:
    from postroom.transports import memory

    memory.server("count.test").append(b"From: sam@example.test\r\n\r\nHello\r\n")
    memory.server("count.test").append(b"From: sam@example.test\r\n\r\nHello\r\n")
    memory.server("count.test").seen.add(("INBOX", 1))
    server = IncomingServer.objects.create(
        name="Count", email="support@desk.test", host="count.test", port=143, protocol="memory"
    )

    done = run(start_probe(ADA, "count", server=server))

    assert done.result == {"messages": 2, "unseen": 1}
    assert memory.server("count.test").seen == {("INBOX", 1)}


def test_an_incoming_server_is_tested_without_reading_or_marking_anything() -> None:
    from postroom.transports import memory

    mails = memory.server("incoming.test")
    mails.append(b"From: sam@example.test\r\n\r\nHello\r\n")
    server = IncomingServer.objects.create(
        name="Incoming", email="support@desk.test", host="incoming.test", port=143, protocol="memory"
    )

    done = run(start_probe(ADA, "test_incoming", server=server))

    assert done.ok
    assert mails.seen == set()


@pytest.fixture
def worker() -> Iterator[Callable[[], None]]:
    """A worker that waits for probes as the role does; called, it stops."""
    name = own_name("worker")
    presence, state, ending = Presence(name, (CHANNEL,)), probes.Probes(name), threading.Event()

    def work() -> None:
        while not ending.is_set():
            if presence.wait(0.2):
                state.wake()

    thread = threading.Thread(target=work)
    thread.start()
    yield lambda: None
    ending.set()
    thread.join()
    state.stop()
    presence.close()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("worker")
def test_a_worker_wakes_up_for_a_probe_and_its_stages_are_seen_while_it_runs(scripted: ScriptedSmtp) -> None:
    scripted.answers["EHLO"] = SILENT
    probe = start_probe(ADA, "test_outgoing", data=outgoing(scripted))

    running = _wait(probe, lambda found: len(found.stages) == 2)
    assert (running.state, [stage["name"] for stage in running.stages]) == ("running", ["dns", "tcp"])
    scripted.hang_up()
    done = _wait(probe, lambda found: found.state == "done")

    assert (done.ok, done.code, done.stages[-1]["name"]) == (False, "MAILCONREF", "capabilities")


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("worker")
def test_several_probes_run_side_by_side(scripted: ScriptedSmtp) -> None:
    scripted.answers["EHLO"] = SILENT
    slow = [start_probe(ADA, "test_outgoing", data=outgoing(scripted, name=f"Slow {n}")) for n in range(3)]

    for probe in slow:
        _wait(probe, lambda found: len(found.stages) == 2)
    scripted.hang_up()

    for probe in slow:
        assert _wait(probe, lambda found: found.state == "done").code == "MAILCONREF"


def _wait(probe: Probe, until: Callable[[Probe], bool]) -> Probe:
    deadline = time.monotonic() + 8
    while not until(found := now(probe)):
        assert time.monotonic() < deadline, f"{found}: {found.stages} {found.message}"
        threading.Event().wait(0.01)
    return found
