"""Companies of a managed services provider, their mail domains, and the switch that brings them in (USR-03)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from postroom.accounts.models import Company, User
from postroom.accounts.services import delete_named, version_of
from postroom.accounts.shapes import show_company
from postroom.channels.models import Settings
from postroom.channels.services import save_settings
from postroom.tickets.dependents import of_company
from postroom.tickets.services.directory import save_company
from postroom.web.admin.people.saving import save_seen, try_to
from postroom.web.admin.routing.limits import lines
from postroom.web.http import PortalRequest, actor, administrators_only


@require_safe
@administrators_only
def listed(request: PortalRequest) -> HttpResponse:
    """The switch, and while it is on every company with its domains and people."""
    return _page(request)


@require_POST
@administrators_only
def switch(request: PortalRequest) -> HttpResponse:
    """Turn companies on or off; nothing of them is lost while they are off."""
    on = request.POST.get("on") == "on"
    save_settings(actor(request), {"managed_services_provider": on})
    messages.success(request, _("Companies are on.") if on else _("Companies are off. Nothing of them is lost."))
    return redirect("companies")


@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def new(request: PortalRequest) -> HttpResponse:
    """Add a company."""
    return _form(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def edit(request: PortalRequest, pk: int) -> HttpResponse:
    """Change a company."""
    return _form(request, _company_or_404(pk))


@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def delete(request: PortalRequest, pk: int) -> HttpResponse:
    """Ask before a company is deleted, naming what stands on it; then delete it."""
    company = _company_or_404(pk)
    if request.method != "POST":
        return _page(request, "delete", company=company)
    who, name = actor(request), str(company)
    if errors := try_to(lambda: delete_named(who, company)):
        return _page(request, "delete", company=_company_or_404(pk), errors=errors)
    messages.success(request, _("%(name)s is deleted.") % {"name": name})
    return redirect("companies")


def _company_or_404(pk: int) -> Company:
    company = Company.objects.filter(pk=pk).first() if Settings.load().managed_services_provider else None
    if company is None:
        raise Http404
    return company


def _form(request: PortalRequest, company: Company | None) -> HttpResponse:
    if not Settings.load().managed_services_provider:
        return redirect("companies")
    if request.method != "POST":
        values = show_company(company) if company is not None else {"name": "", "domains": []}
        return _page(request, "form", company=company, values=values)
    values = {"name": request.POST.get("name", ""), "domains": lines(request.POST.get("domains", ""))}
    who = actor(request)
    errors = save_seen(
        company, show_company, request.POST.get("version", ""), lambda fresh: save_company(who, values, fresh)
    )
    if errors:
        return _page(request, "form", company=company, values=values, errors=errors)
    messages.success(request, _("%(name)s is saved.") % {"name": str(values["name"]).strip()})
    return redirect("companies")


def _page(
    request: PortalRequest,
    panel: str = "",
    *,
    company: Company | None = None,
    values: dict[str, Any] | None = None,
    errors: dict[str, str] | None = None,
) -> HttpResponse:
    is_on = Settings.load().managed_services_provider
    rows = Company.objects.annotate(people_count=Count("people")).order_by("name")
    current = Company.objects.filter(pk=company.pk).first() if company is not None else None
    context = {
        "section": "companies",
        "is_on": is_on,
        "rows": rows.prefetch_related("domains", "technician_groups") if is_on else [],
        "panel": panel,
        "company": company,
        "values": values or {},
        "errors": errors or {},
        "version": version_of(show_company(current)) if current is not None else "",
        "dependents": of_company(company) if panel == "delete" and company is not None else [],
        "contacts": list(User.objects.filter(company=company, company_contact=True)[:20]) if company else [],
    }
    return render(request, "admin/people/companies.html", context, status=422 if errors else 200)
