"""Asking an identity provider: by secret, by HTTP Basic, by certificate, through a proxy, and when it is not there."""

from __future__ import annotations

import pytest
import trustme
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from postroom.transports.base import Proxy, TransportError
from postroom.transports.oauth import (
    Application,
    ProviderRefused,
    authorization_url,
    client_credentials,
    new_secret,
    refresh,
    thumbprint,
)
from tests.servers.identity import CLIENT, SECRET, Identity
from tests.servers.proxy import SocksProxy


def application(identity: Identity, **parts: object) -> Application:
    values: dict[str, object] = {"client_id": CLIENT, "client_secret": SECRET, "token_url": identity.token_url, **parts}
    return Application(**values)  # type: ignore[arg-type]


def test_a_refresh_gives_a_token_and_the_rotated_refresh_token(identity: Identity) -> None:
    token = refresh(application(identity), identity.a_refresh_token())
    assert token.access_token.startswith("canary-access") and token.refresh_token.startswith("canary-refresh")
    assert (token.lifetime, identity.requests[0]["grant_type"]) == (3600, "refresh_token")


def test_a_token_does_not_show_itself(identity: Identity) -> None:
    token = refresh(application(identity), identity.a_refresh_token())
    assert "canary" not in repr(token) and "canary" not in repr(application(identity))


def test_the_authorization_url_keeps_the_providers_own_parameters() -> None:
    """A5: Google wants access_type=offline and prompt=consent"""
    google = Application(
        "id", "https://t.test/", authorization_url="https://a.test/auth?access_type=offline", scope="s"
    )
    verifier = new_secret()
    url = authorization_url(google, redirect_url="https://desk.test/oauth/callback", state="x", verifier=verifier)
    assert url.startswith("https://a.test/auth?access_type=offline&") and "redirect_uri=https%3A%2F%2Fdesk.test" in url
    assert create_s256_code_challenge(verifier) in url and verifier not in url


def test_a_provider_that_wants_http_basic_is_asked_that_way(identity: Identity) -> None:
    identity.refuse = [(401, {"error": "invalid_client"})]
    assert client_credentials(application(identity, scope="s")).access_token
    assert len(identity.requests) == 2


def test_a_certificate_signs_in_place_of_a_secret(identity: Identity) -> None:
    made = trustme.CA().issue_cert("desk.test")
    pem = (made.private_key_pem.bytes() + made.cert_chain_pems[0].bytes()).decode()
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    if not isinstance(load_pem_private_key(made.private_key_pem.bytes(), None), RSAPrivateKey):
        made = trustme.CA(key_type=trustme.KeyType.RSA).issue_cert("desk.test", key_type=trustme.KeyType.RSA)
        pem = (made.private_key_pem.bytes() + made.cert_chain_pems[0].bytes()).decode()
    assert client_credentials(application(identity, client_secret="", certificate=pem, scope="s")).access_token
    sent = identity.requests[0]
    assert sent["client_assertion"].count(".") == 2 and "client_secret" not in sent
    assert len(thumbprint(pem)) == 27


def test_the_servers_proxy_carries_the_token_request_too(identity: Identity, socks_proxy: SocksProxy) -> None:
    """PRX-02"""
    proxy = Proxy("socks5", "127.0.0.1", socks_proxy.port, "office", "let-me-out")
    refresh(application(identity, proxy=proxy), identity.a_refresh_token())
    assert socks_proxy.asked == [identity.token_url.partition("://")[2].partition("/")[0]]


def test_a_refusal_has_the_providers_code_and_words(identity: Identity) -> None:
    identity.refuse_always = {"error": "invalid_grant", "error_description": "AADSTS700082: too old"}
    with pytest.raises(ProviderRefused, match="AADSTS700082") as caught:
        refresh(application(identity), "old")
    assert caught.value.error == "invalid_grant"


@pytest.mark.parametrize(("status", "code"), [(503, "MAILGENERIC"), (429, "MAILCONRATELIM")])
def test_a_provider_in_trouble_is_asked_again_later(identity: Identity, status: int, code: str) -> None:
    identity.refuse = [(status, {})]
    with pytest.raises(TransportError) as caught:
        refresh(application(identity), "x")
    assert (caught.value.code, caught.value.temporary) == (code, True)


def test_a_provider_that_is_not_there_is_named(identity: Identity) -> None:
    gone = application(identity, token_url="http://127.0.0.1:9/token")
    with pytest.raises(TransportError, match=r"127\.0\.0\.1 cannot be reached") as caught:
        refresh(gone, "x")
    assert (caught.value.code, caught.value.temporary) == ("MAILCONREF", True)
