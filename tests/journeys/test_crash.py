"""``kill -9`` of everything, again and again, while mail arrives: nothing is lost and nothing is doubled (NFR-03)."""

from __future__ import annotations

import smtplib
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.mails import a_mail
from tests.servers.desk import Desk
from tests.servers.dovecot import PASSWORD, Dovecot
from tests.servers.postfix import Postfix

pytestmark = [pytest.mark.slow, pytest.mark.dovecot, pytest.mark.postfix, pytest.mark.timeout(400)]

MAILS = 300
KILLS = 6
CONFIGURATION = """
incoming_servers:
  - name: Office
    email: office@desk.test
    protocol: imap
    host: localhost
    port: {imap}
    security: ssl
    ca_file: {ca}
    auth: {{type: basic, username: office@desk.test, password: {password}}}
    start: all
outgoing_servers:
  - name: Office
    email: office@desk.test
    protocol: smtp
    host: localhost
    port: {smtp}
    security: none
    auth: {{type: none}}
"""


@pytest.fixture
def desk(servers_folder: Path, dovecot: Dovecot, postfix: Postfix) -> Iterator[Desk]:
    desk = Desk(servers_folder / "crash")
    desk.home.mkdir(parents=True)
    desk.configure(
        CONFIGURATION.format(imap=dovecot.tls_port, ca=dovecot.ca.ca_file, password=PASSWORD, smtp=postfix.port)
    )
    yield desk
    desk.stop()


def arrive(postfix: Postfix) -> None:
    """300 mails of as many people, spread over the time in which everything is killed again and again."""
    with smtplib.SMTP("127.0.0.1", postfix.port) as smtp:
        for number in range(MAILS):
            raw = a_mail(
                sender=f"person{number}@example.test",
                to="office@desk.test",
                subject=f"Matter {number}",
                text=f"It is {number}.",
            )
            smtp.sendmail(f"person{number}@example.test", ["office@desk.test"], raw)
            time.sleep(0.06)  # the pace of arrival, not a wait for anything


def test_everything_may_be_killed_at_any_moment_and_each_mail_makes_exactly_one_request(
    desk: Desk, postfix: Postfix
) -> None:
    arriving = threading.Thread(target=arrive, args=(postfix,))
    desk.start()
    arriving.start()
    for number in range(KILLS):
        time.sleep(2.0 + 0.31 * number)  # a moment that falls elsewhere in the work each time
        desk.kill()
        desk.start()
    arriving.join()

    desk.wait(f"SELECT count(*) >= {MAILS} FROM inbox_inboundemail WHERE state = 'done'", 90)

    assert desk.outcomes() == {"created": MAILS}
    assert desk.value("SELECT count(*) FROM tickets_ticket") == MAILS
    assert desk.value("SELECT count(DISTINCT subject) FROM tickets_ticket") == MAILS
    assert desk.value("SELECT count(*) FROM outbox_outboundemail WHERE kind = 'acknowledgement'") == MAILS
