"""The administrative commands: results on standard output, exit codes as the contract says."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management.base import CommandError
from django.db import connection
from django.utils import timezone

from postroom.accounts.models import ApiToken
from postroom.accounts.services import digest_of
from postroom.audit.models import AuditEntry
from postroom.channels.health import beat, record_failure
from postroom.channels.models import IncomingServer, OutgoingServer, WorkerHeartbeat
from postroom.channels.secret import decrypt
from postroom.inbox.models import InboundEmail
from postroom.inbox.services.keep import NewInbound, keep
from postroom.outbox.models import OutboundEmail
from postroom.transports.base import TransportError
from tests import build
from tests.run.desk import postroom, write
from tests.servers.dovecot import PASSWORD, Dovecot
from tests.servers.ports import free_port
from tests.servers.sink import Sink

MAIL = b"From: Sam <sam@example.test>\r\nTo: support@desk.test\r\nSubject: Printer\r\n\r\nIt is on fire.\r\n"


def told(*arguments: str) -> Any:
    return json.loads(postroom(*arguments))


@pytest.mark.django_db
def test_a_new_token_stands_alone_on_standard_output() -> None:
    printed = postroom("token", "create", "monitoring", "--role", "admin")
    assert ApiToken.objects.get().digest == digest_of(printed.strip())
    assert printed.count("\n") == 1


@pytest.mark.django_db
def test_a_token_of_nobody_is_refused() -> None:
    with pytest.raises(CommandError, match="nobody with the address"):
        postroom("token", "create", "x", "--role", "technician", "--person", "nobody@desk.test")


@pytest.mark.django_db
def test_an_empty_instance_needs_no_attention() -> None:
    answer = told("status", "--json")
    assert {key: answer[key] for key in ("ok", "servers", "database", "workers")} == {
        "ok": True,
        "servers": [],
        "database": "ok",
        "workers": 0,
    }


@pytest.mark.django_db
def test_status_tells_backlog_queue_and_live_workers() -> None:
    mailbox, server = build.an_incoming_server(), build.an_outgoing_server()
    keep(mailbox, [NewInbound("1/1", MAIL, timezone.now(), len(MAIL))])
    OutboundEmail.objects.create(message_id="1@desk.test", kind="reply", server=server)
    OutboundEmail.objects.create(message_id="2@desk.test", kind="reply", server=server, state="sent")
    OutboundEmail.objects.create(message_id="3@desk.test", kind="reply")
    for name, role in (("worker-1", "worker"), ("intake-1", "intake"), ("worker-2", "worker")):
        beat(name, role)
    WorkerHeartbeat.objects.filter(name="worker-2").update(seen_at=timezone.now() - timedelta(minutes=1))
    answer = told("status", "--json")
    rows = {row["direction"]: row for row in answer["servers"]}
    assert (rows["incoming"]["backlog"], rows["outgoing"]["queue"], answer["unassigned"]) == (1, 1, 1)
    assert rows["incoming"]["health"]["state"] == "never_tested"
    assert (answer["workers"], answer["roles"]) == (1, {"intake": 1, "worker": 1})


@pytest.mark.django_db
def test_a_server_that_is_down_makes_status_fail(capsys: pytest.CaptureFixture[str]) -> None:
    server = build.an_outgoing_server()
    for _ in range(3):
        record_failure(server, TransportError("MAILCONREF", "refused", temporary=True))
    with pytest.raises(SystemExit) as ended:
        postroom("status")
    assert ended.value.code == 1


@pytest.mark.django_db
def test_a_working_outgoing_server_sends_itself_a_confirmation(sink: Sink) -> None:
    build.an_outgoing_server(port=sink.port)
    answer = told("servers", "test", "--json")
    assert answer["ok"], answer
    (mail,) = sink.taken
    assert (mail.mail_from, mail.rcpt_to) == ("support@desk.test", ["support@desk.test"])
    assert b"Auto-Submitted: auto-generated" in mail.raw
    row = OutboundEmail.objects.get()
    assert (row.kind, row.state, row.server_name) == ("test", "sent", "Support")
    assert row.message_id.encode() in mail.raw
    assert OutgoingServer.objects.get().health.state == "connected"
    assert AuditEntry.objects.get().action == "tested"
    assert [stage["name"] for stage in answer["servers"][0]["stages"]][-1] == "data"


@pytest.mark.django_db
def test_a_server_that_nobody_listens_for_fails_with_its_code(capsys: pytest.CaptureFixture[str]) -> None:
    build.an_outgoing_server(port=free_port())
    build.an_incoming_server(port=free_port(), password="secret")
    with pytest.raises(SystemExit) as ended:
        postroom("servers", "test", "support")
    assert ended.value.code == 1
    assert OutgoingServer.objects.get().health.code == "MAILCONREF"
    assert OutboundEmail.objects.get().state == "failed"


@pytest.mark.django_db
def test_a_refused_confirmation_says_nothing_against_the_connection(sink: Sink) -> None:
    sink.refuse["support@desk.test"] = "550 5.7.1 not here"
    build.an_outgoing_server(port=sink.port)
    with pytest.raises(SystemExit):
        postroom("servers", "test")
    assert not hasattr(OutgoingServer.objects.get(), "health")


@pytest.mark.django_db
def test_an_unknown_server_is_no_success() -> None:
    with pytest.raises(CommandError, match='no server named "x"'):
        postroom("servers", "test", "x")


@pytest.mark.django_db
def test_disabled_servers_are_tested_by_name_only() -> None:
    build.an_outgoing_server(enabled=False, port=free_port())
    assert told("servers", "test", "--json") == {"ok": True, "servers": []}


@pytest.mark.django_db
def test_secrets_are_encrypted_with_the_newest_key(settings: Any) -> None:
    settings.POSTROOM_SECRET_KEYS = ["old key"]
    server = build.an_outgoing_server(password="canary", client_secret="canary-2")
    settings.POSTROOM_SECRET_KEYS = ["new key", "old key"]
    assert postroom("secrets", "rotate") == "2 secrets encrypted with the newest key.\n"
    settings.POSTROOM_SECRET_KEYS = ["new key"]
    server.refresh_from_db()
    assert (server.password, server.client_secret) == ("canary", "canary-2")
    with connection.cursor() as cursor:
        cursor.execute("SELECT password FROM channels_outgoingserver")
        row = cursor.fetchone()
    assert row is not None
    assert decrypt(row[0]) == "canary"


@pytest.mark.django_db
def test_rotation_without_the_old_key_is_refused(settings: Any) -> None:
    settings.POSTROOM_SECRET_KEYS = ["old key"]
    build.an_outgoing_server(password="canary")
    settings.POSTROOM_SECRET_KEYS = ["new key"]
    with pytest.raises(CommandError, match="POSTROOM_SECRET_KEY"):
        postroom("secrets", "rotate")


def test_parse_prints_one_object_a_line_without_a_database(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(MAIL)
    (tmp_path / "b.eml").write_bytes(b"\xff\x00 no mail at all")
    lines = postroom("parse", "--jsonl", str(tmp_path / "a.eml"), str(tmp_path / "b.eml")).splitlines()
    first, second = (json.loads(line) for line in lines)
    assert (first["subject"], first["from"]) == ("Printer", {"name": "Sam", "email": "sam@example.test"})
    assert first["text"].strip() == "It is on fire."
    assert second["file"].endswith("b.eml")


def test_parse_reads_every_mail_of_an_mbox(tmp_path: Path) -> None:
    mbox = b"".join(b"From sam@example.test Mon Nov 23 10:00:00 2026\n" + MAIL + b"\n" for _ in range(2))
    (tmp_path / "box").write_bytes(mbox)
    assert len(postroom("parse", "--jsonl", str(tmp_path / "box")).splitlines()) == 2


def test_parse_goes_on_after_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    good = write(tmp_path, MAIL.decode(), "a.eml")
    with pytest.raises(CommandError, match="1 of 2 files"):
        postroom("parse", str(tmp_path / "nowhere"), good)


@pytest.mark.django_db
def test_what_arrived_stays_untouched_by_a_status_question() -> None:
    keep(build.an_incoming_server(), [NewInbound("1/1", MAIL, timezone.now(), len(MAIL))])
    postroom("status")
    assert InboundEmail.objects.get().state == "kept"


@pytest.mark.dovecot
@pytest.mark.django_db
def test_testing_a_mailbox_reads_nothing_and_marks_nothing(dovecot: Dovecot) -> None:
    dovecot.deliver("tried@desk.test", MAIL)
    build.an_incoming_server(email="tried@desk.test", host="localhost", port=dovecot.port, password=PASSWORD)
    answer = told("servers", "test", "Support", "--json")
    assert answer["ok"], answer
    assert IncomingServer.objects.get().health.state == "connected"
    assert not InboundEmail.objects.exists()
    assert not any("S" in flags for flags in dovecot.flags("tried@desk.test"))
