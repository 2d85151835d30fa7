"""A desk that signs in by OAuth alone, over Dovecot and Postfix: tokens expire unseen, a revoked sign-in is noticed."""

from __future__ import annotations

import smtplib
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
from tests.channels.oauth_scene import ADA, auth, everything_told
from tests.mails import a_mail
from tests.servers import dovecot as dovecot_server
from tests.servers import postfix as postfix_server
from tests.servers.ca import Ca
from tests.servers.dovecot_oauth import DovecotOAuth
from tests.servers.fixtures import missing
from tests.servers.identity import SECRET, Identity
from tests.servers.postfix import Postfix
from tests.servers.sink import Sink

pytestmark = [pytest.mark.slow, pytest.mark.dovecot, pytest.mark.postfix]
Eventually = Callable[..., Any]


@dataclass
class Desk:
    """The servers of the desk, and the provider that lets it in."""

    identity: Identity
    dovecot: DovecotOAuth
    postfix: Postfix
    mailbox: IncomingServer
    sender: OutgoingServer

    def write(self, subject: str) -> None:
        with smtplib.SMTP("127.0.0.1", self.postfix.port) as smtp:
            smtp.sendmail("sam@example.test", ["support@desk.test"], a_mail(subject=subject))

    def sign_in(self, client: Client, server: IncomingServer | OutgoingServer) -> str:
        side = "incoming" if isinstance(server, IncomingServer) else "outgoing"
        begun = urlsplit(client.get(f"/admin/oauth/{side}/{server.pk}/begin")["Location"])
        asked = {name: values[0] for name, values in parse_qs(begun.query).items()}
        back = urlsplit(self.identity.authorize(asked))
        return str(client.get(f"{back.path}?{back.query}")["Location"])

    def state(self, server: IncomingServer | OutgoingServer) -> str:
        return str(describe(type(server)._default_manager.get(pk=server.pk))["state"])


@pytest.fixture(params=["xoauth2", "oauthbearer"])
def desk(
    request: pytest.FixtureRequest,
    transactional_db: None,
    servers_folder: Path,
    ca: Ca,
    identity: Identity,
    outside: Sink,
) -> Iterator[Desk]:
    if not dovecot_server.is_installed() or not postfix_server.is_usable():
        missing("Dovecot or Postfix (as root)")
    dovecot = DovecotOAuth(servers_folder / f"o{request.param[0]}", ca, f"{identity.url}/introspect", request.param)
    dovecot.start()
    postfix = Postfix(servers_folder / f"q{request.param[0]}", dovecot, outside.port)
    postfix.start()
    identity.lifetime = 8
    common = {"name": "Support", "email": "support@desk.test", "host": "localhost", "ca_file": str(ca.ca_file)}
    sender = {**common, "port": postfix.submission, "security": "tls", "auth": auth(identity)}
    mailbox = {**common, "port": dovecot.tls_port, "security": "ssl", "auth": auth(identity)}
    User.objects.create(email="sam@example.test", name="Sam Sample")
    yield Desk(identity, dovecot, postfix, save_incoming_server(ADA, mailbox), save_outgoing_server(ADA, sender))
    postfix.stop()
    dovecot.stop()
    outside.taken.clear()


def test_tokens_expire_unseen_and_a_revoked_sign_in_waits_for_one_button(
    desk: Desk, roles: None, outside: Sink, eventually: Eventually, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    client = Client()
    client.force_login(ada())
    assert (desk.state(desk.mailbox), desk.state(desk.sender)) == ("needs_sign_in", "needs_sign_in")
    for server in (desk.mailbox, desk.sender):
        assert desk.sign_in(client, server).startswith("/admin/oauth/")

    def answered(words: str) -> bool:
        return any(words.encode() in mail.raw for mail in outside.taken)

    desk.write("Printer on fire")
    ticket = eventually(lambda: Ticket.objects.first(), 30)
    add_reply(ticket, tess(), Composed(text="Have you tried water?"))
    eventually(lambda: answered("Have you tried water?"), 30)

    asked = len(desk.identity.requests)
    eventually(lambda: len(desk.identity.requests) >= asked + 4, 40)  # both tokens have ended, more than once
    desk.write("Printer still on fire")
    eventually(lambda: Ticket.objects.count() == 2, 30)
    assert (desk.state(desk.mailbox), desk.state(desk.sender)) == ("connected", "connected")
    assert not Incident.objects.exists()

    desk.identity.revoke_all()
    for server in (desk.mailbox, desk.sender):
        eventually(lambda server=server: desk.state(server) == "needs_sign_in", 60)
    add_reply(ticket, tess(), Composed(text="Or sand?"))
    desk.write("The curtains too")
    eventually(lambda: Incident.objects.filter(kind="needs_sign_in").count() == 2, 30)
    waiting = OutboundEmail.objects.get(kind="reply", text__contains="Or sand?")
    assert (
        waiting.state in ("queued", "deferred") and not InboundEmail.objects.filter(subject="The curtains too").exists()
    )

    for server in (desk.mailbox, desk.sender):
        desk.sign_in(client, server)
    eventually(lambda: answered("Or sand?"), 30)
    eventually(lambda: Ticket.objects.count() == 3, 30)
    assert Incident.objects.count() == 2, "one alert for each server"
    everything = [caplog.text, *everything_told(client)]
    assert any("Or sand?" in text for text in everything), "the search finds what is there"
    for canary in [*desk.identity.issued, SECRET]:
        assert not any(canary in text for text in everything), canary
