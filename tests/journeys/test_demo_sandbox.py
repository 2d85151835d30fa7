"""The sandbox: what is sent over its SMTP lies in the recipient's IMAP mailbox, byte for byte and at once."""

from __future__ import annotations

import imaplib
import smtplib
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from postroom.run.bind import free_port, is_listening
from tests.journeys.instance import ROOT, wait_for

RAW = b"Subject: =?utf-8?q?caf=C3=A9?=\r\nFrom: sam@example.test\r\n\r\n8 bit \xff\xfe\r\n.leading dot\r\n"
Sandbox = tuple[int, int]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """Ports of SMTP and IMAP."""
    smtp, imap = free_port(), free_port()
    command = [sys.executable, "-m", "postroom.run.sandbox", "--smtp", str(smtp), "--imap", str(imap)]
    with subprocess.Popen(command, cwd=ROOT) as process:
        wait_for(lambda: is_listening("127.0.0.1", smtp) and is_listening("127.0.0.1", imap))
        yield smtp, imap
        process.terminate()
        assert process.wait(timeout=5) == 0


def deliver(sandbox: Sandbox, *recipients: str, raw: bytes = RAW) -> None:
    with smtplib.SMTP("127.0.0.1", sandbox[0]) as server:
        server.sendmail("sam@example.test", recipients, raw)


def signed_in(sandbox: Sandbox, name: str) -> imaplib.IMAP4:
    client = imaplib.IMAP4("127.0.0.1", sandbox[1])
    client.login(name, "whatever")
    client.select()
    return client


def test_a_mail_lies_in_the_mailbox_of_each_recipient_as_it_was_sent(sandbox: Sandbox) -> None:
    deliver(sandbox, "desk@one.test", "Tess@one.test")
    for name in ("desk@one.test", "tess@one.test"):
        with signed_in(sandbox, name) as client:
            _, found = client.uid("FETCH", "1:*", "(BODY.PEEK[])")
            assert found[0][1] == b"Return-Path: <sam@example.test>\r\n" + RAW


def test_nobody_reads_what_is_for_somebody_else(sandbox: Sandbox) -> None:
    deliver(sandbox, "desk@two.test")
    with signed_in(sandbox, "sam@two.test") as client:
        assert client.uid("SEARCH", "ALL") == ("OK", [b""])


def test_idle_tells_of_a_new_mail(sandbox: Sandbox) -> None:
    with signed_in(sandbox, "desk@three.test") as client:
        client.sock.settimeout(5)
        client.send(b"i IDLE\r\n")
        assert client.readline().startswith(b"+")
        deliver(sandbox, "desk@three.test")
        assert client.readline() == b"* 1 EXISTS\r\n"
        client.send(b"DONE\r\n")
        while not client.readline().startswith(b"i OK"):
            pass


def test_mails_keep_their_uid_when_others_are_moved_and_seen_stays(sandbox: Sandbox) -> None:
    for _ in range(3):
        deliver(sandbox, "desk@four.test")
    with signed_in(sandbox, "desk@four.test") as client:
        first, second, third = client.uid("SEARCH", "ALL")[1][0].split()
        client.create("Done")
        assert client.uid("MOVE", second.decode(), "Done")[0] == "OK"
        client.uid("STORE", first.decode(), "+FLAGS", "(\\Seen)")
        validity = client.response("UIDVALIDITY")
    with signed_in(sandbox, "desk@four.test") as client:
        assert client.uid("SEARCH", "ALL")[1] == [first + b" " + third]
        assert client.uid("SEARCH", "UNSEEN")[1] == [third]
        assert client.response("UIDVALIDITY") == validity


def test_a_sign_in_to_smtp_is_welcome_but_not_needed(sandbox: Sandbox) -> None:
    with smtplib.SMTP("127.0.0.1", sandbox[0]) as server:
        assert server.login("anybody", "anything")[0] == 235


def test_the_sandbox_listens_on_loopback_alone(sandbox: Sandbox) -> None:
    for port in sandbox:
        with socket.socket() as other:
            other.bind(("127.0.0.2", port))  # would fail if it listened on every address
