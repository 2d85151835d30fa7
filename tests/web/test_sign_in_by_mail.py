"""Links by mail: an invitation and a forgotten password. Each works once, for a while, and tells nobody anything."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from postroom.accounts.models import MailedLink, User
from postroom.audit.models import AuditEntry
from postroom.outbox.models import OutboundEmail
from tests.build import a_user, ada, gita, sam, tess
from tests.web.conftest import Browse

pytestmark = pytest.mark.django_db
FRESH = "seven purple kettles"


def ask(email: str, ip: str = "192.0.2.1") -> Any:
    return Client(REMOTE_ADDR=ip).post("/sign-in/forgotten", {"email": email})


def mailed_path() -> str:
    """The path of the link in the latest mail."""
    found = re.search(r"https?://[^/\s]+(/sign-in/\S+)", OutboundEmail.objects.latest("pk").text)
    assert found
    return found[1]


def signs_in(email: str, password: str) -> bool:
    return Client().post("/sign-in", {"email": email, "password": password}).status_code == 302


def test_whoever_forgot_the_password_sets_a_new_one_by_the_link() -> None:
    tess()
    ask("Tess@Desk.test")
    path = mailed_path()
    assert Client().get(path).status_code == 200
    assert Client().post(path, {"new_password": FRESH}).status_code == 200
    assert signs_in("tess@desk.test", FRESH) and not signs_in("tess@desk.test", "correct horse")


def test_the_link_works_once() -> None:
    tess()
    ask("tess@desk.test")
    path = mailed_path()
    Client().post(path, {"new_password": FRESH})
    assert Client().post(path, {"new_password": "another good phrase"}).status_code == 410
    assert signs_in("tess@desk.test", FRESH)


def test_looking_at_the_link_uses_nothing_up() -> None:
    """Mail scanners follow every link."""
    tess()
    ask("tess@desk.test")
    path = mailed_path()
    for _ in range(3):
        assert Client().get(path).status_code == 200


def test_the_link_is_over_after_an_hour() -> None:
    tess()
    ask("tess@desk.test")
    MailedLink.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert Client().get(mailed_path()).status_code == 410
    assert Client().post(mailed_path(), {"new_password": FRESH}).status_code == 410


def test_a_newer_link_ends_the_older_one() -> None:
    tess()
    ask("tess@desk.test")
    older = mailed_path()
    ask("tess@desk.test")
    assert Client().get(older).status_code == 410 and Client().get(mailed_path()).status_code == 200


def test_the_answer_is_the_same_whether_or_not_the_address_is_known() -> None:
    tess()
    gita()
    a_user("blocked@example.test", blocked=True)
    pages = {
        name: ask(name).content.decode().replace(name, "ADDRESS")
        for name in ("tess@desk.test", "nobody@desk.test", "gita@example.test", "blocked@example.test")
    }
    assert len(set(pages.values())) == 1
    assert [row.to for row in OutboundEmail.objects.all()] == [["tess@desk.test"]]


def test_guests_have_no_password_to_reset() -> None:
    gita()
    ask("gita@example.test")
    assert not OutboundEmail.objects.exists()


def test_nobody_is_flooded_with_links() -> None:
    tess()
    for number in range(6):
        assert ask("tess@desk.test", ip=f"192.0.2.{number}").status_code == 200
    assert OutboundEmail.objects.count() == 3


def test_one_caller_cannot_ask_for_many_addresses() -> None:
    for number in range(25):
        ask(f"nobody{number}@desk.test")
    tess()
    ask("tess@desk.test")
    assert not OutboundEmail.objects.exists()
    ask("tess@desk.test", ip="198.51.100.7")
    assert OutboundEmail.objects.count() == 1


def test_a_new_password_signs_out_every_browser(browse: Browse) -> None:
    client = browse(tess())
    assert client.get("/requests").status_code == 200
    ask("tess@desk.test")
    Client().post(mailed_path(), {"new_password": FRESH})
    assert client.get("/requests").status_code == 302


@pytest.mark.parametrize("weak", ["short", "password123", "tess technician"])
def test_a_weak_password_is_refused_and_the_link_stays_good(weak: str) -> None:
    tess()
    ask("tess@desk.test")
    assert Client().post(mailed_path(), {"new_password": weak}).status_code == 422
    assert Client().post(mailed_path(), {"new_password": FRESH}).status_code == 200


def test_a_link_for_one_purpose_is_none_for_the_other() -> None:
    tess()
    ask("tess@desk.test")
    assert Client().get(mailed_path().replace("/reset/", "/invitation/")).status_code == 410


def test_somebody_blocked_after_asking_gets_nowhere() -> None:
    user = tess()
    ask("tess@desk.test")
    User.objects.filter(pk=user.pk).update(blocked=True)
    assert Client().post(mailed_path(), {"new_password": FRESH}).status_code == 410


def test_the_page_behind_the_link_does_not_pass_its_address_on() -> None:
    tess()
    ask("tess@desk.test")
    answer = Client().get(mailed_path())
    assert answer["Referrer-Policy"] == "no-referrer" and "no-store" in answer["Cache-Control"]


def test_the_database_does_not_know_the_token() -> None:
    tess()
    ask("tess@desk.test")
    token = mailed_path().rpartition("/")[2]
    assert not MailedLink.objects.filter(digest=token).exists() and len(token) >= 43


def test_the_mail_goes_through_the_outbox_and_says_that_no_human_wrote_it() -> None:
    tess()
    ask("tess@desk.test")
    row = OutboundEmail.objects.get()
    assert (row.kind, row.lane) == ("notification", OutboundEmail.Lane.NOTIFICATION)
    assert ["Auto-Submitted", "auto-generated"] in row.headers


def test_an_administrator_invites_and_the_person_chooses_a_password(browse: Browse) -> None:
    guest = gita()
    browse(ada()).post(f"/admin/people/{guest.pk}/invite")
    path = mailed_path()
    assert path.startswith("/sign-in/invitation/")
    assert "Ada Administrator invites you" in OutboundEmail.objects.get().text
    Client().post(path, {"new_password": FRESH})
    guest.refresh_from_db()
    assert guest.kind == "registered" and guest.verified and signs_in("gita@example.test", FRESH)
    assert {"invited", "invitation_used"} <= set(AuditEntry.objects.values_list("action", flat=True))


def test_only_administrators_invite(browse: Browse) -> None:
    guest = gita()
    for user in (tess(), sam()):
        assert browse(user).post(f"/admin/people/{guest.pk}/invite").status_code == 403
    assert not OutboundEmail.objects.exists()


def test_somebody_who_is_blocked_is_not_invited(browse: Browse) -> None:
    person = a_user("blocked@example.test", blocked=True)
    answer = browse(ada()).post(f"/admin/people/{person.pk}/invite", follow=True)
    assert "cannot be invited" in answer.content.decode() and not OutboundEmail.objects.exists()


def test_the_mail_is_written_in_the_language_of_whoever_gets_it() -> None:
    user = tess()
    User.objects.filter(pk=user.pk).update(language="ar")
    ask("tess@desk.test")
    row = OutboundEmail.objects.get()
    assert "كلمة مرورك" in row.subject and 'dir="rtl"' in row.html
