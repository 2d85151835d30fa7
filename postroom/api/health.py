"""The state of the instance, as ``postroom status --json`` prints it."""

from __future__ import annotations

from django.http import HttpResponse
from ninja import Router

from postroom.api.errors import answer
from postroom.api.server_shapes import StatusOut
from postroom.api.tokens import ApiRequest
from postroom.inbox.status import status

router = Router(tags=["health"])


@router.get("/health", response=StatusOut)
def read_health(request: ApiRequest) -> HttpResponse:
    """Servers, backlog, queue, database and workers."""
    return answer(status())
