"""The only writer of Email Preference (SPEC A16) and of the instance's other settings."""

from __future__ import annotations

from typing import Any

from postroom.accounts.services import place_by_domain
from postroom.audit.changes import record_save
from postroom.audit.services import Actor
from postroom.channels.models import EmailPreferences, IncomingServer, OutgoingServer, Settings
from postroom.channels.queries import mailbox_addresses, own_addresses
from postroom.channels.services.changing import changing
from postroom.channels.services.reading import authserv_fault, own_fault, scheme_and_host, sender_fault
from postroom.channels.shapes import show_preferences, show_settings
from postroom.channels.sizes import format_size, parse_size
from postroom.rules.fields import Fields
from postroom.transports.reach import off_limits

PREFERENCE_FIELDS = (
    "email_to_request",
    "allow_guests",
    "cc_recipients",
    "requester_from_reply_to",
    "technician_forward_uses_original_sender",
    "allow_choosing_outgoing_server",
    "closed_reply",
    "other_technician_reply",
)
SECTIONS: dict[str, tuple[str, ...]] = {
    "support_portal": ("allow_requester_incidents", "allow_guest_requests", "guest_form"),
    "security": (
        "trusted_authserv_ids",
        "technicians_need_authentication",
        "check_senders",
        "allow_senders",
        "block_senders",
    ),
    "limits": (
        "message_size",
        "requests_per_sender_per_hour",
        "acknowledgements_per_sender_per_hour",
        "acknowledgements_per_hour",
        "cc_per_request",
        "mail_log_days",
        "hold_days",
        "undo_seconds",
        "acknowledge_within_hours",
    ),
    "alerts": ("emails", "webhook"),
}
_SMALLEST_MESSAGE, _LARGEST_MESSAGE = 1_000, 2_000_000_000
_RANGES = {
    "requests_per_sender_per_hour": (1, 1_000_000),
    "acknowledgements_per_sender_per_hour": (0, 1_000_000),
    "acknowledgements_per_hour": (0, 10_000_000),
    "cc_per_request": (0, 10_000),
    "mail_log_days": (0, 36_500),
    "hold_days": (1, 36_500),
    "undo_seconds": (0, 3_600),
    "acknowledge_within_hours": (0, 87_600),
}


def save_preferences(actor: Actor, data: object) -> EmailPreferences:
    """Change Email Preference; what is left out stays. Raises Invalid."""
    with changing():
        row = EmailPreferences.load()
        before = show_preferences(row)
        fields = Fields(data, PREFERENCE_FIELDS)
        for name in PREFERENCE_FIELDS:
            if isinstance(before[name], bool):
                setattr(row, name, fields.boolean(name, before[name]))
        row.cc_recipients = sorted(fields.texts("cc_recipients", row.cc_recipients, check=_cc_fault), reverse=True)
        row.other_technician_reply = fields.choice(
            "other_technician_reply", row.other_technician_reply, ["collaboration", "reply"]
        )
        closed = fields.nested("closed_reply", ["action", "grace_days"])
        if closed is not None:
            row.closed_reply_action = closed.choice("action", row.closed_reply_action, ["add", "reopen", "new"])
            row.closed_reply_grace_days = closed.integer("grace_days", row.closed_reply_grace_days, low=1, high=365)
        fields.done()
        if before != show_preferences(row):
            row.save()
            record_save(actor, row, before, show_preferences(row))
        return row


def _cc_fault(text: str) -> str:
    return "" if text in ("to", "cc") else "Choose to, cc, or both."


def save_settings(actor: Actor, data: object) -> Settings:
    """Change settings: {managed_services_provider, support_portal, security, limits, alerts}, each of them optional.

    What is left out stays, within the sections too. Raises Invalid with paths such as ``limits.hold_days``.
    """
    return _save(actor, Fields(data, ["managed_services_provider", *SECTIONS]))


