"""Microsoft Graph over HTTP: what is listed, fetched, marked and sent, and what each refusal means."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from postroom.transports.base import Auth, Change, DeltaLost, Endpoint
from postroom.transports.graph import GraphReceiver, GraphSender
from postroom.transports.graph.envelope import addressed
from tests.servers.ca import Ca
from tests.servers.graph import IMMUTABLE, Graph
from tests.servers.ports import free_port
from tests.servers.proxy import HttpProxy
from tests.transports.conftest import a_mail, refused, through
from tests.transports.test_sign_in import Grant

DESK = "support@desk.test"
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
MUCH = 35_000_000


@pytest.fixture
def graph() -> Iterator[Graph]:
    """One mailbox of the desk, and one of somebody else, for whoever has the token ``good``."""
    server = Graph({"good": DESK, "app": "app"}.get)
    server.mailbox(DESK)
    server.mailbox("boss@desk.test")
    server.start()
    yield server
    server.stop()


def at(graph: Graph, *, token: Any = None, mailbox: str = DESK, **parts: Any) -> Endpoint:
    grant = token or Grant("good", "never asked for")
    auth = Auth("oauth", mailbox, token=grant)
    return Endpoint("", 443, "ssl", auth, url=graph.url, timeout=5, **parts)


@pytest.fixture
def reading(graph: Graph) -> Iterator[Callable[..., GraphReceiver]]:
    """Open a folder of the mailbox, until the test is over."""
    opened: list[GraphReceiver] = []

    def reading(folder: str = "INBOX", **parts: Any) -> GraphReceiver:
        opened.append(GraphReceiver(at(graph, **parts), folder))
        opened[-1].open()
        return opened[-1]

    yield reading
    for receiver in opened:
        receiver.close()


Reading = Callable[..., GraphReceiver]


def look(receiver: GraphReceiver, link: str = "") -> tuple[list[Change], str]:
    """All that has changed since ``link``, and the link to go on by."""
    changes: list[Change] = []
    for page in receiver.changes(link):
        changes += page.changes
        link = page.link
    return changes, link


def fetched(receiver: GraphReceiver, changes: list[Change], size: int = MUCH) -> list[bytes]:
    return [mail.raw for batch in receiver.fetch_changed(receiver.dated(changes), size) for mail in batch]


def test_everything_is_listed_over_many_pages_and_fetched_as_it_arrived_the_oldest_first(
    graph: Graph, reading: Reading
) -> None:
    mails = [a_mail() for _ in range(450)]
    for number, raw in enumerate(mails):
        graph.deliver(DESK, raw, NOON + timedelta(seconds=number))
    receiver = reading()

    changes, _ = look(receiver)

    assert fetched(receiver, changes) == mails
    assert len([one for one in graph.asked if "/delta" in one.path]) == 3
    assert all(IMMUTABLE in one.prefer for one in graph.asked), "ids that change with a move are of no use"


def test_the_next_look_lists_what_has_come_and_what_has_changed_since(graph: Graph, reading: Reading) -> None:
    old = graph.deliver(DESK, a_mail(), NOON)
    receiver = reading()
    _, link = look(receiver)
    new = graph.deliver(DESK, a_mail(), NOON)
    receiver.acknowledge([f"0/{old}"], "mark_seen")

    changes, link = look(receiver, link)

    assert {one.key: one.received_at for one in changes} == {f"0/{new}": NOON, f"0/{old}": None}
    assert {one.key: one.received_at for one in receiver.dated(changes)} == {f"0/{new}": NOON, f"0/{old}": NOON}
    assert look(receiver, link)[0] == []


def test_a_place_that_the_server_has_lost_is_told_from_all_other_faults(graph: Graph, reading: Reading) -> None:
    receiver = reading()
    _, link = look(receiver)
    graph.lose_place()

    with pytest.raises(DeltaLost) as caught:
        look(receiver, link)

    assert (caught.value.code, caught.value.temporary) == ("MAILCONGRAPH", True)
    assert "410 syncStateNotFound" in caught.value.message


def test_a_link_to_another_host_is_not_followed_for_nobody_else_gets_the_token(graph: Graph, reading: Reading) -> None:
    with pytest.raises(DeltaLost):
        look(reading(), "https://elsewhere.test/v1.0/users/x/messages/delta")


@pytest.mark.parametrize(("after", "folder"), [("delete", "Deleted Items"), ("move", "Done"), ("move", "Inbox/Read")])
def test_a_mail_is_moved_or_deleted_and_doing_so_twice_does_no_harm(
    graph: Graph, reading: Reading, after: str, folder: str
) -> None:
    mail = graph.deliver(DESK, a_mail())
    receiver = reading()

    for _ in range(2):
        receiver.acknowledge([f"0/{mail}", "0/gone"], after, "INBOX/Read" if folder == "Inbox/Read" else folder)
        if after == "delete":
            break  # a second time would empty the bin

    box = graph.mailbox(DESK)
    name, above = box.folders[box.messages[mail].folder]
    assert name == folder.rpartition("/")[2]
    assert above == (box.folder("inbox") if "/" in folder else "")
    assert list(box.messages) == [mail], "the id stays through the move"


def test_a_mail_is_marked_as_read_and_keeping_asks_for_nothing(graph: Graph, reading: Reading) -> None:
    first, second = graph.deliver(DESK, a_mail()), graph.deliver(DESK, a_mail())
    receiver = reading()
    receiver.acknowledge([f"0/{first}"], "mark_seen")
    asked = len(graph.asked)

    receiver.acknowledge([f"0/{second}"], "keep")

    assert [graph.mailbox(DESK).find(one).is_read for one in (first, second)] == [True, False]
    assert len(graph.asked) == asked


def test_a_folder_in_a_folder_is_read_by_its_path_and_a_missing_one_names_those_there_are(
    graph: Graph, reading: Reading
) -> None:
    box = graph.mailbox(DESK)
    below = box.make("It's new", box.make("Desk"))
    raw = a_mail()
    graph.deliver(DESK, raw, folder=below)
    receiver = reading("Desk/It's new")

    error = refused(lambda: reading("Desk/Old"))

    assert fetched(receiver, look(receiver)[0]) == [raw]
    assert (error.code, error.stage, error.temporary) == ("MAILMBXNOFOLDER", "folder", False)
    assert "Archive, Deleted Items, Desk, Inbox" in error.message


def test_of_a_mail_over_the_limit_the_header_is_fetched_alone(graph: Graph, reading: Reading) -> None:
    small, large = a_mail(), a_mail(50_000)
    graph.deliver(DESK, small, NOON)
    graph.deliver(DESK, large, NOON + timedelta(seconds=1))
    receiver = reading()

    (batch,) = receiver.fetch_changed(receiver.dated(look(receiver)[0]), 10_000)

    assert [(mail.too_large, mail.size) for mail in batch] == [(False, len(small)), (True, len(large))]
    assert batch[1].raw == b"" and batch[1].header == large.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"


def test_a_mail_that_is_not_given_out_holds_up_no_other_and_is_named(graph: Graph, reading: Reading) -> None:
    good, bad, gone = a_mail(), graph.deliver(DESK, a_mail(), NOON), graph.deliver(DESK, a_mail(), NOON)
    graph.deliver(DESK, good, NOON)
    receiver = reading()
    changes, _ = look(receiver)
    graph.refuses.add(bad)
    del graph.mailbox(DESK).messages[gone]

    assert fetched(receiver, changes) == [good]
    assert receiver.refused == {f"0/{bad}"}


def test_a_token_that_is_refused_is_refreshed_once(graph: Graph, reading: Reading) -> None:
    graph.deliver(DESK, a_mail())
    grant = Grant("too old", "good")

    assert len(look(reading(token=grant))[0]) == 1
    assert grant.asked == [False, True, False, True], "at the sign-in, and when the next look asks for the token anew"


REFUSALS = [
    (401, "InvalidAuthenticationToken", "", ("MAILAUTHSESS", False, True), "Sign in again"),
    (403, "ErrorAccessDenied", "", ("MAILAUTHPERM", False, True), "Mail.ReadWrite"),
    (404, "MailboxNotEnabledForRESTAPI", "", ("MAILCONGRAPH", False, True), "not in Exchange Online"),
    (404, "ErrorInvalidUser", "", ("MAILCONGRAPH", False, True), "no such mailbox"),
    (404, "ErrorFolderNotFound", "", ("MAILMBXNOFOLDER", False, True), "another folder"),
    (429, "ApplicationThrottled", "17", ("MAILCONRATELIM", True, False), "in 17 s"),
    (429, "ApplicationThrottled", "", ("MAILCONRATELIM", True, False), "in 30 s"),
    (503, "ErrorServerBusy", "5", ("MAILCONRATELIM", True, False), "in 5 s"),
    (503, "UnknownError", "", ("MAILCONGRAPH", True, True), "tried again"),
    (503, "ErrorMailboxMoveInProgress", "", ("MAILMBXSTATE", True, True), "tried again"),
    (507, "ErrorQuotaExceeded", "", ("MAILMBXQUOTA", True, True), "is full"),
    (500, "ErrorInternalServerError", "", ("MAILCONGRAPH", True, True), "tried again"),
]


@pytest.mark.parametrize(("status", "code", "wait", "meant", "advice"), REFUSALS)
def test_a_refusal_is_quoted_with_what_to_do_about_it(
    graph: Graph, status: int, code: str, wait: str, meant: tuple[str, bool, bool], advice: str
) -> None:
    graph.tell("mailFolders", status, code, times=2, wait=wait)

    error = refused(GraphReceiver(at(graph, token=Grant("good", "good"))).open)

    assert (error.code, error.temporary, error.connection) == meant
    assert f"{status} {code}: {code} was asked for" in error.message and advice in error.message


def test_a_mail_leaves_by_the_mailbox_it_is_from_in_its_own_words(graph: Graph) -> None:
    raw = a_mail().replace(b"support@desk.test", b"boss@desk.test")
    begun: list[bool] = []
    sender = GraphSender(at(graph))

    results = sender.send(DESK, ["boss@desk.test"], raw, lambda: begun.append(True))
    sender.close()

    assert [(one.address, one.accepted) for one in results] == [("boss@desk.test", True)] and begun == [True]
    assert [one.raw for one in graph.mailbox("boss@desk.test").inside("inbox")] == [raw]
    assert [one.raw for one in graph.mailbox(DESK).inside("sentitems")] == [raw]


def test_a_copy_that_is_not_wanted_goes_from_sent_items(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("postroom.transports.graph.sender.COPIES_AFTER", 0.0)
    kept = graph.deliver(DESK, a_mail(), folder="sentitems")
    sender = GraphSender(at(graph, save_sent=False))

    sender.send(DESK, [DESK], a_mail())
    sender.close()

    assert [one.id for one in graph.mailbox(DESK).inside("sentitems")] == [kept]


def test_who_may_send_and_not_read_sends(graph: Graph) -> None:
    graph.send_only.add(DESK)
    sender = GraphSender(at(graph))

    assert sender.send(DESK, [DESK], a_mail())[0].accepted and len(graph.taken) == 1
    sender.close()


def test_who_may_neither_read_nor_send_is_known_before_a_mail_is_tried(graph: Graph) -> None:
    error = refused(GraphSender(at(graph, mailbox="boss@desk.test")).open)

    assert (error.code, error.temporary, error.stage) == ("MAILAUTHPERM", False, "login")


@pytest.mark.parametrize(
    ("status", "code", "wait", "meant"),
    [
        (400, "ErrorInvalidRecipients", "", ("MAILCONSMTP", False, False, False)),
        (403, "ErrorSendAsDenied", "", ("MAILCONSMTP", False, False, False)),
        (413, "ErrorMessageSizeExceeded", "", ("MAILCONSMTP", False, False, False)),
        (403, "ErrorAccessDenied", "", ("MAILAUTHPERM", False, True, False)),
        (429, "ApplicationThrottled", "9", ("MAILCONRATELIM", True, False, False)),
        (503, "UnknownError", "", ("MAILCONGRAPH", True, True, False)),
        (504, "UnknownError", "", ("MAILCONGRAPH", True, True, True)),
    ],
)
def test_a_refused_mail_is_for_good_for_now_or_uncertain(
    graph: Graph, status: int, code: str, wait: str, meant: tuple[str, bool, bool, bool]
) -> None:
    graph.tell("sendMail", status, code, wait=wait)
    sender = GraphSender(at(graph))

    error = refused(lambda: sender.send(DESK, [DESK], a_mail()))
    sender.close()

    assert (error.code, error.temporary, error.connection, error.uncertain) == meant
    assert code in error.message and not graph.taken


def test_no_answer_after_the_mail_was_handed_over_is_uncertain(graph: Graph) -> None:
    graph.swallow = True
    sender = GraphSender(replace(at(graph), timeout=0.3))

    error = refused(lambda: sender.send(DESK, [DESK], a_mail()))

    assert (error.code, error.uncertain, len(graph.taken)) == ("MAILCONTMO", True, 1)


def test_a_server_that_is_not_there_is_no_uncertainty() -> None:
    nowhere = Endpoint("", 443, "ssl", Auth("oauth", DESK, token=Grant("good", "good")), url="http://127.0.0.1:1/v1.0")
    nowhere = replace(nowhere, url=f"http://127.0.0.1:{free_port()}/v1.0")

    error = refused(lambda: GraphSender(nowhere).send(DESK, [DESK], a_mail()))

    assert (error.code, error.connection, error.uncertain) == ("MAILCONREF", True, False)


MAIL = (
    b"From: desk@desk.test\r\nTo: Sam <sam@example.test>,\r\n gita@example.test\r\nCc: tess@desk.test\r\n"
    b"\r\nTo: you\r\n"
)


def test_a_mail_for_all_of_its_recipients_is_left_as_it_is() -> None:
    assert addressed(MAIL, ["sam@example.test", "GITA@example.test", "tess@desk.test"]) == MAIL


def test_a_mail_for_some_of_its_recipients_names_nobody_else_and_hides_whom_it_did_not_name() -> None:
    copy = addressed(MAIL, ["sam@example.test", "theo@desk.test"])

    assert copy == (b"From: desk@desk.test\r\nTo: Sam <sam@example.test>\r\nBcc: theo@desk.test\r\n\r\nTo: you\r\n")


def test_test_connection_names_each_stage_and_neither_reads_nor_marks(
    server_tls: Callable[..., ssl.SSLContext], ca: Ca
) -> None:
    graph = Graph({"good": DESK}.get, tls=server_tls("127.0.0.1"))
    graph.start()
    seen = graph.deliver(DESK, a_mail(), NOON - timedelta(days=300))
    graph.deliver(DESK, a_mail(), NOON)
    graph.mailbox(DESK).find(seen).is_read = True

    result = GraphReceiver(at(graph, ca_file=str(ca.ca_file))).test()
    graph.stop()

    assert [(stage.name, stage.ok) for stage in result.stages] == [
        (name, True) for name in ("dns", "tcp", "tls", "login", "folder")
    ], result.message
    assert (result.messages, result.unseen) == (2, 1)
    assert "2 mails, the oldest of 2026-01-28" in result.stages[-1].detail
    assert result.certificate is not None
    assert {one.method for one in graph.asked} == {"GET"} and not any("$value" in one.path for one in graph.asked)


def test_test_connection_of_a_sender_sends_the_mail(graph: Graph) -> None:
    result = GraphSender(at(graph)).test(DESK, "boss@desk.test", a_mail())

    assert [(stage.name, stage.ok) for stage in result.stages] == [
        (name, True) for name in ("dns", "tcp", "login", "data")
    ]
    assert len(graph.mailbox("boss@desk.test").inside("inbox")) == 1


def test_test_connection_ends_at_the_sign_in_that_is_refused(graph: Graph) -> None:
    for result in (
        GraphReceiver(at(graph, token=Grant("old", "old"))).test(),
        GraphSender(at(graph, token=Grant("old", "old"))).test(DESK, DESK, a_mail()),
    ):
        assert (result.ok, result.code, result.stages[-1].name) == (False, "MAILAUTHSESS", "login")


def test_graph_is_reached_through_the_proxy_of_the_server(graph: Graph, http_proxy: HttpProxy) -> None:
    proxy = through(http_proxy, "http")

    result = GraphReceiver(at(graph, proxy=proxy)).test()

    assert result.ok and "proxy" in [stage.name for stage in result.stages], result.message
    assert http_proxy.asked == [f"127.0.0.1:{graph.port}"]
