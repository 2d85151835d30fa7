"""``postroom token create``: make an API token; it alone is printed, this once."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from postroom.accounts.models import User
from postroom.accounts.services import create_token
from postroom.audit.services import Actor
from postroom.rules.fields import Invalid


class Command(BaseCommand):
    help = "Make an API token. It is shown once, alone on standard output."
    requires_system_checks: tuple[str, ...] = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="create")
        create = verbs.add_parser("create", help="make a token of a person, or of a service account of this name")
        create.add_argument("name", metavar="NAME")
        create.add_argument("--role", required=True, choices=["admin", "technician"])
        create.add_argument("--person", metavar="EMAIL", help="whose rights and authorship the token has")

    def handle(self, *, name: str, role: str, person: str | None = None, **options: Any) -> None:
        owner = None
        if person is not None:
            owner = User.objects.filter(email=person.strip().lower()).first()
            if owner is None:
                raise CommandError(f"There is nobody with the address {person}.")
        try:
            self.stdout.write(create_token(Actor("postroom token"), name, role, owner))
        except Invalid as error:
            raise CommandError(str(error)) from None
