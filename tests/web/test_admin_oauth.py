"""Sign-ins through the pages: begun, done at the provider, brought back, and what goes wrong on the way (A3, A20)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from postroom.audit.models import AuditEntry
from postroom.channels.health import describe
from postroom.channels.models import IncomingServer, MicrosoftApp, OAuthGrant, OutgoingServer, Probe, SignIn
from postroom.channels.oauth.sign_in import adopt
from postroom.channels.oauth.tokens import digest
from postroom.channels.services import save_incoming_server, save_microsoft_app
from postroom.web.admin.oauth import sign_ins
from tests.build import ada, tess
from tests.channels.oauth_scene import ADA, grant_of, mailbox, sender
from tests.servers.identity import CLIENT, SECRET, Identity
from tests.web.admin_emails import HTMX, IMAP, INCOMING, send
from tests.web.conftest import Browse
from tests.workers import work_off

pytestmark = pytest.mark.django_db
SIGN_IN = "5b0d2c3e-7d7f-4a55-9b1e-0c1d2e3f4a5b"


@pytest.fixture(autouse=True)
def _slow_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker takes longer than the callback waits for it."""
    monkeypatch.setattr(sign_ins, "PATIENCE", 0.0)


@pytest.fixture
def microsoft(identity: Identity, monkeypatch: pytest.MonkeyPatch) -> Identity:
    """The provider in the place of Microsoft, with the desk's application entered."""
    monkeypatch.setenv("POSTROOM_MICROSOFT_AUTHORITY", identity.url)
    save_microsoft_app(ADA, {"client_id": CLIENT, "client_secret": SECRET, "tenant": "desk"})
    return identity


def to_provider(client: Client, path: str) -> dict[str, str]:
    """Press the button; what the provider is asked."""
    answer = client.get(path)
    assert answer.status_code == 302, answer.content.decode()
    return {name: values[0] for name, values in parse_qs(urlsplit(answer["Location"]).query).items()}


def sign_in(client: Client, identity: Identity, path: str) -> Any:
    """All the way: the button, the provider, and back to the callback."""
    back = urlsplit(identity.authorize(to_provider(client, path)))
    assert back.path == "/oauth/callback"
    return come_back(client, f"{back.path}?{back.query}")


def come_back(client: Client, callback: str) -> Any:
    """What the callback leads to, once a worker has asked the provider."""
    answer = client.get(callback)
    if answer.status_code == 302 and answer["Location"].startswith("/oauth/callback/"):
        assert "Asking the identity provider" in client.get(answer["Location"]).content.decode()
        work_off()
        return client.get(answer["Location"])
    return answer


def a_cloud_mailbox(**parts: Any) -> IncomingServer:
    """A mailbox of Sign in with Microsoft that nobody has signed in to."""
    data = {"name": "M365", "email": "support@desk.test", "protocol": "imap", "provider": "microsoft", **parts}
    return save_incoming_server(ADA, data)


def test_signing_in_stores_the_grant_and_makes_the_server_well(browse: Browse, identity: Identity) -> None:
    """OTH-07: after Save an explicit step opens the Authorization URL"""
    server = sender(identity, refresh_token=None)
    asked = to_provider(browse(ada()), f"/admin/oauth/outgoing/{server.pk}/begin")
    assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
    assert asked["redirect_uri"].endswith("/oauth/callback") and asked["scope"] == "mail offline_access"

    answer = sign_in(browse(ada()), identity, f"/admin/oauth/outgoing/{server.pk}/begin")
    assert answer["Location"] == f"/admin/oauth/outgoing/{server.pk}"
    assert describe(OutgoingServer.objects.get())["state"] == "never_tested"
    assert grant_of(server).refresh_token.startswith("canary-refresh")
    assert AuditEntry.objects.filter(action="signed in", object_name="Support", actor_name="Ada Administrator").exists()


def test_sign_in_with_microsoft_needs_only_the_button_and_stores_who_and_where(
    browse: Browse, microsoft: Identity
) -> None:
    """MS-02, MS-05, MS-08"""
    server = a_cloud_mailbox()
    microsoft.scope_granted = "https://outlook.office.com/IMAP.AccessAsUser.All"
    sign_in(browse(ada()), microsoft, f"/admin/oauth/incoming/{server.pk}/begin")
    grant = grant_of(server)
    assert (grant.account, grant.tenant) == ("support@desk.test", "tenant-guid")
    assert grant.consented_at and "IMAP.AccessAsUser.All" in grant.scopes
    page = browse(ada()).get(f"/admin/oauth/incoming/{server.pk}").content.decode()
    assert "Re-authenticate" in page and "tenant-guid" in page and "Lacking" not in page


