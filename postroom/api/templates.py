"""Notification templates: an administrator's versions of what the desk writes by itself (NTF-01)."""

from __future__ import annotations

from ninja import Router

from postroom.api.resources import Resource, offer
from postroom.api.server_shapes import TemplateOut, TemplatePage
from postroom.tickets.models import NotificationTemplate
from postroom.tickets.services.templates import delete_template, save_template, show_template

router = Router(tags=["notifications"])

TEMPLATES = Resource(
    path="notification-templates",
    one="notification template",
    many="notification templates",
    rows=lambda: NotificationTemplate.objects.order_by("event", "audience", "language"),
    shape=lambda template: {"id": template.pk, **show_template(template)},
    save=lambda actor, values, row, replace: save_template(actor, values, row, replace=replace),
    delete=delete_template,
    out=TemplateOut,
    page=TemplatePage,
    searched=("event", "audience", "subject"),
)

offer(router, TEMPLATES)
