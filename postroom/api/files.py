"""Downloads: attachments and raw mail, handed out so that no browser runs or shows what a stranger wrote."""

from __future__ import annotations

from django.http import FileResponse
from django.utils.http import content_disposition_header
from ninja import Router

from postroom.api.errors import Refused, not_found
from postroom.api.shapes import Problem
from postroom.api.tokens import ApiRequest
from postroom.channels.storage import blobs
from postroom.tickets.queries import attachment_for

router = Router(tags=["conversations"])

POLICY = "sandbox; default-src 'none'"


def download(sha: str, filename: str, content_type: str = "application/octet-stream") -> FileResponse:
    """The bytes under ``sha`` as a file to save. Raises Refused (404) where they are gone."""
    try:
        stored = blobs().open(sha)
    except (FileNotFoundError, ValueError):
        raise Refused(404, "gone", "The content is no longer kept.") from None
    name = "".join(character if character.isprintable() else "_" for character in filename)
    response = FileResponse(stored, content_type=content_type)
    response.headers["Content-Disposition"] = content_disposition_header(True, name or "file") or "attachment"
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


@router.get(
    "/{int:id}",
    response={200: None, 404: Problem},
    openapi_extra={"responses": {200: {"content": {"application/octet-stream": {}}}}},
)
def read_attachment(request: ApiRequest, id: int) -> FileResponse:
    """The content of an attachment, for whoever may see its entry."""
    file = attachment_for(request.auth.user, id)
    if file is None:
        raise not_found()
    if file.removed:
        raise Refused(404, "removed", file.removed)
    return download(file.sha256, file.filename)
