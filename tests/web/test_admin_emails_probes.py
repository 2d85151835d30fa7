"""Test Connection, discovery and counts from the pages (SPEC A7)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from postroom.accounts.models import User
from postroom.channels.models import (
    IncomingServer,
    OutgoingServer,
    Probe,
)
from tests.build import ada, an_incoming_server, an_outgoing_server
from tests.web.admin_emails import (
    HTMX,
    IMAP,
    INCOMING,
    OUTGOING,
    SMTP,
    a_probe,
    health,
    page,
    send,
    value_of,
)
from tests.web.conftest import Browse

pytestmark = pytest.mark.django_db


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
    status, text = send(client, f"{OUTGOING}/{server.pk}", SMTP, auth__password="", port="2525", action="test")
    probe = the_probe()
    assert status == 200 and f'hx-get="/admin/emails/probes/{probe.pk}"' in text and "2525" in probe.values
    server.refresh_from_db()
    assert server.port == 587
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
    other = {**suggestion, "direction": "outgoing", "protocol": "smtp", "host": "out.desk.test"}
    Probe.objects.update(state="done", ok=True, result={"suggestions": [other, suggestion]})
    text = page(client, f"/admin/emails/probes/{probe.pk}?side=incoming", **HTMX)
    assert "mx.desk.test:143" in text and "published by desk.test" in text and "out.desk.test" not in text
    _, text = send(client, f"{INCOMING}/new", form, probe__discover=str(probe.pk), action="use:1")
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
    assert send(client, f"{INCOMING}/new", {**IMAP, "action": "use:" + "9" * 5000})[0] == 200
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
