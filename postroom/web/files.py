"""Uploaded files on their way to a service."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext

from postroom.channels.models import Settings
from postroom.tickets.services import NewFile
from postroom.web.jinja import size


def new_files(uploads: Sequence[UploadedFile[bytes]]) -> tuple[list[NewFile], str]:
    """The uploaded files for a service, and an error where they are together larger than a mail may be."""
    limit = Settings.load().message_size if uploads else 0
    total = sum(upload.size or 0 for upload in uploads)
    if total > limit:
        words = gettext("The files are %(total)s together; at most %(limit)s fit into a mail. Leave some out.")
        return [], words % {"total": size(total), "limit": size(limit)}
    return [NewFile(upload.name or "file", upload.content_type or "", upload.read()) for upload in uploads], ""
