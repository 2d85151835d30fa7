"""Admin > Support Channel > Emails: the two lists of servers, who may see them, what a row offers (SPEC A1, A8, A9)."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from postroom.audit.models import AuditEntry
from postroom.channels.models import (
    IncomingServer,
    OutgoingRule,
    OutgoingServer,
    Probe,
    ProxyServer,
)
from tests.build import a_ticket, ada, an_incoming_server, an_outgoing_server, sam, tess
from tests.web.admin_emails import (
    HTMX,
    INCOMING,
    OUTGOING,
    SMTP,
    a_probe,
    a_received_mail,
    a_sent_mail,
    health,
    page,
    send,
    value_of,
)
from tests.web.conftest import Browse

pytestmark = pytest.mark.django_db


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
    listed += [("post", f"{base}/new") for base, _ in both] + [
        ("post", f"{INCOMING}/{incoming.pk}/fetch"),
        ("post", f"{OUTGOING}/{outgoing.pk}/mapi"),
    ]
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


def test_a_server_that_wants_to_be_left_alone_says_until_when(browse: Browse) -> None:
    """HLT-04"""
    health(an_outgoing_server("Cloud"), throttled_until=timezone.now() + timedelta(minutes=5))
    health(an_outgoing_server("Relay", "relay@desk.test"), throttled_until=timezone.now() - timedelta(minutes=5))

    assert page(browse(ada()), OUTGOING).count("Throttled until") == 1
