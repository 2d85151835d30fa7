"""Single sign-on: whom the provider's word lets in, who is refused, and how it is set up."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.socialaccount.models import SocialAccount
from django.db import connection
from django.test import Client

from postroom.accounts.models import SecondaryEmail, User
from postroom.audit.models import AuditEntry
from postroom.audit.services import SYSTEM
from postroom.channels.models import SingleSignOn
from postroom.channels.services import Invalid
from postroom.channels.services.single_sign_on import save_single_sign_on
from tests.build import a_user, ada, gita, tess
from tests.servers.openid import CLIENT, SECRET, OpenId
from tests.web.conftest import Browse
from tests.web.test_sign_in_two_step import with_second_step

pytestmark = pytest.mark.django_db


@pytest.fixture
def provider(db: None) -> Iterator[OpenId]:
    provider = OpenId(claims={"sub": "42", "email": "tess@desk.test", "email_verified": True, "name": "Tess T."})
    provider.start()
    set_up(provider)
    yield provider
    provider.stop()


def set_up(provider: OpenId, **more: Any) -> SingleSignOn:
    values = {"name": "Acme", "issuer": provider.url, "client_id": CLIENT, "client_secret": SECRET}
    return save_single_sign_on(SYSTEM, {"enabled": True, "domains": ["desk.test", "example.test"], **values, **more})


def sign_in(provider: OpenId, path: str = "/sign-in/with/sso") -> tuple[Client, Any]:
    """From the button to the provider and back."""
    client = Client()
    there = client.get(path)
    assert there.status_code == 302, there.content
    back = urlsplit(provider.authorize(there["Location"]))
    return client, client.get(f"{back.path}?{back.query}")


def test_somebody_who_is_known_signs_in_with_the_provider(provider: OpenId) -> None:
    tess()
    client, answer = sign_in(provider)
    assert answer["Location"] == "/" and client.get("/requests").status_code == 200


def test_the_button_is_on_the_page_only_where_it_is_set_up(provider: OpenId) -> None:
    assert "Sign in with Acme" in Client().get("/sign-in").content.decode()
    save_single_sign_on(SYSTEM, {"enabled": False})
    assert "Sign in with" not in Client().get("/sign-in").content.decode()
    assert Client().get("/sign-in/with/sso").status_code == 404


def test_the_page_that_was_asked_for_is_shown_afterwards(provider: OpenId) -> None:
    tess()
    assert sign_in(provider, "/sign-in/with/sso?next=/requests%3Fview%3Dmine")[1]["Location"] == "/requests?view=mine"


@pytest.mark.parametrize("elsewhere", ["https://evil.test/", "//evil.test/"])
def test_the_way_back_never_leads_to_another_host(provider: OpenId, elsewhere: str) -> None:
    tess()
    assert sign_in(provider, f"/sign-in/with/sso?next={elsewhere}")[1]["Location"] == "/"


def test_the_code_is_bound_to_the_browser_that_asked(provider: OpenId) -> None:
    tess()
    there = Client().get("/sign-in/with/sso")["Location"]
    asked = parse_qs(urlsplit(there).query)
    assert asked["code_challenge_method"] == ["S256"] and len(asked["state"][0]) >= 16
    back = urlsplit(provider.authorize(there))
    stranger = Client()
    assert stranger.get(f"{back.path}?{back.query}").status_code == 403
    assert stranger.get("/requests").status_code == 302


def test_an_unknown_person_is_refused_unless_they_are_to_become_requesters(provider: OpenId) -> None:
    provider.claims = {"sub": "7", "email": "new@example.test", "email_verified": True, "name": "New Person"}
    answer = sign_in(provider)[1]
    assert answer.status_code == 403 and "There is no account" in answer.content.decode()
    assert not User.objects.filter(email="new@example.test").exists()
    set_up(provider, creates_requesters=True)
    client, answer = sign_in(provider)
    person = User.objects.get(email="new@example.test")
    assert answer["Location"] == "/" and client.get("/")["Location"] == "/my/requests"
    assert (person.role, person.kind, person.verified, person.name) == ("requester", "registered", True, "New Person")
    assert not person.has_usable_password()


@pytest.mark.parametrize("verified", [False, None, "true", 1])
def test_an_address_that_the_provider_has_not_verified_lets_nobody_in(provider: OpenId, verified: object) -> None:
    tess()
    provider.claims["email_verified"] = verified
    answer = sign_in(provider)[1]
    assert answer.status_code == 403 and "has not verified" in answer.content.decode()


def test_a_provider_that_does_not_say_may_be_trusted_but_never_against_its_word(provider: OpenId) -> None:
    tess()
    set_up(provider, trusts_addresses=True)
    del provider.claims["email_verified"]
    assert sign_in(provider)[1].status_code == 302
    provider.claims["email_verified"] = False
    assert sign_in(provider)[1].status_code == 403


def test_people_of_other_domains_are_refused(provider: OpenId) -> None:
    a_user("eve@elsewhere.test")
    provider.claims["email"] = "eve@elsewhere.test"
    answer = sign_in(provider)[1]
    assert answer.status_code == 403 and "mail domain" in answer.content.decode()


def test_blocked_and_archived_people_stay_out(provider: OpenId) -> None:
    user = tess()
    sign_in(provider)
    for change in ({"blocked": True}, {"blocked": False, "archived": True}, {"archived": False, "is_active": False}):
        User.objects.filter(pk=user.pk).update(**change)
        client, answer = sign_in(provider)
        assert answer.status_code == 403 and client.get("/requests").status_code == 302


def test_a_guest_who_signs_in_has_an_account_from_then_on(provider: OpenId) -> None:
    guest = gita()
    provider.claims["email"] = "gita@example.test"
    assert sign_in(provider)[1].status_code == 302
    guest.refresh_from_db()
    assert guest.kind == "registered" and guest.verified


def test_a_second_address_leads_to_the_person_it_belongs_to(provider: OpenId) -> None:
    SecondaryEmail.objects.create(user=tess(), email="tess.private@example.test")
    provider.claims["email"] = "tess.private@example.test"
    client, _ = sign_in(provider)
    assert "Tess Technician" in client.get("/profile").content.decode()


def test_the_subject_counts_once_it_is_linked_even_where_the_address_changes_hands(provider: OpenId) -> None:
    tess()
    sign_in(provider)
    provider.claims["email"] = "tess.married@desk.test"
    client, answer = sign_in(provider)
    assert answer.status_code == 302 and "Tess Technician" in client.get("/profile").content.decode()
    assert SocialAccount.objects.count() == 1


def test_the_second_step_is_asked_for_after_the_provider_too(provider: OpenId) -> None:
    with_second_step(tess())
    client, answer = sign_in(provider)
    assert answer["Location"] == "/sign-in/code" and client.get("/requests").status_code == 302


def test_a_refusal_at_the_provider_is_told_in_words(provider: OpenId) -> None:
    provider.refusal = "access_denied"
    answer = sign_in(provider)[1]
    assert answer.status_code == 403 and "was cancelled" in answer.content.decode()


def test_a_provider_that_cannot_be_reached_is_told_in_words(provider: OpenId) -> None:
    provider.stop()
    answer = Client().get("/sign-in/with/sso")
    assert answer.status_code == 403 and "did not work" in answer.content.decode()


def test_a_provider_that_answers_nonsense_is_told_in_words(provider: OpenId) -> None:
    tess()
    del provider.claims["email"]
    assert "told no mail address" in sign_in(provider)[1].content.decode()
    provider.claims = {"sub": "42"}
    provider.discovery = dict  # type: ignore[method-assign]
    answer = Client().get("/sign-in/with/sso")
    assert answer.status_code == 403 and "did not work" in answer.content.decode()


def test_another_issuer_ends_all_links(provider: OpenId) -> None:
    """Its subjects are other people."""
    tess()
    sign_in(provider)
    set_up(provider, issuer="https://other.desk.test")
    assert not SocialAccount.objects.exists()


def test_linking_is_in_the_audit(provider: OpenId) -> None:
    tess()
    sign_in(provider)
    assert AuditEntry.objects.get(action="linked").changes == [{"field": "single_sign_on", "old": None, "new": "42"}]


def test_the_secret_is_cipher_text_at_rest_and_never_shown(provider: OpenId, browse: Browse) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT client_secret FROM channels_singlesignon")
        assert SECRET not in str(cursor.fetchone())
    assert SECRET not in browse(ada()).get("/admin/sign-in").content.decode()
    assert SECRET not in str(list(AuditEntry.objects.values_list("changes", flat=True)))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("issuer", "http://login.desk.test"),
        ("issuer", "https://login.desk.test/?tenant=1"),
        ("issuer", "https://169.254.169.254"),
        ("issuer", ""),
        ("client_id", ""),
        ("name", ""),
        ("domains", []),
        ("domains", ["not a domain"]),
    ],
)
def test_what_cannot_work_is_refused_at_its_field(provider: OpenId, field: str, value: object) -> None:
    with pytest.raises(Invalid) as refused:
        set_up(provider, **{field: value})
    assert refused.value.errors[0][0].startswith(field)


def test_an_administrator_sets_it_up_on_a_page_and_an_empty_secret_keeps_the_stored_one(
    provider: OpenId, browse: Browse
) -> None:
    values = {"enabled": "on", "name": "Acme 2", "issuer": provider.url, "client_id": CLIENT, "client_secret": ""}
    client = browse(ada())
    answer = client.post("/admin/sign-in/provider", {**values, "domains": "desk.test\n@example.test\n"})
    row = SingleSignOn.load()
    assert answer.status_code == 302 and (row.name, row.client_secret) == ("Acme 2", SECRET)
    assert row.domains == ["desk.test", "example.test"]
    shown = client.post("/admin/sign-in/provider", {**values, "domains": "", "issuer": "ftp://x"})
    assert shown.status_code == 422 and "https://" in shown.content.decode()


def test_only_administrators_set_it_up(provider: OpenId, browse: Browse) -> None:
    assert browse(tess()).post("/admin/sign-in/provider", {"name": "Mine"}).status_code == 403
    assert SingleSignOn.load().name == "Acme"
