"""A desk at Microsoft 365: signed in by Microsoft, read and answered by Graph, through throttling and kills."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from postroom.accounts.models import User
from postroom.channels.health import describe
from postroom.channels.models import Incident, IncomingServer, OutgoingServer
from postroom.channels.services import save_incoming_server, save_outgoing_server
from postroom.inbox.models import InboundEmail
from postroom.outbox.models import OutboundEmail
from postroom.tickets.models import Ticket
from postroom.tickets.services import Composed, add_reply
from tests.build import ada, tess
from tests.channels.oauth_scene import ADA, everything_told
from tests.mails import a_mail
from tests.servers.desk import Desk as Installation
from tests.servers.graph import Graph
from tests.servers.identity import CLIENT, SECRET, Identity

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]
Eventually = Callable[..., Any]
SUPPORT, SAM = "support@desk.test", "sam@example.test"


@pytest.fixture
def cloud(identity: Identity, monkeypatch: pytest.MonkeyPatch) -> Iterator[Graph]:
    """Graph, which takes the tokens of the identity provider; both are what the instance takes for Microsoft."""
    graph = Graph(lambda token: str(identity.introspect(token).get("username", "")))
    graph.mailbox(SUPPORT)
    graph.mailbox(SAM)
    graph.start()
    for name, value in {
        "POSTROOM_GRAPH_URL": graph.url,
        "POSTROOM_MICROSOFT_AUTHORITY": identity.url,
        "POSTROOM_MICROSOFT_CLIENT_ID": CLIENT,
        "POSTROOM_MICROSOFT_CLIENT_SECRET": SECRET,
        "POSTROOM_MICROSOFT_TENANT": "desk",
    }.items():
        monkeypatch.setenv(name, value)
    yield graph
    graph.stop()


@dataclass
class Desk:
    """The two servers of the desk, and the cloud that they are in."""

    identity: Identity
    graph: Graph
    mailbox: IncomingServer
    sender: OutgoingServer

    def write(self, subject: str) -> None:
        self.graph.deliver(SUPPORT, a_mail(to=SUPPORT, subject=subject))

    def sign_in(self, client: Client, server: IncomingServer | OutgoingServer) -> str:
        side = "incoming" if isinstance(server, IncomingServer) else "outgoing"
        begun = urlsplit(client.get(f"/admin/oauth/{side}/{server.pk}/begin")["Location"])
        asked = {name: values[0] for name, values in parse_qs(begun.query).items()}
        back = urlsplit(self.identity.authorize(asked))
        return str(client.get(f"{back.path}?{back.query}")["Location"])

    def state(self, server: IncomingServer | OutgoingServer) -> str:
        return str(describe(type(server)._default_manager.get(pk=server.pk))["state"])

    def received(self, words: str) -> int:
        """How often Sam was told these words."""
        with self.graph.lock:
            return sum(words.encode() in one.raw for one in self.graph.mailbox(SAM).inside("inbox"))

    def folders(self) -> Counter[str]:
        """How many mails are in each folder of the desk's mailbox, but for those that it sent."""
        with self.graph.lock:
            box = self.graph.mailbox(SUPPORT)
            names = [box.folders[one.folder][0] for one in box.messages.values()]
        return Counter(name for name in names if name != "Sent Items")


@pytest.fixture
def desk(transactional_db: None, identity: Identity, cloud: Graph) -> Desk:
    common = {"name": "Support", "email": SUPPORT, "protocol": "mapi", "provider": "microsoft"}
    User.objects.create(email=SAM, name="Sam Sample")
    mailbox = save_incoming_server(ADA, {**common, "poll_seconds": 1, "after": {"move": "Done"}})
    return Desk(identity, cloud, mailbox, save_outgoing_server(ADA, common))


