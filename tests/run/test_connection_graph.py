"""Test Connection and counts by Microsoft Graph, and how far an application's token reaches (TST-05, MAPI-06)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from postroom.audit.services import SYSTEM, Actor
from postroom.channels.models import OAuthGrant, Probe, ServerHealth
from postroom.channels.oauth.application import of_server
from postroom.channels.services import Invalid, claim_probe, save_incoming_server, save_outgoing_server, start_probe
from postroom.channels.services.servers import show
from postroom.outbox.models import OutboundEmail
from postroom.run import probes
from tests.mails import a_mail
from tests.run.graph_desk import DESK, a_cloud_mailbox, a_cloud_sender
from tests.servers.graph import Graph

pytestmark = pytest.mark.django_db

ADA = Actor("Ada", None, "127.0.0.1")
APP = {"token": "app", "oauth_grant": "client_credentials"}


def run(probe: Probe) -> Probe:
    """Let a worker run what waits."""
    claimed = claim_probe("worker")
    assert claimed is not None
    probes.run(claimed)
    probe.refresh_from_db()
    return probe


def test_a_mailbox_is_tested_by_stages_and_nothing_in_it_is_read_or_marked(graph: Graph) -> None:
    mail = graph.deliver(DESK, a_mail(), timezone.now() - timedelta(days=3))
    server = a_cloud_mailbox()

    done = run(start_probe(ADA, "test_incoming", server=server))

    assert (done.ok, [stage["name"] for stage in done.stages]) == (True, ["dns", "tcp", "login", "folder"])
    assert not graph.mailbox(DESK).find(mail).is_read and {one.method for one in graph.asked} == {"GET"}
    assert ServerHealth.objects.get(incoming=server).state == "connected"


def test_the_mails_of_a_first_fetch_are_counted(graph: Graph) -> None:
    for number in range(3):
        mail = graph.deliver(DESK, a_mail())
        graph.mailbox(DESK).find(mail).is_read = number == 0

    done = run(start_probe(ADA, "count", server=a_cloud_mailbox()))

    assert (done.result["messages"], done.result["unseen"]) == (3, 2)


def test_the_confirmation_mail_leaves_by_graph_and_is_in_the_log(graph: Graph) -> None:
    done = run(start_probe(ADA, "test_outgoing", server=a_cloud_sender(), to="ada@desk.test"))

    assert done.ok and b"To: ada@desk.test" in graph.taken[0]
    assert OutboundEmail.objects.get().state == "sent"


def test_a_test_without_a_right_names_it(graph: Graph) -> None:
    graph.mailbox("boss@desk.test")

    done = run(start_probe(ADA, "test_incoming", server=a_cloud_mailbox(email="boss@desk.test")))

    assert (done.ok, done.code, done.stages[-1]["name"]) == (False, "MAILAUTHPERM", "login")
    assert "403 ErrorAccessDenied" in done.message and "Mail.ReadWrite" in done.message


def test_an_application_that_opens_a_second_mailbox_is_warned_about_with_the_two_commands(graph: Graph) -> None:
    graph.mailbox("hr@desk.test")
    a_cloud_sender("HR", email="hr@desk.test")
    server = a_cloud_mailbox(**APP)

    done = run(start_probe(ADA, "test_incoming", server=server))

    warning, scope, role = done.result["warnings"]
    assert done.ok and "can open every mailbox" in warning
    assert scope.startswith("New-ManagementScope") and role.startswith("New-ManagementRoleAssignment")
    server.grant.refresh_from_db()
    assert server.grant.reaches_others is True


def test_an_application_that_is_limited_is_not_warned_about(graph: Graph) -> None:
    graph.mailbox("hr@desk.test")
    graph.closed.add("hr@desk.test")
    a_cloud_sender("HR", email="hr@desk.test")

    done = run(start_probe(ADA, "test_incoming", server=a_cloud_mailbox(**APP)))

    assert done.ok and done.result["warnings"] == []


def test_a_person_that_opens_a_shared_mailbox_is_not_warned_about(graph: Graph) -> None:
    graph.mailbox("hr@desk.test")
    graph.may[DESK] = {"hr@desk.test"}
    a_cloud_sender()

    done = run(start_probe(ADA, "test_incoming", server=a_cloud_mailbox(email="hr@desk.test")))

    assert done.ok and done.result["warnings"] == []


OAUTH = {
    "type": "oauth",
    "client_id": "id",
    "client_secret": "secret",
    "authorization_url": "https://login.microsoftonline.com/desk/oauth2/v2.0/authorize",
    "token_url": "https://login.microsoftonline.com/desk/oauth2/v2.0/token",
    "scope": "https://graph.microsoft.com/Mail.ReadWrite offline_access",
}


@pytest.mark.parametrize(
    ("host", "words"),
    [
        ("https://outlook.office365.com/EWS/Exchange.asmx", "Exchange Online refuses EWS"),
        ("https://mail.desk.test/EWS/Exchange.asmx", "Choose IMAP and SMTP"),
        ("elsewhere.test", "enter graph.microsoft.com"),
    ],
)
def test_what_is_no_microsoft_graph_is_refused_in_words(host: str, words: str) -> None:
    """MAPI-03"""
    data = {"name": "Cloud", "email": DESK, "protocol": "mapi", "host": host, "auth": OAUTH}
    with pytest.raises(Invalid) as refused:
        save_incoming_server(SYSTEM, data)

    assert words in dict(refused.value.errors)["host"]


def test_the_server_of_mapi_is_graph_and_its_copies_may_be_left_out() -> None:
    """MAPI-05"""
    data = {"name": "Cloud", "email": DESK, "protocol": "mapi", "auth": OAUTH}
    server = save_outgoing_server(SYSTEM, data)
    assert (server.host, server.port, show(server)["save_to_sent_items"]) == ("graph.microsoft.com", 443, True)

    server = save_outgoing_server(SYSTEM, {"save_to_sent_items": False}, server)

    assert show(server)["save_to_sent_items"] is False


def test_whoever_opens_a_shared_mailbox_asks_for_the_permissions_of_shared_mailboxes() -> None:
    """MS-06"""
    own, shared = a_cloud_mailbox("Own"), a_cloud_mailbox("Shared", email="hr@desk.test")
    OAuthGrant.objects.update(account=DESK)

    assert of_server(own).scope == "https://graph.microsoft.com/Mail.ReadWrite offline_access"
    assert "https://graph.microsoft.com/Mail.ReadWrite.Shared" in of_server(shared).scope.split()
