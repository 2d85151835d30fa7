"""``postroom servers test``: Test Connection for all enabled servers, or those of one name. Exit 1 if any failed."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from postroom.audit.services import Actor
from postroom.channels.models import IncomingServer, OutgoingServer
from postroom.run.connection import as_contract, try_incoming, try_outgoing

ACTOR = Actor("postroom servers test")


class Command(BaseCommand):
    help = "Test Connection: outgoing servers send a confirmation mail to their own address. Exit 1 if any failed."
    requires_system_checks: tuple[str, ...] = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="test")
        test = verbs.add_parser("test", help="test all enabled servers, or the outgoing and incoming one of this name")
        test.add_argument("name", nargs="?", metavar="NAME")
        test.add_argument("--json", action="store_true", dest="as_json")

    def handle(self, *, name: str | None = None, as_json: bool = False, **options: Any) -> None:
        results = []
        for server in _servers(name):
            results.append(_test(server))
            if not as_json:
                self.stdout.write(_as_text(results[-1]))
        ok = all(result["ok"] for result in results)
        if as_json:
            self.stdout.write(json.dumps({"ok": ok, "servers": results}, ensure_ascii=False, indent=2))
        elif not results:
            self.stdout.write("There are no enabled mail servers.")
        if not ok:
            sys.exit(1)


def _servers(name: str | None) -> list[OutgoingServer | IncomingServer]:
    outgoing = OutgoingServer.objects.select_related("proxy")
    incoming = IncomingServer.objects.select_related("proxy")
    if name is None:
        return [*outgoing.filter(enabled=True), *incoming.filter(enabled=True)]
    found: list[OutgoingServer | IncomingServer] = [
        *outgoing.filter(name__iexact=name),
        *incoming.filter(name__iexact=name),
    ]
    if not found:
        raise CommandError(f'There is no server named "{name}".')
    return found


def _test(server: OutgoingServer | IncomingServer) -> dict[str, Any]:
    outgoing = isinstance(server, OutgoingServer)
    result = try_outgoing(server, ACTOR) if isinstance(server, OutgoingServer) else try_incoming(server, ACTOR)
    which = {"direction": "outgoing" if outgoing else "incoming", "name": server.name, "email": server.email}
    return {**which, **as_contract(result)}


def _as_text(result: dict[str, Any]) -> str:
    verdict = "works" if result["ok"] else f"{result['code']}: {result['message']}"
    stages = [
        f"  {'ok  ' if stage['ok'] else 'FAIL'} {stage['name']:<12} {stage['ms']:>6} ms  {stage['detail']}"
        for stage in result["stages"]
    ]
    return "\n".join([f"{result['direction']} {result['name']} <{result['email']}>: {verdict}", *stages])
