"""IMAP on bad days: servers that say two things at once, end the session, refuse one mail, or renumber the folder."""

from __future__ import annotations

import imaplib
import select
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone

import pytest

from postroom.transports.base import Auth, Endpoint
from postroom.transports.imap import ImapReceiver
from postroom.transports.imap_fetch import batches, bodies_in, internal_date, sequence_set, sizes_in
from tests.servers.dovecot import PASSWORD, Dovecot
from tests.servers.lines import Hangup, LineServer, Talk
from tests.transports.conftest import a_mail, refused

At = Callable[..., Endpoint]
Answer = Callable[[Talk, str, str], bool]


@contextmanager
def odd_server(odd: Answer) -> Iterator[ImapReceiver]:
    """A receiver, open on a server of two mails that does what ``odd`` does, and else what is usual."""
    usual = {
        "CAPABILITY": "* CAPABILITY IMAP4rev1 AUTH=PLAIN IDLE MOVE UIDPLUS",
        "SELECT": "* 2 EXISTS\n* OK [UIDVALIDITY 7]\n* OK [UIDNEXT 3]",
        "UID SEARCH": "* SEARCH 1 2",
        "UID FETCH": "".join(
            f'* {uid} FETCH (UID {uid} RFC822.SIZE 5 INTERNALDATE "01-Nov-2026 10:00:0{uid} +0100")\n' for uid in (1, 2)
        ).rstrip(),
    }

    def serve(talk: Talk) -> None:
        talk.say("* OK ready")
        while True:
            tag, _, command = talk.hear().partition(" ")
            if command.startswith("AUTHENTICATE"):
                talk.say("+ ")
                talk.hear()
                talk.say(f"{tag} OK in")
            elif not odd(talk, tag, command):
                known = next((words for verb, words in usual.items() if command.startswith(verb)), "")
                talk.say(f"{known}\n{tag} OK done" if known else f"{tag} OK done")

    server = LineServer(serve)
    server.start()
    receiver = ImapReceiver(Endpoint(server.host, server.port, "none", Auth("basic", "desk", "pw"), timeout=2))
    try:
        yield receiver
    finally:
        receiver.close()
        server.stop()


@pytest.mark.parametrize("answer", ["+ idling\n* 3 EXISTS", "* 3 EXISTS\n+ idling"])
def test_news_that_comes_together_with_the_answer_to_idle_is_noticed_at_once(answer: str) -> None:
    def odd(talk: Talk, tag: str, command: str) -> bool:
        if command != "IDLE":
            return False
        talk.say(answer)
        assert talk.hear() == "DONE"
        talk.say(f"{tag} OK idled")
        return True

    with odd_server(odd) as receiver:
        receiver.open()
        waiting = receiver.idle_socket()
        assert waiting is not None

        assert waiting in select.select([waiting], [], [], 2)[0]
        assert receiver.idle_done() is True


@pytest.mark.parametrize("command_of_ours", ["UID FETCH", "UID STORE"])
def test_news_told_while_we_fetch_or_mark_is_noticed_as_soon_as_we_wait(command_of_ours: str) -> None:
    """The server does not repeat it in IDLE: the mail would wait for the next poll."""

    def odd(talk: Talk, tag: str, command: str) -> bool:
        if command.startswith(command_of_ours):
            talk.say("* 3 EXISTS")
        elif command == "IDLE":
            talk.say("+ idling")
            assert talk.hear() == "DONE"
            talk.say(f"{tag} OK idled")
            return True
        return False

    with odd_server(odd) as receiver:
        receiver.open()
        list(receiver.fetch_new(0, frozenset(), 1000))
        receiver.acknowledge(["7/1"], "mark_seen")
        waiting = receiver.idle_socket()
        assert waiting is not None

        assert waiting in select.select([waiting], [], [], 2)[0]
        assert receiver.idle_done() is True


