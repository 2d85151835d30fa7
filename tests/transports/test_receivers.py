"""One contract for every way of reading a mailbox: Dovecot by IMAP and POP3, also without extensions, and memory."""

from __future__ import annotations

import select
import socket
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from postroom.transports import memory
from postroom.transports.base import Auth, Endpoint, FetchedMail, ListingReceiver, Receiver, TransportError
from postroom.transports.registry import receiver
from tests.servers.dovecot import PLAIN_OLD, Dovecot
from tests.servers.pop3 import ScriptedPop3
from tests.transports.conftest import a_mail, refused

LARGE = 35_000_000
BY_UID = ("imap", "imap without extensions", "memory")
KINDS = (*BY_UID, "pop3", "pop3 without unique ids")
by_uid = pytest.mark.parametrize("box", BY_UID, indirect=True)


@dataclass
class Box:
    """A mailbox: deliver to it from behind, read it through a receiver, look at what became of its mails."""

    deliver: Callable[[bytes], object]
    open: Callable[[], Receiver]
    seen: Callable[[], int]
    folder: Callable[[str], int]


@pytest.fixture(params=KINDS)
def box(request: pytest.FixtureRequest, user: str) -> Iterator[Box]:
    opened: list[Receiver] = []

    def opener(protocol: str, endpoint: Endpoint) -> Callable[[], Receiver]:
        def open_one() -> Receiver:
            made = receiver(protocol, endpoint)
            opened.append(made)
            made.open()
            return made

        return open_one

    if request.param == "memory":
        yield _in_memory(user, opener)
    elif request.param == "pop3 without unique ids":
        yield _without_ids(request.getfixturevalue("scripted_pop3"), opener)
    else:
        dovecot: Dovecot = request.getfixturevalue("dovecot")
        protocol = request.param[:4]
        at = request.getfixturevalue(f"{protocol}_at")
        endpoint = at(host=PLAIN_OLD if "without" in request.param else "127.0.0.1")
        yield Box(
            deliver=lambda raw: dovecot.deliver(user, raw),
            open=opener(protocol, endpoint),
            seen=lambda: sum("S" in flags for flags in dovecot.flags(user)),
            folder=lambda name: len(dovecot.flags(user, f".{name}" if name != "INBOX" else "")),
        )
    for one in opened:
        one.close()


def _in_memory(host: str, opener: Callable[[str, Endpoint], Callable[[], Receiver]]) -> Box:
    server = memory.server(host)
    return Box(
        deliver=server.append,
        open=opener("memory", Endpoint(host, 0, "none")),
        seen=lambda: len(server.seen),
        folder=lambda name: len(server.folders.get(name, {})),
    )


def _without_ids(server: ScriptedPop3, opener: Callable[[str, Endpoint], Callable[[], Receiver]]) -> Box:
    server.capabilities = ("USER",)
    server.answers["UIDL"] = "-ERR what?"
    endpoint = Endpoint(server.host, server.port, "none", Auth("basic", "support", "secret"), timeout=5)
    return Box(server.deliver, opener("pop3", endpoint), lambda: 0, lambda _: len(server.mails))


def batches(source: Receiver, done: Collection[str] = (), max_size: int = LARGE) -> Iterator[list[FetchedMail]]:
    """What is new where ``done`` is known already."""
    if isinstance(source, ListingReceiver):
        source.open()  # a session of POP3 does not see what comes while it lasts
        return source.fetch([key for key in source.listing() if key not in done], max_size)
    return source.fetch_new(max(map(uid, done), default=0), frozenset(), max_size)  # type: ignore[attr-defined]


def fetch(source: Receiver, done: Collection[str] = ()) -> list[str]:
    """The keys of what is new."""
    return [mail.key for batch in batches(source, done) for mail in batch]


def uid(key: str) -> int:
    return int(key.rpartition("/")[2])


def test_new_mail_is_fetched_byte_for_byte_and_nothing_is_marked(box: Box) -> None:
    raw = a_mail() + "Grüße\r\n.\r\n".encode()
    box.deliver(raw)

    source = box.open()
    (batch,) = batches(source)

    assert [mail.raw for mail in batch] == [raw]
    assert batch[0].size == len(raw)
    assert abs(batch[0].received_at - datetime.now(UTC)) < timedelta(minutes=1)
    assert batch[0].key.startswith(f"{source.uidvalidity}/")
    assert box.seen() == 0


def test_mail_that_is_already_there_is_not_fetched_again(box: Box) -> None:
    box.deliver(a_mail())
    source = box.open()
    (first,) = fetch(source)

    assert fetch(source, [first]) == []
    box.deliver(a_mail())
    (second,) = fetch(source, [first])
    assert second != first


@by_uid
def test_a_gap_among_known_mails_is_fetched_and_what_came_before_them_is_not(box: Box) -> None:
    for _ in range(4):
        box.deliver(a_mail())
    source = box.open()
    first, second, third, fourth = fetch(source)

    def gaps(known: set[int]) -> list[str]:
        new = source.fetch_new(uid(fourth), frozenset(known), LARGE)  # type: ignore[attr-defined]
        return [mail.key for batch in new for mail in batch]

    assert gaps({uid(second), uid(fourth)}) == [third]
    assert gaps({0, uid(second), uid(fourth)}) == [first, third]


def test_a_hundred_mails_are_one_batch(box: Box) -> None:
    for _ in range(101):
        box.deliver(a_mail())

    assert [len(batch) for batch in batches(box.open())] == [100, 1]


