"""What a refusal looks like: ``{code, message, errors: [{field, message}]}``, whatever refused (CONTRACT: REST)."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from typing import Any

from django.core.exceptions import ObjectDoesNotExist, RequestDataTooBig
from django.db import IntegrityError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, UnreadablePostError
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from postroom.channels.services import ChangedMeanwhile
from postroom.inbox.services import NotPossible as MailNotPossible
from postroom.outbox.services import NotPossible as SendingNotPossible
from postroom.tickets.services import Invalid

Fault = tuple[str, str]
JSON = "application/json; charset=utf-8"

_NOT_FOUND = "There is nothing here, or you may not see it."

logger = logging.getLogger(__name__)


class Refused(Exception):
    """A request that is answered with an error. ``errors`` is [(field, message)]."""

    def __init__(self, status: int, code: str, message: str, errors: Sequence[Fault] = ()) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.errors = status, code, message, list(errors)


def wrong_values(errors: Sequence[Fault]) -> Refused:
    """400: some fields hold what cannot be taken; each error names its field."""
    message = "; ".join(f"{field}: {text}" if field else text for field, text in errors)
    return Refused(400, "invalid", message, errors)


def not_found() -> Refused:
    """404: not there, or not for these eyes. Which of the two is not told."""
    return Refused(404, "not_found", _NOT_FOUND)


def answer(data: Any, status: int = 200) -> HttpResponse:
    """``data`` as JSON. Hand-written shapes come here as they are: nothing is validated a second time."""
    return HttpResponse(json.dumps(data), status=status, content_type=JSON)


def error_answer(status: int, code: str, message: str, errors: Iterable[Fault] = ()) -> HttpResponse:
    """The answer of a refusal."""
    faults = [{"field": field, "message": text} for field, text in errors]
    response = answer({"code": code, "message": message, "errors": faults}, status)
    if status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def unauthorised() -> HttpResponse:
    """401, the same for no token, a wrong one and a revoked one."""
    return error_answer(401, "unauthorized", "Give a valid token: Authorization: Bearer TOKEN.")


@csrf_exempt
def nothing_here(request: HttpRequest, path: str = "") -> HttpResponse:
    """404 for every path below /api/ that no resource has."""
    return error_answer(404, "not_found", _NOT_FOUND)


def json_refusals(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Give what the router refuses by itself (405, and 404 at its root) the shape of every other error."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            response = view(request, *args, **kwargs)
        except Http404:
            return nothing_here(request)
        if not isinstance(response, HttpResponseNotAllowed):
            return response
        refused = error_answer(405, "method_not_allowed", f"Here one may only {response.headers['Allow']}.")
        refused.headers["Allow"] = response.headers["Allow"]
        return refused

    return wrapped


def _field(location: Sequence[str | int]) -> str:
    """``("body", "payload", "attachments", 0, "filename")`` as ``attachments[0].filename``."""
    source, *path = location
    steps = path[1:] if source == "body" else path[-1:]
    name = ""
    for step in steps:
        if isinstance(step, str) and step.startswith("["):
            continue  # the branch of a union, no field of the caller's
        name += f"[{step}]" if isinstance(step, int) else f".{step}" if name else step
    return name or str(source)


def _message(error: dict[str, Any]) -> str:
    text = str(error["msg"])
    return text if text.endswith(".") else f"{text}."


def _wrong(request: HttpRequest, error: object) -> HttpResponse:
    faults = error.errors if isinstance(error, Invalid) else []
    if isinstance(error, ValidationError):
        faults = [(_field(item["loc"]), _message(item)) for item in error.errors]
    refusal = wrong_values(faults)
    return error_answer(refusal.status, refusal.code, refusal.message, refusal.errors)


def _http_error(request: HttpRequest, error: object) -> HttpResponse:
    if isinstance(error, AuthenticationError):
        return unauthorised()
    status = error.status_code if isinstance(error, HttpError) else 400
    return error_answer(status, "malformed", "The body is not JSON that can be read.")


def _refused(request: HttpRequest, error: object) -> HttpResponse:
    if isinstance(error, Refused):
        return error_answer(error.status, error.code, error.message, error.errors)
    return error_answer(409, "conflict", str(error))


def _changed_meanwhile(request: HttpRequest, error: object) -> HttpResponse:
    """412: If-Match names another version than the one that is stored (RFC 9110, 13.1.1)."""
    return error_answer(412, "changed_meanwhile", str(error))


def _unavailable(request: HttpRequest, error: object) -> HttpResponse:
    return error_answer(503, "unavailable", "The database cannot be reached. Try again shortly.")


def _too_large(request: HttpRequest, error: object) -> HttpResponse:
    return error_answer(400, "too_large", "The body is too large.", [("body", "is too large.")])


def _overtaken(request: HttpRequest, error: object) -> HttpResponse:
    """Two callers wrote the same at the same moment; the database let one of them."""
    return error_answer(409, "conflict", "Somebody else wrote the same just now. Read it again and try again.")


def _absent(request: HttpRequest, error: object) -> HttpResponse:
    return nothing_here(request)


def _unexpected(request: HttpRequest, error: object) -> HttpResponse:
    """A fault of ours, in the one shape; what it was is in the log alone."""
    logger.error("%s %s failed", request.method, request.path, exc_info=error if isinstance(error, Exception) else None)
    return error_answer(500, "internal", "Something went wrong here, and nothing was changed. See the log of web.")


def install(api: NinjaAPI) -> None:
    """Answer every exception in the one shape; one that is not expected is logged."""
    api.add_exception_handler(Exception, _unexpected)
    api.add_exception_handler(ValidationError, _wrong)
    api.add_exception_handler(Invalid, _wrong)
    api.add_exception_handler(ChangedMeanwhile, _changed_meanwhile)
    api.add_exception_handler(HttpError, _http_error)
    api.add_exception_handler(UnreadablePostError, _http_error)
    api.add_exception_handler(Refused, _refused)
    api.add_exception_handler(MailNotPossible, _refused)
    api.add_exception_handler(SendingNotPossible, _refused)
    api.add_exception_handler(Http404, _absent)
    api.add_exception_handler(ObjectDoesNotExist, _absent)
    api.add_exception_handler(IntegrityError, _overtaken)
    api.add_exception_handler(RequestDataTooBig, _too_large)
    api.add_exception_handler(OperationalError, _unavailable)
