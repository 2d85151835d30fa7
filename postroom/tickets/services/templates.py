"""The only writer of an administrator's notification templates (NTF-01 to NTF-03)."""

from __future__ import annotations

import re
from typing import Any

from django.db import transaction

from postroom.audit.changes import record_delete, record_save
from postroom.audit.services import Actor
from postroom.mail.html import sanitise
from postroom.rules.fields import Fields, Invalid
from postroom.tickets.events import EVENTS, FRAME, LANGUAGE, placeholders, shipped
from postroom.tickets.models import NotificationTemplate
from postroom.tickets.wording import faults, instance_language

TEMPLATE_FIELDS = ("event", "audience", "language", "enabled", "notify_cc", "subject", "text", "html")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})?")
_LONGEST = 200_000


def show_template(template: NotificationTemplate) -> dict[str, Any]:
    """The template as the contract names it."""
    return {name: getattr(template, name) for name in TEMPLATE_FIELDS}


def shipped_values(event: str, audience: str, language: str = LANGUAGE) -> dict[str, Any]:
    """The shipped words as the contract names a template, to be changed. Raises Invalid where there are none."""
    words = shipped(event, audience)
    if words is None:
        raise Invalid([("event", "There is no such notification.")])
    values = {name: getattr(words, name) for name in ("enabled", "notify_cc", "subject", "text", "html")}
    return {"event": event, "audience": audience, "language": language, **values}


@transaction.atomic
def save_template(
    actor: Actor, data: object, instance: NotificationTemplate | None = None, *, replace: bool = False
) -> NotificationTemplate:
    """Make a template of ``data``, or change ``instance``. Unknown placeholders are refused with their line.

    Raises Invalid. HTML is stored sanitised.
    """
    values = checked_template(data, instance, replace=replace)
    before = show_template(instance) if instance is not None else None
    template = instance or NotificationTemplate()
    for name, value in values.items():
        setattr(template, name, value)
    template.save()
    record_save(actor, template, before, show_template(template))
    return template


def checked_template(
    data: object, instance: NotificationTemplate | None = None, *, replace: bool = False
) -> dict[str, Any]:
    """The fields of a template as they would be stored. Raises Invalid."""
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
    values["html"] = clean_html(values["html"])
    return values


def clean_html(html: str) -> str:
    """Sanitised HTML in which pictures from elsewhere, such as a logo, stay: whoever wrote it is an administrator."""
    return sanitise(html).replace(" data-remote-src=", " src=") if html.strip() else ""


def _check(fields: Fields, values: dict[str, Any]) -> None:
    event, audience = values["event"], values["audience"]
    if event and event not in EVENTS:
        fields.fail("event", f"There is no event {event!r}. Known are: {', '.join(EVENTS)}.")
        return
    if event and audience and audience not in EVENTS[event].audiences:
        known = ", ".join(EVENTS[event].audiences)
        fields.fail("audience", f"Nobody called {audience!r} is told of this event. Known are: {known}.")
        return
    if values["language"] and not _LANGUAGE.fullmatch(values["language"]):
        fields.fail("language", "Must be a language, such as en or pt-BR.")
    if not event or not audience:
        return
    if (
        values["enabled"]
        and event not in FRAME
        and not any(values[name].strip() for name in ("subject", "text", "html"))
    ):
        fields.fail("text", "Write what the mail says, or switch the notification off.")
    known_names = placeholders(event, audience)
    for name in ("subject", "text", "html"):
        for fault in faults(values[name], known_names):
            fields.fail(name, fault)


@transaction.atomic
def switch_template(actor: Actor, event: str, audience: str, *, enabled: bool) -> None:
    """Switch a notification on or off in every language. Raises Invalid for one that there is not."""
    values = shipped_values(event, audience)
    rows = {row.language: row for row in NotificationTemplate.objects.filter(event=event, audience=audience)}
    if LANGUAGE not in rows and enabled != values["enabled"]:
        save_template(actor, {**values, "enabled": enabled})
    for row in rows.values():
        save_template(actor, {"enabled": enabled}, row)


@transaction.atomic
def delete_template(actor: Actor, template: NotificationTemplate) -> None:
    """Delete a template: the shipped one counts again."""
    record_delete(actor, template, show_template(template))
    template.delete()


def template_languages() -> list[str]:
    """The languages that something is written in, the instance's and English first."""
    own = NotificationTemplate.objects.order_by("language").values_list("language", flat=True).distinct()
    return list(dict.fromkeys([instance_language(), LANGUAGE, *own]))
