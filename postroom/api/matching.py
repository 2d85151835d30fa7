"""Conditional changes: a PUT, PATCH or DELETE with If-Match counts only for the version that its caller has read.

RFC 9110, 13.1.1. Without the header whoever writes last wins, as ever.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from django.db.models import Model
from django.http import HttpRequest

from postroom.channels.services import changing, check_version, version_of


def if_match(request: HttpRequest, row: Model, section: str = "") -> AbstractContextManager[None]:
    """A context in which the row, or a section of the settings, may be changed. Raises ChangedMeanwhile (412)."""
    header = request.headers.get("If-Match", "").strip()
    return _held(header, row, section) if header not in ("", "*") else nullcontext()


@contextmanager
def _held(header: str, row: Model, section: str) -> Iterator[None]:
    with changing():
        given = [tag.strip().strip('"') for tag in header.split(",")]
        stored = version_of(type(row)._default_manager.get(pk=row.pk), section)
        check_version(row, section, seen=stored if stored in given else given[0] or "none")
        yield
