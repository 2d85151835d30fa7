"""The suppression list: addresses that automatic mail does not go to, and why (B-08)."""

from __future__ import annotations

from ninja import Router

from postroom.api.bodies import Json
from postroom.api.resources import Resource, offer
from postroom.api.serialise import moment
from postroom.api.server_shapes import SuppressionOut, SuppressionPage
from postroom.outbox.models import Suppression
from postroom.outbox.services.suppressions import delete_suppression, save_suppression, show_suppression

router = Router(tags=["mail"])


def _shown(row: Suppression) -> Json:
    return {"id": row.pk, **show_suppression(row), "created_at": moment(row.created_at)}


SUPPRESSIONS = Resource(
    path="suppressions",
    one="suppressed address",
    many="suppressed addresses",
    rows=lambda: Suppression.objects.order_by("address"),
    shape=_shown,
    save=lambda actor, values, row, replace: save_suppression(actor, values, row, replace=replace),
    delete=delete_suppression,
    out=SuppressionOut,
    page=SuppressionPage,
    searched=("address", "reason"),
    read_only=("id", "created_at"),
)

offer(router, SUPPRESSIONS)
