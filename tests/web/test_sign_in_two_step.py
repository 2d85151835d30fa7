"""Two-step sign-in: the password alone is not enough, codes work once, and it is turned off only with a code."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.core.cache import cache
from django.db import connection
from django.test import Client

from postroom.accounts.models import User
from postroom.audit.models import AuditEntry
from postroom.channels.secret import decrypt
from postroom.run.management.commands.secrets import rotate_secrets
from tests.build import ada, tess, theo
from tests.web.conftest import Browse

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_tried_yet() -> None:
    cache.clear()


def code_of(secret: str, steps: int = 0) -> str:
    """What an authenticator app shows now, or some steps of 30 s from now."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps))


def a_step_passes() -> None:
    """For whatever the desk remembers for a time."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE postroom_cache SET expires = expires - interval '31 seconds'")


def with_second_step(user: User) -> str:
    """Turn it on as if by Profile; returns the secret in the app."""
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    RecoveryCodes.activate(user)
    return secret


def password_given(**more: str) -> tuple[Client, Any]:
    client = Client()
    return client, client.post("/sign-in", {"email": "tess@desk.test", "password": "correct horse", **more})


def test_the_password_alone_does_not_let_in_where_the_second_step_is_on() -> None:
    with_second_step(tess())
    client, answer = password_given()
    assert answer["Location"] == "/sign-in/code"
    assert client.get("/requests")["Location"].startswith("/sign-in")


def test_the_code_of_the_app_leads_to_the_page_that_was_asked_for() -> None:
    secret = with_second_step(tess())
    client, _ = password_given(next="/requests?view=mine")
    assert client.get("/sign-in/code").status_code == 200
    assert client.post("/sign-in/code", {"code": code_of(secret)})["Location"] == "/requests?view=mine"
    assert client.get("/requests").status_code == 200


def test_a_code_works_once_even_within_its_half_minute() -> None:
    secret = with_second_step(tess())
    code = code_of(secret)
    password_given()[0].post("/sign-in/code", {"code": code})
    assert password_given()[0].post("/sign-in/code", {"code": code}).status_code == 422


def test_a_code_that_was_shown_early_is_not_good_again_later() -> None:
    secret = with_second_step(tess())
    code = code_of(secret, 1)
    assert password_given()[0].post("/sign-in/code", {"code": code}).status_code == 302
    a_step_passes()
    assert password_given()[0].post("/sign-in/code", {"code": code}).status_code == 422


def test_the_code_that_turned_it_on_does_not_let_in(browse: Browse) -> None:
    client = browse(tess())
    shown = client.get("/profile/two-step").content.decode()
    code = code_of(shown.split('profile-key">')[1].partition("<")[0])
    assert client.post("/profile/two-step", {"code": code}).status_code == 200
    assert password_given()[0].post("/sign-in/code", {"code": code}).status_code == 422


def test_a_phone_whose_clock_is_half_a_minute_late_is_fine() -> None:
    secret = with_second_step(tess())
    assert password_given()[0].post("/sign-in/code", {"code": code_of(secret, -1)}).status_code == 302


def test_a_wrong_code_does_not_let_in_and_says_so() -> None:
    with_second_step(tess())
    client, _ = password_given()
    answer = client.post("/sign-in/code", {"code": "000000"})
    assert answer.status_code == 422 and "This code is not right" in answer.content.decode()
    assert client.get("/requests").status_code == 302


def test_codes_cannot_be_guessed_one_after_the_other() -> None:
    secret = with_second_step(tess())
    client, _ = password_given()
    for _ in range(6):
        client.post("/sign-in/code", {"code": "000000"})
    assert client.post("/sign-in/code", {"code": code_of(secret)}).status_code == 422


def test_a_recovery_code_works_once() -> None:
    with_second_step(tess())
    row = Authenticator.objects.get(type=Authenticator.Type.RECOVERY_CODES)
    code = RecoveryCodes(row).get_unused_codes()[0]
    assert password_given()[0].post("/sign-in/code", {"code": code}).status_code == 302
    assert password_given()[0].post("/sign-in/code", {"code": code}).status_code == 422


def test_the_second_step_cannot_be_entered_without_the_first() -> None:
    secret = with_second_step(tess())
    client = Client()
    assert client.get("/sign-in/code")["Location"] == "/sign-in"
    assert client.post("/sign-in/code", {"code": code_of(secret)})["Location"] == "/sign-in"


def test_turning_it_on_needs_a_code_of_the_app_and_gives_recovery_codes(browse: Browse) -> None:
    client = browse(tess())
    page = client.get("/profile/two-step").content.decode()
    secret = re.search(r'profile-key">([A-Z2-7]+)<', page)
    assert secret and "data:image/svg+xml;base64," in page
    assert client.post("/profile/two-step", {"code": "000000"}).status_code == 422
    assert not Authenticator.objects.exists()
    shown = client.post("/profile/two-step", {"code": code_of(secret[1])}).content.decode()
    assert len(re.findall(r"<li><code>\d{8}</code></li>", shown)) == 10
    assert password_given()[1]["Location"] == "/sign-in/code"
    assert AuditEntry.objects.get().changes[0]["field"] == "two_step_sign_in"


def test_turning_it_off_needs_a_code_too(browse: Browse) -> None:
    user = tess()
    secret = with_second_step(user)
    client = browse(user)
    assert client.post("/profile/two-step/off", {"code": "000000"}).status_code == 422
    assert Authenticator.objects.count() == 2
    client.post("/profile/two-step/off", {"code": code_of(secret)})
    assert not Authenticator.objects.exists()
    assert password_given()[1]["Location"] == "/"


def test_an_administrator_helps_somebody_who_lost_phone_and_codes(browse: Browse) -> None:
    user = tess()
    with_second_step(user)
    old_browser = browse(user)
    browse(ada()).post("/admin/sign-in/two-step-off", {"email": "Tess@Desk.test"})
    assert not Authenticator.objects.exists() and password_given()[1]["Location"] == "/"
    assert old_browser.get("/requests").status_code == 302
    assert AuditEntry.objects.get(action="updated").actor_name == "Ada Administrator"


def test_only_administrators_take_it_off_somebody(browse: Browse) -> None:
    with_second_step(tess())
    assert browse(theo()).post("/admin/sign-in/two-step-off", {"email": "tess@desk.test"}).status_code == 403
    assert Authenticator.objects.exists()


def test_new_recovery_codes_end_the_old_ones(browse: Browse) -> None:
    user = tess()
    secret = with_second_step(user)
    old = RecoveryCodes(Authenticator.objects.get(type="recovery_codes")).get_unused_codes()[0]
    shown = browse(user).post("/profile/two-step/codes", {"code": code_of(secret)}).content.decode()
    assert len(re.findall(r"<code>\d{8}</code>", shown)) == 10 and old not in shown
    assert password_given()[0].post("/sign-in/code", {"code": old}).status_code == 422


def test_the_secret_is_stored_as_cipher_text_and_moves_to_a_new_key(settings: Any) -> None:
    secret = with_second_step(tess())
    row = Authenticator.objects.get(type=Authenticator.Type.TOTP)
    assert secret not in str(row.data) and decrypt(row.data["secret"]) == secret
    old = settings.POSTROOM_SECRET_KEYS
    settings.POSTROOM_SECRET_KEYS = ["the-new-key", *old]
    rotate_secrets()
    settings.POSTROOM_SECRET_KEYS = ["the-new-key"]
    row.refresh_from_db()
    assert decrypt(row.data["secret"]) == secret
