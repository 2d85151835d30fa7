"""People as a CSV file (RFC 4180): out as the list is filtered, and in, line by line by address, all or nothing."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from postroom.accounts.models import User
from postroom.accounts.queries import people, type_of
from postroom.accounts.services import leaving_an_administrator
from postroom.accounts.shapes import show_whole_person
from postroom.audit.export import as_cell
from postroom.audit.services import Actor
from postroom.rules.fields import Invalid
from postroom.tickets.services.directory import save_person
from postroom.web.admin.people import words
from postroom.web.admin.people.listing import back_to_list, list_context
from postroom.web.http import PortalRequest, actor, administrators_only

COLUMNS = ("email", "name", "type", "department", "location", "company", "company_contact", "secondary_emails")
STATES = ("verified", "blocked", "archived")
MOST_LINES = 2000
MOST_BYTES = 5_000_000
SHOWN_FAULTS = 20
_YES = ("yes", "true", "1", "on")


@require_safe
@administrators_only
def export(request: PortalRequest) -> StreamingHttpResponse:
    """Everybody whom the list finds, streamed."""
    rows = people(words.filter_of(words.asked_of(request.GET))).select_related("company").order_by("name", "pk")
    lines = _lines(rows.prefetch_related("secondary_emails").iterator(chunk_size=2000))
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="people.csv"'
    return response


class _Echo:
    """What a CSV writer writes to: it hands the line back."""

    def write(self, line: str) -> str:
        return line


def _lines(rows: Iterable[User]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield writer.writerow([*COLUMNS, *STATES])
    for person in rows:
        shown = {**show_whole_person(person), "type": type_of(person)}
        shown["secondary_emails"] = " ".join(shown["secondary_emails"])
        for name in ("company_contact", *STATES):
            shown[name] = "yes" if shown[name] else ""
        yield writer.writerow(as_cell(shown[name]) for name in (*COLUMNS, *STATES))


@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def import_(request: PortalRequest) -> HttpResponse:
    """Read a file: known addresses are changed, others become people. One fault, and nothing of it is stored."""
    if request.method != "POST":
        return _page(request)
    file = request.FILES.get("file")
    if file is None or (file.size or 0) > MOST_BYTES:
        return _page(request, [_("Choose a CSV file of at most 5 MB.")])
    try:
        done = take(actor(request), file.read())
    except Invalid as invalid:
        return _page(request, [f"{path}: {text}" if path else text for path, text in invalid.errors])
    said = ngettext("%(n)d person is read in.", "%(n)d people are read in.", done)
    messages.success(request, said % {"n": done})
    return redirect(back_to_list(request))


def take(who: Actor, raw: bytes) -> int:
    """Save every line of a file; returns how many. Raises Invalid with the faults of all lines, and stores nothing."""
    errors: list[tuple[str, str]] = []
    count = 0
    with leaving_an_administrator():
        for number, data in _read(raw):
            count += 1
            try:
                with transaction.atomic():
                    known = User.objects.filter(email=str(data["email"]).strip().lower()).exclude(email=None).first()
                    save_person(who, data, known)
            except Invalid as invalid:
                line = _("Line %(number)d") % {"number": number}
                errors += [(f"{line}, {path}", text) for path, text in invalid.errors]
        if errors:
            raise Invalid(errors)
    return count


def _read(raw: bytes) -> Iterator[tuple[int, dict[str, Any]]]:
    """(line number, what save_person takes) of each line that is not empty."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Invalid([("", _("The file is not written in UTF-8. Save it as CSV UTF-8."))]) from None
    first = text.split("\n", 1)[0]
    reader = csv.DictReader(
        io.StringIO(text, newline=""), delimiter=";" if first.count(";") > first.count(",") else ","
    )
    names = [name.strip().lower() for name in reader.fieldnames or []]
    unknown = [name for name in names if name not in (*COLUMNS, *STATES)]
    if "email" not in names or unknown:
        known = ", ".join((*COLUMNS, *STATES))
        raise Invalid(
            [("", _("The first line must name columns of these, email among them: %(known)s.") % {"known": known})]
        )
    reader.fieldnames = names
    for number, row in enumerate(reader, start=2):
        if number > MOST_LINES + 1:
            raise Invalid([("", _("A file has at most %(count)d lines.") % {"count": MOST_LINES})])
        yield number, _data({name: (row.get(name) or "").strip() for name in names})


def _as_typed(cell: str) -> str:
    """The cell without the mark that keeps spreadsheets from taking it for a formula."""
    return cell[1:] if cell.startswith("'") and as_cell(cell[1:]) == cell else cell


def _data(row: dict[str, str]) -> dict[str, Any]:
    data: dict[str, Any] = {name: _as_typed(value) for name, value in row.items() if name != "type"}
    if "secondary_emails" in data:
        data["secondary_emails"] = data["secondary_emails"].split()
    for name in ("company_contact", *STATES):
        if name in data:
            data[name] = data[name].lower() in _YES
    if wanted := row.get("type", "").lower():
        data["kind"] = "guest" if wanted == "guest" else "registered"
        data["role"] = "requester" if wanted == "guest" else wanted
    return data


def _page(request: PortalRequest, faults: list[str] | None = None) -> HttpResponse:
    more = len(faults or []) - SHOWN_FAULTS
    context = {
        **list_context(request),
        "panel": "import",
        "columns": (*COLUMNS, *STATES),
        "faults": (faults or [])[:SHOWN_FAULTS],
        "more_faults": max(0, more),
    }
    return render(request, "admin/people/people.html", context, status=422 if faults else 200)
