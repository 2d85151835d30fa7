"""A stored secret stays with the server it was entered for, and certificates are checked unless somebody insists."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import trustme

from postroom.audit.models import AuditEntry
from postroom.audit.services import Actor
from postroom.channels.models import OAuthGrant, OutgoingServer, ProxyServer
from postroom.channels.queries import endpoint
from postroom.channels.services import Invalid, save_outgoing_server, save_proxy, warnings_of
from postroom.run.configuration import apply_configuration, export_configuration
from postroom.transports.base import TransportError

pytestmark = pytest.mark.django_db

ADA = Actor("Ada")
BASIC = {"type": "basic", "username": "support", "password": "canary"}
BLANK = {"type": "basic", "username": "support"}
OAUTH = {
    "type": "oauth",
    "client_id": "id",
    "client_secret": "canary",
    "authorization_url": "https://id.desk.test/authorize",
    "token_url": "https://id.desk.test/token",
    "scope": "mail",
    "refresh_token": "canary",
}
PERSON = {name: value for name, value in OAUTH.items() if name not in ("client_secret", "refresh_token")}
APPLICATION = {**PERSON, "grant": "client_credentials"}


def a_server(**fields: Any) -> OutgoingServer:
    return save_outgoing_server(
        ADA, {"name": "Support", "email": "support@desk.test", "host": "smtp.desk.test", "auth": BASIC, **fields}
    )


def refused(server: OutgoingServer, **data: Any) -> dict[str, str]:
    with pytest.raises(Invalid) as raised:
        save_outgoing_server(ADA, data, server)
    server.refresh_from_db()
    assert server.host == "smtp.desk.test", "nothing is stored"
    return dict(raised.value.errors)


@pytest.mark.parametrize("auth", [{}, {"auth": BLANK}])
def test_another_host_asks_for_the_password_again(auth: dict[str, Any]) -> None:
    server = a_server()
    assert refused(server, host="smtp.elsewhere.test", **auth) == {
        "auth.password": "The server is another one now: type the password again."
    }
    changed = save_outgoing_server(ADA, {"host": "smtp.elsewhere.test", "auth": {**BASIC, "password": "new"}}, server)
    assert (changed.host, changed.password) == ("smtp.elsewhere.test", "new")


@pytest.mark.parametrize("change", [{"host": "SMTP.desk.test."}, {"port": 2525}, {"security": "ssl"}, {"name": "X"}])
def test_what_leads_to_the_same_host_keeps_the_password(change: dict[str, Any]) -> None:
    assert save_outgoing_server(ADA, change, a_server()).password == "canary"


def test_another_token_url_asks_for_the_client_secret_again() -> None:
    server = a_server(auth=OAUTH)
    moved = {**PERSON, "token_url": "https://id.elsewhere.test/token"}
    assert refused(server, auth=moved) == {
        "auth.client_secret": "The token URL is at another host now: enter the client secret again."
    }
    same = save_outgoing_server(ADA, {"auth": {**PERSON, "token_url": "https://id.desk.test/v2/token"}}, server)
    assert same.client_secret == "canary"


def test_the_tokens_of_a_sign_in_do_not_follow_to_another_host() -> None:
    """They would be shown to it by XOAUTH2."""
    server = save_outgoing_server(ADA, {"host": "smtp.elsewhere.test"}, a_server(auth=OAUTH))
    assert not OAuthGrant.objects.exists()
    with pytest.raises(TransportError) as fault:
        endpoint(server)
    assert fault.value.code == "MAILAUTHSESS"


def test_an_application_signs_in_at_another_host_only_with_its_secret_typed_again() -> None:
    server = a_server(auth={**APPLICATION, "client_secret": "canary"})
    words = {"auth.client_secret": "The server is another one now: enter the client secret again."}
    assert refused(server, host="smtp.elsewhere.test", auth=APPLICATION) == words
    assert refused(server, host="smtp.elsewhere.test") == words
    typed = {**APPLICATION, "client_secret": "canary"}
    assert save_outgoing_server(ADA, {"host": "smtp.elsewhere.test", "auth": typed}, server).client_secret == "canary"


def test_sign_in_with_microsoft_leads_to_microsoft_alone() -> None:
    data = {"name": "M", "email": "m@contoso.test", "provider": "microsoft", "auth": {"type": "oauth"}}
    with pytest.raises(Invalid) as raised:
        save_outgoing_server(ADA, {**data, "host": "smtp.elsewhere.test"})
    assert "Microsoft's own servers" in dict(raised.value.errors)["host"]
    assert save_outgoing_server(ADA, {**data, "host": "smtp.office365.com"}).host == "smtp.office365.com"


def test_the_password_of_a_proxy_stays_with_its_host() -> None:
    proxy = save_proxy(
        ADA, {"name": "p", "type": "http", "host": "p.test", "port": 1, "username": "u", "password": "c"}
    )
    assert save_proxy(ADA, {"port": 2}, proxy).password == "c"
    with pytest.raises(Invalid) as raised:
        save_proxy(ADA, {"host": "other.test"}, proxy)
    assert dict(raised.value.errors) == {"password": "The proxy is another one now: type the password again."}


def test_a_password_in_the_clear_does_not_go_through_another_proxy_unasked() -> None:
    save_proxy(ADA, {"name": "p", "type": "http", "host": "p.test", "port": 1})
    plain = a_server(security="none")
    assert "through another proxy" in refused(plain, proxy="p")["auth.password"]
    assert save_outgoing_server(ADA, {"security": "tls", "proxy": "p"}, plain).password == "canary"


def a_proxy(name: str = "p") -> ProxyServer:
    return save_proxy(ADA, {"name": name, "type": "http", "host": f"{name}.test", "port": 1})


@pytest.fixture
def own_ca(tmp_path: Path) -> str:
    trustme.CA().cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    return str(tmp_path / "ca.pem")


def test_a_proxy_that_came_with_tls_does_not_read_the_password_after_tls_is_gone() -> None:
    a_proxy()
    server = save_outgoing_server(ADA, {"proxy": "p"}, a_server())
    assert "in the clear" in refused(server, security="none")["auth.password"]
    typed = save_outgoing_server(ADA, {"security": "none", "auth": BASIC}, server)
    assert save_outgoing_server(ADA, {"name": "Desk"}, typed).password == "canary", "what is so already is not asked"


def test_a_proxy_and_a_certificate_of_ones_own_together_ask_for_the_password_in_either_order(own_ca: str) -> None:
    a_proxy()
    with_proxy = save_outgoing_server(ADA, {"proxy": "p"}, a_server())
    assert "another certificate" in refused(with_proxy, ca_file=own_ca)["auth.password"]
    with_ca = save_outgoing_server(ADA, {"ca_file": own_ca, "proxy": None}, with_proxy)
    assert "another certificate" in refused(with_ca, proxy="p")["auth.password"]
    assert save_outgoing_server(ADA, {"proxy": "p", "auth": BASIC}, with_ca).proxy


def test_a_server_whose_certificate_is_not_checked_takes_no_password_along_to_a_proxy() -> None:
    a_proxy()
    assert "without one" in refused(a_server(verify_tls=False), proxy="p")["auth.password"]


def test_a_proxy_that_can_read_a_password_does_not_become_another_one() -> None:
    proxy = a_proxy()
    plain = a_server(security="none", proxy="p")
    with pytest.raises(Invalid) as raised:
        save_proxy(ADA, {"host": "other.test"}, proxy)
    assert "read the password of Support" in dict(raised.value.errors)["host"]
    save_outgoing_server(ADA, {"security": "tls"}, plain)
    assert save_proxy(ADA, {"host": "other.test"}, proxy).host == "other.test"


@pytest.mark.parametrize("host", ["169.254.169.254", "0.0.0.0", "fe80::1", "224.0.0.1"])
def test_an_address_at_which_no_server_is_is_refused_at_its_field(host: str) -> None:
    assert "No server has this address" in refused(a_server(), host=host)["host"]


@pytest.mark.parametrize(
    ("port", "words"),
    [
        ("9" * 5000, "Must be between 1 and 65535."),
        ("-" + "9" * 5000, "Must be between 1 and 65535."),
        ("--5", "Must be a whole number."),
    ],
)
def test_what_only_looks_like_a_number_is_refused_at_its_field(port: str, words: str) -> None:
    assert refused(a_server(), port=port) == {"port": words}


def test_an_export_that_is_applied_again_keeps_the_secrets_and_one_with_another_host_does_not() -> None:
    a_server()
    data = {"outgoing_servers": export_configuration()["outgoing_servers"]}
    apply_configuration(data)
    assert OutgoingServer.objects.get().password == "canary"
    data["outgoing_servers"][0]["host"] = "smtp.elsewhere.test"
    with pytest.raises(Invalid) as raised:
        apply_configuration(data)
    assert dict(raised.value.errors) == {
        "outgoing_servers[0].auth.password": "The server is another one now: type the password again."
    }


def test_certificates_are_checked_unless_somebody_says_otherwise_and_that_is_audited() -> None:
    """OUT-08"""
    server = a_server()
    assert server.verify_tls and endpoint(server).verify_tls
    assert "no longer checked" in refused(server, verify_tls=False)["auth.password"]
    server = save_outgoing_server(ADA, {"verify_tls": False, "auth": BASIC}, server)
    assert not endpoint(server).verify_tls
    changes = AuditEntry.objects.first().changes  # type: ignore[union-attr]
    assert {"field": "verify_tls", "old": True, "new": False} in changes
    assert "whoever stands in between" in dict(warnings_of(server))["verify_tls"]


def test_microsofts_certificates_are_always_checked() -> None:
    """OUT-08"""
    data = {"name": "M", "email": "m@contoso.test", "provider": "microsoft", "auth": {"type": "oauth"}}
    with pytest.raises(Invalid) as raised:
        save_outgoing_server(ADA, {**data, "verify_tls": False})
    assert "always checked" in dict(raised.value.errors)["verify_tls"]


def test_a_ca_file_that_is_not_there_or_holds_no_certificate_is_refused_at_its_field(tmp_path: Path) -> None:
    """OUT-08"""
    server = a_server()
    assert "no such file" in refused(server, ca_file="/nowhere/ca.pem")["ca_file"]
    (tmp_path / "empty.pem").write_text("nothing")
    assert "no certificate" in refused(server, ca_file=str(tmp_path / "empty.pem"))["ca_file"]
    trustme.CA().cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    assert save_outgoing_server(ADA, {"ca_file": str(tmp_path / "ca.pem")}, server).ca_file.endswith("ca.pem")


def test_a_file_for_another_host_may_name_certificates_that_are_there_and_warns(tmp_path: Path) -> None:
    auth = {"type": "none"}
    server = {"name": "A", "email": "a@desk.test", "host": "h.test", "auth": auth, "ca_file": "/there/ca.pem"}
    applied = apply_configuration({"outgoing_servers": [server]})
    assert ("outgoing_servers[0].ca_file") in dict(applied.warnings)