def test_of_a_mail_that_is_too_large_only_the_header_is_fetched(box: Box) -> None:
    box.deliver(a_mail(5000))
    box.deliver(a_mail())

    (batch,) = batches(box.open(), max_size=1000)

    large, small = batch
    assert large.too_large
    assert large.raw == b""
    assert large.header.startswith(b"From: sam@example.test")
    assert b"filling" not in large.header
    assert large.size > 5000
    assert small.raw


@by_uid
def test_mail_that_came_after_a_moment_is_told_from_older_mail(box: Box) -> None:
    box.deliver(a_mail())
    source = box.open()
    (key,) = fetch(source)

    assert source.uids_since(datetime.now(UTC) - timedelta(minutes=1)) == [uid(key)]
    assert source.uids_since(datetime.now(UTC) + timedelta(minutes=1)) == []


@by_uid
def test_the_next_uid_is_known_before_anything_is_fetched(box: Box) -> None:
    box.deliver(a_mail())
    first = box.open()
    (key,) = fetch(first)
    first.open()

    assert first.uidnext == uid(key) + 1


@by_uid
@pytest.mark.parametrize("times", [1, 2])
def test_kept_mail_is_marked_as_seen_however_often_that_is_said(box: Box, times: int) -> None:
    box.deliver(a_mail())
    box.deliver(a_mail())
    source = box.open()
    first, _ = fetch(source)

    for _ in range(times):
        source.acknowledge([first], "mark_seen")

    assert box.seen() == 1


@pytest.mark.parametrize("times", [1, 2])
def test_kept_mail_is_deleted_and_other_mail_is_not(box: Box, times: int) -> None:
    box.deliver(a_mail())
    box.deliver(a_mail())
    source = box.open()
    first, second = fetch(source)

    for _ in range(times):
        source.acknowledge([first], "delete")

    assert fetch(source) == [second]
    assert box.folder("INBOX") == 1


@by_uid
@pytest.mark.parametrize("times", [1, 2])
def test_kept_mail_is_moved_once_to_a_folder_that_is_made_for_it(box: Box, times: int) -> None:
    box.deliver(a_mail())
    source = box.open()
    keys = fetch(source)

    for _ in range(times):
        source.acknowledge(keys, "move", "Erledigt & fertig")

    assert fetch(source) == []
    assert box.folder("Erledigt & fertig") + box.folder("Erledigt &- fertig") == 1


def test_kept_mail_stays_untouched_where_that_is_wanted(box: Box) -> None:
    box.deliver(a_mail())
    source = box.open()
    keys = fetch(source)

    source.acknowledge(keys, "keep")

    assert fetch(source) == keys
    assert box.seen() == 0


@by_uid
def test_keys_of_a_folder_that_was_made_anew_touch_nothing(box: Box) -> None:
    box.deliver(a_mail())
    source = box.open()
    (key,) = fetch(source)

    source.acknowledge([f"{source.uidvalidity + 1}/{uid(key)}"], "delete")

    assert fetch(source) == [key]


@by_uid
def test_a_missing_folder_is_named(box: Box, user: str, request: pytest.FixtureRequest) -> None:
    if "memory" in request.node.name:
        source = receiver("memory", Endpoint(user, 0, "none"), "Nowhere")
    else:
        source = receiver("imap", request.getfixturevalue("imap_at")(), "Nowhere")

    error = refused(source.open)

    assert (error.code, error.stage, error.connection) == ("MAILMBXNOFOLDER", "folder", True)
    assert "Nowhere" in error.message
    assert source.test().code == "MAILMBXNOFOLDER"


def test_a_test_reads_and_marks_nothing(box: Box) -> None:
    box.deliver(a_mail())

    result = box.open().test()

    assert result.ok
    assert "1 mail" in result.stages[-1].detail
    assert box.seen() == 0
    assert len(fetch(box.open())) == 1


@pytest.mark.parametrize("box", ["imap", "memory"], indirect=True)
def test_a_new_mail_is_noticed_while_idling(box: Box) -> None:
    source = box.open()
    waiting = source.idle_socket()
    assert isinstance(waiting, socket.socket)

    box.deliver(a_mail())
    readable, _, _ = select.select([waiting], [], [], 5)

    assert readable
    assert source.idle_done() is True
    assert len(fetch(source)) == 1


@pytest.mark.parametrize("box", ["imap", "memory"], indirect=True)
def test_ending_a_quiet_idle_tells_of_nothing_new(box: Box) -> None:
    source = box.open()

    for _ in range(2):
        assert source.idle_socket() is not None
        assert source.idle_done() is False


@pytest.mark.parametrize("after", ["mark_seen", "move", "delete_after_days"])
@pytest.mark.parametrize("box", ["pop3", "pop3 without unique ids"], indirect=True)
def test_without_flags_and_folders_kept_mail_stays_where_it_is(box: Box, after: str) -> None:
    box.deliver(a_mail())
    source = box.open()
    keys = fetch(source)

    source.acknowledge(keys, after, "Done")

    assert fetch(source) == keys


def test_a_closed_mailbox_can_be_opened_again(box: Box) -> None:
    box.deliver(a_mail())
    source = box.open()
    before = source.uidvalidity
    source.close()

    source.open()

    assert source.uidvalidity == before
    assert len(fetch(source)) == 1


def test_an_unknown_protocol_is_an_error() -> None:
    with pytest.raises(KeyError):
        receiver("carrier pigeon", Endpoint("desk.test", 0, "none"))


def test_a_fault_in_memory_is_raised_once() -> None:
    memory.server("fault.test").fault = TransportError("MAILCONTMO", "too slow", temporary=True)
    source = receiver("memory", Endpoint("fault.test", 0, "none"))

    assert refused(source.open).code == "MAILCONTMO"
    source.open()
