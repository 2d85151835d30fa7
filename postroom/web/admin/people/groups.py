"""Technician groups and requester groups: who works on what, and whom announcements go to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_http_methods, require_safe

from postroom.accounts.models import Company, RequesterGroup, TechnicianGroup, User
from postroom.accounts.services import change_members, delete_named, save_requester_group, version_of
from postroom.accounts.shapes import show_group
from postroom.audit.services import Actor
from postroom.channels.models import Settings
from postroom.tickets.dependents import of_group
from postroom.tickets.queries import technicians
from postroom.tickets.services.directory import save_group
from postroom.web.admin.people.saving import save_seen, try_to
from postroom.web.admin.routing.limits import lines
from postroom.web.http import PortalRequest, actor, administrators_only

Group = TechnicianGroup | RequesterGroup
SHOWN_MEMBERS = 12


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two lists of groups and its words."""

    key: str
    title: Any
    add: Any
    empty: Any
    lead: Any
    model: type[Any]

    @property
    def list_name(self) -> str:
        return f"{self.key}-groups"

    @property
    def name(self) -> str:
        return f"{self.key}-group"


SIDES = {
    "technician": Side(
        "technician",
        lazy("Technician groups"),
        lazy("Add technician group"),
        lazy("No technician group yet"),
        lazy("A team that requests belong to. Its members see the requests of the group, and those of no group."),
        TechnicianGroup,
    ),
    "requester": Side(
        "requester",
        lazy("Requester groups"),
        lazy("Add requester group"),
        lazy("No requester group yet"),
        lazy("People whom announcements and notifications can go to together, such as all staff of a site."),
        RequesterGroup,
    ),
}


@require_safe
@administrators_only
def listed(request: PortalRequest, side: str) -> HttpResponse:
    """All groups with the number of their members."""
    return _page(request, SIDES[side])


@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def new(request: PortalRequest, side: str) -> HttpResponse:
    """Add a group."""
    return _form(request, SIDES[side], None)


@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def edit(request: PortalRequest, side: str, pk: int) -> HttpResponse:
    """Change a group: its name, its members, the companies that it serves."""
    return _form(request, SIDES[side], _group_or_404(SIDES[side], pk))


@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def delete(request: PortalRequest, side: str, pk: int) -> HttpResponse:
    """Ask before a group is deleted, naming what stands on it; then delete it."""
    group = _group_or_404(SIDES[side], pk)
    if request.method != "POST":
        return _page(request, SIDES[side], "delete", group=group)
    who, name = actor(request), str(group)
    if errors := try_to(lambda: delete_named(who, group)):
        return _page(request, SIDES[side], "delete", group=_group_or_404(SIDES[side], pk), errors=errors)
    messages.success(request, _("%(name)s is deleted.") % {"name": name})
    return redirect(SIDES[side].list_name)


def _group_or_404(side: Side, pk: int) -> Group:
    group: Group | None = side.model.objects.filter(pk=pk).first()
    if group is None:
        raise Http404
    return group


def _seen(group: Any) -> Any:
    """What a panel shows of a group; the many members of a requester group are no part of it."""
    return show_group(group) if isinstance(group, TechnicianGroup) else {"name": group.name}


def _form(request: PortalRequest, side: Side, group: Group | None) -> HttpResponse:
    if request.method != "POST":
        shown = _seen(group) if group is not None else {"name": "", "members": [], "companies": []}
        return _page(request, side, "form", group=group, values=shown)
    posted, who = request.POST, actor(request)
    values: dict[str, Any] = {
        "name": posted.get("name", ""),
        "members": posted.getlist("members"),
        "companies": posted.getlist("companies"),
        "add": lines(posted.get("add", "")),
        "remove": lines(posted.get("remove", "")),
    }
    errors = save_seen(group, _seen, posted.get("version", ""), lambda fresh: _store(who, side, values, fresh))
    if errors:
        return _page(request, side, "form", group=group, values=values, errors=errors)
    messages.success(request, _("%(name)s is saved.") % {"name": values["name"].strip()})
    return redirect(side.list_name)


def _store(who: Actor, side: Side, values: dict[str, Any], group: Any) -> None:
    if side.key == "technician":
        data = {"name": values["name"], "members": values["members"]}
        if Settings.load().managed_services_provider:
            data["companies"] = values["companies"]
        save_group(who, data, group)
        return
    saved = save_requester_group(who, {"name": values["name"]}, group)
    change_members(who, saved, {"add": values["add"], "remove": values["remove"]})


def _page(
    request: PortalRequest,
    side: Side,
    panel: str = "",
    *,
    group: Group | None = None,
    values: dict[str, Any] | None = None,
    errors: dict[str, str] | None = None,
) -> HttpResponse:
    has_companies = Settings.load().managed_services_provider
    rows = side.model.objects.annotate(member_count=Count("members")).order_by("name")
    context: dict[str, Any] = {
        "section": side.list_name,
        "side": side,
        "rows": rows.prefetch_related("companies") if side.key == "technician" else rows,
        "has_companies": has_companies,
        "panel": panel,
        "group": group,
        "values": values or {},
        "errors": errors or {},
    }
    if panel == "form":
        context |= _choices(side, group, has_companies)
    elif panel == "delete" and group is not None:
        context |= {"dependents": of_group(group), "member_count": group.members.count()}
    return render(request, "admin/people/groups.html", context, status=422 if errors else 200)


def _choices(side: Side, group: Group | None, has_companies: bool) -> dict[str, Any]:
    """What can be chosen in the panel, and for a requester group the first of its members."""
    current = side.model.objects.filter(pk=group.pk).first() if group is not None else None
    found: dict[str, Any] = {"version": version_of(_seen(current)) if current is not None else ""}
    if side.key == "technician":
        found["technicians"] = list(technicians().order_by("name", "email").values_list("email", "name"))
        found["companies"] = list(Company.objects.values_list("name", flat=True)) if has_companies else []
        return found
    members: Any = group.members.order_by("name", "pk") if group is not None else User.objects.none()
    return {**found, "members": list(members[:SHOWN_MEMBERS]), "member_count": members.count()}
