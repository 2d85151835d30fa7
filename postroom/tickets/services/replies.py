"""Canned replies: texts with placeholders, of one technician, of a group, or of everybody (WRK-04)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from postroom.accounts.models import TechnicianGroup, User
from postroom.rules.fields import Fields, unknown_name
from postroom.tickets.models import ReplyTemplate, Ticket
from postroom.tickets.services.log import refused

FIELDS = ("name", "text", "audience", "group")
AUDIENCES = ("personal", "group", "all")
PLACEHOLDERS = (
    "requester",
    "requester_email",
    "number",
    "subject",
    "status",
    "priority",
    "category",
    "company",
    "technician",
    "technician_group",
    "mailbox",
    "url",
    "me",
    "my_email",
)
_PLACEHOLDER = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_LONGEST = 50_000


def templates_for(user: User) -> QuerySet[ReplyTemplate]:
    """Those that the technician may use: their own, those of their groups (administrators: of all), everybody's."""
    rows = ReplyTemplate.objects.select_related("owner", "group")
    if user.is_admin:
        return rows.filter(Q(owner=None) | Q(owner=user))
    groups = user.technician_groups.all()
    return rows.filter(Q(owner=user) | Q(group__in=groups) | Q(owner=None, group=None))


def may_change(user: User, template: ReplyTemplate) -> bool:
    """One's own, those of one's groups; everybody's only by administrators. Of those that the user may use."""
    return user.is_admin or template.owner_id == user.pk or template.group_id is not None


def audience_of(template: ReplyTemplate) -> str:
    return "personal" if template.owner_id else "group" if template.group_id else "all"


@transaction.atomic
def save_reply_template(
    user: User, data: object, instance: ReplyTemplate | None = None, *, replace: bool = False
) -> ReplyTemplate:
    """Make a canned reply of {name, text, audience: personal | group | all, group}, or change one. Raises Invalid."""
    if instance is not None and not may_change(user, instance):
        raise refused("Only an administrator may change what everybody uses.")
    base = instance if instance is not None and not replace else ReplyTemplate(owner=user)
    fields = Fields(data, FIELDS)
    name = fields.text("name", base.name, required="Enter a name.")
    text = fields.text("text", base.text, required="Enter the text.", longest=_LONGEST, lines=True)
    audience = fields.choice("audience", audience_of(base), AUDIENCES)
    group = _group(user, fields, base) if audience == "group" else None
    if audience == "all" and not user.is_admin:
        fields.fail("audience", "Only an administrator may write for everybody.")
    for found in _PLACEHOLDER.findall(text):
        if found.strip() not in PLACEHOLDERS:
            known = ", ".join(PLACEHOLDERS)
            fields.fail("text", f"Unknown placeholder {found.strip()!r}. Known are: {known}.")
    fields.done()
    row = instance or ReplyTemplate()
    row.name, row.text, row.group, row.updated_at = name, text, group, timezone.now()
    row.owner = (row.owner or user) if audience == "personal" else None
    row.save()
    return row


def _group(user: User, fields: Fields, base: ReplyTemplate) -> TechnicianGroup | None:
    name = fields.text("group", base.group.name if base.group else "", required="Choose the group.")
    if not name:
        return None
    mine = TechnicianGroup.objects.all() if user.is_admin else user.technician_groups.all()
    group = mine.filter(name__iexact=name).first()
    if group is None:
        fields.fail("group", unknown_name("technician group of yours", name))
    return group


@transaction.atomic
def delete_reply_template(user: User, template: ReplyTemplate) -> None:
    """Delete it. Raises Invalid where the user may not change it."""
    if not may_change(user, template):
        raise refused("Only an administrator may delete what everybody uses.")
    template.delete()


def filled(template: ReplyTemplate, ticket: Ticket, me: User) -> str:
    """The text with the values of the request; what there is no value for is left out."""
    values = values_of(ticket, me)
    return _PLACEHOLDER.sub(lambda found: values.get(found[1].strip(), ""), template.text)


def values_of(ticket: Ticket, me: User) -> Mapping[str, str]:
    """What each placeholder stands for."""
    values: dict[str, Any] = {
        "requester": ticket.requester.name,
        "requester_email": ticket.requester.email,
        "number": ticket.number,
        "subject": ticket.subject,
        "status": ticket.get_status_display(),
        "priority": ticket.get_priority_display(),
        "category": ticket.category,
        "company": ticket.company,
        "technician": ticket.technician,
        "technician_group": ticket.technician_group,
        "mailbox": ticket.mailbox_email,
        "url": f"{settings.POSTROOM_URL}/my/requests/{ticket.number}",
        "me": me.name,
        "my_email": me.email,
    }
    return {name: "" if value is None else str(value) for name, value in values.items()}
