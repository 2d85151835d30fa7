"""The side panel of an outgoing server, and Sign in with Microsoft (SPEC A2, A3)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import trustme

from postroom.audit.models import AuditEntry
from postroom.channels.models import (
    IncomingServer,
    MicrosoftApp,
    OutgoingServer,
    Probe,
    ProxyServer,
)
from tests.build import ada, an_incoming_server, an_outgoing_server
from tests.web.admin_emails import (
    HTMX,
    IMAP,
    INCOMING,
    OUTGOING,
    SMTP,
    a_probe,
    assert_fault_at,
    health,
    labels,
    page,
    send,
    shown,
    value_of,
)
from tests.web.conftest import Browse

pytestmark = pytest.mark.django_db


def test_the_outgoing_form_has_every_field_of_the_specification(browse: Browse) -> None:
    """OUT.<field>"""
    text = page(browse(ada()), f"{OUTGOING}/new", **HTMX)
    assert labels(text) >= {
        "Name",
        "Email",
        "Protocol",
        "Sender Name",
        "Email Provider",
        "Server",
        "Port",
        "Security Type",
        "Authentication Needed",
        "Email Auth Type",
        "Username",
        "Password",
        "Reply-To Email",
        "Proxy Server",
        "Enabled",
        "Primary",
    }
    assert value_of(text, "port") == "587" and 'value="tls" checked' in text and 'value="smtp" checked' in text
    assert 'value="other" checked' in text and 'value="basic" checked' in text
    for name in ("auth.needed", "enabled", "primary"):
        assert f'name="{name}" value="on" checked' in text


def test_the_second_server_is_not_primary_by_itself_and_any_number_can_exist(browse: Browse) -> None:
    """OUT-01, OUT.Primary"""
    client = browse(ada())
    for number in range(3):
        assert send(client, f"{OUTGOING}/new", SMTP, name=f"Server {number}")[0] == 204
    assert OutgoingServer.objects.count() == 3 and OutgoingServer.objects.get(primary=True).name == "Server 0"
    assert 'name="primary" value="on">' in page(client, f"{OUTGOING}/new", **HTMX)


def test_sender_name_is_there_with_smtp_and_neither_shown_nor_sent_with_mapi(browse: Browse) -> None:
    """OUT-02"""
    client = browse(ada())
    assert "Sender Name" in shown(client, f"{OUTGOING}/new", SMTP, sender_name="Desk")
    text = shown(client, f"{OUTGOING}/new", SMTP, sender_name="Desk", protocol="mapi", provider="microsoft")
    assert "Sender Name" not in text
    form = {
        "name": "Cloud",
        "email": "d@contoso.test",
        "provider": "microsoft",
        "protocol": "mapi",
        "sender_name": "Desk",
    }
    assert send(client, f"{OUTGOING}/new", {**form, "enabled": "on"})[0] == 204
    assert OutgoingServer.objects.get().sender_name == ""


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("name", "", "Enter a name."),
        ("email", "no address", "Must be a mail address"),
        ("host", "https://smtp.desk.test", "Must be a host name alone"),
        ("host", "smtp desk", "Must be a host name without spaces."),
        ("port", "0", "Must be between 1 and 65535."),
        ("port", "70000", "Must be between 1 and 65535."),
        ("auth.password", "", "Enter the password."),
        ("auth.username", "x" * 400, "Must have at most"),
        ("sender_name", "x" * 400, "Must have at most"),
        ("reply_to", "nobody@", "Must be a mail address"),
        ("proxy", "nowhere", "There is no proxy"),
        ("limits.per_minute", "many", "Must be a whole number."),
        ("limits.per_day", "-1", "Must be between"),
        ("limits.recipients", "9" * 5000, "Must be between"),
        ("limits.connections", "0", "Must be between"),
    ],
)
def test_a_fault_stands_at_its_field_which_gets_the_focus_and_nothing_is_stored(
    browse: Browse, field: str, value: str, message: str
) -> None:
    """OUT-03"""
    status, text = send(browse(ada()), f"{OUTGOING}/new", {**SMTP, field: value})
    assert status == 422 and not OutgoingServer.objects.exists()
    assert_fault_at(text, field, message)
    assert value_of(text, "name") == ("" if field == "name" else "Sales")


def test_names_are_unique_and_a_shared_address_is_only_warned_of(browse: Browse) -> None:
    """OUT-04"""
    an_outgoing_server("SALES", "sales@desk.test")
    client = browse(ada())
    status, text = send(client, f"{OUTGOING}/new", SMTP)
    assert status == 422 and "There is another outgoing server of this name." in text
    assert "Another outgoing server sends from this address too." in text
    assert send(client, f"{OUTGOING}/new", SMTP, name="Second")[0] == 204


def test_basic_auth_at_microsoft_is_warned_of_and_one_click_switches(browse: Browse) -> None:
    """OUT-05, OTH-01"""
    client = browse(ada())
    form = {**SMTP, "host": "smtp.office365.com"}
    text = shown(client, f"{OUTGOING}/new", form)
    assert "Microsoft retires Basic Auth." in text and "Switch to Sign in with Microsoft" in text
    status, text = send(client, f"{OUTGOING}/new", form, action="microsoft")
    assert status == 200 and 'value="microsoft" checked' in text
    assert send(client, f"{OUTGOING}/new", form)[0] == 204


def test_a_password_without_encryption_needs_a_confirmation(browse: Browse) -> None:
    """OUT-06"""
    client = browse(ada())
    form = {**SMTP, "security": "none", "port": "25"}
    text = shown(client, f"{OUTGOING}/new", form)
    assert "The password travels unencrypted." in text and "The password may travel unencrypted" in text
    status, text = send(client, f"{OUTGOING}/new", form)
    assert status == 422 and "Confirm that the password may travel unencrypted" in text
    assert not OutgoingServer.objects.exists() and not AuditEntry.objects.exists()
    assert send(client, f"{OUTGOING}/new", form, confirmed="on")[0] == 204


@pytest.mark.parametrize(
    ("base", "protocol", "security", "port"),
    [
        (OUTGOING, "smtp", "tls", "587"),
        (OUTGOING, "smtp", "ssl", "465"),
        (OUTGOING, "smtp", "none", "25"),
        (INCOMING, "imap", "ssl", "993"),
        (INCOMING, "imap", "none", "143"),
        (INCOMING, "pop3", "ssl", "995"),
        (INCOMING, "pop3", "none", "110"),
    ],
)
def test_the_port_follows_security_and_protocol_unless_it_was_written_by_hand(
    browse: Browse, base: str, protocol: str, security: str, port: str
) -> None:
    """OUT.Port, INC.Port, HLT-01a"""
    client = browse(ada())
    choice = {"protocol": protocol, "security": security}
    followed = shown(client, f"{base}/new", {**SMTP, **choice, "port": "587", "filled.port": "587"})
    assert value_of(followed, "port") == port
    by_hand = shown(client, f"{base}/new", {**SMTP, **choice, "port": "2525", "filled.port": "587"})
    assert value_of(by_hand, "port") == "2525"


def test_without_authentication_all_fields_of_the_sign_in_are_hidden(browse: Browse) -> None:
    """OUT.Authentication Needed"""
    client = browse(ada())
    form = {**SMTP, "auth.needed": ""}
    assert not labels(shown(client, f"{OUTGOING}/new", form)) & {"Email Auth Type", "Username", "Password"}
    assert send(client, f"{OUTGOING}/new", form)[0] == 204
    assert OutgoingServer.objects.get().auth_type == "none"


OAUTH_LABELS = {"Client ID", "Client Secret", "Authorization URL", "Token URL", "Scope", "Redirect URL"}


def test_basic_asks_for_user_and_password_and_oauth_for_its_own_fields(browse: Browse) -> None:
    """OTH-01, OTH-03, OUT.Redirect URL"""
    client = browse(ada())
    for base in (OUTGOING, INCOMING):
        assert labels(shown(client, f"{base}/new", SMTP)) >= {"Username", "Password"}
        text = shown(client, f"{base}/new", SMTP, auth__type="oauth")
        assert labels(text) >= OAUTH_LABELS and "Password" not in labels(text)
        assert "/oauth/callback" in text and "readonly" in text and "Copy" in text
        application = labels(shown(client, f"{base}/new", SMTP, auth__type="oauth", auth__grant="client_credentials"))
        assert not application & {"Authorization URL", "Redirect URL"}


@pytest.mark.parametrize(
    ("preset", "host", "token_url", "scope"),
    [
        (
            "azure",
            "smtp.office365.com",
            "https://login.microsoftonline.com/organizations/oauth2/v2.0/token",
            "https://outlook.office.com/SMTP.Send offline_access",
        ),
        ("google", "smtp.gmail.com", "https://oauth2.googleapis.com/token", "https://mail.google.com/"),
    ],
)
def test_a_preset_fills_in_host_port_addresses_and_scope(
    browse: Browse, preset: str, host: str, token_url: str, scope: str
) -> None:
    """OUT.OAuth, A5"""
    client = browse(ada())
    _, text = send(client, f"{OUTGOING}/new", SMTP, auth__type="oauth", host="", action=f"preset:{preset}")
    assert (value_of(text, "host"), value_of(text, "port")) == (host, "587")
    assert (value_of(text, "auth.token_url"), value_of(text, "auth.scope")) == (token_url, scope)
    assert value_of(text, "auth.authorization_url").startswith("https://")


def test_an_address_of_a_provider_that_cannot_be_read_is_refused_at_its_field(browse: Browse) -> None:
    oauth = {"auth__type": "oauth", "auth__token_url": "https://["}
    status, text = send(browse(ada()), f"{OUTGOING}/new", SMTP, action="save", **oauth)
    assert status == 422 and "Must be an https:// address" in text
    assert not OutgoingServer.objects.exists()


def test_a_secret_id_in_place_of_the_secret_is_noticed(browse: Browse) -> None:
    secret = "0f3c1c9e-1111-4222-8333-1234567890ab"
    text = shown(browse(ada()), f"{OUTGOING}/new", SMTP, auth__type="oauth", auth__client_secret=secret)
    assert "the form of a secret&#39;s ID" in text and secret not in text


def test_secrets_are_kept_when_left_empty_and_never_come_back(browse: Browse) -> None:
    """OUT-09"""
    client = browse(ada())
    send(client, f"{OUTGOING}/new", SMTP)
    server = OutgoingServer.objects.get()
    text = page(client, f"{OUTGOING}/{server.pk}")
    assert "hunter2" not in text and "leave empty to keep it" in text
    status, text = send(client, f"{OUTGOING}/{server.pk}", SMTP, auth__password="another2another2", port="x")
    assert status == 422 and "another2" not in text
    assert send(client, f"{OUTGOING}/{server.pk}", SMTP, auth__password="", reply_to="help@desk.test")[0] == 204
    server.refresh_from_db()
    assert (server.password, server.reply_to) == ("hunter2hunter2", "help@desk.test")
    assert "hunter2" not in repr(list(AuditEntry.objects.values_list("changes", flat=True)))


def test_what_is_typed_into_a_field_comes_along_while_the_field_is_hidden(browse: Browse) -> None:
    client = browse(ada())
    text = shown(client, f"{OUTGOING}/new", SMTP, sender_name="Desk", provider="microsoft", protocol="mapi")
    assert '<input type="hidden" name="sender_name" value="Desk">' in text
    assert '<input type="hidden" name="host" value="smtp.desk.test">' in text
    assert "hunter2" not in text


def test_reply_to_is_stored_and_a_warning_stands_where_nobody_reads_it(browse: Browse) -> None:
    """OUT-12"""
    client = browse(ada())
    words = "No incoming server reads this address"
    assert words in shown(client, f"{OUTGOING}/new", SMTP, reply_to="lost@desk.test")
    an_incoming_server(aliases=["help@desk.test"])
    assert words not in shown(client, f"{OUTGOING}/new", SMTP, reply_to="help@desk.test")
    send(client, f"{OUTGOING}/new", SMTP, reply_to="help@desk.test")
    assert OutgoingServer.objects.get().reply_to == "help@desk.test"


def test_limits_and_the_proxy_are_stored(browse: Browse) -> None:
    """OUT.Proxy, PRX-01, HLT-04"""
    ProxyServer.objects.create(name="office", type="http", host="p.test", port=3128)
    client = browse(ada())
    limits = {"limits.per_minute": "30", "limits.per_day": "", "limits.recipients": "100", "limits.connections": "4"}
    assert send(client, f"{OUTGOING}/new", {**SMTP, **limits}, proxy="office")[0] == 204
    assert send(client, f"{INCOMING}/new", IMAP, proxy="office")[0] == 204
    server = OutgoingServer.objects.get()
    stored = (server.limit_per_minute, server.limit_per_day, server.limit_recipients, server.limit_connections)
    assert stored == (30, None, 100, 4)
    assert {str(server.proxy), str(IncomingServer.objects.get().proxy)} == {"office"}


def test_a_certificate_that_is_pasted_is_kept_in_a_file_that_the_server_names(browse: Browse) -> None:
    """OUT-08"""
    certificate = trustme.CA().cert_pem.bytes().decode().strip()
    client = browse(ada())
    status, text = send(client, f"{OUTGOING}/new", SMTP, ca_pem="no certificate")
    assert status == 422 and "This is no certificate in PEM form" in text
    assert send(client, f"{OUTGOING}/new", SMTP, ca_pem=certificate)[0] == 204
    server = OutgoingServer.objects.get()
    assert Path(server.ca_file).read_text().strip() == certificate
    assert "valid until" in page(client, f"{OUTGOING}/{server.pk}")


def test_sign_in_with_microsoft_shows_what_it_needs_and_its_button(browse: Browse) -> None:
    """MS-01, MS-02, OUT.Sign in with Microsoft"""
    client = browse(ada())
    text = shown(client, f"{OUTGOING}/new", {**SMTP, "provider": "microsoft"})
    assert "Sign in with Microsoft</button>" in text and "login.microsoftonline.com" in text
    assert not labels(text) & {"Server", "Port", "Security Type", "Username", "Password", "Authentication Needed"}
    assert "No Microsoft application is entered yet." in text and "client ID, client secret and tenant" in text
    MicrosoftApp.objects.create(pk=1, client_id="app", client_secret="s")
    text = shown(client, f"{OUTGOING}/new", {**SMTP, "provider": "microsoft"})
    assert "No Microsoft application" not in text and "/admin/oauth/outgoing/panel" in text


def test_with_microsoft_a_mailbox_is_read_by_imap_or_mapi_only(browse: Browse) -> None:
    """MS-03, INC.Protocol"""
    client = browse(ada())
    for provider, expected in [("other", {"imap", "pop3", "mapi"}), ("microsoft", {"imap", "mapi"})]:
        text = shown(client, f"{INCOMING}/new", IMAP, provider=provider, protocol="pop3")
        assert set(re.findall(r'name="protocol" value="(\w+)"', text)) == expected
        assert f'value="{"pop3" if provider == "other" else "imap"}" checked' in text


def test_mapi_with_another_provider_has_a_fixed_port_and_oauth(browse: Browse) -> None:
    """MAPI-05"""
    client = browse(ada())
    text = shown(client, f"{INCOMING}/new", IMAP, protocol="mapi", host="", filled__host="")
    assert value_of(text, "host") == "graph.microsoft.com" and not labels(text) & {"Port", "Security Type"}
    assert re.findall(r'name="auth.type" value="(\w+)"', text) == ["oauth"]
    form = {**IMAP, "protocol": "mapi", "host": "https://outlook.office365.com/EWS/Exchange.asmx"}
    assert "Exchange Online refuses EWS" in send(client, f"{INCOMING}/new", form)[1]


def test_a_certificate_goes_unchecked_only_after_a_warning_was_confirmed(browse: Browse) -> None:
    """OUT-08"""
    client = browse(ada())
    assert "Do not check the server" in shown(client, f"{OUTGOING}/new", SMTP)
    text = shown(client, f"{OUTGOING}/new", SMTP, unverified="on")
    assert "can then read the password" in text and "whoever stands in between" in text
    status, text = send(client, f"{OUTGOING}/new", SMTP, unverified="on")
    assert status == 422 and "Confirm that nobody checks who answers" in text and not OutgoingServer.objects.exists()
    assert send(client, f"{OUTGOING}/new", {**SMTP, "unverified.confirmed": "on"}, unverified="on")[0] == 204
    server = OutgoingServer.objects.get()
    assert not server.verify_tls
    assert 'name="unverified" value="on" checked' in page(client, f"{OUTGOING}/{server.pk}")
    assert send(client, f"{OUTGOING}/{server.pk}", SMTP)[0] == 204
    server.refresh_from_db()
    assert server.verify_tls, "checked again once nobody says otherwise"


def test_microsofts_servers_have_no_switch_for_unchecked_certificates(browse: Browse) -> None:
    """OUT-08"""
    text = shown(browse(ada()), f"{OUTGOING}/new", {**SMTP, "provider": "microsoft"}, unverified="on")
    assert "Do not check the server" not in text


def test_a_ca_file_that_is_not_on_this_host_is_refused_at_its_field(browse: Browse) -> None:
    """OUT-08"""
    status, text = send(browse(ada()), f"{OUTGOING}/new", SMTP, ca_file="/nowhere/ca.pem")
    assert status == 422 and 'id="f-ca_file-error"' in text and "There is no such file on this host" in text


def test_another_host_asks_for_the_password_again_at_its_field(browse: Browse) -> None:
    client = browse(ada())
    send(client, f"{OUTGOING}/new", SMTP)
    server = OutgoingServer.objects.get()
    for action in ("save", "test"):
        form = {**SMTP, "host": "smtp.elsewhere.test", "action": action}
        status, text = send(client, f"{OUTGOING}/{server.pk}", form, auth__password="")
        assert status == 422 and 'id="f-auth-password-error"' in text and "type the password again" in text
    server.refresh_from_db()
    assert server.host == "smtp.desk.test" and not Probe.objects.exists()


def test_tenant_and_the_end_of_the_client_secret_stand_where_they_belong(browse: Browse) -> None:
    """UPG-01, OA-07"""
    client = browse(ada())
    oauth = {"auth.client_id": "id", "auth.client_secret": "s", "auth.grant": "authorization_code"}
    urls = {"auth.authorization_url": "https://id.test/a", "auth.token_url": "https://id.test/t", "auth.scope": "mail"}
    form = {**SMTP, **oauth, **urls, "auth.type": "oauth", "auth.secret_expires_on": "2027-01-31"}
    text = shown(client, f"{OUTGOING}/new", form)
    assert "Client secret ends on" in labels(text) and "Tenant ID" not in labels(text)
    assert "Tenant ID" in labels(shown(client, f"{OUTGOING}/new", form, auth__tenant_id="contoso"))
    assert send(client, f"{OUTGOING}/new", form, auth__tenant_id="contoso")[0] == 204
    server = OutgoingServer.objects.get()
    assert (str(server.secret_expires_on), server.tenant_id) == ("2027-01-31", "contoso")
    text = page(client, f"{OUTGOING}/{server.pk}", **HTMX)
    assert (value_of(text, "auth.secret_expires_on"), value_of(text, "auth.tenant_id")) == ("2027-01-31", "contoso")
    assert (
        send(client, f"{OUTGOING}/{server.pk}", form, auth__secret_expires_on="soon", auth__client_secret="")[0] == 422
    )


def test_a_server_that_microsoft_refuses_smtp_is_switched_to_mapi_by_one_click(browse: Browse) -> None:
    """R12"""
    client = browse(ada())
    cloud = an_outgoing_server(
        "M365", "d@contoso.test", provider="microsoft", host="smtp.office365.com", auth_type="oauth"
    )
    refusal = "smtp.office365.com refused the sign-in: 535 5.7.139 SmtpClientAuthentication is disabled for the Tenant."
    health(cloud, "needs_sign_in", code="MAILAUTHPERM", message=refusal)
    assert "Switch to MAPI and test" in page(client, f"{OUTGOING}/{cloud.pk}", **HTMX)
    assert f"{OUTGOING}/{cloud.pk}/mapi" in page(client, OUTGOING)
    probe = a_probe(outgoing=cloud, ok=False, code="MAILAUTHPERM", message=refusal)
    assert "goes on with the same sign-in" in page(client, f"{OUTGOING}/{cloud.pk}/test?probe={probe.pk}")
    answer = client.post(f"{OUTGOING}/{cloud.pk}/mapi", headers=HTMX)
    cloud.refresh_from_db()
    assert answer.status_code == 200 and (cloud.protocol, cloud.auth_type) == ("mapi", "oauth")
    assert Probe.objects.filter(outgoing=cloud, state="waiting").exists(), "and tested at once"


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("name", "Sup\u202etrop", "turn the direction of the text"),
        ("sender_name", "De\u2066sk", "turn the direction of the text"),
        ("host", "-", "Must be a host name"),
        ("host", "-smtp.desk.test", "Must be a host name"),
        ("host", "smtp-.desk.test", "Must be a host name"),
    ],
)
def test_names_that_read_as_others_and_hosts_that_cannot_be_are_refused(
    browse: Browse, field: str, value: str, words: str
) -> None:
    status, text = send(browse(ada()), f"{OUTGOING}/new", {**SMTP, field: value})
    assert status == 422 and words in text and not OutgoingServer.objects.exists()
