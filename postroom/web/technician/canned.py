"""Canned replies: the list of those that one may use, and the form to write one."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from postroom.accounts.models import TechnicianGroup, User
from postroom.tickets import queries
from postroom.tickets.models import ReplyTemplate
from postroom.tickets.services import Invalid
from postroom.tickets.services.replies import (
    PLACEHOLDERS,
    audience_of,
    delete_reply_template,
    may_change,
    save_reply_template,
    templates_for,
)
from postroom.web.http import PortalRequest, technicians_only

AUDIENCES = {
    "personal": gettext_lazy("Only me"),
    "group": gettext_lazy("A technician group"),
    "all": gettext_lazy("All technicians"),
}


class TemplateForm(forms.Form):
    """Name, text, and who may use it."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=200)
    text = forms.CharField(
        label=gettext_lazy("Text"), max_length=50_000, widget=forms.Textarea(attrs={"rows": 8}), strip=False
    )
    audience = forms.ChoiceField(label=gettext_lazy("For"))
    group = forms.ChoiceField(label=gettext_lazy("Group"), required=False)

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "template-%s"} | kwargs)
        groups = TechnicianGroup.objects.all() if user.is_admin else user.technician_groups.all()
        audience, group = self.fields["audience"], self.fields["group"]
        assert isinstance(audience, forms.ChoiceField) and isinstance(group, forms.ChoiceField)
        audience.choices = [item for item in AUDIENCES.items() if item[0] != "all" or user.is_admin]
        group.choices = [("", "—"), *((row.name, row.name) for row in groups)]
        for name, field in self.fields.items():
            select = name in ("audience", "group")
            field.widget.attrs["class"] = "form-select form-select-sm" if select else "form-control form-control-sm"


def _page(request: PortalRequest, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    around = {"views": queries.VIEWS, "current": "", "counts": queries.open_counts(request.user)}
    return render(request, template, around | context, status=status)


@require_safe
@technicians_only
def reply_templates(request: PortalRequest) -> HttpResponse:
    """Those that the reader may use."""
    rows = [(row, AUDIENCES[audience_of(row)], may_change(request.user, row)) for row in templates_for(request.user)]
    return _page(request, "technician/reply_templates.html", {"rows": rows})


@require_http_methods(["GET", "HEAD", "POST"])
@technicians_only
def edit(request: PortalRequest, pk: int | None = None) -> HttpResponse:
    """Write a new one, or change one."""
    row = _row_or_404(request.user, pk) if pk is not None else None
    initial = _initial(row) if row is not None else {"audience": "personal"}
    form = TemplateForm(request.user, request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            save_reply_template(request.user, form.cleaned_data, row)
        except Invalid as invalid:
            for name, message in invalid.errors:
                form.add_error(name if name in form.fields else None, message)
        else:
            messages.success(request, _("Saved."))
            return redirect("reply-templates")
    context = {"row": row, "form": form, "placeholders": PLACEHOLDERS}
    return _page(request, "technician/reply_template.html", context, 422 if form.errors else 200)


def _initial(row: ReplyTemplate) -> dict[str, str]:
    group = row.group.name if row.group else ""
    return {"name": row.name, "text": row.text, "audience": audience_of(row), "group": group}


@require_POST
@technicians_only
def delete(request: PortalRequest, pk: int) -> HttpResponse:
    """Delete one."""
    delete_reply_template(request.user, _row_or_404(request.user, pk))
    messages.success(request, _("Deleted."))
    return redirect("reply-templates")


def _row_or_404(user: User, pk: int) -> ReplyTemplate:
    """One that the user may change."""
    row = templates_for(user).filter(pk=pk).first()
    if row is None or not may_change(user, row):
        raise Http404
    return row
