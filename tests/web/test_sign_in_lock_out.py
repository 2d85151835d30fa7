"""Guessing passwords: it ends soon, tells nothing, keeps nobody else out, and is over after a while or a release."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.test import Client
from django.utils import timezone

from postroom.audit.models import AuditEntry
from tests.build import ada, tess
from tests.web.conftest import Browse

pytestmark = pytest.mark.django_db
LIMIT = 6


def attempt(email: str, password: str = "wrong", ip: str = "192.0.2.1") -> Any:
    return Client(REMOTE_ADDR=ip).post("/sign-in", {"email": email, "password": password})


def lock(email: str, ip: str = "192.0.2.1") -> Any:
    return [attempt(email, ip=ip) for _ in range(LIMIT)][-1]


def test_six_wrong_passwords_lock_the_address_and_the_page_says_for_how_long() -> None:
    tess()
    answer = lock("tess@desk.test")
    assert (answer.status_code, answer["Retry-After"]) == (429, "900")
    assert "locked for 15 minutes" in answer.content.decode()


def test_while_it_is_locked_the_right_password_does_not_help() -> None:
    tess()
    lock("tess@desk.test")
    assert attempt("Tess@Desk.test", "correct horse").status_code == 429


def test_an_address_that_nobody_has_locks_like_any_other() -> None:
    tess()
    known, unknown = lock("tess@desk.test"), lock("nobody@desk.test")
    assert (known.status_code, known.content) == (unknown.status_code, unknown.content)


def test_from_elsewhere_the_owner_still_gets_in() -> None:
    tess()
    lock("tess@desk.test", ip="192.0.2.1")
    assert attempt("tess@desk.test", "correct horse", ip="198.51.100.7").status_code == 302


def test_changing_the_browser_does_not_give_more_tries() -> None:
    tess()
    for number in range(LIMIT):
        client = Client(REMOTE_ADDR="192.0.2.1", HTTP_USER_AGENT=f"Guesser/{number}")
        answer = client.post("/sign-in", {"email": "tess@desk.test", "password": "wrong"})
    assert answer.status_code == 429


def test_the_lock_ends_by_itself_after_a_quarter_of_an_hour() -> None:
    tess()
    lock("tess@desk.test")
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=15, seconds=1))
    assert attempt("tess@desk.test", "correct horse").status_code == 302


def test_tries_during_the_lock_do_not_make_it_longer() -> None:
    tess()
    lock("tess@desk.test")
    before = AccessAttempt.objects.get().attempt_time
    attempt("tess@desk.test")
    assert AccessAttempt.objects.get().attempt_time == before


def test_a_right_password_clears_the_earlier_failures() -> None:
    tess()
    for _ in range(LIMIT - 1):
        attempt("tess@desk.test")
    assert attempt("tess@desk.test", "correct horse").status_code == 302
    assert attempt("tess@desk.test").status_code == 422


def test_the_audit_names_a_lock_once_and_where_it_came_from() -> None:
    tess()
    lock("tess@desk.test")
    attempt("tess@desk.test")
    entry = AuditEntry.objects.get(action="locked")
    assert (entry.object_name, entry.ip) == ("Tess Technician", "192.0.2.1")


def test_no_password_that_was_tried_is_kept() -> None:
    attempt("nobody@desk.test", "a secret that was mistyped")
    row = AccessAttempt.objects.get()
    assert "mistyped" not in row.post_data + row.get_data


def test_an_address_too_long_for_a_counter_is_an_ordinary_failure() -> None:
    assert attempt(f"{'a' * 60}@{'b' * 60}.{'c' * 60}.{'d' * 60}.{'e' * 60}.test").status_code == 422


def test_an_administrator_sees_what_is_locked_and_releases_it(browse: Browse) -> None:
    tess()
    lock("tess@desk.test")
    client = browse(ada())
    assert "tess@desk.test" in client.get("/admin/sign-in").content.decode()
    client.post("/admin/sign-in/release", {"email": "tess@desk.test", "ip": "192.0.2.1"})
    assert attempt("tess@desk.test", "correct horse").status_code == 302
    assert AuditEntry.objects.get(action="released").actor_name == "Ada Administrator"


def test_a_technician_releases_nothing(browse: Browse) -> None:
    lock("tess@desk.test")
    client = browse(tess())
    assert client.get("/admin/sign-in").status_code == 403
    answer = client.post("/admin/sign-in/release", {"email": "tess@desk.test", "ip": "192.0.2.1"})
    assert answer.status_code == 403 and AccessAttempt.objects.exists()
