"""The main job over Dovecot and Postfix: a mail becomes a request, an answer goes out, what is answered comes back."""

from __future__ import annotations

import smtplib
from collections.abc import Callable, Iterator
from email import message_from_bytes
from email.policy import default
from typing import Any

import pytest

from postroom.accounts.models import User
from postroom.channels.models import IncomingServer, OutgoingServer
from postroom.inbox.models import InboundEmail
from postroom.outbox.models import OutboundEmail
from postroom.tickets.models import Ticket
from postroom.tickets.services import Composed, NewFile, add_reply
from tests.mails import a_mail
from tests.servers.dovecot import PASSWORD, Dovecot
from tests.servers.postfix import Postfix
from tests.servers.sink import Sink, Taken

pytestmark = [pytest.mark.dovecot, pytest.mark.postfix]
Eventually = Callable[..., Any]


@pytest.fixture
def desk(transactional_db: None, dovecot: Dovecot, postfix: Postfix, outside: Sink) -> Iterator[IncomingServer]:
    """support@desk.test over IMAPS, its answers over submission with STARTTLS and a password."""
    ca = str(dovecot.ca.ca_file)
    User.objects.create(email="sam@example.test", name="Sam Sample")
    outgoing = OutgoingServer.objects.create(
        name="Support",
        email="support@desk.test",
        sender_name="Support Desk",
        host="localhost",
        port=postfix.submission,
        security="tls",
        ca_file=ca,
        username="support@desk.test",
        password=PASSWORD,
        primary=True,
    )
    yield IncomingServer.objects.create(
        name="Support",
        email="support@desk.test",
        host="localhost",
        port=dovecot.tls_port,
        security="ssl",
        ca_file=ca,
        username="support@desk.test",
        password=PASSWORD,
        primary=True,
        outgoing_server=outgoing,
    )
    outside.taken.clear()


def write(postfix: Postfix, raw: bytes, sender: str = "sam@example.test") -> None:
    """Hand a mail to the mail server of desk.test, as the outside does."""
    with smtplib.SMTP("127.0.0.1", postfix.port) as smtp:
        smtp.sendmail(sender, ["support@desk.test"], raw)


def to_sam(outside: Sink, *, holding: str) -> Taken | None:
    return next(
        (mail for mail in outside.taken if "sam@example.test" in mail.rcpt_to and holding.encode() in mail.raw), None
    )


def test_a_mail_becomes_a_request_is_answered_and_the_answer_to_that_lands_on_it(
    desk: IncomingServer, roles: None, postfix: Postfix, outside: Sink, eventually: Eventually
) -> None:
    tess = User.objects.create(email="tess@desk.test", name="Tess Technician", role="technician")

    write(postfix, a_mail(subject="Printer on fire", files=[("smoke.png", "image/png", b"\x89PNG smoke")]))
    ticket = eventually(lambda: Ticket.objects.first())
    assert (ticket.subject, ticket.requester.email) == ("Printer on fire", "sam@example.test")
    assert ticket.entries.get().attachments.get().filename == "smoke.png"

    acknowledged = eventually(lambda: to_sam(outside, holding="auto-replied"))
    assert message_from_bytes(acknowledged.raw, policy=default)["From"].addresses[0].addr_spec == "support@desk.test"

    file = NewFile("manual.txt", "text/plain", b"Pull the plug.")
    add_reply(ticket, tess, Composed(text="Please pull the plug.", files=(file,)))
    answered = message_from_bytes(eventually(lambda: to_sam(outside, holding="pull the plug")).raw, policy=default)
    assert str(answered["From"]) == "Support Desk <support@desk.test>"
    assert [part.get_filename() for part in answered.iter_attachments()] == ["manual.txt"]
    eventually(lambda: OutboundEmail.objects.filter(kind="reply", state="sent").exists())

    reply = a_mail(subject="All is well", text="It is out.", in_reply_to=str(answered["Message-ID"]).strip("<>"))
    write(postfix, reply)
    row = eventually(lambda: InboundEmail.objects.filter(outcome="replied").first())
    assert row.ticket == ticket
    assert Ticket.objects.count() == 1


def test_mail_that_is_kept_is_marked_as_seen_on_the_server(
    desk: IncomingServer, roles: None, postfix: Postfix, dovecot: Dovecot, eventually: Eventually
) -> None:
    write(postfix, a_mail())

    row = eventually(lambda: InboundEmail.objects.exclude(acknowledged_at=None).first())

    assert row.raw_sha256
    folder = dovecot.base / "mail" / "support@desk.test" / "cur"
    assert eventually(lambda: list(folder.glob("*,S")))
