"""A mailbox that is read by POP3: what is taken, left, deleted now or days later; and what a crash or a new id does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.utils import timezone

from postroom.channels.models import IncomingServer, ServerHealth, Settings
from postroom.inbox.models import InboundEmail, MailboxCursor
from postroom.inbox.services.lease import take_free
from postroom.run.mailbox import Watched
from tests.mails import a_mail
from tests.servers.pop3 import ScriptedPop3
from tests.servers.scripted import CUT

pytestmark = pytest.mark.django_db

Look = Callable[[], None]


@pytest.fixture
def mailbox(scripted_pop3: ScriptedPop3) -> IncomingServer:
    server = IncomingServer.objects.create(
        name="Support",
        email="support@desk.test",
        protocol="pop3",
        host=scripted_pop3.host,
        port=scripted_pop3.port,
        security="none",
        auth_type="basic",
        password="secret",
        start="all",
        after="keep",
    )
    MailboxCursor.objects.create(server=server, lease_owner="intake")
    return server


@pytest.fixture
def look(mailbox: IncomingServer) -> Iterator[Look]:
    """Let the intake role look once, as it does every ``poll_seconds``."""
    watched = Watched(mailbox, "intake")

    def look() -> None:
        mailbox.refresh_from_db()
        watched.cycle()

    yield look
    watched.close()


def keys() -> list[str]:
    return list(InboundEmail.objects.order_by("pk").values_list("key", flat=True))


def names(server: ScriptedPop3) -> list[str]:
    return [name for name, _ in server.mails]


def change(mailbox: IncomingServer, **fields: object) -> None:
    IncomingServer.objects.filter(pk=mailbox.pk).update(**fields)


def test_an_intake_process_takes_a_pop3_mailbox(mailbox: IncomingServer) -> None:
    assert take_free("intake") == [mailbox]


def test_mail_is_taken_once_and_left_on_the_server(scripted_pop3: ScriptedPop3, look: Look) -> None:
    scripted_pop3.deliver(a_mail(), "a")
    look()
    scripted_pop3.deliver(a_mail(), "b")
    look()
    look()

    assert keys() == ["0/a", "0/b"]
    assert names(scripted_pop3) == ["a", "b"]
    assert sum(line.startswith("RETR") for line in scripted_pop3.said) == 2
    assert not InboundEmail.objects.filter(acknowledged_at=None).exists()


def test_the_mailbox_is_unlocked_after_each_look_and_no_connection_is_kept(
    scripted_pop3: ScriptedPop3, look: Look
) -> None:
    look()
    look()

    assert scripted_pop3.said.count("QUIT") == 2
    assert scripted_pop3.connections == 2


def test_from_now_on_means_from_the_first_connection(
    scripted_pop3: ScriptedPop3, mailbox: IncomingServer, look: Look
) -> None:
    change(mailbox, start="now")
    scripted_pop3.deliver(a_mail(), "old")
    look()
    scripted_pop3.deliver(b"Received: by mx; Mon, 2 Nov 2020 10:00:00 +0100\r\n" + a_mail(), "new")
    look()

    assert keys() == ["0/new"]
    assert names(scripted_pop3) == ["old", "new"]


def test_kept_mail_is_deleted_where_the_mailbox_is_set_so_and_what_was_there_before_is_not(
    scripted_pop3: ScriptedPop3, mailbox: IncomingServer, look: Look
) -> None:
    change(mailbox, start="now", after="delete")
    scripted_pop3.deliver(a_mail(), "old")
    look()
    scripted_pop3.deliver(a_mail(), "new")
    look()

    assert keys() == ["0/new"]
    assert names(scripted_pop3) == ["old"]


def test_mail_is_deleted_so_many_days_after_it_was_kept(
    scripted_pop3: ScriptedPop3, mailbox: IncomingServer, look: Look
) -> None:
    change(mailbox, after="delete_after_days", after_days=3)
    scripted_pop3.deliver(a_mail(), "a")
    scripted_pop3.deliver(a_mail(), "b")
    look()
    look()
    assert names(scripted_pop3) == ["a", "b"]
    InboundEmail.objects.filter(key="0/a").update(kept_at=timezone.now() - timedelta(days=3, minutes=1))

    look()

    assert names(scripted_pop3) == ["b"]
    assert keys() == ["0/a", "0/b"]


def test_a_crash_between_keep_and_delete_loses_and_doubles_nothing(
    scripted_pop3: ScriptedPop3, mailbox: IncomingServer, look: Look
) -> None:
    change(mailbox, after="delete")
    scripted_pop3.deliver(a_mail(), "a")
    scripted_pop3.answers["QUIT"] = CUT
    look()
    assert (keys(), names(scripted_pop3)) == (["0/a"], ["a"])
    assert InboundEmail.objects.filter(acknowledged_at=None).count() == 1
    del scripted_pop3.answers["QUIT"]

    look()

    assert (keys(), names(scripted_pop3)) == (["0/a"], [])
    assert not InboundEmail.objects.filter(acknowledged_at=None).exists()


@pytest.mark.parametrize("after", ["delete", "delete_after_days"])
def test_a_mail_of_which_only_the_header_is_here_is_never_taken_off_the_server(
    scripted_pop3: ScriptedPop3, mailbox: IncomingServer, look: Look, after: str
) -> None:
    Settings.load()
    Settings.objects.update(message_size=1000)
    change(mailbox, after=after, after_days=1)
    scripted_pop3.deliver(a_mail(text="x" * 5000), "large")
    scripted_pop3.deliver(a_mail(text="small"), "small")
    look()
    InboundEmail.objects.update(kept_at=timezone.now() - timedelta(days=2))
    look()

    assert names(scripted_pop3) == ["large"]
    assert InboundEmail.objects.get(key="0/large").too_large


def test_a_server_that_gives_all_mails_new_ids_floods_nobody(
    scripted_pop3: ScriptedPop3, mailbox: IncomingServer, look: Look
) -> None:
    change(mailbox, start="now")
    before = mailbox.created_at - timedelta(days=9)
    scripted_pop3.deliver(f"Received: by mx; {before:%a, %d %b %Y %H:%M:%S} +0000\r\n".encode() + a_mail(), "old")
    look()
    scripted_pop3.deliver(a_mail(), "kept")
    look()
    scripted_pop3.mails = [(f"anew-{name}", raw) for name, raw in scripted_pop3.mails]
    scripted_pop3.deliver(a_mail(), "arrived-meanwhile")

    look()
    look()

    assert keys() == ["0/kept", "0/arrived-meanwhile"]


def test_a_server_that_is_empty_for_once_is_not_read_anew(
    scripted_pop3: ScriptedPop3, mailbox: IncomingServer, look: Look
) -> None:
    change(mailbox, start="now")
    scripted_pop3.deliver(a_mail(), "old")
    look()
    there, scripted_pop3.mails = scripted_pop3.mails, []
    look()
    scripted_pop3.mails = there

    look()

    assert keys() == []


def test_a_mailbox_that_is_in_use_is_said_so_and_read_later(scripted_pop3: ScriptedPop3, look: Look) -> None:
    scripted_pop3.deliver(a_mail(), "a")
    scripted_pop3.answers["AUTH"] = "-ERR [IN-USE] somebody else reads it"
    look()
    health = ServerHealth.objects.get()
    assert (health.state, health.code) == ("degraded", "MAILMBXSTATE")
    del scripted_pop3.answers["AUTH"]

    look()

    assert keys() == ["0/a"]
    assert ServerHealth.objects.get().state == "connected"
