"""Getting to a server: names, ports, proxies, and what is said when that fails."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from postroom.transports.base import Endpoint, Proxy
from postroom.transports.imap import ImapReceiver
from postroom.transports.smtp import SmtpSender
from tests.servers.ports import free_port
from tests.servers.proxy import HttpProxy, SocksProxy
from tests.servers.scripted import ScriptedSmtp
from tests.transports.conftest import a_mail, refused, smtp_at, through

At = Callable[..., Endpoint]
SAM, DESK = "sam@example.test", "support@desk.test"


@pytest.mark.parametrize("host", ["no-such-host.invalid", "bad..name.test", "x" * 70 + ".test"])
def test_a_name_that_cannot_be_resolved_is_named(host: str) -> None:
    error = refused(SmtpSender(Endpoint(host, 587, "tls", timeout=10)).open)

    assert (error.code, error.stage, error.temporary, error.connection) == ("MAILCONDNS", "dns", True, True)
    assert host in error.message


def test_a_port_on_which_nobody_listens_is_named_with_the_usual_ones() -> None:
    port = free_port()

    error = refused(ImapReceiver(Endpoint("127.0.0.1", port, "ssl")).open)

    assert (error.code, error.stage) == ("MAILCONREF", "tcp")
    assert f"port {port}" in error.message
    assert "993 (SSL)" in error.message


@pytest.fixture(params=["http", "socks5"])
def proxy(request: pytest.FixtureRequest) -> HttpProxy | SocksProxy:
    made: HttpProxy | SocksProxy = request.getfixturevalue("http_proxy" if request.param == "http" else "socks_proxy")
    return made


def kind_of(proxy: HttpProxy | SocksProxy) -> str:
    return "http" if isinstance(proxy, HttpProxy) else "socks5"


@pytest.mark.parametrize("_again", range(3))
def test_the_greeting_of_a_server_behind_a_proxy_is_not_lost_and_the_proxy_resolves_the_name(
    scripted: ScriptedSmtp, proxy: HttpProxy | SocksProxy, _again: int
) -> None:
    endpoint = Endpoint("mail.desk.test", scripted.port, "none", proxy=through(proxy, kind_of(proxy)), timeout=5)
    sender = SmtpSender(endpoint)

    assert sender.send(DESK, [SAM], a_mail())[0].accepted
    sender.close()

    assert proxy.asked == [f"mail.desk.test:{scripted.port}"]


def test_a_mailbox_is_read_through_a_proxy(imap_at: At, proxy: HttpProxy | SocksProxy) -> None:
    endpoint = imap_at("tls", proxy=through(proxy, kind_of(proxy)))
    receiver = ImapReceiver(endpoint)

    receiver.open()
    receiver.close()

    assert proxy.asked == [f"127.0.0.1:{endpoint.port}"]


def test_a_proxy_that_refuses_the_password_is_named_and_the_password_is_not(
    scripted: ScriptedSmtp, proxy: HttpProxy | SocksProxy
) -> None:
    endpoint = smtp_at(scripted, proxy=through(proxy, kind_of(proxy), password="wrong-guess"))

    error = refused(SmtpSender(endpoint).open)

    assert (error.code, error.stage, error.temporary) == ("MAILCONPROXY", "proxy", True)
    assert f"{proxy.host}:{proxy.port}" in error.message
    assert "wrong-guess" not in error.message


def test_a_proxy_that_cannot_reach_the_server_is_quoted(scripted: ScriptedSmtp, http_proxy: HttpProxy) -> None:
    http_proxy.status = "503 Service Unavailable"

    error = refused(SmtpSender(smtp_at(scripted, proxy=through(http_proxy, "http"))).open)

    assert error.code == "MAILCONPROXY"
    assert "503 Service Unavailable" in error.message


def test_a_socks_proxy_that_cannot_reach_the_server_is_quoted(scripted: ScriptedSmtp, socks_proxy: SocksProxy) -> None:
    socks_proxy.reply = 5

    error = refused(SmtpSender(smtp_at(scripted, proxy=through(socks_proxy, "socks5"))).open)

    assert error.code == "MAILCONPROXY"
    assert "refused" in error.message.lower()


def test_a_proxy_that_is_not_there_is_named(scripted: ScriptedSmtp, proxy: HttpProxy | SocksProxy) -> None:
    gone = through(proxy, kind_of(proxy))
    object.__setattr__(gone, "port", free_port())

    error = refused(SmtpSender(smtp_at(scripted, proxy=gone)).open)

    assert (error.code, error.stage) == ("MAILCONPROXY", "proxy")


def test_a_proxy_whose_name_is_wrong_is_told_from_a_server_whose_name_is_wrong(scripted: ScriptedSmtp) -> None:
    proxy = Proxy("http", "no-such-proxy.invalid", 3128)

    error = refused(SmtpSender(smtp_at(scripted, proxy=proxy)).open)

    assert (error.code, error.stage) == ("MAILCONPROXY", "dns")
    assert "no-such-proxy.invalid" in error.message


def test_one_servers_proxy_does_not_touch_another_connection(scripted: ScriptedSmtp, http_proxy: HttpProxy) -> None:
    for proxy in (through(http_proxy, "http"), None):
        sender = SmtpSender(smtp_at(scripted, proxy=proxy))
        sender.open()
        sender.close()

    assert len(http_proxy.asked) == 1
    assert scripted.connections == 2
