"""``postroom status``: health, backlog and queue of each server. Exit 1 where one needs attention."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from postroom.inbox.status import status


class Command(BaseCommand):
    help = "Say how each server is doing. Exit 1 where one needs attention."
    requires_system_checks: tuple[str, ...] = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", dest="as_json")

    def handle(self, *, as_json: bool, **options: Any) -> None:
        told = status()
        self.stdout.write(json.dumps(told, ensure_ascii=False, indent=2) if as_json else _as_text(told))
        if not told["ok"]:
            sys.exit(1)


def _as_text(told: dict[str, Any]) -> str:
    lines = [_line(server) for server in told["servers"]] or ["There are no mail servers yet."]
    if told["unassigned"]:
        lines.append(f"{told['unassigned']} mails wait for an outgoing server.")
    lines.append(f"Database: {told['database']}. Workers: {told['workers']}.")
    return "\n".join(lines)


def _line(server: dict[str, Any]) -> str:
    health = server["health"]
    count = f"backlog {server['backlog']}" if server["direction"] == "incoming" else f"queue {server['queue']}"
    line = f"{server['direction']:<9} {server['name']} <{server['email']}>: {health['state']}, {count}"
    if health["last_success"]:
        line += f", last success {health['last_success']}"
    return f"{line}\n          {health['code']} {health['message']}" if health["code"] else line
