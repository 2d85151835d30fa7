"""Tokens: refreshed ahead of their end, once for all, rotated ones never lost (OA-03, OA-06, OTH-07 to OTH-09)."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone

from postroom.audit.models import AuditEntry
from postroom.channels.health import describe
from postroom.channels.models import Incident, OAuthGrant, ServerHealth
from postroom.channels.oauth.tokens import access_token
from postroom.channels.queries import endpoint
from postroom.channels.services import save_outgoing_server
from postroom.channels.services.incidents import follow_health
from postroom.run.upkeep.tokens import refresh_due
from postroom.transports.base import TransportError
from tests.channels.oauth_scene import ADA, auth, grant_of, mailbox, sender
from tests.servers.identity import Identity

ROOT = Path(__file__).parents[2]
ONE_PROCESS = """
import django, sys; django.setup()
from django.db import connections
from postroom.channels.oauth.tokens import access_token
connections["default"].settings_dict["NAME"] = sys.argv[2]
sys.stdin.readline()
print(access_token(int(sys.argv[1])))
"""


@pytest.mark.django_db
def test_a_token_is_asked_for_once_and_then_kept(identity: Identity) -> None:
    server = sender(identity)
    token = endpoint(server).auth.token
    assert token is not None
    first = token(False)
    assert (token(False), len(identity.requests)) == (first, 1)
    assert grant_of(server).refresh_token == identity.issued[-1]


@pytest.mark.django_db
def test_a_token_is_refreshed_five_minutes_and_some_jitter_before_its_end(identity: Identity) -> None:
    marks = set()
    for number in range(4):
        server = sender(identity, f"Server {number}")
        access_token(grant_of(server).pk)
        grant = grant_of(server)
        assert grant.expires_at and grant.refresh_at
        ahead = grant.expires_at - grant.refresh_at
        assert timedelta(minutes=5) <= ahead <= timedelta(minutes=7)
        marks.add(ahead)
    assert len(marks) == 4


@pytest.mark.django_db
def test_a_token_that_the_mail_server_refused_is_replaced_once(identity: Identity) -> None:
    server = sender(identity)
    token, other = endpoint(server).auth.token, endpoint(server).auth.token
    assert token is not None and other is not None
    old = token(False)
    assert other(False) == old
    fresh = token(True)
    assert fresh != old
    assert (other(True), len(identity.requests)) == (fresh, 2)


@pytest.mark.django_db
def test_a_refresh_without_a_new_refresh_token_keeps_the_old_one(identity: Identity) -> None:
    identity.rotates = False
    server = sender(identity)
    old = grant_of(server).refresh_token
    access_token(grant_of(server).pk)
    assert grant_of(server).refresh_token == old


@pytest.mark.django_db(transaction=True)
def test_an_expired_token_is_refreshed_once_for_twenty_processes(identity: Identity) -> None:
    identity.delay = 0.3
    pk = grant_of(sender(identity)).pk
    command = [sys.executable, "-c", ONE_PROCESS, str(pk), str(connection.settings_dict["NAME"])]
    running = [
        subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(20)
    ]
    for process in running:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    said = {process.communicate(timeout=60)[0].strip() for process in running}
    assert len(identity.requests) == 1
    assert said == {OAuthGrant.objects.get(pk=pk).access_token}


@pytest.mark.django_db
def test_without_a_sign_in_the_server_needs_one_and_nobody_connects(identity: Identity) -> None:
    """OTH-07"""
    server = sender(identity, refresh_token=None)
    assert describe(server)["state"] == "needs_sign_in"
    with pytest.raises(TransportError, match="Nobody has signed in yet") as caught:
        endpoint(server)
    assert (caught.value.code, caught.value.temporary, identity.requests) == ("MAILAUTHSESS", False, [])


@pytest.mark.django_db
def test_a_revoked_sign_in_needs_a_person_and_alerts_once(identity: Identity) -> None:
    """MS-08"""
    server = mailbox(identity)
    access_token(grant_of(server).pk)
    identity.revoke_all()
    OAuthGrant.objects.update(refresh_at=timezone.now())
    before = server.updated_at
    refresh_due()
    server.refresh_from_db()
    assert describe(server)["state"] == "needs_sign_in" and "revoked or has expired" in describe(server)["message"]
    assert server.updated_at > before, "the roles let go of their connections"
    assert grant_of(server).refresh_token == grant_of(server).access_token == ""
    refresh_due()
    follow_health(timezone.now())
    follow_health(timezone.now())
    assert Incident.objects.get().kind == "needs_sign_in"
    assert len(identity.requests) == 2


@pytest.mark.django_db
def test_a_provider_that_is_away_for_a_moment_is_no_reason_to_sign_in_again(identity: Identity) -> None:
    server = sender(identity)
    old = access_token(grant_of(server).pk)
    identity.refuse = [(503, {})]
    OAuthGrant.objects.update(refresh_at=timezone.now())
    assert access_token(grant_of(server).pk) == old
    assert not ServerHealth.objects.exists()
    OAuthGrant.objects.update(refresh_at=timezone.now(), failed_at=timezone.now() - timedelta(minutes=1))
    assert access_token(grant_of(server).pk) != old


@pytest.mark.django_db
def test_a_wrong_client_secret_says_so_and_works_once_it_is_right(identity: Identity) -> None:
    server = sender(identity, client_secret="0c1b…")
    with pytest.raises(TransportError, match=r"AADSTS7000215.*paste its Value") as caught:
        access_token(grant_of(server).pk)
    assert caught.value.code == "MAILAUTHPERM"
    save_outgoing_server(ADA, {"auth": auth(identity)}, server)
    assert access_token(grant_of(server).pk).startswith("canary-access")


@pytest.mark.django_db
def test_the_application_itself_signs_in_without_a_person(identity: Identity) -> None:
    """OTH-08"""
    server = sender(
        identity, refresh_token=None, grant="client_credentials", authorization_url=None, scope="x/.default"
    )
    token = endpoint(server).auth.token
    assert token is not None and token(False).startswith("canary-access")
    assert identity.requests[0]["scope"] == "x/.default"


@pytest.mark.django_db
@pytest.mark.parametrize("part", [{"client_id": "another"}, {"token_url": "https://id.desk.test/t"}, {"scope": "all"}])
def test_changing_client_token_url_or_scope_asks_for_a_new_sign_in(identity: Identity, part: dict[str, str]) -> None:
    """OTH-09"""
    server = sender(identity)
    save_outgoing_server(ADA, {"auth": auth(identity, **part)}, server)
    assert not OAuthGrant.objects.exists()
    assert describe(type(server).objects.get())["state"] == "needs_sign_in"


@pytest.mark.django_db
def test_a_disabled_server_keeps_its_sign_in_alive_by_a_refresh_a_week(identity: Identity) -> None:
    """OA-06"""
    server = sender(identity)
    access_token(grant_of(server).pk)
    save_outgoing_server(ADA, {"enabled": False}, server, settle=False)
    now = timezone.now()
    OAuthGrant.objects.update(refresh_at=now, refreshed_at=now - timedelta(days=5))
    assert refresh_due() == 0
    OAuthGrant.objects.update(refreshed_at=now - timedelta(days=6, minutes=1))
    assert refresh_due() == 1
    assert len(identity.requests) == 2


@pytest.mark.django_db
def test_a_file_with_a_refresh_token_applies_again_without_undoing_its_rotation(identity: Identity) -> None:
    given = identity.a_refresh_token()
    server = sender(identity, refresh_token=given)
    access_token(grant_of(server).pk)
    rotated = grant_of(server).refresh_token
    save_outgoing_server(ADA, {"auth": auth(identity, refresh_token=given)}, server)
    assert grant_of(server).refresh_token == rotated != given


@pytest.mark.django_db
def test_no_token_is_in_the_clear_in_database_log_or_audit(
    identity: Identity, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    server = sender(identity)
    access_token(grant_of(server).pk)
    identity.revoke_all()
    with pytest.raises(TransportError) as caught:
        access_token(grant_of(server).pk, refused=grant_of(server).access_token)
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(t)::text FROM channels_oauthgrant t")
        stored = str(cursor.fetchall())
    seen = [caplog.text, stored, str(list(AuditEntry.objects.values())), str(caught.value), repr(endpoint)]
    for canary in [*identity.issued, "canary-of-the-client-secret"]:
        assert not any(canary in text for text in seen)