def test_a_server_that_only_says_it_is_still_there_has_no_news() -> None:
    def odd(talk: Talk, tag: str, command: str) -> bool:
        if command != "IDLE":
            return False
        talk.say("+ idling")
        talk.say("* OK Still here")
        assert talk.hear() == "DONE"
        talk.say(f"* 1 FETCH (FLAGS (\\Seen))\n{tag} OK idled")
        return True

    with odd_server(odd) as receiver:
        receiver.open()
        receiver.idle_socket()

        assert receiver.idle_done() is False


def test_where_idle_is_refused_mail_is_polled_for() -> None:
    def odd(talk: Talk, tag: str, command: str) -> bool:
        if command == "IDLE":
            talk.say(f"{tag} NO not today")
        return command == "IDLE"

    with odd_server(odd) as receiver:
        receiver.open()

        assert receiver.idle_socket() is None
        assert receiver.idle_done() is False


def test_a_session_that_the_server_ends_is_tried_again_later() -> None:
    def odd(talk: Talk, tag: str, command: str) -> bool:
        if command.startswith("UID SEARCH"):
            talk.say("* BYE maintenance")
            raise Hangup
        return False

    with odd_server(odd) as receiver:
        receiver.open()
        error = refused(lambda: list(receiver.fetch_new(0, frozenset(), 1000)))

    assert (error.code, error.temporary, error.connection) == ("MAILMBXSTATE", True, True)
    assert "maintenance" in error.message


def test_a_mailbox_that_falls_silent_is_not_waited_for_for_ever(imap_at: At) -> None:
    def odd(talk: Talk, tag: str, command: str) -> bool:
        if command.startswith("SELECT"):
            talk.hear()
        return False

    with odd_server(odd) as receiver:
        receiver._endpoint = Endpoint(
            receiver._endpoint.host, receiver._endpoint.port, "none", Auth("basic", "desk", "pw"), timeout=0.3
        )
        error = refused(receiver.open)

    assert (error.code, error.stage) == ("MAILCONTMO", "folder")


def test_one_mail_that_the_server_cannot_give_holds_up_no_other() -> None:
    def odd(talk: Talk, tag: str, command: str) -> bool:
        if "BODY.PEEK" not in command:
            return False
        if command.split(" ")[2] == "2":
            talk.say(f"* 2 FETCH (UID 2 BODY[] {{5}}\nhello)\n{tag} OK done")
        else:
            talk.say(f"{tag} NO [SERVERBUG] cannot convert the message")
        return True

    with odd_server(odd) as receiver:
        receiver.open()
        (batch,) = receiver.fetch_new(0, frozenset(), 1000)

    assert [(mail.key, mail.raw) for mail in batch] == [("7/2", b"hello")]


def test_a_mail_that_is_larger_than_the_server_said_is_kept_by_its_header_alone() -> None:
    def odd(talk: Talk, tag: str, command: str) -> bool:
        if "BODY.PEEK" not in command:
            return False
        talk.say(f"* 1 FETCH (BODY[] {{60}}\nSubject: x\n\n{'y' * 46} UID 1)\n{tag} OK done")
        return True

    with odd_server(odd) as receiver:
        receiver.open()
        (batch,) = receiver.fetch_new(0, frozenset(), 50)

    assert [(mail.too_large, mail.raw, mail.header) for mail in batch] == [(True, b"", b"Subject: x\r\n\r\n")]


def test_a_literal_of_absurd_size_is_not_taken_into_memory() -> None:
    def odd(talk: Talk, tag: str, command: str) -> bool:
        if "BODY.PEEK" in command:
            talk.say("* 1 FETCH (UID 1 BODY[] {9999999999}")
        return "BODY.PEEK" in command

    with odd_server(odd) as receiver:
        receiver.open()
        error = refused(lambda: list(receiver.fetch_new(0, frozenset(), 1000)))

    assert (error.code, error.temporary) == ("MAILMBXSTATE", True)


