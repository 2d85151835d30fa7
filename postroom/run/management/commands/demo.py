"""``postroom demo``: a desk with sandbox mail servers, sample people and a week of requests."""

from __future__ import annotations

import os
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from postroom.accounts.models import User
from postroom.run.bind import bind, free_port, is_free
from postroom.run.demo.company import ADMIN, MAILBOX, REQUESTER, TECHNICIAN
from postroom.run.demo.setup import set_up
from postroom.run.demo.state import DemoState
from postroom.run.process import stop_on_signals
from postroom.run.role import database, leave_database
from postroom.run.sandbox import HOST
from postroom.run.supervise import WORKERS, Role, Supervisor, roles

SHOWN = ((ADMIN, "admin"), (TECHNICIAN, "technician"), (REQUESTER, "requester"))


class Command(BaseCommand):
    help = "Show Postroom with sample data and mail servers of its own. Ctrl-C ends it; the data stays."
    requires_system_checks = []  # they load all pages and are for development

    def handle(self, **options: Any) -> None:
        stop = stop_on_signals()
        self._find_a_port()
        state = self._state()
        state.save(settings.POSTROOM_HOME)  # before anything is made, so that a start which was cut short can go on
        self._say("Setting up the demo …")
        set_up(state)
        state.save(settings.POSTROOM_HOME)
        leave_database()
        ports = ("--smtp", str(state.smtp_port), "--imap", str(state.imap_port))
        sandbox = Role("sandbox", ("postroom.run.sandbox", *ports), ends_last=True)
        supervisor = Supervisor([sandbox, *roles(WORKERS)])
        ready = [bind(), (HOST, state.smtp_port), (HOST, state.imap_port)]
        with database():
            supervisor.run(stop, ready=ready, announce=lambda: self._announce(state))

    def _find_a_port(self) -> None:
        """See that the web server can start; with the default port taken, begin again with another one."""
        host, port = bind()
        if is_free(host, port):
            return
        if os.environ.get("POSTROOM_BIND"):
            raise CommandError(f"{host}:{port} is taken. Set POSTROOM_BIND to another host:port.")
        other = free_port(host)
        self._say(f"Port {port} is taken, so the demo uses {other}.")
        os.environ["POSTROOM_BIND"] = f"{host}:{other}"
        os.execv(sys.executable, [sys.executable, "-m", "postroom", *sys.argv[1:]])  # noqa: S606  the same again

    def _state(self) -> DemoState:
        state = DemoState.load(settings.POSTROOM_HOME)
        if state is None:
            if User.objects.exists():
                raise CommandError(
                    f"{settings.POSTROOM_HOME} holds a desk already, and the demo would mix its sample data into it. "
                    "Set POSTROOM_HOME to another folder."
                )
            return DemoState.new()
        state.choose_ports()
        return state

    def _announce(self, state: DemoState) -> None:
        program = sys.argv[0] if not sys.argv[0].endswith(".py") else f"{sys.executable} -m postroom"
        home = f"POSTROOM_HOME={os.environ['POSTROOM_HOME']} " if os.environ.get("POSTROOM_HOME") else ""
        self._say(f"Web: {settings.POSTROOM_URL}")
        for email, role in SHOWN:
            self._say(f"Sign in: {email} / {state.passwords[email]} ({role})")
        self._say(f"SMTP: {HOST}:{state.smtp_port}")
        self._say(f"IMAP: {HOST}:{state.imap_port}")
        self._say(f"Mailbox: {MAILBOX}")
        self._say(f"API token: {state.token}")
        self._say(f"Send a mail: {home}{program} demo-mail")
        self._say("Every address is a mailbox of the IMAP server, with any password. Ctrl-C ends the demo.")

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
