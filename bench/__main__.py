"""``make bench``: a thousand mails that wait in one mailbox become requests; beside the bare chain and django-helpdesk.

Then the desk with a million requests (``bench.desk``). ``python -m bench intake`` and ``python -m bench desk`` do one.
All in one run on the same mails over the same Dovecot, because machines are noisy: only the ratios count.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from bench import bare, desk, latency, peer
from bench.mails import mails
from tests.servers.ca import Ca
from tests.servers.desk import Desk
from tests.servers.dovecot import PASSWORD, Dovecot
from tests.servers.sink import NullSink

CONFIGURATION = """
people: [{{email: tess@desk.test, name: Tess Technician, role: technician}}]
technician_groups: [{{name: Desk, members: [{member}]}}]
outgoing_servers:
  - name: Desk
    email: desk@desk.test
    protocol: smtp
    host: 127.0.0.1
    port: {sink}
    security: none
    auth: {{type: none}}
    primary: true
    enabled: {send}
incoming_servers:
  - name: Desk
    email: desk@desk.test
    protocol: imap
    host: localhost
    port: {imap}
    security: none
    auth: {{type: basic, username: {user}, password: {password}}}
    start: all
    enabled: {read}
    primary: {read}
    technician_group: Desk
limits:
  requests_per_sender_per_hour: 100000
  acknowledgements_per_sender_per_hour: {acknowledge}
  acknowledge_within_hours: {hours}
"""
COUNT = 1000
RUNS = 3
DONE = f"SELECT count(*) = {COUNT} FROM inbox_inboundemail WHERE state = 'done'"
# What is merged into one notice leaves a minute later.
SENT = "SELECT count(*) = 0 FROM outbox_outboundemail WHERE state <> 'sent' AND due_at <= now()"
TOLD = {
    "off": "off",
    "requester": "on, the requester is told",
    "desk": "on, the requester and the desk's people are told",
}


def fill(dovecot: Dovecot, user: str) -> None:
    """Put the mails into a mailbox of its own."""
    for raw in mails(COUNT, "desk@desk.test"):
        dovecot.deliver(user, raw)


LOOKED_AT = (
    "SELECT EXISTS (SELECT FROM channels_serverhealth WHERE incoming_id IS NOT NULL AND last_success IS NOT NULL)"
)


def postroom(dovecot: Dovecot, base: Path, user: str, sink: int, *, told: str, until: str = "") -> float:
    """Seconds from switching the mailbox on until every mail has its outcome, and all that is told has left.

    ``until`` is another question to the database that is waited for.
    """
    desk = Desk(base / f"home-{user}")
    desk.start()
    values = {
        "imap": dovecot.port,
        "user": user,
        "password": PASSWORD,
        "sink": sink,
        "send": "true",
        "acknowledge": 0 if told == "off" else 1000,
        "hours": 1000 if told == "off" else 24,
        "member": "tess@desk.test" if told == "desk" else "",
    }
    try:
        desk.configure(CONFIGURATION.format(read="false", **values))
        desk.wait("SELECT count(*) >= 3 FROM channels_workerheartbeat", 60)
        desk.value("UPDATE channels_incomingserver SET enabled = true RETURNING 1")
        desk.value("SELECT pg_notify('postroom_config', '')")
        seconds = desk.wait(until or (DONE if told == "off" else f"SELECT ({DONE}) AND ({SENT})"), 120)
        sent = desk.value("SELECT count(*) FROM outbox_outboundemail WHERE state = 'sent'")
        print(f"  outcomes: {dict(desk.outcomes())}; {sent} mails sent")
        return seconds
    finally:
        desk.stop()


def once(dovecot: Dovecot, base: Path, user: str, sink: int, *, told: str, empty: float) -> float:
    """Mails a second of one run, without the ``empty`` seconds that it takes to look at a mailbox without mail.

    A run takes a second or two, so its middle of three is told.
    """
    fill(dovecot, user)
    return COUNT / (postroom(dovecot, base, user, sink, told=told) - empty)


def helpdesk(dovecot: Dovecot, base: Path, user: str, sink: int, *, told: str) -> float:
    """Seconds of one ``get_email``, without what it takes to start (measured on an empty mailbox)."""

    values: dict[str, Any] = {"imap": dovecot.port, "password": PASSWORD, "sink": sink, "told": told}
    with peer.peer(base / f"empty-{user}", user="nobody@desk.test", **values) as idle:
        empty = idle.run()
    with peer.peer(base / f"peer-{user}", user=user, **values) as it:
        seconds = it.run() - empty
        print(f"  tickets and follow-ups: {it.tickets()}")
        return seconds


def hops(dovecot: Dovecot, base: Path, user: str) -> None:
    desk = Desk(base / "home-hops")
    desk.start(workers=0, intake=False)
    values = {"imap": dovecot.port, "user": user, "password": PASSWORD, "sink": 1, "send": "true", "read": "true"}
    desk.configure(CONFIGURATION.format(acknowledge=1000, hours=24, member="", **values))
    environment = {**os.environ, "POSTROOM_HOME": str(desk.home), "DJANGO_SETTINGS_MODULE": "postroom.config.settings"}
    subprocess.run([sys.executable, "-m", "bench.hops", str(dovecot.port), user, PASSWORD], env=environment, check=True)
    desk.stop()


def main(words: list[str]) -> None:
    """Everything, or what the first word names: ``intake`` or ``desk`` with its options."""
    if words[:1] != ["desk"]:
        intake()
    if words[:1] != ["intake"]:
        desk.main(words[1:])


def intake() -> None:
    peer.install()
    with tempfile.TemporaryDirectory(prefix="pr-") as folder:
        base = Path(folder)
        base.chmod(0o755)
        dovecot = Dovecot(base / "d", Ca(base / "ca"))
        dovecot.start()
        sink = NullSink()
        sink.start()
        try:
            empty = postroom(dovecot, base, "nobody@desk.test", sink.port, told="off", until=LOOKED_AT)
            print(f"An empty mailbox was looked at after {empty:.2f} s, as is left out of both products' times.")
            for told, words in TOLD.items():
                print(f"Notifications {words}:")
                ours = median(
                    once(dovecot, base, f"ours-{told}-{run}", sink.port, told=told, empty=empty) for run in range(RUNS)
                )
                fill(dovecot, f"peer-{told}")
                theirs = COUNT / helpdesk(dovecot, base, f"peer-{told}", sink.port, told=told)
                print(f"  Postroom {ours:.0f} mails/s, django-helpdesk {theirs:.1f} mails/s, ratio {ours / theirs:.1f}")
            latency.run(base, dovecot, sink.port)
            fill(dovecot, "bare")
            rate = bare.run(base / "home-bare", imap=dovecot.port, user="bare", password=PASSWORD)
            print(f"Bare chain, two processes: {rate:.0f} mails/s")
            fill(dovecot, "hops")
            print("Share of each hop, one process, notifications on:")
            hops(dovecot, base, "hops")
        finally:
            sink.stop()
            dovecot.stop()


if __name__ == "__main__":
    main(sys.argv[1:])
