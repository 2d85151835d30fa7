"""The list of announcements, and one of them with its headway, which follows by itself while it is sent."""

from __future__ import annotations

from typing import Any

from django.db.models import Count
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from markupsafe import Markup

from postroom.accounts.models import RequesterGroup
from postroom.mail.html import sanitise
from postroom.tickets.announced import counts_of, outcome_of, recipients_of
from postroom.tickets.models import Announcement
from postroom.tickets.services.announcements import announcement_mail
from postroom.tickets.wording import Wording
from postroom.web.http import PortalRequest, administrators_only, is_unchanged, not_modified, tag_of
from postroom.web.security import mail_policy

SHOWN = 100
TROUBLES = 200


@require_safe
@administrators_only
def announcements(request: PortalRequest) -> HttpResponse:
    """All announcements, newest first."""
    return render(request, "admin/announcements/list.html", list_context())


def list_context() -> dict[str, Any]:
    """What the list shows."""
    rows = list(Announcement.objects.prefetch_related("requester_groups").order_by("-id")[:SHOWN])
    counts = counts_of(rows)
    return {"section": "announcements", "rows": [(row, counts[row.pk]) for row in rows], "panel": "", "draft": None}


@require_safe
@administrators_only
def announcement(request: PortalRequest, pk: int) -> HttpResponse:
    """One announcement; a poll gets its headway alone, or 304 where nothing moved."""
    context = one_context(announcement_or_404(pk))
    if request.htmx:
        if is_unchanged(request, context["tag"]):
            return not_modified(context["tag"])
        return render(request, "admin/announcements/headway.html", context)
    return render(request, "admin/announcements/one.html", context)


def one_context(row: Announcement) -> dict[str, Any]:
    """What the page of one shows."""
    counts = counts_of([row])[row.pk]
    trouble = [(one, *outcome_of(one)) for one in recipients_of(row, trouble=True)[:TROUBLES]]
    return {
        "section": "announcements",
        "row": row,
        "counts": counts,
        "trouble": trouble,
        "groups": [(group, group.people) for group in row.requester_groups.annotate(people=Count("members"))],
        "tag": tag_of(row.state, counts, [(one.pk, state) for one, state, _why in trouble]),
        "is_moving": row.state == Announcement.State.SENDING or counts.queued > 0,
        "panel": "",
        "error": "",
    }


@require_safe
@administrators_only
def preview(request: PortalRequest, pk: int) -> HttpResponse:
    """The mail as the reader of this page would get it, as a document for a frame."""
    return preview_document(request, announcement_or_404(pk))


def preview_document(request: PortalRequest, row: Announcement, error: str = "") -> HttpResponse:
    """A frame's document with the mail, or with what is wrong; it can run nothing."""
    shown = None if error else announcement_mail(row, request.user.name, request.user.email or "", Wording.load())
    context = {
        "shown": shown,
        "html": Markup(sanitise(shown.html)) if shown and shown.html else "",  # noqa: S704
        "error": error,
        "is_dark": "dark" in (request.POST.get("look"), request.GET.get("look")),
    }
    return mail_policy(render(request, "admin/notifications/preview.html", context), remote_images=False)


def announcement_or_404(pk: int) -> Announcement:
    row = Announcement.objects.select_related("outgoing_server", "created_by").filter(pk=pk).first()
    if row is None:
        raise Http404
    return row


def group_choices() -> list[tuple[RequesterGroup, int]]:
    """Every requester group, and how many are in it."""
    groups = RequesterGroup.objects.annotate(people=Count("members")).order_by("name")
    return [(group, group.people) for group in groups]