def test_the_state_belongs_to_the_session_and_counts_once(browse: Browse, identity: Identity) -> None:
    server = sender(identity, refresh_token=None)
    client, path = browse(ada()), f"/admin/oauth/outgoing/{server.pk}/begin"
    back = urlsplit(identity.authorize(to_provider(client, path)))
    for stranger in (Client(), browse(tess()), browse(ada())):
        assert stranger.get(f"{back.path}?{back.query}").status_code == 400
    assert not OAuthGrant.objects.exists()
    assert come_back(client, f"{back.path}?{back.query}").status_code == 302
    again = client.get(f"{back.path}?{back.query}")
    assert again.status_code == 400 and "finished before" in again.content.decode()


def test_another_account_is_asked_about_and_may_open_the_mailbox_as_a_shared_one(
    browse: Browse, microsoft: Identity
) -> None:
    """MS-06"""
    server, client = a_cloud_mailbox(), browse(ada())
    microsoft.account = "sam@personal.test"
    answer = sign_in(client, microsoft, f"/admin/oauth/incoming/{server.pk}/begin")
    page = client.get(answer["Location"]).content.decode()
    assert "sam@personal.test" in page and "shared mailbox" in page
    assert not OAuthGrant.objects.exists(), "nothing is read before somebody says so"

    row = SignIn.objects.get()
    client.post(f"/admin/oauth/sign-in/{row.pk}/accept", {"as": "shared"})
    server.refresh_from_db()
    assert (grant_of(server).account, server.email) == ("sam@personal.test", "support@desk.test")
    assert Probe.objects.filter(kind="test_incoming").exists(), "the delegate's rights are tested"


def test_another_account_may_become_the_address(browse: Browse, microsoft: Identity) -> None:
    """MS-06"""
    server, client = a_cloud_mailbox(), browse(ada())
    microsoft.account = "desk@contoso.test"
    sign_in(client, microsoft, f"/admin/oauth/incoming/{server.pk}/begin")
    client.post(f"/admin/oauth/sign-in/{SignIn.objects.get().pk}/accept", {"as": "own"})
    server.refresh_from_db()
    assert (server.email, grant_of(server).account) == ("desk@contoso.test", "desk@contoso.test")


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"error": "access_denied"}, "cancelled"),
        ({"error": "access_denied", "error_description": "AADSTS90094: x"}, "Send the admin consent link"),
        ({"error": "invalid_request", "error_description": "AADSTS50011: x"}, "/oauth/callback at the application"),
    ],
)
def test_a_sign_in_that_fails_tells_the_code_and_the_next_step_and_saves_nothing(
    browse: Browse, microsoft: Identity, said: dict[str, str], words: str
) -> None:
    """MS-07"""
    server, client = a_cloud_mailbox(), browse(ada())
    microsoft.refuse_always = said
    page = sign_in(client, microsoft, f"/admin/oauth/incoming/{server.pk}/begin").content.decode()
    assert words in page and "Nothing was saved" in page
    assert said.get("error_description", "access_denied")[:11] in page
    assert not OAuthGrant.objects.exists() and describe(server)["state"] == "needs_sign_in"


def test_a_sign_in_that_took_too_long_is_not_taken(browse: Browse, identity: Identity) -> None:
    """MS-07"""
    server, client = sender(identity, refresh_token=None), browse(ada())
    back = urlsplit(identity.authorize(to_provider(client, f"/admin/oauth/outgoing/{server.pk}/begin")))
    SignIn.objects.update(expires_at="2020-01-01T00:00:00Z")
    assert "The time for the sign-in ran out" in client.get(f"{back.path}?{back.query}").content.decode()
    assert not OAuthGrant.objects.exists()


