"""The side panel of one server (SPEC A2, A11): which fields are there, what is in them, what is wrong with them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from postroom.accounts.models import Company
from postroom.channels import microsoft
from postroom.channels.models import IncomingServer, MailServer, OutgoingServer, ProxyServer
from postroom.channels.models import Settings as InstanceSettings
from postroom.channels.oauth.application import missing
from postroom.channels.services import OFFER, offers_mapi, warnings_of
from postroom.tickets import queries as tickets
from postroom.web.admin.emails import certificates
from postroom.web.admin.emails.figures import Health, health_of
from postroom.web.admin.emails.presets import protocols
from postroom.web.admin.emails.sides import Server, Side
from postroom.web.admin.emails.values import (
    SECRETS,
    Values,
    can_be_unverified,
    data_of,
    entries,
    is_unencrypted,
    is_unverified,
)

_LOOKS_LIKE_AN_ID = "This has the form of a secret's ID. Microsoft wants the secret's Value, which it shows only once."
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_CONTROLS = ("csrfmiddlewaretoken", "action", *SECRETS)
_WHERE_IT_IS_SHOWN = {
    "auth": "auth.type",
    "limits": "limits.per_minute",
    "filter": "filter.type",
    "server": "name",
    "verify_tls": "unverified",
}

Choices = list[tuple[str, str]]


@dataclass
class Panel:
    """What the template asks. ``server`` is None for a new one; ``probes`` are those that this form started."""

    side: Side
    server: Server | None
    values: Values
    errors: dict[str, str] = field(default_factory=dict)
    probes: dict[str, Any] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    verdict: Any = None
    _shown: set[str] = field(default_factory=set)
    _warnings: dict[str, str] | None = None

    # Values ------------------------------------------------------------------------------------------------------
    def value(self, name: str) -> str:
        """What is in a field; asking for it says that the field is on the page."""
        self._shown.add(name)
        return "" if name in SECRETS else self.values.get(name, "")

    def peek(self, name: str) -> str:
        """What is in a field, wherever it is shown."""
        return self.values.get(name, "")

    def probe(self, name: str) -> Any:
        """The probe that this form started: test, discover or count; None without one."""
        return self.probes.get(name)

    def note(self, name: str) -> str:
        return self.notes.get(name, "")

    def is_on(self, name: str) -> bool:
        return bool(self.value(name))

    def carried(self) -> list[tuple[str, str]]:
        """What was typed into fields that are not on the page now: it comes along, for when they are back."""
        return [
            (name, value)
            for name, value in self.values.items()
            if value and name not in self._shown and name not in _CONTROLS
        ]

    def is_kept(self, name: str) -> bool:
        """True if a secret of this name is stored, so that an empty field keeps it (OUT-09)."""
        return bool(self.server and getattr(self.server, name.removeprefix("auth."), ""))

    def data(self) -> dict[str, Any]:
        """The contract's object, for a service or a probe."""
        return data_of(self.side, self.values, self.server)

    # Faults and warnings -----------------------------------------------------------------------------------------
    def error(self, name: str) -> str:
        return self.errors.get(name, "")

    def general_errors(self) -> list[str]:
        """Faults without a field on the page; asked for last."""
        return [message for path, message in self.errors.items() if path not in self._shown]

    def refuse(self, errors: dict[str, str]) -> None:
        """Take over the faults that a service found, each at a field that is on the page."""
        for path, message in errors.items():
            self.errors.setdefault(_WHERE_IT_IS_SHOWN.get(path, path), message)

    @property
    def first_error(self) -> str:
        """The field that gets the focus: the first faulty one in the order of the page."""
        order = [*self.values]
        known = sorted((name for name in self.errors if name), key=lambda n: order.index(n) if n in order else 999)
        return known[0] if known else ""

    def warning(self, name: str) -> str:
        if self._warnings is None:
            self._warnings = self._find_warnings()
        return self._warnings.get(name, "")

    def _find_warnings(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for path, message in warnings_of(self._preview()):
            found.setdefault(_WHERE_IT_IS_SHOWN.get(path, path), message)
        if _GUID.fullmatch(self.values.get("auth.client_secret", "").strip()):
            found |= {"auth.client_secret": _LOOKS_LIKE_AN_ID}
        return found

    def _preview(self) -> Server:
        """The server as the form says, not stored: what warnings are judged by."""
        values = self.values
        port = values.get("port", "")
        shared: dict[str, Any] = {
            "pk": self.server.pk if self.server else None,
            "email": values.get("email", "").lower(),
            "host": values.get("host", "") if self.is_other else "",
            "port": int(port) if port.isascii() and port.isdecimal() and len(port) < 6 else None,
            "security": values.get("security", "") if self.has_where else "ssl",
            "auth_type": (values.get("auth.type") or "basic") if self.has_sign_in and self.is_other else "none",
            "ca_file": values.get("ca_file", ""),
            "verify_tls": not is_unverified(values),
        }
        if self.side.is_incoming:
            return IncomingServer(**shared)
        return OutgoingServer(reply_to=values.get("reply_to", "").lower(), **shared)

    # What is on the page -----------------------------------------------------------------------------------------
    @property
    def url(self) -> str:
        return self.side.url("", self.server.pk if self.server else None)

    @property
    def title(self) -> str:
        return self.server.name if self.server else self.side.add

    @property
    def protocol(self) -> str:
        return self.values.get("protocol", "")

    @property
    def is_microsoft(self) -> bool:
        return self.values.get("provider") == "microsoft"

    @property
    def is_other(self) -> bool:
        return not self.is_microsoft

    @property
    def is_mapi(self) -> bool:
        return self.protocol == "mapi"

    @property
    def has_where(self) -> bool:
        """True if port and security can be chosen; MAPI has HTTPS on 443."""
        return self.is_other and not self.is_mapi

    @property
    def has_switch_for_sign_in(self) -> bool:
        """Authentication Needed: only an outgoing relay can do without."""
        return self.has_where and not self.side.is_incoming

    @property
    def has_sign_in(self) -> bool:
        return self.is_microsoft or not self.has_switch_for_sign_in or bool(self.values.get("auth.needed"))

    @property
    def is_basic(self) -> bool:
        return self.is_other and self.has_sign_in and self.values.get("auth.type") == "basic"

    @property
    def is_oauth(self) -> bool:
        return self.is_other and self.has_sign_in and self.values.get("auth.type") == "oauth"

    @property
    def is_application(self) -> bool:
        """Client credentials: the application signs in itself, without a person (OTH-08)."""
        return self.values.get("auth.grant") == "client_credentials"

    @property
    def needs_confirmation(self) -> bool:
        return is_unencrypted(self.values)

    @property
    def is_unverified(self) -> bool:
        return is_unverified(self.values)

    @property
    def can_be_unverified(self) -> bool:
        return can_be_unverified(self.values)

    @property
    def has_tenant(self) -> bool:
        """The tenant of servers that come from 8.0, or whose sign-in is at Microsoft (A24)."""
        urls = self.values.get("auth.token_url", "") + self.values.get("auth.authorization_url", "")
        return bool(self.values.get("auth.tenant_id")) or microsoft.authority() in urls

    @property
    def routed_aliases(self) -> list[str]:
        """The aliases that may have a group or category of their own (INC-08)."""
        return list(dict.fromkeys(entry.lower() for entry in entries(self.values.get("aliases", ""))))

    @property
    def health(self) -> Health | None:
        return health_of(self.server) if self.server else None

    @property
    def mapi_offer(self) -> str:
        """The offer to send by MAPI where Microsoft refuses SMTP, or "" (R12)."""
        health = self.health
        return OFFER if health and offers_mapi(self.server, health.code, health.message) else ""

    @property
    def redirect_url(self) -> str:
        return f"{settings.POSTROOM_URL}/oauth/callback"

    @property
    def missing_for_microsoft(self) -> str:
        """What keeps Sign in with Microsoft from working, in words (MS-05); "" if nothing does."""
        return missing()

    @property
    def trusted_certificate(self) -> str:
        return certificates.describe(self.values["ca_file"]) if self.values.get("ca_file") else ""

    # Choices -----------------------------------------------------------------------------------------------------
    def choices(self, name: str) -> Choices:
        """What can be chosen in a field, as (value, label)."""
        made: dict[str, Callable[[], Choices]] = {
            "protocol": lambda: protocols(self.side, self.values),
            "provider": lambda: _labels(MailServer.Provider.choices),
            "security": lambda: _labels(MailServer.Security.choices),
            "auth.type": self._auth_types,
            "auth.grant": lambda: _labels(MailServer.Grant.choices),
            "proxy": lambda: _names(_("No proxy"), ProxyServer.objects.values_list("name", flat=True)),
            "technician_group": lambda: _names(_("None"), (group.name for group in tickets.technician_groups())),
            "category": lambda: _names(_("None"), (category.name for category in tickets.categories())),
            "company": lambda: _names(_("None"), Company.objects.order_by("name").values_list("name", flat=True)),
            "outgoing_server": lambda: _names(_("Choose"), OutgoingServer.objects.values_list("name", flat=True)),
            "start": lambda: _labels(IncomingServer.Start.choices),
            "after": self._afters,
            "filter.type": lambda: _labels(IncomingServer.FilterType.choices),
        }
        if name.startswith("route."):
            return [("", _("As the mailbox")), *made[name.rpartition(".")[2]]()[1:]]
        return made[name]()

    def _auth_types(self) -> Choices:
        shown = _labels(MailServer.AuthType.choices)
        return [pair for pair in shown if pair[0] == "oauth" or (pair[0] == "basic" and not self.is_mapi)]

    def _afters(self) -> Choices:
        pop3 = self.protocol == "pop3"
        hidden = ("mark_seen", "move") if pop3 else ("delete_after_days",)
        return [pair for pair in _labels(IncomingServer.After.choices) if pair[0] not in hidden]

    @property
    def has_companies(self) -> bool:
        return InstanceSettings.load().managed_services_provider


def _labels(choices: Any) -> Choices:
    return [(str(value), str(label)) for value, label in choices]


def _names(nothing: str, names: Any) -> Choices:
    return [("", nothing), *((str(name), str(name)) for name in names)]
