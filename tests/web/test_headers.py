"""What every answer carries, so that a browser keeps pages and files to themselves."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from postroom.channels.storage import blobs
from postroom.tickets.models import Attachment
from tests.build import a_ticket, an_entry, sam, tess
from tests.web.conftest import Browse

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("path", ["/sign-in", "/requests", "/no/such/page", "/api/v1/requests", "/sign-in/forgotten"])
def test_every_answer_carries_the_headers_whoever_asks(path: str) -> None:
    answer = Client().get(path)
    assert "default-src" in answer["Content-Security-Policy"] and "unsafe" not in answer["Content-Security-Policy"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Cross-Origin-Opener-Policy"] == answer["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in answer["Permissions-Policy"]


def test_a_page_is_framed_by_nobody_and_a_mail_only_by_its_page(browse: Browse) -> None:
    client = browse(tess())
    entry = an_entry(a_ticket(requester=sam()), "reply", "Hello", html="<p>Hello</p>", direction="in")
    page, mail = client.get("/requests"), client.get(f"/entries/{entry.pk}/body")
    assert "frame-ancestors 'none'" in page["Content-Security-Policy"]
    assert mail.status_code == 200 and "frame-ancestors 'self'" in mail["Content-Security-Policy"]
    assert mail["X-Frame-Options"] == "SAMEORIGIN" and "script-src" not in mail["Content-Security-Policy"]


@pytest.mark.parametrize("kind", ["text/html", "image/svg+xml", "application/xhtml+xml", "text/javascript"])
def test_an_attachment_that_could_run_is_handed_over_as_a_file_that_cannot(browse: Browse, kind: str) -> None:
    client = browse(tess())
    entry = an_entry(a_ticket(requester=sam()), "reply", "Hello")
    script = b"<script>alert(1)</script>"
    row = Attachment.objects.create(
        entry=entry, filename='x"; evil.html', content_type=kind, size=len(script), sha256=blobs().put(script)
    )
    answer = client.get(f"/attachments/{row.pk}")
    assert answer.status_code == 200 and answer["Content-Disposition"].startswith("attachment")
    assert "sandbox" in answer["Content-Security-Policy"] and answer["X-Content-Type-Options"] == "nosniff"
    assert b"".join(answer.streaming_content) == script
    answer.close()


def settings_of(**environment: str) -> dict[str, Any]:
    """Settings as another instance has them."""
    names = ["SECURE_HSTS_SECONDS", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SESSION_COOKIE_HTTPONLY"]
    code = f"from django.conf import settings; print({{n: getattr(settings, n) for n in {names!r}}})"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={
            "PATH": os.environ["PATH"],
            "DJANGO_SETTINGS_MODULE": "postroom.config.settings",
            "POSTROOM_HOME": os.environ["POSTROOM_HOME"],
            **environment,
        },
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(eval(done.stdout))  # our own dictionary, printed above


def test_where_the_address_is_https_cookies_and_browsers_stay_with_it() -> None:
    assert settings_of(POSTROOM_URL="https://desk.example.test") == {
        "SECURE_HSTS_SECONDS": 31_536_000,
        "SESSION_COOKIE_SECURE": True,
        "CSRF_COOKIE_SECURE": True,
        "SESSION_COOKIE_HTTPONLY": True,
    }


def test_where_it_is_http_sign_in_works_without_tls() -> None:
    found = settings_of(POSTROOM_URL="http://127.0.0.1:8000")
    assert (found["SECURE_HSTS_SECONDS"], found["SESSION_COOKIE_SECURE"]) == (0, False)


def test_hsts_is_said_over_tls(settings: Any) -> None:
    settings.SECURE_HSTS_SECONDS = 31_536_000
    assert Client().get("/sign-in", secure=True)["Strict-Transport-Security"] == "max-age=31536000"
    assert "Strict-Transport-Security" not in Client().get("/sign-in")