def test_a_desk_at_microsoft_is_read_and_answered_and_a_revoked_sign_in_waits_for_one_button(
    desk: Desk, roles: None, eventually: Eventually, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    client = Client()
    client.force_login(ada())
    assert (desk.state(desk.mailbox), desk.state(desk.sender)) == ("needs_sign_in", "needs_sign_in")
    desk.identity.lifetime = 6
    for server in (desk.mailbox, desk.sender):
        assert desk.sign_in(client, server).startswith("/admin/oauth/")

    desk.write("Printer on fire")
    ticket = eventually(lambda: Ticket.objects.first(), 30)
    add_reply(ticket, tess(), Composed(text="Have you tried water?"))
    eventually(lambda: desk.received("Have you tried water?"), 30)

    desk.graph.tell("delta", 429, "ApplicationThrottled", wait="1")
    desk.graph.tell("sendMail", 429, "ApplicationThrottled", wait="1")
    desk.graph.lose_place()
    asked = len(desk.identity.requests)
    desk.write("Printer still on fire")
    add_reply(ticket, tess(), Composed(text="More water?"))
    eventually(lambda: Ticket.objects.count() == 2, 30)
    eventually(lambda: desk.received("More water?"), 30)
    eventually(lambda: len(desk.identity.requests) >= asked + 4, 40)  # both tokens have ended, more than once
    assert (desk.state(desk.mailbox), desk.state(desk.sender)) == ("connected", "connected")
    assert not Incident.objects.exists()

    desk.identity.revoke_all()
    for server in (desk.mailbox, desk.sender):
        eventually(lambda server=server: desk.state(server) == "needs_sign_in", 60)
    add_reply(ticket, tess(), Composed(text="Or sand?"))
    desk.write("The curtains too")
    eventually(lambda: Incident.objects.filter(kind="needs_sign_in").count() == 2, 30)
    waiting = OutboundEmail.objects.get(kind="reply", text__contains="Or sand?")
    assert waiting.state in ("queued", "deferred")
    assert not InboundEmail.objects.filter(subject="The curtains too").exists()

    for server in (desk.mailbox, desk.sender):
        desk.sign_in(client, server)
    eventually(lambda: desk.received("Or sand?"), 30)
    eventually(lambda: Ticket.objects.count() == 3, 30)
    eventually(lambda: desk.folders() == {"Done": 3}, 30)
    assert [desk.received(words) for words in ("Have you tried water?", "More water?", "Or sand?")] == [1, 1, 1]
    assert Incident.objects.count() == 2, "one alert for each server"
    everything = [caplog.text, *everything_told(client)]
    assert any("Or sand?" in text for text in everything), "the search finds what is there"
    for canary in [*desk.identity.issued, SECRET]:
        assert not any(canary in text for text in everything), canary


MAILS, KILLS = 120, 5
CONFIGURATION = """
incoming_servers:
  - {{name: Office, email: office@desk.test, protocol: mapi, provider: microsoft, start: all, poll_seconds: 1,
     after: {{move: Done}}, auth: {{type: oauth, grant: authorization_code, refresh_token: {refresh}}}}}
outgoing_servers:
  - {{name: Office, email: office@desk.test, protocol: mapi, provider: microsoft,
     auth: {{type: oauth, grant: authorization_code, refresh_token: {refresh}}}}}
"""


@pytest.fixture
def installation(servers_folder: Path, identity: Identity, cloud: Graph) -> Iterator[Installation]:
    identity.account, identity.rotates = "office@desk.test", False
    cloud.mailbox("office@desk.test")
    desk = Installation(servers_folder / "graph")
    desk.home.mkdir(parents=True)
    desk.configure(CONFIGURATION.format(refresh=identity.a_refresh_token()))
    yield desk
    desk.stop()


def arrive(graph: Graph) -> None:
    """Mails of as many people, spread over the time in which everything is killed again and again."""
    for number in range(MAILS):
        sender, subject = f"person{number}@example.test", f"Matter {number}"
        mail = a_mail(sender=sender, to="office@desk.test", subject=subject, text=f"It is {number}.")
        graph.deliver("office@desk.test", mail)
        time.sleep(0.12)  # the pace of arrival, not a wait for anything


def test_everything_may_be_killed_between_keeping_and_moving_and_each_mail_makes_exactly_one_request(
    installation: Installation, cloud: Graph
) -> None:
    arriving = threading.Thread(target=arrive, args=(cloud,))
    installation.start(workers=1)
    arriving.start()
    for number in range(KILLS):
        _wait_for_moves(cloud, 3 + number)
        installation.kill()
        cloud.tell("delta", 429, "ApplicationThrottled", wait="1")
        cloud.lose_place()
        installation.start(workers=1)
    arriving.join()

    installation.wait(f"SELECT count(*) >= {MAILS} FROM inbox_inboundemail WHERE state = 'done'", 120)
    installation.wait("SELECT count(*) = 0 FROM inbox_inboundemail WHERE acknowledged_at IS NULL", 60)

    assert installation.outcomes() == {"created": MAILS}
    assert installation.value("SELECT count(*) FROM tickets_ticket") == MAILS
    assert installation.value("SELECT count(DISTINCT subject) FROM tickets_ticket") == MAILS
    box = cloud.mailbox("office@desk.test")
    assert not box.inside("inbox")
    assert len([one for one in box.messages.values() if box.folders[one.folder][0] == "Done"]) == MAILS
    installation.wait("SELECT count(*) = 0 FROM outbox_outboundemail WHERE state IN ('queued', 'deferred')", 120)
    told = Counter(subject for raw in cloud.taken for subject in _subjects(raw))
    sure = installation.value("SELECT count(*) FROM outbox_outboundemail WHERE state = 'sent'")
    assert sure >= MAILS - KILLS and len(told) >= sure


def _wait_for_moves(graph: Graph, more: int) -> None:
    """Until ``more`` mails have been moved: the next ones are between being kept and being moved."""
    moves = sum("/move" in one.path for one in graph.asked) + more
    deadline = time.monotonic() + 60
    while sum("/move" in one.path for one in graph.asked) < moves:
        assert time.monotonic() < deadline, "nothing is moved"
        time.sleep(0.005)


def _subjects(raw: bytes) -> list[bytes]:
    return [line for line in raw.split(b"\r\n") if line.lower().startswith(b"subject:")][:1]
