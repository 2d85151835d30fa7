"""``postroom demo-mail``: send a mail to the running demo, to watch it become a request."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from postroom.run.demo.company import MAILBOX, REQUESTER
from postroom.run.demo.mail import SUBJECT, TEXT, send
from postroom.run.demo.state import DemoState


class Command(BaseCommand):
    help = "Send a mail to the running demo."
    requires_system_checks = []  # they load all pages and are for development

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--from", dest="sender", default=REQUESTER, metavar="EMAIL", help=f"default: {REQUESTER}")
        parser.add_argument("--subject", default=SUBJECT)
        parser.add_argument("text", nargs="?", default=TEXT)

    def handle(self, *, sender: str, subject: str, text: str, **options: Any) -> None:
        state = DemoState.load(settings.POSTROOM_HOME)
        if state is None:
            raise CommandError(f"There is no demo in {settings.POSTROOM_HOME}. Start it with: postroom demo")
        try:
            send(state.smtp_port, sender, subject, text)
        except OSError as error:
            raise CommandError(f"The demo does not run ({error}). Start it with: postroom demo") from error
        self.stdout.write(f"Sent “{subject}” from {sender} to {MAILBOX}.")
