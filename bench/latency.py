"""From the mail server's 250 to the request in the API, over Postfix, Dovecot with IDLE, and all roles."""

from __future__ import annotations

import json
import smtplib
import statistics
import time
import urllib.request
from pathlib import Path

from tests.mails import a_mail
from tests.servers.desk import Desk
from tests.servers.dovecot import PASSWORD, Dovecot
from tests.servers.ports import free_port
from tests.servers.postfix import Postfix

MAILS = 60
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
"""


def run(base: Path, dovecot: Dovecot, sink: int) -> None:
    """Print the percentiles; a mail every 0.3 s, so that each finds the mailbox in IDLE."""
    postfix = Postfix(base / "p", dovecot, sink)
    postfix.start()
    desk = Desk(base / "home-latency", bind=f"127.0.0.1:{free_port()}")
    desk.start(workers=2, web=True)
    try:
        desk.configure(CONFIGURATION.format(imap=dovecot.tls_port, ca=dovecot.ca.ca_file, password=PASSWORD))
        token = desk.command("token", "create", "bench", "--role", "admin").strip()
        desk.wait("SELECT count(*) = 1 FROM channels_serverhealth WHERE state = 'connected'", 30)
        seconds = sorted(_one(desk, postfix, token, number) for number in range(MAILS))
    finally:
        desk.stop()
        postfix.stop()
    p95 = seconds[int(0.95 * len(seconds))]
    print(f"From SMTP acceptance to the API: p50 {statistics.median(seconds):.2f} s, p95 {p95:.2f} s of {MAILS} mails")


def _one(desk: Desk, postfix: Postfix, token: str, number: int) -> float:
    sender = f"person{number}@example.test"
    raw = a_mail(sender=sender, to="office@desk.test", subject=f"Matter {number}", text=f"It is {number}.")
    with smtplib.SMTP("127.0.0.1", postfix.port) as smtp:
        smtp.sendmail(sender, ["office@desk.test"], raw)
    start = time.perf_counter()
    request = urllib.request.Request(
        f"http://{desk.bind}/api/v1/requests?page_size=1", headers={"Authorization": f"Bearer {token}"}
    )
    while time.perf_counter() - start < 20:
        with urllib.request.urlopen(request, timeout=10) as answer:
            rows = json.load(answer)["results"]
        if rows and rows[0]["subject"] == f"Matter {number}":
            break
        time.sleep(0.005)
    seconds = time.perf_counter() - start
    time.sleep(0.3)  # the pace of the mails
    return seconds
