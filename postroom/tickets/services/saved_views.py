"""Save and delete views of the list. One's own are free; those of a group or of everybody are an administrator's."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction

from postroom.accounts.models import TechnicianGroup, User
from postroom.audit.services import Actor, differences, record
from postroom.rules.fields import Invalid
from postroom.tickets.listing import ORDERS, clean_filters
from postroom.tickets.models import SavedView

MAX_OWN = 50


@transaction.atomic
def save_view(
    by: User,
    actor: Actor,
    name: str,
    filters: Mapping[str, str],
    order: str,
    *,
    shared: bool = False,
    group: TechnicianGroup | None = None,
) -> SavedView:
    """Save a view: of ``by`` alone, with ``shared`` of ``group`` or, where that is None, of all technicians.

    One of the same name and audience is replaced. Raises Invalid.
    """
    name = " ".join(name.replace("\x00", "").split())
    errors = [] if 0 < len(name) <= 80 else [("name", "Give the view a name of at most 80 characters.")]
    if shared and not by.is_admin:
        errors.append(("shared", "Only an administrator may share a view."))
    if order not in ORDERS:
        errors.append(("order", f"must be one of {', '.join(ORDERS)}."))
    audience = {"owner": None if shared else by, "group": group if shared else None}
    if not shared and SavedView.objects.filter(owner=by).count() >= MAX_OWN:
        errors.append(("name", f"You have {MAX_OWN} views already. Delete one first."))
    if errors:
        raise Invalid(errors)
    view = SavedView.objects.filter(name__iexact=name, **audience).first() or SavedView(**audience)
    old = {} if view.pk is None else shown(view)
    view.name, view.filters, view.order = name, clean_filters(by, filters), order
    view.save()
    if shared:
        action = "updated" if old else "created"
        record(actor=actor, action=action, object_=view, name=view.name, changes=differences(old, shown(view)))
    return view


@transaction.atomic
def delete_view(by: User, actor: Actor, pk: int) -> SavedView:
    """Delete one's own view, or as an administrator a shared one; returns what it was. Raises Invalid."""
    view = SavedView.objects.filter(pk=pk).first()
    if view is None or not may_change(by, view):
        raise Invalid([("view", "There is no such view that you may delete.")])
    if view.owner_id is None:
        record(actor=actor, action="deleted", object_=view, name=view.name, changes=differences(shown(view), {}))
    SavedView.objects.filter(pk=view.pk).delete()
    return view


def may_change(user: User, view: SavedView) -> bool:
    """Whether the user may replace or delete the view."""
    if view.owner_id is not None:
        return view.owner_id == user.pk
    return user.is_admin


def shown(view: SavedView) -> dict[str, object]:
    """A view as the audit and REST show it."""
    return {
        "name": view.name,
        "filters": view.filters,
        "order": view.order,
        "group": view.group.name if view.group else None,
        "shared": view.owner_id is None,
    }
