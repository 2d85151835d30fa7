"""Whose word about the caller is believed: reverse proxies that the environment names, and nobody else's."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from postroom.audit.models import AuditEntry
from postroom.web.proxies import TrustedProxies
from tests.build import ada, tess
from tests.web.conftest import Browse

PROXY = "10.0.0.5"


@pytest.fixture(autouse=True)
def _behind_proxies(settings: Any) -> None:
    settings.POSTROOM_TRUSTED_PROXIES = [PROXY, "10.1.0.0/16", "2001:db8:ff::/48"]


def seen(peer: str = PROXY, **headers: str) -> tuple[str, str]:
    """The address and the scheme that the product works with."""
    request = RequestFactory(REMOTE_ADDR=peer).get("/", headers={k.replace("_", "-"): v for k, v in headers.items()})
    kept: list[HttpRequest] = []

    def page(request: HttpRequest) -> HttpResponse:
        kept.append(request)
        return HttpResponse()

    TrustedProxies(page)(request)
    return str(kept[0].META["REMOTE_ADDR"]), str(kept[0].scheme)


def test_the_caller_is_whom_the_proxy_names() -> None:
    assert seen(X_Forwarded_For="203.0.113.9", X_Forwarded_Proto="https") == ("203.0.113.9", "https")
    assert seen(Forwarded="for=203.0.113.9;proto=https") == ("203.0.113.9", "https")


def test_a_stranger_names_nobody() -> None:
    assert seen("198.51.100.7", X_Forwarded_For="203.0.113.9", X_Forwarded_Proto="https") == ("198.51.100.7", "http")
    assert seen("198.51.100.7", Forwarded="for=203.0.113.9;proto=https") == ("198.51.100.7", "http")


def test_without_a_trusted_proxy_nothing_is_believed(settings: Any) -> None:
    settings.POSTROOM_TRUSTED_PROXIES = []
    assert seen("127.0.0.1", X_Forwarded_For="203.0.113.9") == ("127.0.0.1", "http")


def test_what_the_caller_wrote_before_the_proxies_does_not_count() -> None:
    assert seen(X_Forwarded_For="1.1.1.1, 203.0.113.9, 10.1.2.3")[0] == "203.0.113.9"
    assert seen(Forwarded='for=1.1.1.1, For="[2001:db8:cafe::17]:4711", for=10.1.2.3')[0] == "2001:db8:cafe::17"


@pytest.mark.parametrize("junk", ['for="', "for=", ";;;", 'for="a\\', "a, b", '"", for="x'])
def test_junk_that_the_caller_wrote_hides_nothing(junk: str) -> None:
    assert seen(Forwarded=f"{junk}, for=203.0.113.9")[0] == "203.0.113.9"
    assert seen(X_Forwarded_For=f"{junk}, 203.0.113.9")[0] == "203.0.113.9"


@pytest.mark.parametrize("hidden", ["unknown", "_hidden", "not an address"])
def test_a_proxy_that_hides_the_caller_stands_for_them(hidden: str) -> None:
    assert seen(X_Forwarded_For=hidden)[0] == PROXY


@pytest.mark.parametrize("port", ["203.0.113.9:47011", "203.0.113.9"])
def test_a_port_behind_the_address_is_left_out(port: str) -> None:
    assert seen(X_Forwarded_For=port)[0] == "203.0.113.9"


def test_an_address_of_ipv4_written_as_ipv6_is_the_same_proxy() -> None:
    assert seen(f"::ffff:{PROXY}", X_Forwarded_For="203.0.113.9")[0] == "203.0.113.9"


def test_a_scheme_that_is_none_is_not_believed() -> None:
    assert seen(X_Forwarded_For="203.0.113.9", X_Forwarded_Proto="gopher")[1] == "http"


def test_a_network_that_is_none_is_refused_at_the_start() -> None:
    code = "from postroom.config.environment import environment; environment()"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"POSTROOM_TRUSTED_PROXIES": "10.0.0.300", "POSTROOM_SECRET_KEY": "x"},
        capture_output=True,
        text=True,
    )
    assert done.returncode and "POSTROOM_TRUSTED_PROXIES names '10.0.0.300'" in done.stderr


@pytest.mark.django_db
def test_the_audit_and_locks_know_the_caller_behind_the_proxy(browse: Browse) -> None:
    tess()

    def send(client: Client, path: str, caller: str, values: dict[str, str]) -> int:
        more = {"headers": {"X-Forwarded-For": caller}, "REMOTE_ADDR": PROXY}
        return client.post(path, values, **more).status_code

    send(browse(ada()), "/profile", "203.0.113.9", {"name": "Ada A.", "language": "en", "theme": "auto"})
    assert AuditEntry.objects.get().ip == "203.0.113.9"
    wrong, right = ({"email": "tess@desk.test", "password": word} for word in ("wrong", "correct horse"))
    assert [send(Client(), "/sign-in", "203.0.113.9", wrong) for _ in range(6)][-1] == 429
    assert send(Client(), "/sign-in", "203.0.113.10", right) == 302


@pytest.mark.django_db
@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded"])
def test_health_behind_a_proxy_on_this_machine_needs_a_token_even_for_a_loopback_name(
    settings: Any, header: str
) -> None:
    settings.POSTROOM_TRUSTED_PROXIES = ["127.0.0.1"]
    assert Client().get("/health/live").status_code == 200
    value = "for=127.0.0.1" if header == "Forwarded" else "127.0.0.1"
    assert Client().get("/metrics", headers={header: value}).status_code == 401