def save_section(actor: Actor, section: str, data: object) -> Settings:
    """Change one section of the settings, with paths inside it: ``hold_days``. Raises Invalid."""
    return _save(actor, Fields({}, []), section, Fields(data, SECTIONS[section]))


def _save(actor: Actor, fields: Fields, section: str = "", own: Fields | None = None) -> Settings:
    with changing():
        row = Settings.load()
        before = show_settings(row)
        row.managed_services_provider = fields.boolean("managed_services_provider", row.managed_services_provider)
        for name, read in _READERS.items():
            given = own if name == section else fields.nested(name, SECTIONS[name])
            if given is not None:
                read(given, row)
        (own or fields).done()
        if before != show_settings(row):
            row.save()
            if row.managed_services_provider and not before["managed_services_provider"]:
                place_by_domain()
            # Whoever knows the address of a webhook may post to it: the audit, which is for ever, does not tell it.
            record_save(actor, row, before, show_settings(row), {"alerts.webhook"})
        return row


def _read_portal(fields: Fields, row: Settings) -> None:
    row.allow_requester_incidents = fields.boolean("allow_requester_incidents", row.allow_requester_incidents)
    row.allow_guest_requests = fields.boolean("allow_guest_requests", row.allow_guest_requests)
    row.guest_form = fields.boolean("guest_form", row.guest_form)


def _read_security(fields: Fields, row: Settings) -> None:
    row.trusted_authserv_ids = fields.texts(
        "trusted_authserv_ids", row.trusted_authserv_ids, check=authserv_fault, lower=True, longest=255
    )
    row.technicians_need_authentication = fields.boolean(
        "technicians_need_authentication", row.technicians_need_authentication
    )
    row.check_senders = fields.boolean("check_senders", row.check_senders)
    row.allow_senders = fields.texts("allow_senders", row.allow_senders, check=sender_fault, lower=True)
    own = own_addresses(IncomingServer.objects.all(), OutgoingServer.objects.all())
    fault = own_fault(own, row.block_senders)
    row.block_senders = fields.texts("block_senders", row.block_senders, check=fault, lower=True)


def _read_limits(fields: Fields, row: Settings) -> None:
    for name, (low, high) in _RANGES.items():
        setattr(row, name, fields.integer(name, getattr(row, name), low=low, high=high))
    size: Any = fields.raw("message_size")
    if size is None:
        return
    number = parse_size(str(size)) if isinstance(size, str | int) and not isinstance(size, bool) else None
    if number is None:
        fields.fail("message_size", "Must be a size, such as 35MB.")
    elif not _SMALLEST_MESSAGE <= number <= _LARGEST_MESSAGE:
        smallest, largest = format_size(_SMALLEST_MESSAGE), format_size(_LARGEST_MESSAGE)
        fields.fail("message_size", f"Must be between {smallest} and {largest}.")
    else:
        row.message_size = number


def _read_alerts(fields: Fields, row: Settings) -> None:
    kept = set(row.alert_emails)
    row.alert_emails = fields.emails("emails", row.alert_emails)
    read_here = frozenset().union(*map(mailbox_addresses, IncomingServer.objects.all())) - kept
    for index, email in enumerate(row.alert_emails):
        if email in read_here:
            fields.fail(f"emails[{index}]", "This is a mailbox of the desk: nobody reads what it sends to itself.")
    row.alert_webhook = fields.text("webhook", row.alert_webhook, longest=1000)
    if not row.alert_webhook:
        return
    scheme, host = scheme_and_host(row.alert_webhook)
    if scheme not in ("http", "https") or not host:
        fields.fail("webhook", "Must be an http:// or https:// address.")
    elif off_limits(host):
        fields.fail("webhook", "No webhook has this address: it is for the local link, or for many.")


_READERS = {
    "support_portal": _read_portal,
    "security": _read_security,
    "limits": _read_limits,
    "alerts": _read_alerts,
}
