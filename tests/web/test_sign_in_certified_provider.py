"""Single sign-on at a certified OpenID provider: from the button through its pages and back."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx2
import pytest
from django.test import Client

from postroom.audit.services import SYSTEM
from postroom.channels.services.single_sign_on import save_single_sign_on
from tests.build import tess
from tests.servers import oidc
from tests.servers.fixtures import missing
from tests.servers.identity import CLIENT, SECRET
from tests.servers.oidc import OidcProvider

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
DESK = "127.0.0.1:8000"
CALLBACK = f"http://{DESK}/sign-in/with/sso/callback"


@pytest.fixture
def provider() -> Iterator[OidcProvider]:
    if not oidc.is_runnable():
        pytest.skip(f"oidc-provider needs Node.js {oidc.OLDEST_NODE[0]}.{oidc.OLDEST_NODE[1]} or newer")
    if not oidc.is_installed():
        missing("oidc-provider (make test-servers)")
    server = OidcProvider(CALLBACK, "tess@desk.test", lifetime=600)
    server.start()
    yield server
    server.stop()


def through_the_provider(url: str) -> str:
    """Follow the provider's pages as a browser does; the path and query that it comes back to."""
    with httpx2.Client(trust_env=False) as browser:
        for _ in range(12):
            url = str(httpx2.URL(url).join(browser.get(url).headers["Location"]))
            parts = urlsplit(url)
            if parts.netloc == DESK:
                return f"{parts.path}?{parts.query}"
    raise AssertionError(f"The provider did not come back: {url}")


def test_a_technician_signs_in_at_a_real_provider(provider: OidcProvider) -> None:
    tess()
    values = {"name": "Acme", "issuer": provider.url, "client_id": CLIENT, "client_secret": SECRET}
    save_single_sign_on(SYSTEM, {"enabled": True, "domains": ["desk.test"], **values})
    client = Client(headers={"Host": DESK})
    back = through_the_provider(client.get("/sign-in/with/sso?next=/requests")["Location"])
    answer = client.get(back)
    assert answer.status_code == 302, answer.content.decode()
    assert answer["Location"] == "/requests" and client.get("/requests").status_code == 200
