"""``postroom explain``: what would become of a mail and why, step by step; changes nothing."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from postroom.channels.models import IncomingServer
from postroom.inbox.explain import explain
from postroom.mail import parse
from postroom.transports.txt import TxtResolver


class Command(BaseCommand):
    help = "Say what would become of a mail and why, step by step. Changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--mailbox", metavar="EMAIL", help="the mailbox it arrives at; else by its recipients, else the primary"
        )
        parser.add_argument("--json", action="store_true", dest="as_json")
        parser.add_argument("file", metavar="FILE", help="a mail, or - for standard input")

    def handle(self, *, file: str, mailbox: str | None, as_json: bool, **options: Any) -> None:
        try:
            raw = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}.") from None
        told = explain(raw, _mailbox(raw, mailbox), TxtResolver)
        self.stdout.write(json.dumps(told, ensure_ascii=False, indent=2) if as_json else _as_text(told))


def _mailbox(raw: bytes, wanted: str | None) -> IncomingServer:
    servers = {
        address.lower(): server
        for server in IncomingServer.objects.order_by("primary")
        for address in (server.email, *server.aliases)
    }
    if wanted is not None:
        if wanted.lower() not in servers:
            raise CommandError(f"No incoming server has the address {wanted}.")
        return servers[wanted.lower()]
    mail = parse(raw)
    for address in (*mail.to, *mail.cc):
        if address.email.lower() in servers:
            return servers[address.email.lower()]
    if not servers:
        raise CommandError("There is no incoming server yet. Add one, or say what would read the mail with --mailbox.")
    return list(servers.values())[-1]


def _as_text(told: dict[str, Any]) -> str:
    lines = [f"{told['subject']}", f"from {told['from'] or '(nobody)'} at {told['mailbox']}", ""]
    lines += [f"  {step['step']:<28} {step['verdict']:<22} {step['detail']}" for step in told["trace"]]
    lines += ["", f"Outcome: {told['outcome']} ({told['reason']['code']}). {told['reason']['text']}"]
    if told["request"]:
        lines.append(f"Request: #{told['request']}, as {told['entry']}")
    if told["requester"]:
        lines.append(f"Requester: {told['requester']}" + (f", Cc: {', '.join(told['cc'])}" if told["cc"] else ""))
    if told["outcome"] == "created":
        lines.append("Acknowledged." if told["acknowledged"] else f"Not acknowledged: {told['no_acknowledgement']}")
    # A hostile subject must not steer the terminal.
    return "\n".join(
        "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in line) for line in lines
    )
