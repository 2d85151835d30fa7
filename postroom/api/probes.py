"""Liveness, readiness and metrics, for the machine beside us or an administrator's token (CONTRACT)."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import wraps
from ipaddress import ip_address
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from postroom.api.errors import Refused, answer, error_answer, json_refusals, unauthorised
from postroom.api.metrics import render
from postroom.api.tokens import AdministratorToken

Probe = Callable[[HttpRequest], HttpResponse]
View = Callable[..., HttpResponseBase]

_administrator = AdministratorToken()


def _is_beside_us(request: HttpRequest) -> bool:
    """True for a caller on loopback that no proxy speaks for."""
    if "Forwarded" in request.headers or "X-Forwarded-For" in request.headers:
        return False
    try:
        address = ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def _guarded(view: Probe) -> View:
    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        try:
            if not _is_beside_us(request) and _administrator(request) is None:
                return unauthorised()
            return view(request)
        except Refused as refusal:
            return error_answer(refusal.status, refusal.code, refusal.message)
        except (DatabaseError, InterfaceError):
            return error_answer(503, "unavailable", "The database cannot be reached.")

    return json_refusals(require_safe(guarded))


@_guarded
def live(request: HttpRequest) -> HttpResponse:
    """200 as long as this process answers; nothing else is looked at."""
    return answer({"ok": True})


@_guarded
def ready(request: HttpRequest) -> HttpResponse:
    """200 if the database answers and the mail store can be written, else 503."""
    database, storage = _database_answers(), _is_writable(Path(settings.POSTROOM_STORAGE))
    ok = database and storage
    return answer({"ok": ok, "database": database, "storage": storage}, 200 if ok else 503)


@_guarded
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus text."""
    return HttpResponse(render(), content_type=CONTENT_TYPE_LATEST)


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM accounts_user LIMIT 1")
    except (DatabaseError, InterfaceError):
        return False
    return True


def _is_writable(folder: Path) -> bool:
    """True if the folder, or where it is still missing the one that it will be made in, can be written."""
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    return existing.is_dir() and os.access(existing, os.W_OK)
