"""``postroom parse``: what a mail says, as JSON. Needs no database and never dies on a message."""

from __future__ import annotations

import json
import logging
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from postroom.mail import ParsedMail, parse
from postroom.mail.contract import as_contract
from postroom.mail.mbox import is_mbox, messages

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Print one JSON object for each mail. Needs no database."
    requires_system_checks: tuple[str, ...] = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--jsonl", action="store_true", help="one object a line")
        parser.add_argument("files", nargs="+", metavar="FILE", help="a mail, an mbox, or - for standard input")

    def handle(self, *, files: list[str], jsonl: bool, **options: Any) -> None:
        unreadable = 0
        for file in files:
            try:
                content = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
            except OSError as error:
                self.stderr.write(f"{file} cannot be read: {error.strerror}.")
                unreadable += 1
                continue
            for raw in _mails(content):
                told = as_contract(_parsed(raw, file), file)
                # Escaped, so that any terminal and any pipe can take it.
                self.stdout.write(json.dumps(told) if jsonl else json.dumps(told, indent=2))
        if unreadable:
            raise CommandError(f"{unreadable} of {len(files)} files could not be read.")


def _mails(content: bytes) -> Iterator[bytes]:
    yield from messages(content) if is_mbox(content) else [content]


def _parsed(raw: bytes, file: str) -> ParsedMail:
    """The mail; where the parser itself fails, an empty one that says so: a thousand mails are not lost for one."""
    try:
        return parse(raw)
    except Exception as error:
        logger.exception("%s could not be parsed", file)
        return ParsedMail(defects=[f"not_parsed: {type(error).__name__}"])
