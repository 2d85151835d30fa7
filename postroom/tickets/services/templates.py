"""The only writer of an administrator's notification templates (NTF-01 to NTF-03)."""

from __future__ import annotations

import re
from typing import Any

from django.db import transaction

from postroom.audit.changes import record_delete, record_save
from postroom.audit.services import Actor
from postroom.rules.fields import Fields
from postroom.tickets.models import NotificationTemplate

TEMPLATE_FIELDS = ("event", "audience", "language", "enabled", "notify_cc", "subject", "text", "html")
PLACEHOLDERS = (
    "number",
    "subject",
    "description",
    "status",
    "priority",
    "category",
    "technician_group",
    "technician",
    "requester",
    "company",
    "created",
    "url",
    "last_reply",
    "cc",
    "mailbox",
)
_WORD = re.compile(r"[a-z][a-z_]{0,39}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})?")
_PLACEHOLDER = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_LONGEST = 200_000


def show_template(template: NotificationTemplate) -> dict[str, Any]:
    """The template as the contract names it."""
    return {name: getattr(template, name) for name in TEMPLATE_FIELDS}


@transaction.atomic
def save_template(
    actor: Actor, data: object, instance: NotificationTemplate | None = None, *, replace: bool = False
) -> NotificationTemplate:
    """Make a template of ``data``, or change ``instance``. Unknown placeholders are refused. Raises Invalid."""
    base = instance if instance is not None and not replace else NotificationTemplate()
    fields = Fields(data, TEMPLATE_FIELDS)
    values: dict[str, Any] = {
        "event": fields.text("event", base.event, required="Enter the event.", longest=40),
        "audience": fields.text("audience", base.audience, required="Enter the audience.", longest=20),
        "language": fields.text("language", base.language, required="Enter the language.", longest=12),
        "enabled": fields.boolean("enabled", base.enabled),
        "notify_cc": fields.boolean("notify_cc", base.notify_cc),
        "subject": fields.text("subject", base.subject, longest=998),
        "text": fields.text("text", base.text, longest=_LONGEST, lines=True),
        "html": fields.text("html", base.html, longest=_LONGEST, lines=True),
    }
    _check(fields, values)
    key = {name: values[name] for name in ("event", "audience", "language")}
    if NotificationTemplate.objects.filter(**key).exclude(pk=instance.pk if instance else 0).exists():
        fields.fail("event", "There is another template for this event, audience and language.")
    fields.done()
    before = show_template(instance) if instance is not None else None
    template = instance or NotificationTemplate()
    for name, value in values.items():
        setattr(template, name, value)
    template.save()
    record_save(actor, template, before, show_template(template))
    return template


def _check(fields: Fields, values: dict[str, Any]) -> None:
    for name in ("event", "audience"):
        if values[name] and not _WORD.fullmatch(values[name]):
            fields.fail(name, "Must be a word of small letters and underscores, such as reply_added.")
    if values["language"] and not _LANGUAGE.fullmatch(values["language"]):
        fields.fail("language", "Must be a language, such as en or pt-BR.")
    for name in ("subject", "text", "html"):
        for found in _PLACEHOLDER.findall(values[name]):
            if found.strip() not in PLACEHOLDERS:
                fields.fail(name, f"Unknown placeholder {found.strip()!r}. Known are: {', '.join(PLACEHOLDERS)}.")


@transaction.atomic
def delete_template(actor: Actor, template: NotificationTemplate) -> None:
    """Delete a template: the shipped one counts again."""
    record_delete(actor, template, show_template(template))
    template.delete()
