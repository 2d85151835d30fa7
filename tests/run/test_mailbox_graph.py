"""A mailbox that is read by Microsoft Graph: nothing is lost or doubled by throttling, a lost place or a crash."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.utils import timezone

from postroom.channels.models import IncomingServer, Settings
from postroom.inbox.models import InboundEmail, MailboxCursor
from postroom.run.mailbox import Watched
from postroom.transports.graph import GraphReceiver
from tests.mails import a_mail
from tests.run.graph_desk import DESK, a_cloud_mailbox
from tests.servers.graph import Graph

pytestmark = pytest.mark.django_db


@pytest.fixture
def watch() -> Iterator[Callable[[IncomingServer], Watched]]:
    """Watch a mailbox, until the test is over."""
    watched: list[Watched] = []

    def watch(server: IncomingServer) -> Watched:
        watched.append(Watched(IncomingServer.objects.select_related("health").get(pk=server.pk), "intake"))
        return watched[-1]

    yield watch
    for mailbox in watched:
        mailbox.close()


Watch = Callable[[IncomingServer], Watched]


def keys() -> list[str]:
    return [key.removeprefix("0/") for key in InboundEmail.objects.order_by("pk").values_list("key", flat=True)]


def fetched(graph: Graph) -> int:
    return len([one for one in graph.asked if one.path.endswith("/$value")])


def test_everything_is_taken_the_oldest_first_and_marked_as_seen(graph: Graph, watch: Watch) -> None:
    now = timezone.now()
    mails = [graph.deliver(DESK, a_mail(), now - timedelta(hours=60 - number)) for number in range(60)]

    watch(a_cloud_mailbox()).cycle()

    assert keys() == mails
    assert all(one.is_read for one in graph.mailbox(DESK).messages.values())
    assert not InboundEmail.objects.filter(acknowledged_at=None).exists()


def test_from_now_on_leaves_what_was_there_and_takes_what_came_since_the_server_was_saved(
    graph: Graph, watch: Watch
) -> None:
    server = a_cloud_mailbox(start="now")
    graph.deliver(DESK, a_mail(), server.created_at - timedelta(hours=1))
    since = graph.deliver(DESK, a_mail(), server.created_at + timedelta(seconds=2))

    watch(server).cycle()

    assert keys() == [since]


def test_an_old_mail_that_somebody_reads_later_is_still_left_alone(graph: Graph, watch: Watch) -> None:
    server = a_cloud_mailbox(start="now")
    old = graph.deliver(DESK, a_mail(), server.created_at - timedelta(hours=1))
    watched = watch(server)
    watched.cycle()
    box = graph.mailbox(DESK)
    box.find(old).is_read, box.find(old).changed = True, box.next_change()

    watched.cycle()

    assert keys() == [] and fetched(graph) == 0


def test_each_mail_is_fetched_once_however_often_it_changes(graph: Graph, watch: Watch) -> None:
    server = a_cloud_mailbox()
    watched = watch(server)
    for _ in range(3):
        graph.deliver(DESK, a_mail())
        watched.cycle()
    watch(server).cycle()

    assert len(keys()) == 3 and fetched(graph) == 3


def test_a_lost_place_lists_all_anew_and_takes_only_what_is_new(graph: Graph, watch: Watch) -> None:
    server = a_cloud_mailbox()
    first = graph.deliver(DESK, a_mail())
    watched = watch(server)
    watched.cycle()
    graph.lose_place()
    second = graph.deliver(DESK, a_mail())

    watched.cycle()

    assert keys() == [first, second] and fetched(graph) == 2
    assert watched.failures == 0


def test_a_throttled_mailbox_waits_as_long_as_it_is_told_and_loses_nothing(graph: Graph, watch: Watch) -> None:
    server = a_cloud_mailbox()
    mails = [graph.deliver(DESK, a_mail(), timezone.now() - timedelta(hours=12 - number)) for number in range(12)]
    graph.tell(f"{mails[9]}/$value", 429, "ApplicationThrottled", wait="120")
    watched = watch(server)

    watched.cycle()
    assert (watched.pause, watched.failures) == (120, 0)
    server.refresh_from_db()
    assert server.health.throttled_until is not None and server.health.state != "unreachable"
    watched.cycle()

    assert (sorted(keys()), watched.pause) == (sorted(mails), 0)


def test_a_crash_between_keeping_and_moving_takes_nothing_twice_and_moves_the_rest(
    graph: Graph, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = a_cloud_mailbox(after="move", after_folder="Done")
    mails = [graph.deliver(DESK, a_mail()) for _ in range(3)]
    with monkeypatch.context() as patched:

        def crash(self: GraphReceiver, keys: list[str], after: str, folder: str = "") -> None:
            acknowledge(self, keys[:1], after, folder)
            raise SystemExit

        acknowledge = GraphReceiver.acknowledge
        patched.setattr(GraphReceiver, "acknowledge", crash)
        with pytest.raises(SystemExit):
            watch(server).cycle()
    assert InboundEmail.objects.filter(acknowledged_at=None).count() == 3

    watch(server).cycle()

    box = graph.mailbox(DESK)
    assert sorted(keys()) == sorted(mails) and fetched(graph) == 3
    assert {box.folders[one.folder][0] for one in box.messages.values()} == {"Done"}
    assert not InboundEmail.objects.filter(acknowledged_at=None).exists()


def test_a_crash_before_anything_was_kept_fetches_all_again(
    graph: Graph, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = a_cloud_mailbox()
    mail = graph.deliver(DESK, a_mail())
    with monkeypatch.context() as patched:
        patched.setattr("postroom.run.mailbox.keep", _power_cut)
        with pytest.raises(SystemExit):
            watch(server).cycle()

    watch(server).cycle()

    assert keys() == [mail]


def _power_cut(*_: object) -> None:
    raise SystemExit


def test_a_mail_that_is_not_given_out_is_asked_for_again_and_holds_up_no_other(graph: Graph, watch: Watch) -> None:
    server = a_cloud_mailbox()
    bad, good = graph.deliver(DESK, a_mail()), graph.deliver(DESK, a_mail())
    graph.refuses.add(bad)
    watched = watch(server)
    watched.cycle()
    assert keys() == [good]
    watched.cycle()
    assert len([one for one in graph.asked if "/delta?$select" in one.path]) == 1, "the folder is not listed anew"

    graph.refuses.clear()
    watch(server).cycle()

    assert keys() == [good, bad] and watched.failures == 0
    assert MailboxCursor.objects.get().owed == []


def test_a_mail_over_the_limit_is_kept_by_its_header_and_stays_unread(graph: Graph, watch: Watch) -> None:
    settings = Settings.load()
    settings.message_size = 2_000
    settings.save()
    large = graph.deliver(DESK, a_mail(text="word " * 1_000))

    watch(a_cloud_mailbox()).cycle()

    row = InboundEmail.objects.get()
    assert (row.too_large, row.size > 5_000) == (True, True)
    assert not graph.mailbox(DESK).find(large).is_read


def test_a_folder_that_is_missing_stands_on_the_health_card(graph: Graph, watch: Watch) -> None:
    server = a_cloud_mailbox(folder="Desk/New")

    watch(server).cycle()

    server.refresh_from_db()
    assert server.health.code == "MAILMBXNOFOLDER" and "Desk/New" in server.health.message


def test_another_folder_is_read_from_its_beginning(graph: Graph, watch: Watch) -> None:
    server = a_cloud_mailbox()
    inbox = graph.deliver(DESK, a_mail())
    archived = graph.deliver(DESK, a_mail(), folder="archive")
    watch(server).cycle()
    IncomingServer.objects.update(folder="Archive")

    watch(server).cycle()

    assert keys() == [inbox, archived]
    assert "Archive" in MailboxCursor.objects.get().delta_of


def test_a_faulty_server_is_a_failure_and_recovers(graph: Graph, watch: Watch) -> None:
    server = a_cloud_mailbox()
    mail = graph.deliver(DESK, a_mail())
    graph.tell("delta", 503, "UnknownError")
    watched = watch(server)
    watched.cycle()
    server.refresh_from_db()
    assert (watched.failures, server.health.code) == (1, "MAILCONGRAPH")

    watched.cycle()

    assert (watched.failures, keys()) == (0, [mail])


def test_a_sign_in_that_is_missing_asks_nobody(graph: Graph, watch: Watch) -> None:
    server = a_cloud_mailbox()
    server.grant.delete()

    watch(server).cycle()

    server = IncomingServer.objects.get()
    assert (server.health.state, graph.asked) == ("needs_sign_in", [])
