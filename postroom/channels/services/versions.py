"""Two administrators at one form: the second to save hears who changed what meanwhile, and overwrites nothing.

A version tells one state of a row from every other, its secrets included, and gives nothing of them away. A page
carries it in a hidden field, REST in ETag and If-Match (RFC 9110, 8.8.3 and 13.1.1).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from postroom.accounts.models import Company, RequesterGroup, TechnicianGroup, User
from postroom.accounts.shapes import show_company, show_group, show_whole_person
from postroom.audit.models import AuditEntry
from postroom.audit.queries import latest_change
from postroom.channels.models import (
    EmailPreferences,
    IncomingServer,
    MicrosoftApp,
    OutgoingRule,
    OutgoingServer,
    ProxyServer,
    Settings,
    SingleSignOn,
)
from postroom.channels.secret import derived_keys
from postroom.channels.services.single_sign_on import show_single_sign_on
from postroom.channels.shapes import (
    show_incoming_server,
    show_microsoft_app,
    show_outgoing_server,
    show_preferences,
    show_proxy,
    show_rule,
    show_settings,
)
from postroom.rules.fields import Invalid

_SHOWN: dict[type[Model], Any] = {
    Company: show_company,
    EmailPreferences: show_preferences,
    IncomingServer: show_incoming_server,
    MicrosoftApp: show_microsoft_app,
    OutgoingRule: show_rule,
    OutgoingServer: show_outgoing_server,
    ProxyServer: show_proxy,
    RequesterGroup: show_group,
    Settings: show_settings,
    TechnicianGroup: show_group,
    User: show_whole_person,
    SingleSignOn: show_single_sign_on,
}
_SECRETS = ("password", "client_secret", "certificate")
_NAMED_AT_MOST = 4


class ChangedMeanwhile(Invalid):
    """Somebody else saved since the values were read. ``version`` is that of what is stored now."""

    def __init__(self, words: str, version: str) -> None:
        super().__init__([("", words)])
        self.version = version


def version_of(row: Model, section: str = "") -> str:
    """What differs once anybody changed the row, or of the settings one section."""
    shown: Mapping[str, Any] = _SHOWN[type(row)](row)
    facts: list[Any] = [shown[section] if section else shown]
    facts += [getattr(row, name, "") for name in _SECRETS]
    return hashlib.blake2b(repr(facts).encode(), key=derived_keys("row version")[0], digest_size=12).hexdigest()


def check_version(row: Model, section: str = "", *, seen: str) -> None:
    """Refuse to go on where the row is another one than ``seen``; an empty ``seen`` says that nobody looked.

    Call it within ``changing``, before the save. Raises ChangedMeanwhile.
    """
    current = type(row)._default_manager.filter(pk=row.pk).first() or row
    version = version_of(current, section)
    if seen and seen != version:
        raise ChangedMeanwhile(changed_words(latest_change(row, within=section)), version)


def version_after(error: Invalid, seen: str) -> str:
    """The version that a form goes on with after a fault: that of what is stored, once its user has heard of it."""
    return error.version if isinstance(error, ChangedMeanwhile) else seen


def changed_words(entry: AuditEntry | None) -> str:
    """Who changed what and when, and what can be done now."""
    what_now = _("Nothing of yours is stored. Reload to see theirs, or save again to put yours in its place.")
    if entry is None:
        return f"{_('Somebody else changed this meanwhile.')} {what_now}"
    when = timezone.localtime(entry.at).strftime("%d %b %Y, %H:%M:%S")
    fields = [str(change["field"]).rpartition(".")[2].replace("_", " ") for change in entry.changes]
    names = ", ".join(fields[:_NAMED_AT_MOST])
    more = len(fields) - _NAMED_AT_MOST
    if more > 0:
        names = ngettext("%(names)s and one more", "%(names)s and %(more)d more", more) % {"names": names, "more": more}
    said = _("%(who)s changed this on %(when)s") % {"who": entry.actor_name, "when": when}
    return f"{said}{f' ({names})' if names else ''}. {what_now}"
