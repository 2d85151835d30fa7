"""HTTPS for sign-in and webhooks: verified, through a server's own proxy, with faults named as for mail servers."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator

import httpx2
import pytest

from postroom.transports.base import Proxy
from postroom.transports.https import client
from tests.servers.ca import Ca
from tests.servers.lines import LineServer, Talk
from tests.servers.ports import free_port
from tests.servers.proxy import HttpProxy, SocksProxy
from tests.transports.conftest import refused, through


class Web(LineServer):
    """Answers every request with a few words; ``asked`` holds the request lines."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(self._answer, tls)
        self.asked: list[str] = []
        self.location = ""

    def _answer(self, talk: Talk) -> None:
        while True:
            self.asked.append(talk.hear())
            while talk.hear():
                pass
            if self.location:
                talk.say(f"HTTP/1.1 302 Found\nLocation: {self.location}\nContent-Length: 0\n")
            else:
                talk.socket.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Type: text/plain\r\n\r\nhello")


@pytest.fixture
def web(server_tls: Callable[..., ssl.SSLContext]) -> Iterator[Web]:
    server = Web(server_tls("127.0.0.1", "api.desk.test"))
    server.start()
    yield server
    server.stop()


def test_a_page_is_fetched_and_the_connection_is_used_again(web: Web, ca: Ca) -> None:
    with client(ca_file=str(ca.ca_file)) as http:
        for _ in range(2):
            assert http.get(f"https://127.0.0.1:{web.port}/token").text == "hello"

    assert web.asked == ["GET /token HTTP/1.1"] * 2


@pytest.mark.parametrize("kind", ["http_proxy", "socks_proxy"])
def test_the_proxy_looks_the_name_up_and_the_certificate_is_the_servers(
    web: Web, ca: Ca, kind: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(_known_to_proxies(), "api.desk.test", "127.0.0.1")
    proxy = request.getfixturevalue(kind)

    with client(through(proxy, "http" if kind == "http_proxy" else "socks5"), str(ca.ca_file)) as http:
        assert http.get(f"https://api.desk.test:{web.port}/").text == "hello"

    assert proxy.asked == [f"api.desk.test:{web.port}"]


def _known_to_proxies() -> dict[str, str]:
    from tests.servers.proxy import HOSTS

    return HOSTS


def test_the_proxies_of_the_environment_do_not_count(
    web: Web, ca: Ca, http_proxy: HttpProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{http_proxy.port}")

    with client(ca_file=str(ca.ca_file)) as http:
        assert http.get(f"https://127.0.0.1:{web.port}/").status_code == 200

    assert http_proxy.asked == []


def test_a_certificate_that_cannot_be_trusted_ends_it(web: Web) -> None:
    with client() as http:
        error = refused(lambda: http.get(f"https://127.0.0.1:{web.port}/"))

    assert (error.code, error.stage) == ("MAILCONTLS", "tls")
    assert web.asked == []


def test_nobody_there_is_named() -> None:
    with client() as http:
        error = refused(lambda: http.get(f"https://127.0.0.1:{free_port()}/"))

    assert (error.code, error.stage) == ("MAILCONREF", "tcp")


def test_a_proxy_that_refuses_is_named(socks_proxy: SocksProxy) -> None:
    wrong = Proxy("socks5", socks_proxy.host, socks_proxy.port, "office", "wrong-guess")

    with client(wrong) as http:
        error = refused(lambda: http.get("https://api.desk.test/"))

    assert error.code == "MAILCONPROXY"
    assert "wrong-guess" not in error.message


def test_without_tls_only_this_machine_is_reached() -> None:
    plain = Web()
    plain.start()
    try:
        with client() as http:
            assert http.get(f"http://127.0.0.1:{plain.port}/").text == "hello"
            error = refused(lambda: http.get("http://login.desk.test/token"))
    finally:
        plain.stop()

    assert error.code == "MAILCONTLS"
    assert not error.temporary


def test_a_redirect_is_not_followed(web: Web, ca: Ca) -> None:
    web.location = "https://169.254.169.254/latest"

    with client(ca_file=str(ca.ca_file)) as http:
        assert http.get(f"https://127.0.0.1:{web.port}/").status_code == 302


def test_a_server_that_says_nothing_is_given_up(server_tls: Callable[..., ssl.SSLContext], ca: Ca) -> None:
    server = LineServer(lambda talk: talk.hear_until_dot() and None, server_tls())
    server.start()
    try:
        with client(ca_file=str(ca.ca_file), timeout=0.3) as http, pytest.raises(httpx2.ReadTimeout):
            http.get(f"https://127.0.0.1:{server.port}/")
    finally:
        server.stop()
