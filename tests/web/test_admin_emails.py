"""Admin > Support Channel > Emails, the two tabs of servers: lists, side panel, what a row offers (SPEC A1 to A3, A11)."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from postroom.accounts.models import Company, User
from postroom.audit.models import AuditEntry
from postroom.channels.models import (
    IncomingServer,
    MicrosoftApp,
    OutgoingRule,
    OutgoingServer,
    Probe,
    ProxyServer,
    Settings,
)
from postroom.tickets.models import Category
from tests.build import a_group, a_ticket, ada, an_incoming_server, an_outgoing_server, sam, tess
from tests.web.admin_emails import a_probe, a_received_mail, a_sent_mail, health
from tests.web.conftest import Browse

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
OUTGOING, INCOMING = "/admin/emails/outgoing", "/admin/emails/incoming"
SMTP = {
    "name": "Sales",
    "email": "sales@desk.test",
    "protocol": "smtp",
    "provider": "other",
    "host": "smtp.desk.test",
    "port": "587",
    "security": "tls",
    "auth.needed": "on",
    "auth.type": "basic",
    "auth.password": "hunter2hunter2",
    "enabled": "on",
}
IMAP = {
    **SMTP,
    "protocol": "imap",
    "host": "imap.desk.test",
    "port": "993",
    "security": "ssl",
    "folder": "INBOX",
    "start": "now",
    "after": "mark_seen",
    "poll_seconds": "60",
    "filter.type": "ignore",
}


def page(client: Client, path: str, **headers: str) -> str:
    response = client.get(path, headers=headers)
    assert response.status_code == 200
    return response.content.decode()


def send(client: Client, path: str, form: dict[str, Any], **more: Any) -> tuple[int, str]:
    """POST the form of a panel as htmx does; (status, what comes back)."""
    response = client.post(
        path, {**form, **{key.replace("__", "."): value for key, value in more.items()}}, headers=HTMX
    )
    return response.status_code, response.content.decode()


def shown(client: Client, path: str, form: dict[str, Any], **more: Any) -> str:
    """The panel as it settles after a choice."""
    status, text = send(client, path, form, action="show", **more)
    assert status == 200
    return text


def value_of(text: str, name: str) -> str:
    """What is in an input of the panel."""
    found = re.search(
        rf'<input class="form-control" id="[^"]*" type="\w+" name="{re.escape(name)}" value="([^"]*)"', text
    )
    return found[1] if found else "(not there)"


def labels(text: str) -> set[str]:
    """The labels of the fields that are on the page."""
    found = re.findall(
        r'<label for="f-[^"]*">([^<]+)|<span class="label"[^>]*>([^<]+)|switch-line">.*?<span>([^<]+)', text
    )
    return {label for match in found for label in match if label}


# A1: tabs, rights, lists -------------------------------------------------------------------------------------------------


def test_three_tabs_are_shown_in_this_order(browse: Browse) -> None:
    """NAV-01"""
    text = page(browse(ada()), OUTGOING)
    tabs = re.search(r'<nav class="tabs".*?</nav>', text, re.DOTALL)
    assert tabs is not None
    names = re.findall(r">([A-Z][^<]+)</a>", tabs[0])
    assert names == ["Outgoing Email Servers", "Incoming Email Servers", "Email Preference"]


def test_each_tab_has_its_buttons_and_add_opens_a_side_panel(browse: Browse) -> None:
    """NAV-02"""
    client = browse(ada())
    outgoing, incoming = page(client, OUTGOING), page(client, INCOMING)
    assert "Add Outgoing Email Servers" in outgoing and "Configure Outgoing Email Rules" in outgoing
    assert "Add Incoming Email Servers" in incoming and "Configure Outgoing Email Rules" not in incoming
    panel = page(client, f"{OUTGOING}/new", **HTMX)
    assert panel.lstrip().startswith("<dialog") and "<html" not in panel


def test_save_adds_the_row_to_the_list(browse: Browse) -> None:
    """NAV-02, LST-01, OUT-11: no test is needed to save, and the untested server says so."""
    client = browse(ada())
    status, _ = send(client, f"{OUTGOING}/new", SMTP)
    assert status == 204
    text = page(client, OUTGOING, **HTMX)
    assert "Sales" in text and "sales@desk.test" in text and "Never tested" in text and "Test Connection" in text


def urls(outgoing: OutgoingServer, incoming: IncomingServer, probe: Probe) -> list[tuple[str, str]]:
    """Every address of these pages, with its verb."""
    both = [(OUTGOING, outgoing.pk), (INCOMING, incoming.pk)]
    listed = [("get", path) for base, pk in both for path in (base, f"{base}/new", f"{base}/{pk}", f"{base}/{pk}/test")]
    listed += [("get", f"{base}/{pk}/delete") for base, pk in both]
    listed += [
        ("post", f"{base}/{pk}/{verb}") for base, pk in both for verb in ("enabled", "primary", "test", "delete")
    ]
    listed += [("post", f"{base}/new") for base, _ in both] + [("post", f"{INCOMING}/{incoming.pk}/fetch")]
    return [
        *listed,
        ("get", f"/admin/emails/probes/{probe.pk}"),
        ("post", f"/admin/emails/probes/{probe.pk}"),
        ("get", "/admin/emails/banner"),
    ]


@pytest.mark.parametrize(("who", "status"), [(None, 302), (sam, 403), (tess, 403), (ada, 200)])
def test_only_administrators_may_open_these_pages_and_nothing_leaks(browse: Browse, who: Any, status: int) -> None:
    """NAV-05"""
    outgoing, incoming = an_outgoing_server("Hidden", primary=True), an_incoming_server("Hidden")
    probe = a_probe()
    client = browse(who()) if who else Client()
    for verb, path in urls(outgoing, incoming, probe):
        if status == 200 and verb == "post":
            continue
        response = getattr(client, verb)(path)
        assert response.status_code == status, path
        if status != 200:
            assert b"Hidden" not in response.content and b"support@desk.test" not in response.content


def test_a_panel_has_an_address_of_its_own_and_works_without_scripts(browse: Browse) -> None:
    """NAV-06"""
    server = an_outgoing_server()
    client = browse(ada())
    text = page(client, f"{OUTGOING}/{server.pk}")
    assert "<html" in text and 'id="servers"' in text and '<dialog id="panel" class="panel" open' in text
    again = page(client, f"{OUTGOING}/{server.pk}", **HTMX, **{"HX-History-Restore-Request": "true"})
    assert "<html" in again
    response = client.post(f"{OUTGOING}/new", SMTP)
    assert response.status_code == 302 and response["Location"] == OUTGOING


def test_the_list_names_protocol_provider_sign_in_proxy_and_the_primary_server(browse: Browse) -> None:
    """LST-03"""
    proxy = ProxyServer.objects.create(name="office", type="http", host="p.test", port=3128)
    outgoing = an_outgoing_server("Support", primary=True, proxy=proxy, auth_type="basic")
    an_incoming_server("Inbox", outgoing_server=outgoing, provider="microsoft", protocol="mapi", auth_type="oauth")
    client = browse(ada())
    text = page(client, OUTGOING)
    for words in ("SMTP", "127.0.0.1:1025", "Other · Basic Auth", "via office", "Primary"):
        assert words in text
    text = page(client, INCOMING)
    assert "MAPI" in text and "Microsoft · OAuth" in text and 'title="Support">Support<' in text


def test_a_row_offers_all_that_can_be_done_with_a_server(browse: Browse) -> None:
    """LST-01, LST-03"""
    an_outgoing_server(auth_type="oauth")
    an_incoming_server()
    client = browse(ada())
    outgoing, incoming = page(client, OUTGOING), page(client, INCOMING)
    for words in ("Test Connection", "Edit", "Make primary", "Duplicate", "Delete"):
        assert words in outgoing and words in incoming
    assert "Send test mail" in outgoing and "Fetch now" not in outgoing and "Re-authenticate" in outgoing
    assert "Fetch now" in incoming and "Send test mail" not in incoming and "Re-authenticate" not in incoming


def test_a_failing_server_shows_state_code_words_and_the_exact_time(browse: Browse) -> None:
    """LST-02, HLT-01"""
    since = timezone.now().replace(year=2026, month=3, day=5, hour=14, minute=7)
    server = an_outgoing_server()
    health(server, "unreachable", code="MAILCONDNS", message="smtp.nowhere.test has no address.", since=since)
    client = browse(ada())
    text = page(client, OUTGOING)
    for words in (
        "Unreachable",
        "MAILCONDNS",
        "smtp.nowhere.test has no address.",
        "5 Mar 2026, 14:07",
        "Last success",
    ):
        assert words in text
    assert "Check the spelling of Server." in page(client, f"{OUTGOING}/{server.pk}")


def test_the_figures_of_a_server_are_its_queue_and_the_last_day(browse: Browse) -> None:
    """LST-03"""
    server, other = an_outgoing_server("Busy"), an_outgoing_server("Idle")
    for state in ("queued", "deferred", "sent", "failed", "bounced"):
        a_sent_mail(server, state)
    a_sent_mail(server, sent_at=timezone.now() - timedelta(hours=25))
    mailbox = an_incoming_server()
    a_received_mail(mailbox)
    a_received_mail(mailbox, "held")
    a_received_mail(mailbox, received_at=timezone.now() - timedelta(days=2))
    client = browse(ada())
    text = page(client, OUTGOING)
    assert figures(text, server) == ["2", "1", "2"] and figures(text, other) == ["0", "0", "0"]
    assert figures(page(client, INCOMING), mailbox)[1:] == ["2", "1"]


def figures(text: str, server: OutgoingServer | IncomingServer) -> list[str]:
    row = re.search(rf'<tr id="server-{server.pk}".*?</tr>', text, re.DOTALL)
    assert row is not None
    cells = re.findall(r'<td class="s-figure"[^>]*>(.*?)</td>', row[0], re.DOTALL)
    return [re.sub(r"<[^>]*>", "", cell) for cell in cells]


@pytest.mark.parametrize(("path", "queries"), [(OUTGOING, 6), (INCOMING, 5)])
def test_a_list_takes_the_same_few_queries_for_ten_servers_as_for_one(
    browse: Browse, django_assert_num_queries: DjangoAssertNumQueries, path: str, queries: int
) -> None:
    client = browse(ada())
    for number in range(10):
        health(an_outgoing_server(f"Out {number}"))
        health(
            an_incoming_server(f"In {number}", f"in{number}@desk.test", outgoing_server=OutgoingServer.objects.first())
        )
        if number in (0, 9):
            with django_assert_num_queries(queries):
                client.get(path, headers=HTMX)


def test_a_poll_gets_304_until_something_changes(browse: Browse) -> None:
    """R27"""
    server = an_outgoing_server()
    client = browse(ada())
    tag = client.get(OUTGOING, headers=HTMX)["ETag"]
    assert client.get(OUTGOING, headers={**HTMX, "If-None-Match": tag}).status_code == 304
    a_sent_mail(server, "queued")
    assert client.get(OUTGOING, headers={**HTMX, "If-None-Match": tag}).status_code == 200


def test_search_finds_names_addresses_and_aliases_and_filters_by_enabled_and_health(browse: Browse) -> None:
    """LST-04"""
    health(an_incoming_server("Support", aliases=["help@desk.test"]))
    an_incoming_server("Sales", "sales@desk.test", enabled=False)
    client = browse(ada())

    def found(query: str) -> list[str]:
        return re.findall(r'<a id="edit-\d+"[^>]*>(\w+)</a>', page(client, f"{INCOMING}?{query}"))

    assert found("") == ["Sales", "Support"]
    assert found("q=HELP%40desk") == ["Support"] and found("q=sal") == ["Sales"]
    assert found("enabled=no") == ["Sales"] and found("health=connected") == ["Support"]
    assert "No server matches" in page(client, f"{INCOMING}?q=teapot")


def test_an_empty_list_says_what_to_do_next(browse: Browse) -> None:
    """LST-04"""
    client = browse(ada())
    assert "wait in the queue until there is a server" in page(client, OUTGOING)
    assert "becomes a request within seconds" in page(client, INCOMING)


def test_delete_asks_first_and_names_what_depends_on_the_server(browse: Browse) -> None:
    """LST-05"""
    an_outgoing_server("First", primary=True)
    server = an_outgoing_server("Relay")
    OutgoingRule.objects.create(position=1, name="HR mails", server=server)
    an_incoming_server("Inbox", outgoing_server=server)
    client = browse(ada())
    text = page(client, f"{OUTGOING}/{server.pk}/delete", **HTMX)
    assert "the rule HR mails" in text and "the incoming server Inbox" in text and ">Delete</button>" not in text
    assert send(client, f"{OUTGOING}/{server.pk}/delete", {})[0] == 422
    OutgoingRule.objects.all().delete()
    IncomingServer.objects.update(outgoing_server=None)
    a_sent_mail(server, "queued")
    assert "1 mail waits in its queue" in page(client, f"{OUTGOING}/{server.pk}/delete", **HTMX)
    assert send(client, f"{OUTGOING}/{server.pk}/delete", {})[0] == 204
    assert not OutgoingServer.objects.filter(pk=server.pk).exists()


def test_deleting_the_primary_server_is_refused_until_another_one_is(browse: Browse) -> None:
    """LST-05"""
    server = an_incoming_server(primary=True)
    an_incoming_server("Other", "other@desk.test")
    a_ticket(mailbox=server)
    client = browse(ada())
    assert "Make another server the primary one first." in page(client, f"{INCOMING}/{server.pk}/delete", **HTMX)
    client.post(f"{INCOMING}/{server.pk}/delete")
    assert IncomingServer.objects.filter(pk=server.pk).exists()
    IncomingServer.objects.exclude(pk=server.pk).delete()
    assert "1 request has come through it and stays" in page(client, f"{INCOMING}/{server.pk}/delete", **HTMX)


def test_the_switch_in_the_list_enables_and_disables_and_is_audited(browse: Browse) -> None:
    """LST-01"""
    server = an_outgoing_server("Relay")
    client = browse(ada())
    assert send(client, f"{OUTGOING}/{server.pk}/enabled", {"enabled": ""})[0] == 204
    assert not OutgoingServer.objects.get().enabled and AuditEntry.objects.get().actor_name == "Ada Administrator"
    client.post(f"{OUTGOING}/{server.pk}/enabled", {"enabled": "on"})
    assert OutgoingServer.objects.get().enabled


def test_making_a_server_primary_names_the_one_that_was(browse: Browse) -> None:
    """PRI-01"""
    first, second = an_outgoing_server("First", primary=True), an_outgoing_server("Second")
    client = browse(ada())
    response = client.post(f"{OUTGOING}/{second.pk}/primary", headers=HTMX)
    assert "Second is the primary server now, First no longer." in response["HX-Trigger"]
    assert OutgoingServer.objects.get(primary=True) == second
    refused = client.post(f"{OUTGOING}/{second.pk}/enabled", {"enabled": ""}, headers=HTMX)
    assert "Make another server the primary one first." in refused["HX-Trigger"]
    assert OutgoingServer.objects.get(pk=second.pk).enabled and not OutgoingServer.objects.get(pk=first.pk).primary


def test_fetch_now_tells_whoever_reads_the_mailbox(browse: Browse) -> None:
    """LST-03"""
    server = an_incoming_server()
    client = browse(ada())
    assert "is being read now" in client.post(f"{INCOMING}/{server.pk}/fetch", headers=HTMX)["HX-Trigger"]
    assert IncomingServer.objects.get().updated_at > server.updated_at and not AuditEntry.objects.exists()
    IncomingServer.objects.update(enabled=False)
    assert "Enable it first" in client.post(f"{INCOMING}/{server.pk}/fetch", headers=HTMX)["HX-Trigger"]


def test_a_duplicate_has_everything_but_secrets_and_does_not_race(browse: Browse) -> None:
    server = an_outgoing_server("Relay", primary=True, sender_name="Desk", password="topsecret99", auth_type="basic")
    text = page(browse(ada()), f"{OUTGOING}/new?copy={server.pk}")
    assert value_of(text, "name") == "Relay (copy)" and value_of(text, "sender_name") == "Desk"
    assert "topsecret99" not in text and "leave empty to keep it" not in text
    assert 'id="f-enabled" name="enabled" value="on">' in text and 'id="f-primary" name="primary" value="on">' in text


def test_the_banner_names_servers_that_need_somebody_and_only_those(browse: Browse) -> None:
    """HLT-03"""
    health(an_outgoing_server("Fine"))
    health(an_outgoing_server("Off", enabled=False), "unreachable", code="MAILCONREF")
    health(an_outgoing_server("Down"), "unreachable", code="MAILCONREF")
    health(an_incoming_server("Locked"), "degraded", code="MAILAUTHCRED")
    client = browse(ada())
    text = page(client, "/admin/emails/banner", **HTMX)
    assert re.findall(r'">(\w+)</a>', text) == ["Down", "Locked"]
    tag = client.get("/admin/emails/banner", headers=HTMX)["ETag"]
    assert client.get("/admin/emails/banner", headers={**HTMX, "If-None-Match": tag}).status_code == 304
    assert 'hx-get="/admin/emails/banner"' in page(client, INCOMING)


# A2: the form of an outgoing server --------------------------------------------------------------------------------------


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
        ("limits.per_minute", "many", "Must be a whole number."),
    ],
)
def test_a_fault_stands_at_its_field_which_gets_the_focus_and_nothing_is_stored(
    browse: Browse, field: str, value: str, message: str
) -> None:
    """OUT-03"""
    status, text = send(browse(ada()), f"{OUTGOING}/new", {**SMTP, field: value})
    assert status == 422 and not OutgoingServer.objects.exists()
    at_field = re.search(rf'name="{re.escape(field)}"[^>]*aria-describedby="(f-[\w-]+-error)" autofocus', text)
    assert at_field is not None and text.count(" autofocus") == 1
    fault = re.search(rf'id="{at_field[1]}">(.*?)</p>', text, re.DOTALL)
    assert fault is not None and message in fault[1]
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


def test_a_certificate_that_is_pasted_is_kept_in_a_file_that_the_server_names(
    browse: Browse, a_certificate: str
) -> None:
    """OUT-08"""
    client = browse(ada())
    status, text = send(client, f"{OUTGOING}/new", SMTP, ca_pem="no certificate")
    assert status == 422 and "This is no certificate in PEM form" in text
    assert send(client, f"{OUTGOING}/new", SMTP, ca_pem=a_certificate)[0] == 204
    server = OutgoingServer.objects.get()
    with open(server.ca_file) as file:
        assert file.read().strip() == a_certificate.strip()
    assert "valid until" in page(client, f"{OUTGOING}/{server.pk}")


@pytest.fixture
def a_certificate() -> str:
    import trustme

    return trustme.CA().cert_pem.bytes().decode()


# A3: Sign in with Microsoft ----------------------------------------------------------------------------------------------


def test_sign_in_with_microsoft_shows_what_it_needs_and_its_button(browse: Browse) -> None:
    """MS-01, MS-02, OUT.Sign in with Microsoft"""
    client = browse(ada())
    text = shown(client, f"{OUTGOING}/new", {**SMTP, "provider": "microsoft"})
    assert "Sign in with Microsoft</button>" in text and "login.microsoftonline.com" in text
    assert not labels(text) & {"Server", "Port", "Security Type", "Username", "Password", "Authentication Needed"}
    assert "No Microsoft application is entered yet." in text and "client ID, client secret and tenant" in text
    MicrosoftApp.objects.create(pk=1, client_id="app", client_secret="s")
    assert "No Microsoft application" not in shown(client, f"{OUTGOING}/new", {**SMTP, "provider": "microsoft"})


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
    text = shown(client, f"{INCOMING}/new", IMAP, protocol="mapi", host="https://mail.desk.test/EWS/Exchange.asmx")
    assert set(re.findall(r'name="auth.type" value="(\w+)"', text)) == {"basic", "oauth"}


# A11: the form of an incoming server -------------------------------------------------------------------------------------


def test_the_incoming_form_has_every_field_of_the_specification(browse: Browse) -> None:
    """INC.<field>"""
    client = browse(ada())
    text = page(client, f"{INCOMING}/new", **HTMX)
    assert labels(text) >= {
        "Name",
        "Email",
        "Technician Group",
        "Category",
        "Proxy Server",
        "Email Provider",
        "Protocol",
        "Server",
        "Port",
        "Security Type",
        "Email Auth Type",
        "Username",
        "Password",
        "Enabled",
        "Primary",
        "Outgoing Email Servers",
        "Filter Type",
        "Emails",
        "Domains",
        "Keywords",
        "Aliases",
        "Folder",
        "After processing",
        "Start with",
    }
    assert not labels(text) & {"Company", "Authentication Needed"}
    assert value_of(text, "port") == "993" and 'value="ssl" checked' in text and 'value="imap" checked' in text
    Settings.objects.update_or_create(pk=1, defaults={"managed_services_provider": True})
    assert "Company" in labels(page(client, f"{INCOMING}/new", **HTMX))


def test_group_category_company_and_linked_server_are_stored(browse: Browse) -> None:
    """INC-02, INC-12, INC.Company"""
    Settings.objects.update_or_create(pk=1, defaults={"managed_services_provider": True})
    a_group("Network")
    Category.objects.create(name="Hardware")
    Company.objects.create(name="Acme")
    an_outgoing_server("Relay")
    client = browse(ada())
    form = {**IMAP, "technician_group": "Network", "category": "Hardware", "company": "Acme"}
    assert "Answers leave by" not in labels(shown(client, f"{INCOMING}/new", form))
    assert "Answers leave by" in labels(shown(client, f"{INCOMING}/new", form, outgoing_linked="on"))
    assert send(client, f"{INCOMING}/new", form, outgoing_linked="on", outgoing_server="Relay")[0] == 204
    server = IncomingServer.objects.get()
    stored = (server.technician_group, server.category, server.company, server.outgoing_server)
    assert [str(row) for row in stored] == ["Network", "Hardware", "Acme", "Relay"]
    send(client, f"{INCOMING}/{server.pk}", form, outgoing_linked="", outgoing_server="Relay")
    server.refresh_from_db()
    assert server.outgoing_server is None


def test_pop3_says_that_it_delays_and_offers_what_it_can(browse: Browse) -> None:
    """INC-04, INC-07"""
    client = browse(ada())
    text = shown(client, f"{INCOMING}/new", IMAP, protocol="pop3", after="delete_after_days")
    assert "POP3 delays the reception of mail" in text and "Prefer MAPI or IMAP." in text
    assert "Folder" not in labels(text) and "Delete after (days)" in labels(text) and "Mark as seen" not in text
    assert "POP3 delays" not in shown(client, f"{INCOMING}/new", IMAP)
    form = {**IMAP, "protocol": "pop3", "port": "995", "after": "delete_after_days"}
    status, text = send(client, f"{INCOMING}/new", form)
    assert status == 422 and "Enter a number." in text
    assert send(client, f"{INCOMING}/new", form, after__delete_after_days="14")[0] == 204
    assert IncomingServer.objects.get().after_days == 14


def test_mail_can_be_moved_to_a_folder_after_processing(browse: Browse) -> None:
    """INC-07"""
    client = browse(ada())
    assert "Move to folder" in labels(shown(client, f"{INCOMING}/new", IMAP, after="move"))
    assert send(client, f"{INCOMING}/new", IMAP, after="move", after__move="Done", folder="Desk")[0] == 204
    server = IncomingServer.objects.get()
    assert (server.after, server.after_folder, server.folder) == ("move", "Done", "Desk")
    assert value_of(page(client, f"{INCOMING}/{server.pk}"), "after.move") == "Done"


def test_a_second_server_for_the_same_mailbox_is_refused_at_the_field(browse: Browse) -> None:
    """INC-03"""
    client = browse(ada())
    assert send(client, f"{INCOMING}/new", IMAP)[0] == 204
    status, text = send(client, f"{INCOMING}/new", IMAP, name="Twin")
    assert status == 422 and "The incoming server Sales reads the same mailbox already." in text


def test_aliases_and_filters_are_lists_of_entries_and_a_wrong_one_is_named(browse: Browse) -> None:
    """INC-08, FLT-01"""
    client = browse(ada())
    lists = {
        "aliases": "help@desk.test\r\nhelp@desk.test",
        "filter.type": "allow",
        "filter.emails": "joe@yahoo.com",
        "filter.domains": "yahoo.com\n*.example.com",
        "filter.keywords": "out of office\nsale",
    }
    status, text = send(client, f"{INCOMING}/new", {**IMAP, **lists}, filter__domains="yahoo.com\nno domain")
    assert status == 422 and "no domain: Must be a domain" in text
    assert send(client, f"{INCOMING}/new", {**IMAP, **lists})[0] == 204
    server = IncomingServer.objects.get()
    assert (server.aliases, server.filter_type) == (["help@desk.test"], "allow")
    assert server.filter_domains == ["yahoo.com", "*.example.com"]
    assert (server.filter_emails, server.filter_keywords) == (["joe@yahoo.com"], ["out of office", "sale"])
    assert ">yahoo.com\n*.example.com</textarea>" in page(client, f"{INCOMING}/{server.pk}")


@pytest.mark.parametrize(
    ("filter_type", "sender", "subject", "words", "reply"),
    [
        ("ignore", "joe@spam.test", "Hi", "Kept out: ignored: domain spam.test.", "As a reply to a request too."),
        ("ignore", "a@b.test", "Huge SALE", "Kept out: ignored: keyword sale in the subject.", "it passes."),
        ("ignore", "a@b.test", "Hi", "Passes: it may open a request.", ""),
        ("allow", "a@b.test", "Hi", "Kept out: not allowed: no entry of the Allow lists matches.", "it passes."),
    ],
)
def test_a_sample_shows_what_the_filters_do_and_which_entry_does_it(
    browse: Browse, filter_type: str, sender: str, subject: str, words: str, reply: str
) -> None:
    """FLT-01, FLT-02, FLT-05, FLT-07"""
    form = {**IMAP, "filter.type": filter_type, "filter.domains": "spam.test", "filter.keywords": "sale"}
    sample = {"sample.from": sender, "sample.subject": subject, "sample.text": "Hello"}
    status, text = send(browse(ada()), f"{INCOMING}/new", {**form, **sample}, action="sample")
    assert status == 200 and words in text and reply in text
    assert "A reply to a request is kept out by ignored addresses and domains only." in text


# A7: Test Connection, discovery, counts ----------------------------------------------------------------------------------


def the_probe() -> Probe:
    return Probe.objects.latest("created_at")


def test_test_connection_of_a_row_asks_a_worker_and_shows_its_stages_as_they_come(browse: Browse) -> None:
    """TST-01, LST-01"""
    server = an_outgoing_server()
    client = browse(ada())
    status, text = send(client, f"{OUTGOING}/{server.pk}/test", {})
    probe = the_probe()
    assert status == 200 and (probe.kind, probe.outgoing, probe.to) == ("test_outgoing", server, "ada@desk.test")
    poll = f"/admin/emails/probes/{probe.pk}"
    assert f'hx-get="{poll}"' in text and "Host name" in text and "Cancel" in text
    stages = [{"name": "dns", "ok": True, "ms": 12, "detail": "127.0.0.1"}]
    Probe.objects.update(state="running", stages=stages, lease_until=timezone.now() + timedelta(minutes=1))
    text = page(client, poll, **HTMX)
    assert "12 ms" in text and f'hx-get="{poll}"' in text and "Connection<span" in text
    Probe.objects.update(state="done", ok=True)
    text = page(client, poll, **HTMX)
    assert "The test mail was taken over for delivery." in text and f'hx-get="{poll}"' not in text


def test_an_incoming_test_ends_with_a_confirmation(browse: Browse) -> None:
    """TST-02"""
    server = an_incoming_server()
    client = browse(ada())
    send(client, f"{INCOMING}/{server.pk}/test", {})
    assert the_probe().kind == "test_incoming"
    Probe.objects.update(state="done", ok=True)
    text = page(client, f"/admin/emails/probes/{the_probe().pk}", **HTMX)
    assert "The mailbox can be read. Nothing was read or marked." in text


def test_a_failed_test_names_the_point_the_code_and_what_to_do(browse: Browse) -> None:
    """TST-03"""
    stages = [{"name": "dns", "ok": False, "ms": 3, "detail": "smtp.nowhere.test has no address."}]
    probe = a_probe(ok=False, code="MAILCONDNS", message="smtp.nowhere.test has no address.", stages=stages)
    text = page(browse(ada()), f"/admin/emails/probes/{probe.pk}", **HTMX)
    assert "MAILCONDNS" in text and "Check the spelling of Server." in text and "step is-bad" in text
    assert text.count("step is-skipped") == 4


def test_a_test_mail_can_go_to_another_address(browse: Browse) -> None:
    """TST-04"""
    server = an_outgoing_server()
    client = browse(ada())
    assert 'value="ada@desk.test"' in page(client, f"{OUTGOING}/{server.pk}/test", **HTMX)
    send(client, f"{OUTGOING}/{server.pk}/test", {"to": "tess@desk.test"})
    assert the_probe().to == "tess@desk.test"
    status, text = send(client, f"{OUTGOING}/{server.pk}/test", {"to": "nobody"})
    assert status == 422 and "Must be a mail address" in text


def test_unsaved_values_are_tested_with_the_stored_secret_and_stay_unsaved(browse: Browse) -> None:
    """TST-06"""
    client = browse(ada())
    send(client, f"{OUTGOING}/new", SMTP)
    server = OutgoingServer.objects.get()
    status, text = send(client, f"{OUTGOING}/{server.pk}", SMTP, auth__password="", host="new.desk.test", action="test")
    probe = the_probe()
    assert status == 200 and f'hx-get="/admin/emails/probes/{probe.pk}"' in text and "new.desk.test" in probe.values
    server.refresh_from_db()
    assert server.host == "smtp.desk.test"
    status, text = send(client, f"{OUTGOING}/new", SMTP, name="X", host="", action="test")
    assert status == 422 and "Enter the server." in text


def test_a_test_can_be_cancelled(browse: Browse) -> None:
    """TST-06"""
    probe = a_probe(state="waiting", ok=None, stages=[])
    status, text = send(browse(ada()), f"/admin/emails/probes/{probe.pk}", {})
    assert status == 200 and "Cancelled." in text
    assert Probe.objects.get().state == "done"


def test_save_and_test_stores_the_server_and_then_tests_it(browse: Browse) -> None:
    """OUT-11"""
    client = browse(ada())
    response = client.post(f"{OUTGOING}/new", {**SMTP, "action": "save:test"}, headers=HTMX)
    assert response["HX-Retarget"] == "#panel-slot" and b"Test Connection" in response.content
    assert the_probe().outgoing == OutgoingServer.objects.get()


def test_without_scripts_a_test_is_a_page_that_can_be_looked_at_again(browse: Browse) -> None:
    server = an_outgoing_server()
    client = browse(ada())
    response = client.post(f"{OUTGOING}/{server.pk}/test")
    assert response.status_code == 302
    assert "See how far it is" in page(client, response["Location"])


def test_typing_the_address_offers_the_settings_that_were_found(browse: Browse) -> None:
    client = browse(ada())
    form = {**IMAP, "host": "", "filled.host": ""}
    status, text = send(client, f"{INCOMING}/new", form, action="discover")
    probe = the_probe()
    assert status == 200 and probe.kind == "discover" and "sales@desk.test" in probe.values
    found = {"direction": "incoming", "protocol": "imap", "host": "mx.desk.test", "port": 143, "security": "tls"}
    suggestion = {**found, "username": "sales", "source": "srv", "note": "published by desk.test"}
    Probe.objects.update(state="done", ok=True, result={"suggestions": [suggestion]})
    text = page(client, f"/admin/emails/probes/{probe.pk}", **HTMX)
    assert "mx.desk.test:143" in text and "published by desk.test" in text
    _, text = send(client, f"{INCOMING}/new", form, probe__discover=str(probe.pk), action="use:0")
    assert (value_of(text, "host"), value_of(text, "port"), value_of(text, "auth.username")) == (
        "mx.desk.test",
        "143",
        "sales",
    )
    send(client, f"{INCOMING}/new", {**form, "host": "typed.desk.test"}, action="discover")
    assert Probe.objects.count() == 1


def test_mails_can_be_counted_before_choosing_what_to_start_with(browse: Browse) -> None:
    """INC-06"""
    client = browse(ada())
    text = page(client, f"{INCOMING}/new", **HTMX)
    assert "From now on" in text and "All mail that is already there" in text
    status, _ = send(client, f"{INCOMING}/new", IMAP, action="count")
    assert status == 200 and the_probe().kind == "count"
    Probe.objects.update(state="done", ok=True, result={"messages": 1204, "unseen": 37})
    text = page(client, f"/admin/emails/probes/{the_probe().pk}", **HTMX)
    assert "<b>1204</b> mails in the folder, <b>37</b> unread." in text
    send(client, f"{INCOMING}/new", IMAP, start="all")
    assert IncomingServer.objects.get().start == "all"


def test_an_unknown_action_or_probe_does_no_harm(browse: Browse) -> None:
    client = browse(ada())
    junk = {
        "action": "use:9",
        "probe.discover": "nonsense",
        "probe.test": "0",
        "name": "\x00Sales",
        "sample.from": "\x00",
    }
    assert send(client, f"{INCOMING}/new", {**IMAP, **junk})[0] == 200
    assert client.get(f"{OUTGOING}/new?copy=99999999999").status_code == 200
    assert client.get(f"{OUTGOING}/new?copy=7").status_code == 404
    assert client.get(f"{OUTGOING}/99999999999999999999").status_code == 404


def test_every_state_of_health_has_a_word(browse: Browse) -> None:
    """LST-03"""
    states = {
        "connected": "Connected",
        "degraded": "Degraded",
        "unreachable": "Unreachable",
        "needs_sign_in": "Needs sign-in",
        "never_tested": "Never tested",
    }
    for state in states:
        health(an_outgoing_server(state), state)
    an_outgoing_server("off", enabled=False)
    text = page(browse(ada()), OUTGOING, **HTMX)
    assert all(f"</span>{words}" in text for words in (*states.values(), "Disabled"))
    assert User.objects.count() == 1
