"""``postroom up``: all roles under one supervisor."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from postroom.run.bind import bind, is_free
from postroom.run.process import stop_on_signals
from postroom.run.role import database, leave_database
from postroom.run.supervise import WORKERS, Supervisor, roles


class Command(BaseCommand):
    help = "Run web, intake and workers under one supervisor until SIGTERM or Ctrl-C."
    requires_system_checks = []  # they load all pages and are for development

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--workers", type=int, default=WORKERS, metavar="N", help="default: one per core")

    def handle(self, *, workers: int, **options: Any) -> None:
        stop = stop_on_signals()
        at = bind()
        if not is_free(*at):
            raise CommandError(f"{at[0]}:{at[1]} is taken. Set POSTROOM_BIND to another host:port.")
        leave_database()
        supervisor = Supervisor(roles(workers), self._started)
        with database():
            supervisor.run(stop, ready=[at], announce=lambda: self._say(f"Postroom is at {settings.POSTROOM_URL}"))

    def _started(self, name: str, pid: int) -> None:
        self._say(f"{name} started (process {pid})")

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
