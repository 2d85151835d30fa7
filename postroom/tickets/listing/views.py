"""The views of the list: the six that everybody has, and those that people save."""

from __future__ import annotations

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from postroom.accounts.models import User
from postroom.tickets.access import Sight
from postroom.tickets.models import SavedView, Ticket

OPEN = (Ticket.Status.OPEN, Ticket.Status.IN_PROGRESS, Ticket.Status.PENDING)
VIEWS = {
    "mine": _("Mine"),
    "unassigned": _("Unassigned"),
    "groups": _("My groups"),
    "open": _("All open"),
    "closed": _("Closed"),
    "all": _("All"),
}


def view_condition(sight: Sight, view: str) -> Q:
    """Which requests a view has, beyond what the user may see."""
    conditions = {
        "mine": Q(status__in=OPEN, technician=sight.person),
        "unassigned": Q(status__in=OPEN, technician=None),
        "groups": Q(status__in=OPEN, technician_group__in=sight.groups),
        "open": Q(status__in=OPEN),
        "closed": ~Q(status__in=OPEN),
        "all": Q(),
    }
    return conditions[view]


def saved_views(user: User) -> QuerySet[SavedView]:
    """The saved views that this user sees: their own, those of their groups, and those of everybody."""
    groups = user.technician_groups.all()
    mine = Q(owner=user) | Q(group__in=groups) | Q(owner=None, group=None)
    return SavedView.objects.select_related("group").filter(mine)
