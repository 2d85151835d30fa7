"""``postroom ingest``: take mail from a pipe, .eml files, an mbox or a Maildir, by the path that fetched mail takes."""

from __future__ import annotations

import hashlib
import os
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import Error
from django.db.models.functions import Lower
from django.utils import timezone

from postroom.channels.models import IncomingServer, Settings
from postroom.inbox.services.keep import NewInbound, keep
from postroom.mail.mbox import is_mbox, messages

BATCH = 100


class Command(BaseCommand):
    help = "Take mail from a pipe (-), .eml files, an mbox or a Maildir. Exit 75 asks the mail server to try again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--mailbox", required=True, metavar="EMAIL", help="address or alias of an incoming server")
        parser.add_argument("files", nargs="*", metavar="FILE", help="files or folders; - or nothing: standard input")

    def handle(self, *, mailbox: str, files: list[str], **options: Any) -> None:
        try:
            server = _mailbox(mailbox)
            count = _keep_all(server, _raw_mails(files or ["-"]))
        except (CommandError, Error, OSError) as error:
            self.stderr.write(f"The mail could not be stored, try again: {error}")
            sys.exit(os.EX_TEMPFAIL)
        new, known = count
        words = f"{new} mail{'' if new == 1 else 's'} taken for {server.email}"
        self.stdout.write(f"{words}, {known} known already." if known else f"{words}.")


def _mailbox(address: str) -> IncomingServer:
    wanted = address.strip().lower()
    for server in IncomingServer.objects.annotate(lower=Lower("email")):
        if wanted in {server.email.lower(), *(alias.lower() for alias in server.aliases)}:
            return server
    raise CommandError(f"No incoming server has the address {address}.")


def _raw_mails(files: list[str]) -> Iterator[bytes]:
    """Each mail of the sources. A folder is a Maildir, or holds one mail a file."""
    for name in files:
        path = Path(name)
        if name == "-":
            content = sys.stdin.buffer.read()
        elif path.is_dir():
            boxes = [path / box for box in ("new", "cur") if (path / box).is_dir()] or [path]
            for file in sorted(file for box in boxes for file in box.iterdir() if file.is_file()):
                yield file.read_bytes()
            continue
        else:
            content = path.read_bytes()
        yield from messages(content) if is_mbox(content) else [content]


def _keep_all(server: IncomingServer, mails: Iterator[bytes]) -> tuple[int, int]:
    """Keep the mails; how many were new, and how many were here already."""
    largest = Settings.load().message_size
    new = count = 0
    while batch := [_new(raw, largest) for raw in islice(mails, BATCH)]:
        new += keep(server, batch)
        count += len(batch)
    return new, count - new


def _new(raw: bytes, largest: int) -> NewInbound:
    """The key is the mail's hash, so that a mail server which tries again brings nothing twice."""
    too_large = len(raw) > largest
    return NewInbound(
        key=f"ingest/{hashlib.sha256(raw).hexdigest()}",
        raw=raw,
        received_at=timezone.now(),
        size=len(raw),
        too_large=too_large,
    )
