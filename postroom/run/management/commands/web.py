"""``postroom web``: the pages, the REST interface and the health addresses, on ``POSTROOM_BIND``."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from postroom.run.bind import bind, is_free
from postroom.run.role import add_parent_option, follow_parent
from postroom.run.serve import serve


class Command(BaseCommand):
    help = "Run the web role until SIGTERM or Ctrl-C."
    requires_system_checks = []  # they load all pages and are for development

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_parent_option(parser)

    def handle(self, *, parent: int | None, **options: Any) -> None:
        follow_parent(parent)
        host, port = bind()
        if not is_free(host, port):
            raise CommandError(f"{host}:{port} is taken. Set POSTROOM_BIND to another host:port.")
        serve(host, port)
