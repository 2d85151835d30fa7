"""``postroom secrets rotate``: encrypt every stored secret with the newest key, so that the old one can go."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from allauth.mfa.models import Authenticator
from django.apps import apps
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.db.models import Model

from postroom.channels.secret import EncryptedTextField, SecretUnreadable, rotate

_TWO_STEP = ("secret", "seed")  # of the codes of an app, and of recovery codes


class Command(BaseCommand):
    help = "Encrypt every stored secret with the first key of POSTROOM_SECRET_KEY."
    requires_system_checks: tuple[str, ...] = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="rotate")
        verbs.add_parser("rotate", help="put the new key first in POSTROOM_SECRET_KEY, keep the old one behind it")

    def handle(self, **options: Any) -> None:
        try:
            count = rotate_secrets()
        except SecretUnreadable as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"{count} secret{'' if count == 1 else 's'} encrypted with the newest key.")


@transaction.atomic
def rotate_secrets() -> int:
    """Write every secret anew and return how many there are. Raises SecretUnreadable, and then changes nothing."""
    count = 0
    for model in apps.get_models():
        names = [field.name for field in model._meta.concrete_fields if isinstance(field, EncryptedTextField)]
        if names:
            count += _rotate(model, names)
    return count + _rotate_two_step()


def _rotate(model: type[Model], names: list[str]) -> int:
    """Rows are locked one by one, so that a token refreshed meanwhile is not written over by the older one."""
    count = 0
    for pk in list(model._default_manager.values_list("pk", flat=True)):
        row = model._default_manager.select_for_update().filter(pk=pk).first()
        secrets = {name: value for name in names if row is not None and (value := getattr(row, name))}
        if secrets:
            model._default_manager.filter(pk=pk).update(**secrets)
            count += len(secrets)
    return count


def _rotate_two_step() -> int:
    """The secrets of the second step of sign-ins, which lie in JSON."""
    count = 0
    for row in Authenticator.objects.select_for_update():
        fresh = {name: rotate(row.data[name]) for name in _TWO_STEP if name in row.data}
        if fresh:
            row.data = {**row.data, **fresh}
            row.save(update_fields=["data"])
            count += len(fresh)
    return count
