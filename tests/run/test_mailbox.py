"""One watched mailbox: what is taken, what the server is told; neither a crash nor a new folder doubles anything."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.utils import timezone

from postroom.channels.models import IncomingServer, ServerHealth
from postroom.inbox.models import InboundEmail, MailboxCursor
from postroom.run.mailbox import Watched
from postroom.transports import memory
from postroom.transports.base import TransportError
from tests.mails import a_mail

pytestmark = pytest.mark.django_db


def a_mailbox(name: str, **fields: object) -> IncomingServer:
    values = {"email": "support@desk.test", "host": name, "protocol": "memory", "start": "all", **fields}
    server = IncomingServer.objects.create(name=name, **values)
    MailboxCursor.objects.create(server=server, lease_owner="intake")
    return server


@pytest.fixture
def watch() -> Iterator[Callable[[IncomingServer], Watched]]:
    """Watch a mailbox, until the test is over."""
    watched: list[Watched] = []

    def watch(server: IncomingServer) -> Watched:
        watched.append(Watched(server, "intake"))
        return watched[-1]

    yield watch
    for mailbox in watched:
        mailbox.close()


Watch = Callable[[IncomingServer], Watched]


def keys() -> list[str]:
    return list(InboundEmail.objects.order_by("pk").values_list("key", flat=True))


def test_everything_that_is_there_is_taken_and_marked_as_seen(watch: Watch) -> None:
    server, mails = a_mailbox("all.test"), memory.server("all.test")
    uids = [mails.append(a_mail(), timezone.now() - timedelta(days=300)) for _ in range(3)]

    watch(server).cycle()

    assert keys() == [f"1/{uid}" for uid in uids]
    assert mails.seen == {("INBOX", uid) for uid in uids}
    assert not InboundEmail.objects.filter(acknowledged_at=None).exists()


def test_from_now_on_leaves_the_mail_that_was_there_before_and_takes_what_came_since_the_server_was_saved(
    watch: Watch,
) -> None:
    server, mails = a_mailbox("now.test", start="now"), memory.server("now.test")
    mails.append(a_mail(), server.created_at - timedelta(hours=1))
    since = mails.append(a_mail(), server.created_at + timedelta(seconds=2))

    watch(server).cycle()

    assert keys() == [f"1/{since}"]


def test_new_mail_is_taken_in_the_next_cycle_and_nothing_twice(watch: Watch) -> None:
    server, mails = a_mailbox("next.test"), memory.server("next.test")
    watched = watch(server)
    mails.append(a_mail())
    watched.cycle()
    mails.append(a_mail())
    watched.cycle()
    watch(server).cycle()

    assert len(keys()) == 2


def test_a_crash_between_keep_and_acknowledge_loses_and_doubles_nothing(watch: Watch) -> None:
    server, mails = a_mailbox("crash.test"), memory.server("crash.test")
    uid = mails.append(a_mail())
    watch(server).cycle()
    InboundEmail.objects.update(acknowledged_at=None)  # as if the process had ended in between
    mails.seen.clear()

    watch(server).cycle()

    assert keys() == [f"1/{uid}"]
    assert mails.seen == {("INBOX", uid)}


def test_a_changed_uidvalidity_does_not_import_old_mail_again(watch: Watch) -> None:
    server, mails = a_mailbox("anew.test"), memory.server("anew.test")
    old = a_mail()
    mails.append(old)
    watch(server).cycle()
    mails.folders["INBOX"], mails.uidvalidity = {}, 2
    mails.append(old)
    new = mails.append(a_mail(subject="Something new"))

    watch(server).cycle()

    assert keys()[1:] == [f"2/{new}"]


def test_kept_mail_is_deleted_or_moved_where_the_mailbox_is_set_so(watch: Watch) -> None:
    gone, moved = a_mailbox("delete.test", after="delete"), a_mailbox("move.test", after="move", after_folder="Done")
    for host in ("delete.test", "move.test"):
        memory.server(host).append(a_mail())

    watch(gone).cycle()
    watch(moved).cycle()

    assert memory.server("delete.test").folders["INBOX"] == {}
    assert memory.server("move.test").folders["INBOX"] == {}
    assert len(memory.server("move.test").folders["Done"]) == 1


def test_a_mail_over_the_limit_comes_with_its_header_alone(watch: Watch) -> None:
    from postroom.channels.models import Settings

    Settings.load()
    Settings.objects.update(message_size=1000)
    server = a_mailbox("large.test")
    memory.server("large.test").append(a_mail(subject="Large", text="x" * 5000))

    watch(server).cycle()

    row = InboundEmail.objects.get()
    assert row.too_large
    assert row.size > 5000


def test_a_server_that_fails_is_said_so_and_counted_and_its_mail_is_taken_later(watch: Watch) -> None:
    server, mails = a_mailbox("down.test"), memory.server("down.test")
    mails.append(a_mail())
    mails.fault = TransportError("MAILCONREF", "connection refused", temporary=True)
    watched = watch(server)

    watched.cycle()
    health = ServerHealth.objects.get(incoming=server)
    assert (watched.failures, health.state, health.code) == (1, "degraded", "MAILCONREF")

    watched.cycle()
    assert len(keys()) == 1
    assert ServerHealth.objects.get(incoming=server).state == "connected"


@pytest.mark.parametrize("after", ["delete", "move"])
def test_a_mail_of_which_only_the_header_is_here_is_never_taken_off_the_server(watch: Watch, after: str) -> None:
    from postroom.channels.models import Settings

    Settings.load()
    Settings.objects.update(message_size=1000)
    server = a_mailbox(f"large-{after}.test", after=after, after_folder="Done")
    mails = memory.server(f"large-{after}.test")
    large = mails.append(a_mail(text="x" * 5000))
    mails.append(a_mail(text="small"))

    watch(server).cycle()

    assert list(mails.folders["INBOX"]) == [large]
    assert InboundEmail.objects.count() == 2


def test_a_session_that_ends_with_its_token_is_opened_again_without_a_word(watch: Watch) -> None:
    server, mails = a_mailbox("session.test"), memory.server("session.test")
    watched = watch(server)
    watched.cycle()
    mails.append(a_mail())
    mails.fault = TransportError("MAILAUTHSESS", "Session expired, please login again.", temporary=True)

    watched.cycle()

    assert len(keys()) == 1
    assert (watched.failures, ServerHealth.objects.get(incoming=server).state) == (0, "connected")
