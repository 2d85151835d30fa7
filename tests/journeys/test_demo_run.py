"""``postroom demo`` as a newcomer meets it: from an empty folder to a request on the screen, and gone with Ctrl-C."""

from __future__ import annotations

import imaplib
import smtplib
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.instance import ROOT, Instance, environment, processes_of, wait_for

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    instance = Instance(tmp_path_factory.mktemp("demo") / "home", "demo")
    try:
        instance.value("API token")
        yield instance
    finally:
        instance.close()


def port(demo: Instance, name: str) -> int:
    host, _, number = demo.value(name).partition(":")
    assert host == "127.0.0.1"
    return int(number)


def subjects(demo: Instance) -> list[str]:
    found = demo.get("/api/v1/requests", demo.value("API token"))
    return [request["subject"] for request in found["results"]]


def test_the_demo_says_where_it_is_and_how_to_sign_in(demo: Instance) -> None:
    assert demo.value("Web") == demo.url
    assert [line.split(" / ")[0] for line in demo.values("Sign in")] == [
        "ada@desk.test",
        "tess@desk.test",
        "sam@example.test",
    ]
    assert [line.rpartition(" ")[2] for line in demo.values("Sign in")] == ["(admin)", "(technician)", "(requester)"]
    assert demo.value("Mailbox") == "support@desk.test"
    assert not any("Traceback" in line or "WARNING" in line for line in demo.lines)


def test_the_desk_of_the_demo_looks_lived_in(demo: Instance) -> None:
    assert len(subjects(demo)) >= 12
    conversation = demo.get("/api/v1/requests/1/conversation", demo.value("API token"))
    assert [entry["kind"] for entry in conversation][:3] == ["description", "event", "reply"]
    assert {entry["direction"] for entry in conversation} == {"in", "out", "internal"}
    held = demo.get("/api/v1/mail/incoming?outcome=filtered", demo.value("API token"))
    assert held["count"] == 1


def test_a_mail_to_the_sandbox_becomes_a_request_and_the_sender_is_answered(demo: Instance) -> None:
    with smtplib.SMTP("127.0.0.1", port(demo, "SMTP")) as server:
        server.sendmail(
            "uma@elsewhere.test",
            [demo.value("Mailbox")],
            b"From: Uma <uma@elsewhere.test>\r\nSubject: My chair squeaks\r\n\r\nBadly.\r\n",
        )
    wait_for(lambda: "My chair squeaks" in subjects(demo), seconds=5)
    with imaplib.IMAP4("127.0.0.1", port(demo, "IMAP")) as client:
        client.login("uma@elsewhere.test", "any")

        def answers() -> list[bytes]:
            client.select()
            found: list[bytes] = client.uid("SEARCH", "ALL")[1][0].split()
            return found

        assert len(wait_for(answers, seconds=10)) == 1


def test_the_printed_command_sends_a_mail(demo: Instance) -> None:
    before = len(subjects(demo))
    line = demo.value("Send a mail")
    assert line.endswith("demo-mail")
    subprocess.run(line, shell=True, cwd=ROOT, env=demo.environment, check=True, timeout=60, capture_output=True)
    wait_for(lambda: len(subjects(demo)) == before + 1, seconds=5)


def test_ctrl_c_ends_all_of_the_demo_and_a_second_start_goes_on_with_its_data(tmp_path: Path) -> None:
    first = Instance(tmp_path / "home", "demo")
    try:
        token, passwords = first.value("API token"), first.values("Sign in")
        count = len(subjects(first))
        since = time.monotonic()
        assert first.end() == 0
        assert time.monotonic() - since < 10
        assert processes_of(first.home) == {}
        assert not any("Traceback" in line or "WARNING" in line for line in first.lines)
    finally:
        first.close()
    second = Instance(tmp_path / "home", "demo")
    try:
        assert second.value("API token") == token
        assert second.values("Sign in") == passwords
        assert len(subjects(second)) == count
    finally:
        second.close()


def test_the_demo_does_not_mix_its_data_into_a_desk(tmp_path: Path) -> None:
    home = environment(tmp_path / "home")
    run = [sys.executable, "-m", "postroom"]
    subprocess.run(
        [*run, "token", "create", "x", "--role", "admin"], cwd=ROOT, env=home, check=True, capture_output=True
    )
    done = subprocess.run([*run, "demo"], cwd=ROOT, env=home, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "holds a desk already" in done.stderr