def test_a_sign_in_for_a_server_that_is_being_typed_waits_for_save(browse: Browse, microsoft: Identity) -> None:
    """MS-02, MS-07: nothing is saved before Save, and the panel keeps what was typed"""
    client = browse(ada())
    about = f"protocol=imap&email=support@desk.test&sign_in={SIGN_IN}"
    button = client.get(f"/admin/oauth/incoming/panel?{about}", headers=HTMX).content.decode()
    begin = re.search(r'href="(/admin/oauth/incoming/begin[^"]*)"', button)
    assert begin and "Sign in with Microsoft" in button
    sign_in(client, microsoft, begin[1].replace("&amp;", "&"))
    told = client.get(f"/admin/oauth/sign-in/{SIGN_IN}?direction=incoming&{about}", headers=HTMX).content.decode()
    assert "Signed in as <b>support@desk.test</b>" in told and f'value="{SIGN_IN}"' in told
    assert not OAuthGrant.objects.exists()

    server = a_cloud_mailbox()
    session = digest(client.session.session_key or "")
    adopt(ADA, SIGN_IN, "another session", server)
    assert not OAuthGrant.objects.exists()
    adopt(ADA, SIGN_IN, session, server)
    assert grant_of(server).account == "support@desk.test"


def test_a_server_saved_in_the_panel_takes_the_sign_in_that_was_done_in_it(browse: Browse, microsoft: Identity) -> None:
    """MS-03: choose IMAP or MAPI, sign in, Save"""
    client = browse(ada())
    about = f"protocol=imap&email=support@desk.test&sign_in={SIGN_IN}"
    button = client.get(f"/admin/oauth/incoming/panel?{about}", headers=HTMX).content.decode()
    begin = re.search(r'href="(/admin/oauth/incoming/begin[^"]*)"', button)
    assert begin
    sign_in(client, microsoft, begin[1].replace("&amp;", "&"))
    form = {"name": "M365", "email": "support@desk.test", "provider": "microsoft", "protocol": "imap"}
    status, text = send(client, f"{INCOMING}/new", {**IMAP, **form, "sign_in": SIGN_IN})
    assert status == 204, text
    assert grant_of(IncomingServer.objects.get()).account == "support@desk.test"


def test_a_code_for_another_device_signs_in_where_the_provider_cannot_come_back(
    browse: Browse, microsoft: Identity
) -> None:
    """MS-05: device code"""
    server, client = a_cloud_mailbox(), browse(ada())
    where = client.post(f"/admin/oauth/incoming/{server.pk}/device")["Location"]
    assert "Asking the identity provider" in client.get(where).content.decode()
    work_off()
    page = client.get(where).content.decode()
    assert "ABCD-EFGH" in page and f"{microsoft.url}/device" in page
    assert not any(canary in page for canary in microsoft.issued)
    microsoft.device_approved = True
    SignIn.objects.update(poll_at="2020-01-01T00:00:00Z")
    work_off()
    assert client.get(where)["Location"] == f"/admin/oauth/incoming/{server.pk}"
    assert grant_of(server).refresh_token


def test_re_authentication_retypes_nothing_and_accepts_the_same_delegate(browse: Browse, microsoft: Identity) -> None:
    server, client = a_cloud_mailbox(), browse(ada())
    microsoft.account = "sam@personal.test"
    path = f"/admin/oauth/incoming/{server.pk}/begin"
    sign_in(client, microsoft, path)
    client.post(f"/admin/oauth/sign-in/{SignIn.objects.get().pk}/accept", {"as": "shared"})
    first = grant_of(server).refresh_token
    assert sign_in(client, microsoft, path)["Location"] == f"/admin/oauth/incoming/{server.pk}"
    assert grant_of(server).refresh_token != first


def test_the_consent_link_is_ready_and_its_answer_is_kept(browse: Browse, microsoft: Identity) -> None:
    """CON-03"""
    a_cloud_mailbox()
    client = browse(ada())
    page = client.post("/admin/oauth/microsoft", {"consent": "1"}).content.decode()
    link = re.search(r'id="f-consent" value="([^"]+)"', page)
    assert link and "IMAP.AccessAsUser.All" in page and "press Accept" in page
    url = urlsplit(link[1].replace("&amp;", "&"))
    assert url.path == "/desk/v2.0/adminconsent"
    asked = {name: values[0] for name, values in parse_qs(url.query).items()}
    assert asked["client_id"] == CLIENT and asked["redirect_uri"].endswith("/oauth/callback")
    back = urlsplit(microsoft.consent(asked))
    stranger = (
        Client().get(f"{back.path}?{back.query}").content.decode()
    )  # the Microsoft administrator has no account here
    assert "Consent is given" in stranger
    app = MicrosoftApp.objects.get()
    assert app.consented_by == "an administrator of tenant-guid" and app.consented_at
    assert "Consented by an administrator of tenant-guid" in client.get("/admin/oauth/microsoft").content.decode()
    assert AuditEntry.objects.filter(action="consented").exists()


