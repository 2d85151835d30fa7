"""Where Microsoft refuses SMTP, the same sign-in sends by MAPI after one click (R12)."""

from __future__ import annotations

import pytest

from postroom.audit.models import AuditEntry
from postroom.audit.services import Actor
from postroom.channels.models import OAuthGrant, OutgoingServer, ServerHealth
from postroom.channels.services import offers_mapi, save_outgoing_server, switch_to_mapi, warnings_of

pytestmark = pytest.mark.django_db

ADA = Actor("Ada")
REFUSAL = "smtp.office365.com refused the sign-in: 535 5.7.139 SmtpClientAuthentication is disabled"


@pytest.fixture
def cloud() -> OutgoingServer:
    auth = {"type": "oauth", "refresh_token": "canary"}
    return save_outgoing_server(
        ADA, {"name": "M365", "email": "desk@contoso.test", "provider": "microsoft", "auth": auth}
    )


def test_the_health_of_a_server_that_microsoft_refuses_smtp_offers_mapi(cloud: OutgoingServer) -> None:
    """R12"""
    ServerHealth.objects.create(outgoing=cloud, state="needs_sign_in", code="MAILAUTHPERM", message=REFUSAL)
    cloud = OutgoingServer.objects.get()
    assert "Switch the server to MAPI" in dict(warnings_of(cloud))["protocol"]


def test_switching_to_mapi_keeps_the_sign_in_and_asks_for_a_token_of_its_own(cloud: OutgoingServer) -> None:
    """R12, OA-01"""
    OAuthGrant.objects.update(access_token="for-smtp", expires_at="2099-01-01T00:00:00Z")
    changed = switch_to_mapi(ADA, cloud)
    grant = OAuthGrant.objects.get()
    assert (changed.protocol, changed.provider, changed.host, changed.auth_type) == ("mapi", "microsoft", "", "oauth")
    assert (grant.outgoing, grant.refresh_token, grant.access_token) == (changed, "canary", "")
    assert {"field": "protocol", "old": "smtp", "new": "mapi"} in AuditEntry.objects.first().changes  # type: ignore[union-attr]
    assert not ServerHealth.objects.filter(outgoing=changed, state="needs_sign_in").exists()


def test_other_faults_and_other_servers_get_no_such_offer(cloud: OutgoingServer) -> None:
    assert offers_mapi(cloud, "MAILAUTHPERM", REFUSAL)
    assert not offers_mapi(cloud, "MAILCONDNS", "smtp.office365.com cannot be resolved")
    assert not offers_mapi(cloud, "MAILAUTHPERM", "535 5.7.8 no")
    own = save_outgoing_server(ADA, {"name": "B", "email": "b@desk.test", "host": "h.test", "auth": {"type": "none"}})
    assert not offers_mapi(own, "MAILAUTHCRED", REFUSAL)
