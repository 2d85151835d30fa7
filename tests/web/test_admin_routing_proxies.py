"""Proxy servers: each server may choose one; who uses it is named before it is changed or deleted."""

from __future__ import annotations

import pytest
from django.test import Client

from postroom.audit.models import AuditEntry
from postroom.channels.models import ProxyServer
from tests.build import ada, an_incoming_server, an_outgoing_server
from tests.web.admin_routing_scene import a_proxy
from tests.web.conftest import Browse

pytestmark = pytest.mark.django_db

NEW = {
    "name": "office",
    "type": "socks5",
    "host": "proxy.desk.test",
    "port": "1080",
    "username": "u",
    "password": "geheim",
}


@pytest.fixture
def client(browse: Browse) -> Client:
    return browse(ada())


def test_without_a_proxy_the_page_says_what_one_is_for(client: Client) -> None:
    assert "No proxy server is set up" in client.get("/admin/proxies").content.decode()


def test_a_proxy_is_added_from_a_side_panel_and_stands_in_the_list(client: Client) -> None:
    assert 'class="panel"' in client.get("/admin/proxies/new").content.decode()
    assert client.post("/admin/proxies/new", NEW).status_code == 302
    proxy = ProxyServer.objects.get()
    assert (proxy.name, proxy.type, proxy.host, proxy.port, proxy.password) == (
        "office",
        "socks5",
        "proxy.desk.test",
        1080,
        "geheim",
    )
    shown = client.get("/admin/proxies").content.decode()
    assert "proxy.desk.test:1080" in shown and "SOCKS5" in shown and "no server" in shown


def test_servers_of_both_directions_that_use_a_proxy_are_named(client: Client) -> None:
    proxy = a_proxy()
    out, _ = an_outgoing_server("Out", proxy=proxy), an_incoming_server("In", proxy=proxy)
    shown = client.get(f"/admin/proxies/{proxy.pk}").content.decode()
    assert "the outgoing server <a" in shown and ">Out</a>" in shown
    assert f'href="/admin/emails/outgoing/{out.pk}"' in shown
    assert "the incoming server <a" in shown and ">In</a>" in shown


def test_the_password_is_never_shown_and_an_empty_field_keeps_it(client: Client) -> None:
    client.post("/admin/proxies/new", NEW)
    pk = ProxyServer.objects.get().pk
    assert "geheim" not in client.get(f"/admin/proxies/{pk}").content.decode()
    client.post(f"/admin/proxies/{pk}", {**NEW, "port": "1081", "password": ""})
    proxy = ProxyServer.objects.get()
    assert (proxy.port, proxy.password) == (1081, "geheim")
    faulty = client.post(f"/admin/proxies/{pk}", {**NEW, "port": "0", "password": "neu-geheim"})
    assert faulty.status_code == 422 and "geheim" not in faulty.content.decode()
    assert not AuditEntry.objects.filter(changes__icontains="geheim").exists()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": ""}, "Enter a name."),
        ({"name": "OTHER"}, "There is another proxy of this name."),
        ({"host": "https://proxy"}, "Must be a host name alone, without https:// or a path."),
        ({"host": ""}, "Enter the proxy&#39;s host."),
        ({"port": "70000"}, "Must be between 1 and 65535."),
        ({"port": ""}, "Enter a number."),
        ({"type": "ftp"}, "Choose one of: http, socks5."),
    ],
)
def test_a_fault_is_shown_at_its_field_and_nothing_is_stored(
    client: Client, change: dict[str, str], message: str
) -> None:
    a_proxy("other")
    answer = client.post("/admin/proxies/new", {**NEW, **change})
    assert answer.status_code == 422
    assert message in answer.content.decode()
    assert ProxyServer.objects.count() == 1


def test_a_proxy_in_use_is_not_deleted_and_its_dependants_are_named(client: Client) -> None:
    proxy = a_proxy()
    an_outgoing_server("Branch office", proxy=proxy)
    asked = client.get(f"/admin/proxies/{proxy.pk}/delete").content.decode()
    assert "Branch office" in asked and ">Delete</button>" not in asked
    refused = client.post(f"/admin/proxies/{proxy.pk}/delete")
    assert refused.status_code == 422
    assert "office is used by Branch office." in refused.content.decode()
    assert ProxyServer.objects.exists()


def test_a_proxy_that_nobody_uses_is_deleted_after_a_question_and_that_is_audited(client: Client) -> None:
    proxy = a_proxy()
    assert "Delete office?" in client.get(f"/admin/proxies/{proxy.pk}/delete").content.decode()
    assert ProxyServer.objects.exists()
    assert client.post(f"/admin/proxies/{proxy.pk}/delete").status_code == 302
    assert not ProxyServer.objects.exists()
    assert AuditEntry.objects.get().action == "deleted"
