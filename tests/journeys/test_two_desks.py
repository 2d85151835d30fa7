"""Two desks, each an instance of its own, that answer each other automatically: they stop at two (LOP-01, LOP-02)."""

from __future__ import annotations

from collections.abc import Iterator
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from tests.mails import a_mail
from tests.servers.desk import Desk
from tests.servers.sink import Sink

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
CONFIGURATION = """
incoming_servers:
  - name: Desk
    email: {email}
    protocol: imap
    host: localhost
    security: none
    auth: {{type: basic, username: desk, password: secret}}
    enabled: false
outgoing_servers:
  - {{name: Desk, email: {email}, host: 127.0.0.1, port: {port}, security: none, auth: {{type: none}}}}
"""
MARKS = ("Auto-Submitted", "X-Auto-Response-Suppress", "X-Postroom-Loop", "Precedence")


class Side:
    """One desk, and the server that takes what it sends."""

    def __init__(self, folder: Path, email: str) -> None:
        self.email, self.sink, self.desk = email, Sink(), Desk(folder)
        self.desk.home.mkdir(parents=True)
        self.sink.start()
        self.desk.configure(CONFIGURATION.format(email=email, port=self.sink.port))
        self.desk.start(workers=1, intake=False)
        self._arrived = 0

    def arrive(self, raw: bytes) -> None:
        """Take a mail, and wait until it is known what became of it and every answer has left."""
        self._arrived += 1
        file = self.desk.home / f"{self._arrived}.eml"
        file.write_bytes(raw)
        self.desk.command("ingest", "--mailbox", self.email, str(file))
        done = "SELECT count(*) FROM inbox_inboundemail WHERE state = 'done'"
        waiting = "SELECT count(*) FROM outbox_outboundemail WHERE state <> 'sent'"
        self.desk.wait(f"SELECT ({done}) = {self._arrived} AND ({waiting}) = 0", 30)

    def stop(self) -> None:
        self.desk.stop()
        self.sink.stop()


@pytest.fixture
def sides(servers_folder: Path) -> Iterator[tuple[Side, Side]]:
    one, other = Side(servers_folder / "one", "support@one.test"), Side(servers_folder / "two", "help@two.test")
    yield one, other
    one.stop()
    other.stop()


def stripped(raw: bytes) -> bytes:
    """The mail behind a relay that drops everything by which it is known as automatic."""
    message = message_from_bytes(raw, policy=policy.SMTP)
    for name in MARKS:
        del message[name]
    return message.as_bytes()


@pytest.mark.parametrize("marked", [True, False], ids=["with their marks", "stripped of their marks"])
def test_two_desks_that_answer_each_other_exchange_two_mails_at_most(sides: tuple[Side, Side], marked: bool) -> None:
    one, other = sides
    raw = a_mail(sender=f"One <{one.email}>", to=other.email, subject="Can you help?", text="Our printer burns.")
    exchanged, receiver = 0, other
    for _ in range(6):
        before = len(receiver.sink.taken)
        receiver.arrive(raw)
        fresh = receiver.sink.taken[before:]
        if not fresh:
            break
        exchanged += len(fresh)
        raw = fresh[0].raw if marked else stripped(fresh[0].raw)
        receiver = one if receiver is other else other

    assert 1 <= exchanged <= 2
