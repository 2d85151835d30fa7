"""The headers that keep a page to itself: nothing from elsewhere is loaded, run or framed (CSP level 3)."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

PAGE = (
    "default-src 'self'; img-src 'self' data:; script-src 'self'; style-src 'self'; font-src 'self'; "
    "connect-src 'self'; frame-src 'self'; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_PERMISSIONS = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
FILE = "sandbox; default-src 'none'; frame-ancestors 'none'"
# Without scripts, the same origin gives a mail nothing but its own inline images, which need the session.
_MAIL = (
    "sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox; default-src 'none'; "
    "style-src 'unsafe-inline'; frame-ancestors 'self'; img-src 'self' data:"
)


class ContentSecurityPolicy:
    """Give every answer that has no policy of its own the one for pages, and a few headers that cost nothing."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", PAGE)
        response.headers.setdefault("Permissions-Policy", _PERMISSIONS)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.headers.setdefault("Cache-Control", "private, no-cache")
        return response


def mail_policy(response: HttpResponse, *, remote_images: bool) -> HttpResponse:
    """The policy for the HTML of a stranger in a frame: no script, no form, remote images only when asked for."""
    response.headers["Content-Security-Policy"] = f"{_MAIL} https: http:" if remote_images else _MAIL
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response