def test_a_declined_consent_is_told_and_not_kept(browse: Browse, microsoft: Identity) -> None:
    microsoft.consent_given = False
    page = browse(ada()).post("/admin/oauth/microsoft", {"consent": "1"}).content.decode()
    url = re.search(r'id="f-consent" value="([^"]+)"', page)
    assert url
    asked = {name: v[0] for name, v in parse_qs(urlsplit(url[1].replace("&amp;", "&")).query).items()}
    back = urlsplit(microsoft.consent(asked))
    assert "declined" in Client().get(f"{back.path}?{back.query}").content.decode()
    assert MicrosoftApp.objects.get().consented_at is None


def test_lacking_permissions_stand_beside_the_granted_ones(browse: Browse, microsoft: Identity) -> None:
    server, client = a_cloud_mailbox(), browse(ada())
    microsoft.scope_granted = "https://outlook.office.com/SMTP.Send"
    sign_in(client, microsoft, f"/admin/oauth/incoming/{server.pk}/begin")
    page = client.get(f"/admin/oauth/incoming/{server.pk}").content.decode()
    assert "Lacking: https://outlook.office.com/IMAP.AccessAsUser.All" in page


def test_an_application_that_opens_every_mailbox_is_warned_about_with_the_two_commands(
    browse: Browse, microsoft: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MAPI-06"""
    monkeypatch.setenv("POSTROOM_GRAPH_URL", f"{microsoft.url}/v1.0")
    mailbox(microsoft, "HR")
    OutgoingServer.objects.create(name="Boss", email="boss@desk.test", auth_type="none")
    microsoft.roles, microsoft.mailboxes = ["Mail.ReadWrite"], {"boss@desk.test"}
    server = a_cloud_mailbox(protocol="mapi", auth={"type": "oauth", "grant": "client_credentials"})
    client = browse(ada())
    client.post(f"/admin/oauth/incoming/{server.pk}/application")
    work_off()
    page = client.get(f"/admin/oauth/incoming/{server.pk}").content.decode()
    assert "can open every mailbox" in page and "It opened a mailbox that is not its own" in page
    assert "New-ManagementScope" in page and "New-ManagementRoleAssignment" in page
    microsoft.mailboxes = set()
    client.post(f"/admin/oauth/incoming/{server.pk}/application")
    work_off()
    assert "can open every mailbox" not in client.get(f"/admin/oauth/incoming/{server.pk}").content.decode()


@pytest.mark.parametrize("path", ["/admin/oauth/microsoft", "/admin/oauth/outgoing/1", "/admin/oauth/outgoing/1/begin"])
def test_only_administrators_see_sign_ins(browse: Browse, path: str) -> None:
    assert browse(tess()).get(path).status_code == 403


def test_no_page_shows_a_token_or_a_secret(browse: Browse, microsoft: Identity) -> None:
    server, client = a_cloud_mailbox(), browse(ada())
    texts: list[str] = [sign_in(client, microsoft, f"/admin/oauth/incoming/{server.pk}/begin").content.decode()]
    look: Callable[[str], str] = lambda path: client.get(path).content.decode()  # noqa: E731
    texts += [
        look(path) for path in (f"/admin/oauth/incoming/{server.pk}", "/admin/oauth/microsoft", "/admin/security")
    ]
    texts += [look(f"/admin/emails/incoming/{server.pk}"), look("/admin/audit"), look("/admin/emails/incoming")]
    for canary in [*microsoft.issued, SECRET]:
        assert not any(canary in text for text in texts)


def test_the_code_is_exchanged_by_a_worker_and_never_by_the_page(browse: Browse, identity: Identity) -> None:
    """R26"""
    server, client = sender(identity, refresh_token=None), browse(ada())
    back = urlsplit(identity.authorize(to_provider(client, f"/admin/oauth/outgoing/{server.pk}/begin")))
    asked = len(identity.requests)
    outcome = client.get(f"{back.path}?{back.query}")["Location"]
    assert len(identity.requests) == asked and SignIn.objects.get().status == "asking"
    assert Probe.objects.get().values, "the code waits there, encrypted"

    work_off()
    probe = Probe.objects.get()
    assert (probe.state, probe.ok, probe.values) == ("done", True, "") and probe.stages[0]["name"] == "provider"
    polled = client.get(outcome, headers=HTMX)
    assert polled["HX-Redirect"] == f"/admin/oauth/outgoing/{server.pk}"
    assert browse(ada()).get(outcome).status_code == 404, "another session learns nothing"


def test_a_sign_in_that_no_worker_takes_up_says_so(browse: Browse, identity: Identity) -> None:
    """R26"""
    server, client = sender(identity, refresh_token=None), browse(ada())
    back = urlsplit(identity.authorize(to_provider(client, f"/admin/oauth/outgoing/{server.pk}/begin")))
    outcome = client.get(f"{back.path}?{back.query}")["Location"]
    Probe.objects.update(created_at="2020-01-01T00:00:00Z")
    assert "No worker is running" in client.get(outcome).content.decode()
    work_off()
    assert SignIn.objects.get().status == "failed" and not OAuthGrant.objects.exists()


def test_an_application_that_cannot_sign_in_says_why_on_its_page(browse: Browse, microsoft: Identity) -> None:
    """R26, OTH-08"""
    server = a_cloud_mailbox(auth={"type": "oauth", "grant": "client_credentials"})
    microsoft.refuse_always = {"error": "invalid_client", "error_description": "AADSTS7000215: wrong secret"}
    client = browse(ada())
    where = client.post(f"/admin/oauth/incoming/{server.pk}/application")["Location"]
    assert "Identity provider" in client.get(where).content.decode()
    work_off()
    assert "AADSTS7000215" in client.get(where).content.decode()


def test_without_a_restriction_the_ordinary_consent_screen_appears_and_the_sign_in_is_done(
    browse: Browse, microsoft: Identity
) -> None:
    """MS-04: the provider's own screen is asked for, and nobody is sent to an administrator"""
    server, client = a_cloud_mailbox(), browse(ada())
    path = f"/admin/oauth/incoming/{server.pk}/begin"
    where = urlsplit(client.get(path)["Location"])
    assert where.path.endswith("/authorize") and "adminconsent" not in where.geturl()
    assert "IMAP.AccessAsUser.All" in where.query.replace("%2F", "/")
    answer = sign_in(client, microsoft, path)
    page = client.get(answer["Location"]).content.decode()
    assert "Signed in" in page and grant_of(server).account == "support@desk.test"


@pytest.mark.parametrize("code", ["AADSTS90094", "AADSTS90095", "AADSTS65001"])
def test_where_user_consent_is_disabled_the_way_leads_to_approval_and_afterwards_the_sign_in_works(
    browse: Browse, microsoft: Identity, code: str
) -> None:
    """MS-04, CON-01: approval required, the administrator's consent, then Sign in with Microsoft"""
    server, client = a_cloud_mailbox(), browse(ada())
    path = f"/admin/oauth/incoming/{server.pk}/begin"
    microsoft.refuse_always = {"error": "access_denied", "error_description": f"{code}: Approval required"}
    page = sign_in(client, microsoft, path).content.decode()
    assert code in page and "Approval required: get the admin consent link" in page
    assert 'href="/admin/oauth/microsoft#consent"' in page and describe(server)["state"] == "needs_sign_in"

    steps = client.post("/admin/oauth/microsoft", {"consent": "1"}).content.decode()
    for words in ("Enterprise applications", "Users and groups", "Default Access", "Request approval"):
        assert words in steps
    assert "Admin consent requests" in steps and "Review permissions and consent" in steps
    link = re.search(r'id="f-consent" value="([^"]+)"', steps)
    assert link
    asked = {name: v[0] for name, v in parse_qs(urlsplit(link[1].replace("&amp;", "&")).query).items()}
    back = urlsplit(microsoft.consent(asked))
    assert "Consent is given" in Client().get(f"{back.path}?{back.query}").content.decode()

    microsoft.refuse_always = None
    assert sign_in(client, microsoft, path)["Location"] == f"/admin/oauth/incoming/{server.pk}"
    assert grant_of(server).refresh_token
