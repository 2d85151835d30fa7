"""Categories as a tree: a rename or a move takes along what is below."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from postroom.accounts.services import version_of
from postroom.tickets.dependents import of_category
from postroom.tickets.models import Category
from postroom.tickets.services.categories import SEPARATOR, delete_category, place_category
from postroom.web.admin.people.saving import save_seen, try_to
from postroom.web.http import PortalRequest, actor, administrators_only


@dataclass(frozen=True, slots=True)
class Branch:
    """A category in the tree: its own name, how deep it stands (0 is the top), and whether something is below it."""

    category: Category
    name: str
    depth: int
    has_children: bool


def tree() -> list[Branch]:
    """All categories, each right before what is below it."""
    rows = sorted(Category.objects.all(), key=lambda row: [part.casefold() for part in row.name.split(SEPARATOR)])
    parents = {row.parent_id for row in rows}
    return [
        Branch(row, row.name.rpartition(SEPARATOR)[2], row.name.count(SEPARATOR), row.pk in parents) for row in rows
    ]


@require_safe
@administrators_only
def listed(request: PortalRequest) -> HttpResponse:
    """The tree."""
    return _page(request)


@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def new(request: PortalRequest) -> HttpResponse:
    """Add a category, at the top or below another (``?below=``)."""
    return _form(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def edit(request: PortalRequest, pk: int) -> HttpResponse:
    """Rename or move a category with all that is below it."""
    return _form(request, _category_or_404(pk))


@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def delete(request: PortalRequest, pk: int) -> HttpResponse:
    """Ask before a category is deleted, naming what stands on it; then delete it."""
    category = _category_or_404(pk)
    if request.method != "POST":
        return _page(request, "delete", category=category)
    who, name = actor(request), category.name
    if errors := try_to(lambda: delete_category(who, category)):
        return _page(request, "delete", category=_category_or_404(pk), errors=errors)
    messages.success(request, _("%(name)s is deleted.") % {"name": name})
    return redirect("categories")


def _category_or_404(pk: int) -> Category:
    category = Category.objects.filter(pk=pk).first()
    if category is None:
        raise Http404
    return category


def _shown(category: Category) -> dict[str, str]:
    below, _slash, name = category.name.rpartition(SEPARATOR)
    return {"name": name, "below": below}


def _form(request: PortalRequest, category: Category | None) -> HttpResponse:
    if request.method != "POST":
        above = Category.objects.filter(name__iexact=request.GET.get("below", "").replace("\x00", "")).first()
        values = _shown(category) if category is not None else {"name": "", "below": above.name if above else ""}
        return _page(request, "form", category=category, values=values)
    values = {"name": request.POST.get("name", ""), "below": request.POST.get("below", "")}
    who = actor(request)
    errors = save_seen(
        category, _shown, request.POST.get("version", ""), lambda fresh: place_category(who, values, fresh)
    )
    if errors:
        return _page(request, "form", category=category, values=values, errors=errors)
    messages.success(request, _("%(name)s is saved.") % {"name": values["name"].strip()})
    return redirect("categories")


def _page(
    request: PortalRequest,
    panel: str = "",
    *,
    category: Category | None = None,
    values: dict[str, Any] | None = None,
    errors: dict[str, str] | None = None,
) -> HttpResponse:
    branches = tree()
    current = Category.objects.filter(pk=category.pk).first() if category is not None else None
    whole = f"{current.name}{SEPARATOR}" if current is not None else ""
    context = {
        "section": "categories",
        "branches": branches,
        "panel": panel,
        "category": category,
        "values": values or {},
        "errors": errors or {},
        "version": version_of(_shown(current)) if current is not None else "",
        "places": [
            one.category.name
            for one in branches
            if not whole or not f"{one.category.name}{SEPARATOR}".startswith(whole)
        ],
        "below_count": sum(one.category.name.startswith(whole) for one in branches) if whole else 0,
        "dependents": of_category(current) if panel == "delete" and current is not None else [],
    }
    return render(request, "admin/people/categories.html", context, status=422 if errors else 200)
