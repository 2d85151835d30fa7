"""Pages in the language and the time zone of whoever reads them; and when their browser was last seen."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.http.response import HttpResponseBase
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers

from postroom.accounts.models import User
from postroom.accounts.sessions import note_seen

_FOR_MACHINES = ("/api/", "/health/", "/metrics")


class Preferences:
    """The person's language and zone count; before the sign-in the browser's languages. Machines get English."""

    def __init__(self, get_response: Callable[[Any], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> HttpResponseBase:
        if request.path_info.startswith(_FOR_MACHINES):
            with translation.override(settings.LANGUAGE_CODE):
                return self.get_response(request)
        user = request.user if request.user.is_authenticated else None
        with ExitStack() as held:
            held.enter_context(translation.override(_language(request, user)))
            zone = zone_of(user.time_zone) if user is not None else None
            if zone is not None:
                held.enter_context(timezone.override(zone))
            if user is not None:
                note_seen(request, user)
            response = self.get_response(request)
            response.headers.setdefault("Content-Language", translation.get_language() or "en")
        if user is None:
            patch_vary_headers(response, ("Accept-Language",))
        return response


def _language(request: Any, user: User | None) -> str:
    offered = dict(settings.LANGUAGES)
    if user is not None and user.language in offered:
        return user.language
    return translation.get_language_from_request(request)


@lru_cache(maxsize=200)
def zone_of(name: str) -> ZoneInfo | None:
    """The zone of this name (IANA), or None for none and for a name that is no longer known."""
    if not name:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return None