def test_a_full_mailbox_is_told_from_other_faults() -> None:
    def odd(talk: Talk, tag: str, command: str) -> bool:
        if command.startswith("UID MOVE"):
            talk.say(f"{tag} NO [OVERQUOTA] Quota exceeded")
        elif command.startswith("LIST"):
            talk.say(f'* LIST () "/" Done\n{tag} OK done')
        return command.startswith(("UID MOVE", "LIST"))

    with odd_server(odd) as receiver:
        receiver.open()
        assert refused(lambda: receiver.acknowledge(["7/1"], "move", "Done")).code == "MAILMBXQUOTA"


def test_a_server_that_does_not_tell_the_next_uid_is_asked_for_the_last_one() -> None:
    def odd(talk: Talk, tag: str, command: str) -> bool:
        if command.startswith("SELECT"):
            talk.say(f"* 2 EXISTS\n* OK [UIDVALIDITY 7]\n{tag} OK done")
        return command.startswith("SELECT")

    with odd_server(odd) as receiver:
        receiver.open()
        assert receiver.uidnext == 3


def test_a_folder_made_anew_has_another_uidvalidity(imap_at: At, dovecot: Dovecot, user: str) -> None:
    receiver = ImapReceiver(imap_at(), "Desk")
    told = []
    with imaplib.IMAP4(dovecot.host, dovecot.port) as owner:
        owner.login(user, PASSWORD)
        for _ in range(2):
            owner.create("Desk")
            receiver.open()
            told.append(receiver.uidvalidity)
            receiver.close()
            owner.delete("Desk")

    first, second = told
    assert first != second


def test_a_folder_with_a_name_beyond_ascii_is_read(imap_at: At, dovecot: Dovecot, user: str) -> None:
    dovecot.deliver(user, a_mail())
    source = ImapReceiver(imap_at())
    source.open()
    keys = [mail.key for batch in source.fetch_new(0, frozenset(), 10_000) for mail in batch]
    source.acknowledge(keys, "move", "Anfragen für Büro")
    source.close()

    there = ImapReceiver(imap_at(), "Anfragen für Büro")
    there.open()
    assert there.exists == 1
    there.close()


@pytest.mark.parametrize("folder", ["bad\r\nA1 DELETE INBOX", "bad\x00name"])
def test_no_folder_name_can_smuggle_a_command(imap_at: At, folder: str) -> None:
    receiver = ImapReceiver(imap_at())
    receiver.open()

    assert refused(ImapReceiver(imap_at(), folder).open).code == "MAILMBXNOFOLDER"
    assert refused(lambda: receiver.acknowledge(["1/1"], "move", folder)).code == "MAILMBXNOFOLDER"
    receiver.close()


def test_large_mails_are_fetched_in_batches_of_eight_megabytes() -> None:
    now = datetime.now(UTC)
    sizes = {uid: (size, now) for uid, size in enumerate([5_000_000, 5_000_000, 100, 90_000_000, 2_000_000], 1)}

    assert list(batches(sizes, 35_000_000)) == [[1], [2, 3, 4, 5]]


def test_uids_are_named_in_ranges() -> None:
    assert sequence_set([7, 3, 1, 2, 3]) == "1:3,7"


def test_the_moment_a_mail_arrived_keeps_the_servers_offset() -> None:
    line = b'* 1 FETCH (UID 1 RFC822.SIZE 10 INTERNALDATE " 1-Nov-2026 10:00:00 -0330")'

    at = datetime(2026, 11, 1, 10, tzinfo=timezone(-timedelta(hours=3, minutes=30)))
    assert internal_date(line) == at
    assert sizes_in([line]) == {1: (10, at)}


def test_a_body_may_be_short_empty_or_before_its_uid_and_flags_are_no_body() -> None:
    data = [
        (b"1 (UID 1 BODY[] {3}", b"one"), b")",
        (b"2 (BODY[] {3}", b"two"), b" UID 2)",
        b'3 (UID 3 BODY[] "th\\"ree")',
        b'4 (BODY[] "" UID 4)',
        b"5 (UID 5 FLAGS (\\Seen))",
        None,
    ]  # fmt: skip

    assert bodies_in(data) == {1: b"one", 2: b"two", 3: b'th"ree', 4: b""}
