"""The bare chain: what this stack costs without any rule. The ceiling that intake is held against.

Two processes: fetch by 100, parse, sanitise, text, blob files, bulk insert of request, entry, attachments and outbox
row, one commit a batch, \\Seen.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from tests.servers.desk import Desk


def run(home: Path, *, imap: int, user: str, password: str) -> float:
    """Mails a second of the bare chain over everything that waits in the mailbox."""
    desk = Desk(home)
    desk.start(workers=0, intake=False)
    desk.command("migrate", "--skip-checks")
    environment = {**os.environ, "POSTROOM_HOME": str(home), "DJANGO_SETTINGS_MODULE": "postroom.config.settings"}
    words = [sys.executable, "-m", "bench.bare", str(imap), user, password]
    processes = [
        subprocess.Popen([*words, str(half)], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for half in (0, 1)
    ]
    for process in processes:
        assert process.stdout is not None
        process.stdout.readline()  # ready: imported, connected
    start = time.perf_counter()
    for process in processes:
        process.communicate(b"go\n")
        assert process.returncode == 0
    seconds = time.perf_counter() - start
    desk.stop()
    return 1000 / seconds


def _half(port: int, user: str, password: str, half: int) -> None:
    import django

    django.setup()
    from django.db import connection, transaction
    from django.utils import timezone

    from postroom.accounts.models import User
    from postroom.channels.storage import blobs
    from postroom.mail import parse
    from postroom.outbox.models import OutboundEmail
    from postroom.tickets.models import Attachment, Entry, Ticket
    from postroom.transports.base import Auth, Endpoint
    from postroom.transports.imap import ImapReceiver

    source = ImapReceiver(Endpoint("127.0.0.1", port, "none", Auth("basic", user, password)))
    source.open()
    requester = User.objects.get_or_create(email="bare@client.example", defaults={"name": "Bare"})[0]
    connection.ensure_connection()
    print("ready", flush=True)
    sys.stdin.readline()
    uids = source._uids_above(0)
    mine = frozenset(uids[: len(uids) // 2] if half else uids[len(uids) // 2 :])
    for batch in source.fetch_new(0, mine, 35_000_000):
        mails = [parse(mail.raw) for mail in batch]
        blobs().put_many([mail.raw for mail in batch])
        hashes = [blobs().put_many([file.content for file in mail.attachments]) for mail in mails]
        with transaction.atomic():
            tickets = [Ticket(subject=mail.subject, requester=requester, source="email") for mail in mails]
            Ticket.objects.bulk_create(tickets)
            entries = [
                Entry(
                    ticket=ticket,
                    kind="description",
                    direction="in",
                    text=mail.text,
                    html=mail.html or "",
                    message_id=mail.message_id or "",
                    created_at=timezone.now(),
                )
                for ticket, mail in zip(tickets, mails, strict=True)
            ]
            Entry.objects.bulk_create(entries)
            Attachment.objects.bulk_create(
                [
                    Attachment(
                        entry=entry, filename=file.filename, content_type=file.content_type, size=file.size, sha256=sha
                    )
                    for entry, mail, shas in zip(entries, mails, hashes, strict=True)
                    for file, sha in zip(mail.attachments, shas, strict=True)
                ]
            )
            OutboundEmail.objects.bulk_create(
                [
                    OutboundEmail(
                        message_id=f"{ticket.number}@bare",
                        kind="acknowledgement",
                        ticket=ticket,
                        subject=ticket.subject,
                        to=["bare@client.example"],
                        text="We have it.",
                    )
                    for ticket in tickets
                ]
            )
        source.acknowledge([mail.key for mail in batch], "mark_seen")
    source.close()


if __name__ == "__main__":
    _half(int(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4]))
