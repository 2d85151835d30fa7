"""Make the instance what a configuration file says: upsert by name, one transaction, every error with its path."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import Model

from postroom.accounts.models import User
from postroom.audit.models import AuditEntry
from postroom.audit.services import Actor
from postroom.channels import services as channels
from postroom.channels.models import IncomingServer, OutgoingServer
from postroom.channels.services.single_sign_on import save_single_sign_on
from postroom.rules.fields import Fields, Invalid, Problem, unknown_name
from postroom.run.configuration.sections import KNOWN, SECTIONS, SETTINGS, Section
from postroom.tickets.models import Category

ACTOR = Actor("Configuration file")


@dataclass(frozen=True, slots=True)
class Applied:
    """What was done (or would be): sentences for people, and what deserves a second look as (path, message)."""

    changes: list[str]
    warnings: list[Problem]


def apply_configuration(data: Mapping[str, Any], *, prune: bool = False, dry_run: bool = False) -> Applied:
    """Apply the data of a configuration file; with ``dry_run`` find out what that would do and change nothing.

    What ``data`` leaves out stays; ``prune`` deletes items that it does not list (people only where it lists people).
    Raises Invalid with every error found; then nothing is changed.
    """
    with transaction.atomic():
        with channels.changing():
            last = AuditEntry.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
            run = _Run(data, prune)
            run.apply()
        made = AuditEntry.objects.filter(pk__gt=last, actor_name=ACTOR.name).order_by("pk")
        applied = Applied(list(dict.fromkeys(_sentence(entry) for entry in made)), run.warnings())
        if dry_run:
            transaction.set_rollback(True)
    return applied


def _sentence(entry: AuditEntry) -> str:
    words = (entry.action, _LABELS.get(entry.object_type, ""), entry.object_name)
    return " ".join(word for word in words if word)


_LABELS = {section.rows().model._meta.model_name: section.label for section in SECTIONS} | {
    "user": "person",
    "microsoftapp": "Microsoft application",
    "singlesignon": "single sign-on",
}


_SINGLES: dict[str, Callable[[Actor, Any], object]] = {
    "microsoft_app": channels.save_microsoft_app,
    "single_sign_on": save_single_sign_on,
    "preferences": channels.save_preferences,
}


@dataclass(slots=True)
class _Run:
    """One application of a file. ``kept`` holds the path of each row that the file lists, by section and key."""

    data: Mapping[str, Any]
    prune: bool
    errors: list[Problem] = field(default_factory=list)
    kept: dict[str, dict[Any, str]] = field(default_factory=dict)
    follow_on: set[str] = field(default_factory=set)

    def apply(self) -> None:
        """Write everything, or raise Invalid."""
        fields = Fields(self.data, KNOWN, "", self.errors)
        self._single(self._settings(fields), channels.save_settings)
        for section in SECTIONS:
            self._list(section, fields)
        for name, save in _SINGLES.items():
            if fields.raw(name) is not None:
                self._single(fields.raw(name), save, name)
        if self.prune and not self.errors:
            self._prune()
        for model in (OutgoingServer, IncomingServer):
            channels.settle_primary(ACTOR, model)
        self._check_races()
        fields.done()

    def _settings(self, fields: Fields) -> dict[str, Any]:
        return {name: fields.raw(name) for name in SETTINGS if fields.raw(name) is not None}

    def _single(self, data: Any, save: Callable[[Actor, Any], object], path: str = "") -> None:
        try:
            save(ACTOR, data)
        except Invalid as error:
            self._note(error, path)

    def _list(self, section: Section, fields: Fields) -> None:
        kept = self.kept.setdefault(section.name, {})
        items = fields.raw(section.name)
        if items is None:
            return
        if not isinstance(items, list):
            self.errors.append((section.name, "Must be a list."))
            return
        self._check_one_primary(section.name, items)
        standing = list(section.rows()) if section.by_position else []
        seen: dict[tuple[str, ...], str] = {}
        if section.name == "categories":
            items = [{"name": item} for item in items]
        for index, item in enumerate(items):
            path = f"{section.name}[{index}]"
            key = section.key_of(item) if isinstance(item, Mapping) else None
            identity = tuple(value.casefold() for value in (key or {}).values())
            if identity in seen and key:
                self.errors.append((f"{path}.{next(iter(key))}", f"{seen[identity]} is the same already."))
                continue
            seen[identity] = path
            found = standing[index] if index < len(standing) else section.find(key) if key else None
            self._item(section, item, found, path, kept)

    def _item(self, section: Section, item: Any, found: Model | None, path: str, kept: dict[Any, str]) -> None:
        try:
            kept[section.save(ACTOR, item, found).pk] = path
        except Invalid as error:
            self._note(error, path)
            if key := section.key_of(item) if isinstance(item, Mapping) else None:
                # What refers to it would be told that it does not exist: one fault, one error.
                self.follow_on.add(unknown_name(section.label, next(iter(key.values()))).casefold())

    def _note(self, error: Invalid, path: str) -> None:
        for inner, message in error.errors:
            if message.casefold() in self.follow_on:
                continue
            whole = path if path.startswith("categories[") else f"{path}.{inner}" if path and inner else path or inner
            self.errors.append((whole, message))

    def _check_one_primary(self, name: str, items: list[Any]) -> None:
        primaries = [
            index for index, item in enumerate(items) if isinstance(item, Mapping) and item.get("primary") is True
        ]
        if name.endswith("_servers"):
            for index in primaries[1:]:
                self.errors.append(
                    (f"{name}[{index}].primary", f"{name}[{primaries[0]}] is the primary server already.")
                )

    def _check_races(self) -> None:
        """No two enabled servers of the file may read one mailbox (INC-03); seen only when all of them are written."""
        order = list(self.kept["incoming_servers"])
        for server in IncomingServer.objects.filter(pk__in=order):
            other = channels.racing_server(server)
            if other is not None and (other.pk not in order or order.index(other.pk) < order.index(server.pk)):
                path = self.kept["incoming_servers"][server.pk]
                self.errors.append((f"{path}.host", channels.racing_message(other)))

    def _prune(self) -> None:
        self._keep_parents()
        for section in reversed(SECTIONS):
            if section.name == "people" and "people" not in self.data:
                continue
            doomed = [row for row in section.rows() if row.pk not in self.kept[section.name]]
            if section.name == "people" and not self._leaves_administrator(doomed):
                message = "--prune would delete every administrator. List one."
                self.errors.append((section.name, message))
                continue
            if section.rows().model in (OutgoingServer, IncomingServer):
                channels.settle_primary(ACTOR, section.rows().model, [row.pk for row in doomed])
            for row in doomed:
                row.refresh_from_db()
                try:
                    section.delete(ACTOR, row)
                except Invalid as error:
                    self._note(error, section.name)

    def _keep_parents(self) -> None:
        """What is above a listed category is listed with it."""
        kept = self.kept["categories"]
        for category in Category.objects.filter(pk__in=list(kept)):
            above = category.parent
            while above is not None and above.pk not in kept:
                kept[above.pk] = ""
                above = above.parent

    @staticmethod
    def _leaves_administrator(doomed: list[User]) -> bool:
        administrators = User.objects.filter(role=User.Role.ADMIN, kind=User.Kind.REGISTERED, archived=False)
        left = administrators.exclude(pk__in=[person.pk for person in doomed])
        return left.exists() or not administrators.exists()

    def warnings(self) -> list[Problem]:
        """What deserves a second look in the servers that the file lists, with paths."""
        return [
            (f"{path}.{name}", message)
            for section in SECTIONS
            if section.rows().model in (OutgoingServer, IncomingServer)
            for pk, path in self.kept[section.name].items()
            for name, message in channels.warnings_of(section.rows().get(pk=pk))
        ]
