"""Who may come in, where they land, and what a failed sign-in tells."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tests.build import a_user, gita, sam, tess

pytestmark = pytest.mark.django_db


def sign_in(email: str, password: str = "correct horse", **more: str) -> tuple[Client, Any]:
    client = Client()
    return client, client.post("/sign-in", {"email": email, "password": password, **more})


def test_a_technician_lands_in_the_technician_portal() -> None:
    tess()
    client, answer = sign_in("Tess@Desk.test")
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert client.get("/")["Location"] == "/requests"


def test_a_requester_lands_in_the_support_portal() -> None:
    sam()
    client, _ = sign_in("sam@example.test")
    assert client.get("/")["Location"] == "/my/requests"


def test_a_page_that_was_asked_for_is_shown_after_the_sign_in() -> None:
    tess()
    assert Client().get("/requests?view=mine")["Location"] == "/sign-in?next=/requests%3Fview%3Dmine"
    assert sign_in("tess@desk.test", next="/requests?view=mine")[1]["Location"] == "/requests?view=mine"


@pytest.mark.parametrize("elsewhere", ["https://evil.test/", "//evil.test/", "javascript:alert(1)"])
def test_the_sign_in_never_leads_to_another_host(elsewhere: str) -> None:
    tess()
    assert sign_in("tess@desk.test", next=elsewhere)[1]["Location"] == "/"


def test_a_failed_sign_in_does_not_tell_whether_the_address_is_known() -> None:
    tess()
    wrong, unknown = sign_in("tess@desk.test", "wrong")[1], sign_in("nobody@desk.test", "wrong")[1]
    assert wrong.status_code == unknown.status_code == 422
    for answer in (wrong, unknown):
        assert "do not match an account that may sign in" in answer.content.decode()


def test_guests_and_blocked_archived_or_inactive_people_cannot_sign_in() -> None:
    gita()
    a_user("blocked@example.test", blocked=True)
    a_user("archived@example.test", archived=True)
    a_user("inactive@example.test", is_active=False)
    for name in ("gita", "blocked", "archived", "inactive"):
        assert sign_in(f"{name}@example.test")[1].status_code == 422


def test_somebody_who_is_blocked_while_signed_in_is_out_at_once() -> None:
    user = tess()
    client, _ = sign_in("tess@desk.test")
    user.blocked = True
    user.save()
    assert client.get("/requests")["Location"].startswith("/sign-in")


def test_a_form_without_its_token_is_refused() -> None:
    tess()
    client = Client(enforce_csrf_checks=True)
    answer = client.post("/sign-in", {"email": "tess@desk.test", "password": "correct horse"})
    assert answer.status_code == 403
    assert "The form was too old" in answer.content.decode()


def test_signing_out_needs_a_post_and_ends_the_session() -> None:
    tess()
    client, _ = sign_in("tess@desk.test")
    assert client.get("/sign-out").status_code == 405
    client.post("/sign-out")
    assert client.get("/requests").status_code == 302


def test_a_poll_whose_session_ended_takes_the_page_to_the_sign_in() -> None:
    answer = Client().get(
        "/requests", headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/requests?q=a"}
    )
    assert answer["HX-Redirect"] == "/sign-in?next=/requests%3Fq%3Da"


def test_every_page_carries_a_policy_that_runs_and_loads_nothing_from_elsewhere() -> None:
    answer = Client().get("/sign-in")
    policy = answer["Content-Security-Policy"]
    assert "default-src 'self'" in policy and "script-src 'self'" in policy and "unsafe" not in policy
    assert answer["X-Frame-Options"] == "DENY" and "frame-ancestors 'none'" in policy
    assert answer["X-Content-Type-Options"] == "nosniff"
    page = answer.content.decode()
    assert "<style" not in page and " style=" not in page and "onclick" not in page and "<script>" not in page
