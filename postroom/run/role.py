"""What the commands of single roles have in common: the option of the supervisor, signals, the database's keeper."""

from __future__ import annotations

from argparse import SUPPRESS, ArgumentParser
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from django.conf import settings
from django.db import connections
from django.db.backends.postgresql.base import DatabaseWrapper

from postroom.run.process import DatabaseKeeper, end_with


def add_parent_option(parser: ArgumentParser) -> None:
    """``--parent PID``: the supervisor, with which the role ends."""
    parser.add_argument("--parent", type=int, metavar="PID", help=SUPPRESS)


def follow_parent(parent: int | None) -> None:
    if parent:
        end_with(parent)


def database() -> AbstractContextManager[Any]:
    """Keep the embedded database running meanwhile; nothing to do where DATABASE_URL names another."""
    return DatabaseKeeper(settings.POSTROOM_HOME) if settings.POSTROOM_EMBEDDED else nullcontext()


def leave_database() -> None:
    """Close all connections and the pool: its threads do not survive a fork, and who only supervises needs none."""
    for connection in connections.all(initialized_only=True):
        connection.close()
        if isinstance(connection, DatabaseWrapper):
            connection.close_pool()
