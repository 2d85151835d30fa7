"""The lists of a configuration file: how an item is found again, saved and deleted. Each verb is the service's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db.models import Model, QuerySet

from postroom.accounts import services as accounts
from postroom.accounts.models import Company, RequesterGroup, TechnicianGroup, User
from postroom.audit.services import Actor
from postroom.channels import services as channels
from postroom.channels.models import IncomingServer, OutgoingRule, OutgoingServer, ProxyServer
from postroom.tickets.models import Category, NotificationTemplate
from postroom.tickets.services import directory
from postroom.tickets.services.categories import delete_category, path_of, save_category
from postroom.tickets.services.templates import delete_template, save_template

Save = Callable[[Actor, Any, Any], Model]
Delete = Callable[[Actor, Any], object]


@dataclass(frozen=True, slots=True)
class Section:
    """One list. ``key_of`` gives what an item is found by ({field: value}), or None where it says too little.

    ``rows`` are those that ``--prune`` may delete; ``label`` is what a reference calls an item.
    """

    name: str
    label: str
    key_of: Callable[[Mapping[str, Any]], dict[str, str] | None]
    rows: Callable[[], QuerySet[Any]]
    save: Save
    delete: Delete
    by_position: bool = False

    def find(self, key: dict[str, str]) -> Model | None:
        """The row that an item stands for."""
        rows: QuerySet[Any] = self.rows().model._default_manager.all()
        return rows.filter(**{f"{field}__iexact": value for field, value in key.items()}).first()


def _by(*names: str, **defaults: str) -> Callable[[Mapping[str, Any]], dict[str, str] | None]:
    """An item is found by these fields, compared without case."""

    def key_of(item: Mapping[str, Any]) -> dict[str, str] | None:
        found = {name: item.get(name, defaults.get(name)) for name in names}
        if not all(isinstance(value, str) and value.strip() for value in found.values()):
            return None
        return {name: str(value).strip() for name, value in found.items()}

    return key_of


def _category_key(item: Mapping[str, Any]) -> dict[str, str] | None:
    found = _by("name")(item)
    return {"name": path_of(found["name"])} if found else None


def _save_category(actor: Actor, item: Any, instance: Any) -> Model:
    return save_category(actor, item, instance)


def _save_person(actor: Actor, item: Any, instance: Any) -> Model:
    """Whoever is listed is registered and active, unless the file says otherwise."""
    defaults = {"kind": "registered", "archived": False}
    return directory.save_person(actor, {**defaults, **item} if isinstance(item, Mapping) else item, instance)


def _people() -> QuerySet[User]:
    """Registered people in no group: guests come by mail, and a group that is left needs its members."""
    rows = User.objects.filter(kind=User.Kind.REGISTERED, archived=False)
    return rows.filter(technician_groups=None, requester_groups=None)


# In the order in which one can refer to another.
SECTIONS = (
    Section("companies", "company", _by("name"), Company.objects.all, directory.save_company, accounts.delete_named),
    Section(
        "categories",
        "category",
        _category_key,
        partial(Category.objects.order_by, "-name"),  # what is below a category comes before it
        _save_category,
        delete_category,
    ),
    Section("people", "technician", _by("email"), _people, _save_person, directory.delete_person),
    Section(
        "technician_groups",
        "technician group",
        _by("name"),
        TechnicianGroup.objects.all,
        directory.save_group,
        accounts.delete_named,
    ),
    Section(
        "requester_groups",
        "requester group",
        _by("name"),
        RequesterGroup.objects.all,
        accounts.save_requester_group,
        accounts.delete_named,
    ),
    Section("proxies", "proxy", _by("name"), ProxyServer.objects.all, channels.save_proxy, channels.delete_proxy),
    Section(
        "outgoing_servers",
        "outgoing server",
        _by("name"),
        OutgoingServer.objects.all,
        partial(channels.save_outgoing_server, settle=False, elsewhere=True),
        channels.delete_outgoing_server,
    ),
    Section(
        "outgoing_rules",
        "outgoing rule",
        lambda item: None,
        OutgoingRule.objects.all,
        channels.save_rule,
        channels.delete_rule,
        by_position=True,
    ),
    Section(
        "incoming_servers",
        "incoming server",
        _by("name"),
        IncomingServer.objects.all,
        partial(channels.save_incoming_server, settle=False, elsewhere=True),
        channels.delete_incoming_server,
    ),
    Section(
        "notification_templates",
        "notification template",
        _by("event", "audience", "language", language="en"),
        NotificationTemplate.objects.all,
        save_template,
        delete_template,
    ),
)
SETTINGS = ("managed_services_provider", "support_portal", "security", "limits", "alerts")
KNOWN = (*(section.name for section in SECTIONS), "microsoft_app", "single_sign_on", "preferences", *SETTINGS)
