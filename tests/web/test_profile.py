"""Profile: everybody sets what is theirs, and sees and ends where they are signed in."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from postroom.accounts.models import ApiToken, BrowserSession, User
from postroom.accounts.services import anonymise
from postroom.accounts.sessions import end_expired
from postroom.audit.models import AuditEntry
from postroom.audit.services import Actor
from tests.build import ada, sam, tess, theo
from tests.web.conftest import Browse

pytestmark = pytest.mark.django_db
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1 Version/18.0 Mobile Safari/604.1"
VALUES = {"name": "Tess T.", "language": "en", "time_zone": "Asia/Tokyo", "theme": "dark"}


def browser(user: User, agent: str = FIREFOX, ip: str = "192.0.2.1", password: str = "correct horse") -> Client:
    """A browser in which somebody signed in by the form."""
    client = Client(HTTP_USER_AGENT=agent, REMOTE_ADDR=ip)
    assert client.post("/sign-in", {"email": user.email, "password": password}).status_code == 302
    return client


def is_in(client: Client) -> bool:
    return client.get("/profile").status_code == 200


def text_of(answer: Any) -> str:
    return str(answer.content.decode())


@pytest.mark.parametrize("who", [sam, tess, ada])
def test_everybody_who_is_signed_in_has_a_profile(browse: Browse, who: Any) -> None:
    user = who()
    assert user.name in text_of(browse(user).get("/profile"))


def test_strangers_are_led_to_the_sign_in() -> None:
    assert Client().get("/profile")["Location"] == "/sign-in?next=/profile"


def test_name_language_zone_and_appearance_are_kept_and_audited(browse: Browse) -> None:
    user = tess()
    assert browse(user).post("/profile", VALUES).status_code == 302
    user.refresh_from_db()
    assert (user.name, user.time_zone, user.theme) == ("Tess T.", "Asia/Tokyo", "dark")
    assert {change["field"] for change in AuditEntry.objects.get().changes} == {"name", "time_zone", "theme"}


@pytest.mark.parametrize("fault", [{"time_zone": "Mars/Olympus"}, {"language": "tlh"}, {"theme": "pink"}, {"name": ""}])
def test_what_does_not_exist_is_refused_and_nothing_is_stored(browse: Browse, fault: dict[str, str]) -> None:
    user = tess()
    assert browse(user).post("/profile", {**VALUES, **fault}).status_code == 422
    user.refresh_from_db()
    assert user.name == "Tess Technician"


def test_nobody_changes_their_role_or_address_here(browse: Browse) -> None:
    user = sam()
    browse(user).post("/profile", {**VALUES, "role": "admin", "email": "ada@desk.test", "is_active": "1"})
    user.refresh_from_db()
    assert (user.role, user.email) == ("requester", "sam@example.test")


def test_times_are_written_in_the_zone_of_the_reader(browse: Browse) -> None:
    User.objects.filter(pk=tess().pk).update(time_zone="Asia/Tokyo")
    page = text_of(browse(tess()).get("/profile"))
    assert 'data-zone="Asia/Tokyo"' in page and "JST" in page


def test_a_zone_that_is_no_longer_known_is_left_out(browse: Browse) -> None:
    User.objects.filter(pk=tess().pk).update(time_zone="Mars/Olympus")
    assert browse(tess()).get("/profile").status_code == 200


def test_the_password_changes_with_the_present_one_and_signs_out_the_other_browsers() -> None:
    here, there = browser(tess()), browser(tess(), PHONE)
    wrong = here.post("/profile/password", {"password": "guessed", "new_password": "seven purple kettles"})
    assert wrong.status_code == 422 and is_in(there)
    here.post("/profile/password", {"password": "correct horse", "new_password": "seven purple kettles"})
    assert is_in(here) and not is_in(there)
    assert is_in(browser(tess(), password="seven purple kettles"))
    assert len(re.findall("This browser", text_of(here.get("/profile")))) == 1


def test_the_list_names_every_browser_and_its_address() -> None:
    here = browser(tess(), FIREFOX, "192.0.2.1")
    browser(tess(), PHONE, "198.51.100.7")
    browser(theo(), FIREFOX, "203.0.113.9")
    page = text_of(here.get("/profile"))
    assert "Firefox, Linux" in page and "Safari, iPhone" in page
    assert "192.0.2.1" in page and "198.51.100.7" in page and "203.0.113.9" not in page


def test_one_other_browser_is_signed_out_and_the_rest_stays() -> None:
    here, phone, other = browser(tess()), browser(tess(), PHONE), browser(tess())
    row = BrowserSession.objects.get(user_agent=PHONE)
    here.post("/profile/sign-out", {"browser": row.pk})
    assert is_in(here) and is_in(other) and not is_in(phone)


def test_all_other_browsers_are_signed_out_at_once() -> None:
    here, phone, other = browser(tess()), browser(tess(), PHONE), browser(tess())
    here.post("/profile/sign-out")
    assert is_in(here) and not is_in(phone) and not is_in(other)
    assert AuditEntry.objects.get(action="signed_out").changes[0]["old"] == 2


def test_nobody_signs_out_somebody_else() -> None:
    here, theirs = browser(tess()), browser(theo())
    here.post("/profile/sign-out", {"browser": BrowserSession.objects.get(user=theo()).pk})
    assert is_in(theirs)


def test_signing_out_takes_the_browser_off_the_list() -> None:
    browser(tess()).post("/sign-out")
    assert not BrowserSession.objects.exists()


def test_when_a_browser_was_last_seen_is_written_at_most_once_a_minute() -> None:
    client = browser(tess())
    long_ago = timezone.now() - timedelta(hours=2)
    BrowserSession.objects.update(seen_at=long_ago)
    client.get("/requests")
    assert BrowserSession.objects.get().seen_at == long_ago
    session = client.session
    session["seen"] = 0
    session.save()
    client.get("/requests")
    assert BrowserSession.objects.get().seen_at > long_ago


def test_sessions_that_ran_out_are_cleared_away() -> None:
    client = browser(tess())
    client.session.model.objects.update(expire_date=timezone.now() - timedelta(days=2))
    assert end_expired() == 1 and not BrowserSession.objects.exists()


def test_a_technician_makes_a_token_sees_it_once_and_revokes_it(browse: Browse) -> None:
    client = browse(tess())
    shown = re.search(r'value="(pr_[\w-]+)"', text_of(client.post("/profile/tokens", {"name": "Scripts"})))
    assert shown
    assert shown[1] not in text_of(client.get("/profile"))
    headers = {"Authorization": f"Bearer {shown[1]}"}
    assert Client().get("/api/v1/requests", headers=headers).status_code == 200
    assert Client().get("/api/v1/outgoing-servers", headers=headers).status_code == 403
    client.post(f"/profile/tokens/{ApiToken.objects.get().pk}/revoke")
    assert Client().get("/api/v1/requests", headers=headers).status_code == 401


def test_a_technician_cannot_make_an_administrators_token(browse: Browse) -> None:
    browse(tess()).post("/profile/tokens", {"name": "More", "role": "admin"})
    assert ApiToken.objects.get().role == "technician"


def test_requesters_have_no_tokens_and_nobody_revokes_those_of_others(browse: Browse) -> None:
    assert browse(sam()).post("/profile/tokens", {"name": "Mine"}).status_code == 403
    browse(tess()).post("/profile/tokens", {"name": "Scripts"})
    assert browse(theo()).post(f"/profile/tokens/{ApiToken.objects.get().pk}/revoke").status_code == 404
    assert ApiToken.objects.get().revoked_at is None


def test_an_anonymised_person_leaves_nothing_behind_at_the_sign_in() -> None:
    user = sam()
    client = browser(user)
    anonymise(Actor("Ada"), user)
    assert not is_in(client)
    assert not BrowserSession.objects.exists() and not Session.objects.exists()
