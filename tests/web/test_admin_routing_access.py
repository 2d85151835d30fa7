"""The routing pages are for administrators only, and tell nobody else a name (NAV-05)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from postroom.accounts.models import User
from postroom.channels.models import EmailPreferences, OutgoingRule, ProxyServer, Settings
from tests.build import ada, sam, tess
from tests.web.admin_routing_scene import a_proxy, a_rule, the_servers
from tests.web.conftest import Browse

pytestmark = pytest.mark.django_db

READ = [
    "/admin/emails/preference",
    "/admin/emails/outgoing/rules",
    "/admin/proxies",
    "/admin/proxies/new",
    "/admin/proxies/{proxy}",
    "/admin/proxies/{proxy}/delete",
    "/admin/security",
]
WRITE = [
    "/admin/emails/preference",
    "/admin/emails/outgoing/rules",
    "/admin/emails/outgoing/rules/draft",
    "/admin/proxies/new",
    "/admin/proxies/{proxy}",
    "/admin/proxies/{proxy}/delete",
    "/admin/security/limits",
    "/admin/security/microsoft_app",
    "/admin/security/trust",
]


@pytest.fixture
def addresses() -> Callable[[list[str]], list[str]]:
    the_servers()
    a_rule("Secret rule")
    proxy = a_proxy("Secret proxy")
    return lambda paths: [path.format(proxy=proxy.pk) for path in paths]


@pytest.mark.parametrize("who", [sam, tess])
def test_requesters_and_technicians_get_403_everywhere_and_learn_nothing(
    browse: Browse, addresses: Callable[[list[str]], list[str]], who: Callable[[], User]
) -> None:
    client = browse(who())
    answers = [client.get(path) for path in addresses(READ)] + [client.post(path) for path in addresses(WRITE)]
    assert {answer.status_code for answer in answers} == {403}
    assert not any(b"Secret" in answer.content or b"hr@desk.test" in answer.content for answer in answers)
    assert ProxyServer.objects.exists() and OutgoingRule.objects.exists()


def test_whoever_is_not_signed_in_is_led_to_the_sign_in(addresses: Callable[[list[str]], list[str]], db: None) -> None:
    client = Client()
    answers = [client.get(path) for path in addresses(READ)] + [client.post(path) for path in addresses(WRITE)]
    assert {answer.status_code for answer in answers} == {302}
    assert all(answer["Location"].startswith("/sign-in") for answer in answers)
    assert ProxyServer.objects.exists() and OutgoingRule.objects.exists()


def test_an_administrator_may_open_every_page_and_reload_it(
    browse: Browse, addresses: Callable[[list[str]], list[str]]
) -> None:
    client = browse(ada())
    assert {client.get(path).status_code for path in addresses(READ)} == {200}


def test_reading_a_page_changes_nothing(browse: Browse, addresses: Callable[[list[str]], list[str]]) -> None:
    EmailPreferences.load(), Settings.load()
    client = browse(ada())
    for path in addresses(["/admin/emails/outgoing/rules/draft", "/admin/security/trust", "/admin/security/limits"]):
        assert client.get(path).status_code == 405


def test_what_does_not_exist_is_404(browse: Browse) -> None:
    client = browse(ada())
    assert client.get("/admin/proxies/404").status_code == 404
    assert client.post("/admin/security/teapot").status_code == 404
