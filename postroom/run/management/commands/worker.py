"""``postroom worker``: turn kept mail into requests and send what is queued."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from postroom.run.process import stop_on_signals
from postroom.run.role import add_parent_option, database, follow_parent
from postroom.run.work import work


class Command(BaseCommand):
    help = "Run the worker role until SIGTERM or Ctrl-C. Any number may run, on any number of hosts."
    requires_system_checks = []  # they load all pages and are for development

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_parent_option(parser)

    def handle(self, *, parent: int | None, **options: Any) -> None:
        stop = stop_on_signals()
        follow_parent(parent)
        with database():
            work(stop)
