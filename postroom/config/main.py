"""The console script ``postroom``: Django's command runner, with the embedded database held while a command works."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import NoReturn

from postroom.config.environment import ConfigurationError, environment
from postroom.postgres import Embedded, PostgresError

WITHOUT_DATABASE = {"parse", "help", "version", "--help", "--version", "-h", "collectstatic", "check"}
MIGRATE_THEMSELVES = {"migrate", "makemigrations", "showmigrations", "sqlmigrate"}


@contextmanager
def _database() -> Iterator[None]:
    """Hold the embedded server for the time of a command; nothing to do where DATABASE_URL names another."""
    if environment().database_url:
        yield
        return
    server = Embedded(environment().home)
    server.acquire()
    try:
        yield
    finally:
        server.release()


def main() -> None:
    """Run one command. Exit codes are those of CONTRACT: Command line."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "postroom.config.settings")
    command = sys.argv[1] if len(sys.argv) > 1 else "help"
    from django.core.management import execute_from_command_line

    try:
        if command in WITHOUT_DATABASE:
            execute_from_command_line(sys.argv)
            return
        # Until a role has its own handler: leave by the ordinary way, so that the embedded server is given up.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        with ExitStack() as held:
            with _said_in_words(command):
                held.enter_context(_database())
                if command not in MIGRATE_THEMSELVES:
                    _prepare()
            execute_from_command_line(sys.argv)
    except (ConfigurationError, PostgresError) as error:
        _refuse(command, error)
    except KeyboardInterrupt:
        sys.exit(130)


def _refuse(command: str, error: Exception) -> NoReturn:
    """Say why and end. A mail that was piped in must not bounce for it: the mail server is to try again."""
    sys.stderr.write(f"postroom: {error}\n")
    sys.exit(os.EX_TEMPFAIL if command == "ingest" else 1)


@contextmanager
def _said_in_words(command: str) -> Iterator[None]:
    """What keeps a command from starting at all, in words."""
    from django.core.management.base import CommandError
    from django.db import OperationalError

    try:
        yield
    except (CommandError, OSError) as error:
        _refuse(command, error)
    except OperationalError as error:
        _refuse(command, OperationalError(f"The database cannot be reached: {error}"))


def _prepare() -> None:
    """Migrate, and see that key and mail store are this database's."""
    import django

    django.setup()
    from postroom.run.instance import prepare

    prepare()
