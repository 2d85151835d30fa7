"""A certified OpenID provider and Dovecot that asks it: sign in, rotate refresh tokens, read by IMAP and by POP3."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from postroom.channels.models import IncomingServer, OAuthGrant
from postroom.channels.oauth.application import redirect_url
from postroom.channels.oauth.tokens import access_token
from postroom.channels.services import save_incoming_server
from postroom.run.connection import try_incoming
from tests.build import ada
from tests.channels.oauth_scene import ADA, grant_of
from tests.servers import dovecot as dovecot_server
from tests.servers import oidc
from tests.servers.ca import Ca
from tests.servers.dovecot_oauth import DovecotOAuth
from tests.servers.fixtures import missing
from tests.servers.identity import CLIENT, SECRET
from tests.servers.oidc import OidcProvider
from tests.workers import a_worker

pytestmark = [pytest.mark.slow, pytest.mark.dovecot, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def provider() -> Iterator[OidcProvider]:
    if not oidc.is_runnable():
        pytest.skip(f"oidc-provider needs Node.js {oidc.OLDEST_NODE[0]}.{oidc.OLDEST_NODE[1]} or newer")
    if not oidc.is_installed() or not dovecot_server.is_installed():
        missing("oidc-provider (make test-servers) or Dovecot")
    server = OidcProvider(redirect_url(), "support@desk.test", lifetime=600)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def dovecot(servers_folder: Path, ca: Ca, provider: OidcProvider) -> Iterator[DovecotOAuth]:
    server = DovecotOAuth(servers_folder / "oi", ca, provider.introspection_url)
    server.start()
    yield server
    server.stop()


def through_the_provider(url: str) -> str:
    """Follow the provider's pages as a browser does; the path and query that it comes back to."""
    callback = urlsplit(redirect_url())
    with httpx2.Client(trust_env=False) as browser:
        for _ in range(12):
            url = str(httpx2.URL(url).join(browser.get(url).headers["Location"]))
            parts = urlsplit(url)
            if (parts.netloc, parts.path) == (callback.netloc, callback.path):
                return f"{parts.path}?{parts.query}"
    raise AssertionError("the provider never came back")


def a_mailbox(provider: OidcProvider, dovecot: DovecotOAuth, protocol: str) -> IncomingServer:
    port = dovecot.tls_port if protocol == "imap" else dovecot.pop3_tls_port
    signs_in = {
        "type": "oauth",
        "client_id": CLIENT,
        "client_secret": SECRET,
        "authorization_url": provider.authorization_url,
        "token_url": provider.token_url,
        "scope": "openid mail offline_access",
    }
    where = {"host": "localhost", "port": port, "security": "ssl", "ca_file": str(dovecot.ca.ca_file)}
    data = {"name": "Support", "email": "support@desk.test", "protocol": protocol, **where, "auth": signs_in}
    return save_incoming_server(ADA, data)


@pytest.mark.parametrize("protocol", ["imap", "pop3"])
def test_a_sign_in_opens_the_mailbox_and_stays_through_rotated_refresh_tokens(
    provider: OidcProvider, dovecot: DovecotOAuth, protocol: str
) -> None:
    server, client = a_mailbox(provider, dovecot, protocol), Client()
    client.force_login(ada())
    back = through_the_provider(client.get(f"/admin/oauth/incoming/{server.pk}/begin")["Location"])
    with a_worker():
        assert client.get(back)["Location"] == f"/admin/oauth/incoming/{server.pk}"
    dovecot.deliver("support@desk.test", b"Subject: Here\r\n\r\nI am.\r\n")
    result = try_incoming(server, ADA)
    assert result.ok, result.message

    for _ in range(3):  # each turn the old refresh token would end the whole grant if it were shown again
        OAuthGrant.objects.update(refresh_at=timezone.now())
        before, pk = grant_of(server).refresh_token, grant_of(server).pk
        threads = [threading.Thread(target=_ask, args=(pk,)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert grant_of(server).refresh_token != before and grant_of(server).failed_at is None
    assert try_incoming(server, ADA).ok


def _ask(pk: int) -> None:
    try:
        access_token(pk)
    finally:
        connection.close()
