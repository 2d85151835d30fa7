"""Getting to a server: names, ports, proxies, and what is said when that fails."""

from __future__ import annotations

import ssl
from collections.abc import Callable

import pytest

from postroom.transports.base import Endpoint, Proxy
from postroom.transports.imap import ImapReceiver
from postroom.transports.smtp import SmtpSender
from tests.servers.ca import Ca
from tests.servers.lines import LineServer
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


@pytest.mark.parametrize(
    ("kind", "setting", "words"),
    [
        ("http_proxy", {"status": "407 Proxy Authentication Required"}, "refused the sign-in"),
        ("http_proxy", {"status": "403 Forbidden"}, "whether the proxy lets this port through"),
        ("http_proxy", {"status": "502 Bad Gateway"}, "does not connect to"),
        ("socks_proxy", {"reply": 2}, "whether the proxy lets this port through"),
        ("socks_proxy", {"reply": 4}, "Host unreachable"),
        ("socks_proxy", {"login": "somebody:else"}, "refused the sign-in"),
    ],
)
def test_what_a_proxy_will_not_do_is_told_in_words_that_help(
    scripted: ScriptedSmtp, request: pytest.FixtureRequest, kind: str, setting: dict[str, object], words: str
) -> None:
    proxy = request.getfixturevalue(kind)
    for name, value in setting.items():
        setattr(proxy, name, value)

    error = refused(SmtpSender(smtp_at(scripted, proxy=through(proxy, kind_of(proxy)))).open)

    assert (error.code, error.stage) == ("MAILCONPROXY", "proxy")
    assert words in error.message


@pytest.mark.parametrize("kind", ["http", "socks5"])
def test_a_proxy_that_keeps_silent_is_given_up_in_time(scripted: ScriptedSmtp, kind: str) -> None:
    silent = LineServer(lambda talk: talk.hear_until_dot() and None)
    silent.start()
    try:
        proxy = Proxy("socks5" if kind == "socks5" else "http", silent.host, silent.port)
        error = refused(SmtpSender(smtp_at(scripted, proxy=proxy, timeout=0.4)).open)
    finally:
        silent.stop()

    assert error.code == "MAILCONPROXY"
    assert "in time" in error.message


def test_a_password_that_socks_cannot_carry_is_said_so(scripted: ScriptedSmtp, socks_proxy: SocksProxy) -> None:
    proxy = through(socks_proxy, "socks5", password="Grüße")

    error = refused(SmtpSender(smtp_at(scripted, proxy=proxy)).open)

    assert (error.code, error.stage) == ("MAILCONPROXY", "proxy")
    assert "Grüße" not in error.message


@pytest.mark.parametrize("security", ["none", "tls", "ssl"])
@pytest.mark.parametrize("protocol", ["imap", "smtp"])
def test_tls_is_verified_through_a_proxy_as_it_is_without(
    protocol: str,
    security: str,
    proxy: HttpProxy | SocksProxy,
    imap_at: At,
    server_tls: Callable[..., ssl.SSLContext],
    ca: Ca,
) -> None:
    through_it = through(proxy, kind_of(proxy))
    if protocol == "imap":
        result = ImapReceiver(imap_at(security, proxy=through_it)).test()
    else:
        tls = server_tls()
        server = ScriptedSmtp(tls=tls if security == "ssl" else None, start_tls=tls if security == "tls" else None)
        server.answers["EHLO"] = "250-mx.desk.test\n250 STARTTLS"
        server.start()
        try:
            endpoint = smtp_at(server, security=security, proxy=through_it, ca_file=str(ca.ca_file))
            result = SmtpSender(endpoint).test(DESK, SAM, a_mail())
        finally:
            server.stop()

    assert result.ok, result.message
    assert ("tls" in [stage.name for stage in result.stages]) == (security != "none")
    assert len(proxy.asked) == 1


@pytest.mark.parametrize("host", ["169.254.169.254", "fe80::1", "224.0.0.1", "0.0.0.0", "fd00:ec2::254"])
def test_no_connection_is_made_to_addresses_at_which_no_mail_server_is(
    host: str, proxy: HttpProxy | SocksProxy
) -> None:
    for via in (None, through(proxy, kind_of(proxy))):
        error = refused(ImapReceiver(Endpoint(host, 993, "ssl", proxy=via)).open)

        assert (error.code, error.stage, error.temporary) == ("MAILCONREF", "dns", False)
    assert proxy.asked == []


@pytest.mark.parametrize("port", [465, 993, 995])
@pytest.mark.parametrize("security", ["none", "tls", "ssl"])
def test_on_the_ports_for_it_tls_begins_with_the_first_byte_whatever_is_chosen(port: int, security: str) -> None:
    assert Endpoint("mail.desk.test", port, security).implicit_tls  # type: ignore[arg-type]
    assert Endpoint("mail.desk.test", 1143, security).implicit_tls == (security == "ssl")  # type: ignore[arg-type]
