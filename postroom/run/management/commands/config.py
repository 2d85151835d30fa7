"""``postroom config``: apply, check and export the declarative configuration (CONTRACT: Configuration file)."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from postroom.rules.fields import Invalid, Problem
from postroom.run.configuration import Applied, Document, apply_configuration, dump, export_configuration, load


class Command(BaseCommand):
    help = "Apply, check or export the configuration as a YAML file."
    requires_system_checks: tuple[str, ...] = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="apply|check|export")
        apply = verbs.add_parser("apply", help="make the instance what the file says, all or nothing")
        check = verbs.add_parser(
            "check", help="say what is wrong with the file, or what it would change; changes nothing"
        )
        verbs.add_parser("export", help="print the configuration; secrets are left out")
        for verb in (apply, check):
            verb.add_argument("file", metavar="FILE", help="a YAML file, or - for standard input")
            verb.add_argument("--prune", action="store_true", help="delete what the file leaves out")

    def handle(self, *, verb: str, file: str = "", prune: bool = False, **options: Any) -> None:
        if verb == "export":
            self.stdout.write("# Secrets are left out: applied again, those that are stored stay.")
            self.stdout.write(dump(export_configuration()), ending="")
            return
        document = self._load(file)
        try:
            applied = apply_configuration(document.data, prune=prune, dry_run=verb == "check")
        except Invalid as error:
            raise CommandError(document.redact(_listed(file, error.errors))) from None
        self._report(document, applied, verb)

    def _load(self, file: str) -> Document:
        try:
            raw = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
            return load(raw.decode("utf-8-sig"), os.environ)
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}.") from None
        except UnicodeDecodeError:
            raise CommandError(f"{file} is not UTF-8 text.") from None
        except Invalid as error:
            raise CommandError(_listed(file, error.errors)) from None

    def _report(self, document: Document, applied: Applied, verb: str) -> None:
        for path, message in applied.warnings:
            self.stderr.write(document.redact(f"warning: {path}: {message}"))
        for change in applied.changes:
            self.stdout.write(document.redact(f"would be {change}" if verb == "check" else change))
        if verb == "check":
            self.stdout.write("The file is valid. Nothing was changed.")
        elif not applied.changes:
            self.stdout.write("Nothing to change.")


def _listed(file: str, errors: list[Problem]) -> str:
    count = "1 error" if len(errors) == 1 else f"{len(errors)} errors"
    return "\n".join([f"{file}: {count}; nothing was changed.", *(_line(path, message) for path, message in errors)])


def _line(path: str, message: str) -> str:
    return f"{path}: {message}" if path else message
