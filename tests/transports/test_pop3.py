"""POP3: signing in, what is fetched and deleted, and servers that are odd, broken or ill-meaning."""

from __future__ import annotations

import base64
import ssl
from collections.abc import Callable, Collection, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from postroom.transports import pop3_session
from postroom.transports.base import Auth, Endpoint, FetchedMail
from postroom.transports.pop3 import Pop3Receiver
from tests.servers.ca import Ca
from tests.servers.dovecot import ELSEWHERE, EXPIRED, STRICT, Dovecot
from tests.servers.lines import LineServer, Talk
from tests.servers.pop3 import ScriptedPop3
from tests.servers.scripted import CUT, SILENT
from tests.transports.conftest import a_mail, refused, through

At = Callable[..., Endpoint]
BASIC = Auth("basic", "support@desk.test", "top-secret")


def pop3_of(server: LineServer, **parts: object) -> Endpoint:
    words: dict[str, object] = {"security": "none", "auth": BASIC, "timeout": 5.0}
    return Endpoint(host=server.host, port=server.port, **(words | parts))  # type: ignore[arg-type]


@pytest.fixture
def desk(scripted_pop3: ScriptedPop3) -> Iterator[Pop3Receiver]:
    receiver = Pop3Receiver(pop3_of(scripted_pop3))
    yield receiver
    receiver.close()


def fetched(receiver: Pop3Receiver, done: Collection[str] = (), most: int = 1_000_000) -> list[FetchedMail]:
    receiver.open()
    keys = [key for key in receiver.listing() if key not in done]
    return [mail for batch in receiver.fetch(keys, most) for mail in batch]


@pytest.mark.parametrize("security", ["none", "tls", "ssl"])
def test_a_mailbox_is_read_with_and_without_tls(pop3_at: At, dovecot: Dovecot, user: str, security: str) -> None:
    raw = a_mail()
    dovecot.deliver(user, raw)
    receiver = Pop3Receiver(pop3_at(security))

    (mail,) = fetched(receiver)
    receiver.close()

    assert mail.raw == raw
    assert mail.key.startswith("0/")


@pytest.mark.parametrize("kind", ["http_proxy", "socks_proxy"])
@pytest.mark.parametrize("security", ["none", "tls", "ssl"])
def test_a_mailbox_is_read_through_a_proxy(
    pop3_at: At, kind: str, security: str, request: pytest.FixtureRequest
) -> None:
    proxy = request.getfixturevalue(kind)
    endpoint = pop3_at(security, proxy=through(proxy, "http" if kind == "http_proxy" else "socks5"))

    result = Pop3Receiver(endpoint).test()

    assert result.ok, result.message
    assert "proxy" in [stage.name for stage in result.stages]
    assert proxy.asked == [f"127.0.0.1:{endpoint.port}"]


@pytest.mark.parametrize(("host", "words"), [(EXPIRED, "expired"), (ELSEWHERE, "other names")])
@pytest.mark.parametrize("security", ["tls", "ssl"])
def test_a_certificate_that_cannot_be_trusted_is_never_passed_over(
    pop3_at: At, host: str, words: str, security: str
) -> None:
    error = refused(Pop3Receiver(pop3_at(security, host=host)).open)

    assert (error.code, error.stage) == ("MAILCONTLS", "tls")
    assert words in error.message


def test_a_password_is_not_sent_where_the_server_wants_encryption_first(pop3_at: At) -> None:
    error = refused(Pop3Receiver(pop3_at(host=STRICT)).open)

    assert (error.code, error.stage, error.temporary) == ("MAILAUTHCRED", "login", False)
    assert "choose TLS or SSL" in error.message


def test_a_wrong_password_is_named_and_not_repeated(pop3_at: At, user: str) -> None:
    error = refused(Pop3Receiver(pop3_at(auth=Auth("basic", user, "wrong-guess"))).open)

    assert (error.code, error.temporary) == ("MAILAUTHCRED", False)
    assert "wrong-guess" not in error.message


def test_a_server_without_starttls_gets_no_password(scripted_pop3: ScriptedPop3) -> None:
    error = refused(Pop3Receiver(pop3_of(scripted_pop3, security="tls")).open)

    assert (error.code, error.stage) == ("MAILCONTLS", "tls")
    assert scripted_pop3.said == ["CAPA"]


def test_what_is_slipped_in_before_tls_counts_for_nothing(server_tls: Callable[..., ssl.SSLContext], ca: Ca) -> None:
    """A man in the middle answers for the server before TLS begins."""
    said: list[str] = []

    def slip_in(talk: Talk) -> None:
        talk.say("+OK ready")
        talk.hear()
        talk.say("+OK\nSTLS\n.")
        talk.hear()
        talk.say("+OK begin\n+OK\nSASL XOAUTH2\n.\n+OK signed in")
        talk.start_tls(server_tls())
        said.append(talk.hear())
        talk.say("+OK\nUSER\n.")
        said.append(talk.hear())
        talk.say("-ERR no")

    server = LineServer(slip_in)
    server.start()
    try:
        error = refused(Pop3Receiver(pop3_of(server, security="tls", ca_file=str(ca.ca_file))).open)
    finally:
        server.stop()

    assert said == ["CAPA", f"USER {BASIC.username}"]
    assert error.code == "MAILAUTHCRED"


def test_user_and_pass_serve_where_there_is_no_auth_plain(scripted_pop3: ScriptedPop3, desk: Pop3Receiver) -> None:
    scripted_pop3.capabilities = None

    desk.open()

    assert scripted_pop3.said[1:3] == [f"USER {BASIC.username}", f"PASS {BASIC.password}"]


@pytest.mark.parametrize("password", ["two\r\nlines", "a\0b"])
def test_a_password_cannot_smuggle_a_command(scripted_pop3: ScriptedPop3, password: str) -> None:
    scripted_pop3.capabilities = ("USER",)

    error = refused(Pop3Receiver(pop3_of(scripted_pop3, auth=Auth("basic", "support", password))).open)

    assert error.code == "MAILAUTHCRED"
    assert scripted_pop3.said == ["CAPA"]


def test_a_token_is_sent_in_two_lines_and_refreshed_once_when_it_is_refused(scripted_pop3: ScriptedPop3) -> None:
    asked: list[bool] = []

    def token(force: bool) -> str:
        asked.append(force)
        return "fresh" if force else "stale"

    def answer(talk: Talk) -> None:
        talk.say("+OK ready")
        for _ in range(2):
            scripted_pop3.said.append(talk.hear())
            if scripted_pop3.said[-1] == "CAPA":
                talk.say("+OK\nSASL XOAUTH2\n.")
                scripted_pop3.said.append(talk.hear())
            talk.say("+ ")
            initial = base64.b64decode(talk.hear()).decode()
            scripted_pop3.said.append(initial)
            if "stale" in initial:
                talk.say("+ eyJzdGF0dXMiOiI0MDEifQ==")
                scripted_pop3.said.append(talk.hear())
                talk.say("-ERR Authentication failed")
            else:
                talk.say("+OK")
        while line := talk.hear():
            talk.say("+OK\n." if line in ("CAPA", "LIST", "UIDL") else "+OK")

    server = LineServer(answer)
    server.start()
    receiver = Pop3Receiver(pop3_of(server, auth=Auth("oauth", "desk@contoso.test", token=token)))
    try:
        receiver.open()
        receiver.close()
    finally:
        server.stop()

    assert asked == [False, True]
    assert scripted_pop3.said == [
        "CAPA",
        "AUTH XOAUTH2",
        "user=desk@contoso.test\x01auth=Bearer stale\x01\x01",
        "",
        "AUTH XOAUTH2",
        "user=desk@contoso.test\x01auth=Bearer fresh\x01\x01",
    ]


def test_dovecot_takes_a_token_by_xoauth2_and_says_why_it_refuses_one(pop3_at: At, user: str) -> None:
    error = refused(Pop3Receiver(pop3_at("ssl", auth=Auth("oauth", user, token=lambda force: "canary-token"))).open)

    assert (error.code, error.stage) == ("MAILAUTHPERM", "login")
    assert "canary-token" not in error.message


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ("-ERR [IN-USE] another session", "MAILMBXSTATE"),
        ("-ERR [LOGIN-DELAY] wait", "MAILCONRATELIM"),
        ("-ERR [SYS/TEMP] later", "MAILAUTHCRED"),
        ("-ERR too many connections", "MAILCONRATELIM"),
    ],
)
def test_a_sign_in_that_is_refused_for_now_is_tried_again(
    scripted_pop3: ScriptedPop3, desk: Pop3Receiver, answer: str, code: str
) -> None:
    scripted_pop3.answers["AUTH"] = answer

    error = refused(desk.open)

    assert (error.code, error.temporary) == (code, True)


def test_dots_and_long_lines_arrive_as_they_were_sent(scripted_pop3: ScriptedPop3, desk: Pop3Receiver) -> None:
    raw = a_mail() + b".\r\n..\r\n" + b"x" * 200_000 + b"\r\n." + b"y" * 70_000 + b"\r\n.z\r\n"
    scripted_pop3.deliver(raw)

    (mail,) = fetched(desk)

    assert mail.raw == raw
    assert mail.size == len(raw)


def test_mail_is_asked_for_in_one_write_where_the_server_takes_that(
    scripted_pop3: ScriptedPop3, desk: Pop3Receiver
) -> None:
    for _ in range(150):
        scripted_pop3.deliver(a_mail())

    assert len(fetched(desk)) == 150
    scripted_pop3.capabilities = ("USER", "UIDL", "TOP")
    assert len(fetched(desk)) == 150


def test_two_mails_of_the_same_unique_id_are_both_fetched(scripted_pop3: ScriptedPop3, desk: Pop3Receiver) -> None:
    scripted_pop3.deliver(a_mail(), "same")
    scripted_pop3.deliver(a_mail(), "same")

    mails = fetched(desk)

    assert [mail.key for mail in mails] == ["0/same", "0/same 2"]
    assert mails[0].raw != mails[1].raw


@pytest.mark.parametrize("name", ["x" * 5000, "bad\x01id", "Grüße"])
def test_a_unique_id_that_is_none_still_tells_mails_apart(
    scripted_pop3: ScriptedPop3, desk: Pop3Receiver, name: str
) -> None:
    scripted_pop3.deliver(a_mail(), name)
    scripted_pop3.deliver(a_mail(), name + "y")

    first = fetched(desk)

    assert len({mail.key for mail in first}) == 2
    assert all(len(mail.key) < 200 and mail.key.isascii() for mail in first)
    assert fetched(desk, [mail.key for mail in first]) == []


def test_without_unique_ids_mails_keep_their_keys_when_others_go(
    scripted_pop3: ScriptedPop3, desk: Pop3Receiver
) -> None:
    scripted_pop3.answers["UIDL"] = scripted_pop3.answers["TOP"] = "-ERR what?"
    for _ in range(3):
        scripted_pop3.deliver(a_mail())
    before = [mail.key for mail in fetched(desk)]

    desk.acknowledge(before[:1], "delete")

    assert [mail.key for mail in fetched(desk)] == before[1:]


def test_deletions_count_only_when_the_session_ends_well(scripted_pop3: ScriptedPop3, desk: Pop3Receiver) -> None:
    scripted_pop3.deliver(a_mail())
    keys = [mail.key for mail in fetched(desk)]
    scripted_pop3.answers["QUIT"] = CUT

    error = refused(lambda: desk.acknowledge(keys, "delete"))

    assert error.temporary
    assert len(scripted_pop3.mails) == 1
    del scripted_pop3.answers["QUIT"]
    desk.acknowledge(keys, "delete")
    assert scripted_pop3.mails == []


def test_a_mail_that_cannot_be_deleted_holds_up_no_other(scripted_pop3: ScriptedPop3, desk: Pop3Receiver) -> None:
    scripted_pop3.deliver(a_mail(), "stuck")
    scripted_pop3.deliver(a_mail(), "free")
    keys = [mail.key for mail in fetched(desk)]
    scripted_pop3.answers["DELE 1"] = "-ERR no"

    desk.acknowledge(keys, "delete")

    assert [name for name, _ in scripted_pop3.mails] == ["stuck"]


def test_a_mail_that_the_server_refuses_holds_up_no_other(scripted_pop3: ScriptedPop3, desk: Pop3Receiver) -> None:
    for name in ("one", "two", "three"):
        scripted_pop3.deliver(a_mail(), name)
    scripted_pop3.answers["RETR 2"] = "-ERR broken"

    assert [mail.key for mail in fetched(desk)] == ["0/one", "0/three"]


def test_a_mail_that_is_larger_than_the_server_says_is_not_taken(
    scripted_pop3: ScriptedPop3, desk: Pop3Receiver
) -> None:
    scripted_pop3.deliver(a_mail(500_000), "liar")
    scripted_pop3.deliver(a_mail(), "honest")
    scripted_pop3.sizes["liar"] = 100

    large, small = fetched(desk, most=10_000)

    assert (large.too_large, large.raw) == (True, b"")
    assert large.size > 500_000
    assert large.header.startswith(b"From: sam@example.test")
    assert small.raw


def test_of_a_large_mail_only_the_header_comes_also_without_top(
    scripted_pop3: ScriptedPop3, desk: Pop3Receiver
) -> None:
    scripted_pop3.capabilities = ("USER", "UIDL")
    scripted_pop3.deliver(a_mail(50_000))

    (mail,) = fetched(desk, most=1000)

    assert mail.too_large
    assert b"filling" not in mail.header


def test_the_time_of_arrival_is_what_the_server_wrote_on_top(scripted_pop3: ScriptedPop3, desk: Pop3Receiver) -> None:
    stamp = "Received: from a by b\r\n\tfor <c@d.test>; Mon, 2 Nov 2026 10:00:00 +0100\r\n"
    scripted_pop3.deliver(stamp.encode() + b"Received: by older; Sun, 1 Nov 2026 10:00:00 +0100\r\n" + a_mail())
    scripted_pop3.deliver(b"Received: from a by b; Mon, 2 Nov 2099 10:00:00 +0100\r\n" + a_mail())
    scripted_pop3.deliver(a_mail() + b"Received: in the body; Mon, 2 Nov 2026 10:00:00 +0100\r\n")

    stamped, in_future, plain = fetched(desk)

    assert stamped.received_at == datetime(2026, 11, 2, 9, tzinfo=UTC)
    for mail in (in_future, plain):
        assert abs(mail.received_at - datetime.now(UTC)) < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("step", "answer", "code"),
    [
        ("GREETING", CUT, "MAILCONREF"),
        ("GREETING", "-ERR too many connections", "MAILCONRATELIM"),
        ("GREETING", "SSH-2.0-OpenSSH", "MAILCONREF"),
        ("CAPA", CUT, "MAILCONREF"),
        ("AUTH", CUT, "MAILCONREF"),
        ("LIST", CUT, "MAILMBXSTATE"),
        ("LIST", "-ERR [SYS/TEMP] no", "MAILGENERIC"),
        ("UIDL", "+OK\n1 " + "x" * 10_000 + "\n.", "MAILGENERIC"),
        ("RETR", CUT, "MAILMBXSTATE"),
    ],
)
def test_what_a_server_does_wrong_is_named(
    scripted_pop3: ScriptedPop3, desk: Pop3Receiver, step: str, answer: str, code: str
) -> None:
    scripted_pop3.deliver(a_mail())
    scripted_pop3.answers[step] = answer

    assert refused(lambda: fetched(desk)).code == code


@pytest.mark.parametrize("answer", ["+OK\n1\nx y\n-1 2\n1 99999999999999999999\n\n.", "+OK\n.", "+OK\n7 100\n."])
def test_a_list_that_makes_no_sense_harms_nothing(scripted_pop3: ScriptedPop3, desk: Pop3Receiver, answer: str) -> None:
    scripted_pop3.deliver(a_mail())
    scripted_pop3.answers["LIST"] = answer

    assert fetched(desk) == []


def test_an_endless_list_is_not_taken_into_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pop3_session, "LONGEST_LIST", 100_000)

    def endless(talk: Talk) -> None:
        talk.say("+OK ready")
        while (line := talk.hear()) != "UIDL":
            talk.say("+OK\n1 10\n." if line == "LIST" else "+OK\nUSER\n." if line == "CAPA" else "+OK")
        talk.say("+OK")
        while True:
            talk.say("\n".join(f"{number} id{number}" for number in range(1000)))

    server = LineServer(endless)
    server.start()
    receiver = Pop3Receiver(pop3_of(server))
    try:
        error = refused(receiver.open)
    finally:
        receiver.close()
        server.stop()

    assert error.code == "MAILGENERIC"
    assert "a list of more than" in error.message


def test_an_endless_mail_is_not_taken_into_memory(
    scripted_pop3: ScriptedPop3, desk: Pop3Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pop3_session, "LONGEST_MAIL", 100_000)
    scripted_pop3.deliver(a_mail(200_000))

    assert "a mail of more than" in refused(lambda: fetched(desk)).message


def test_a_test_counts_the_mails_and_reads_none(scripted_pop3: ScriptedPop3, desk: Pop3Receiver) -> None:
    scripted_pop3.deliver(a_mail())
    scripted_pop3.deliver(a_mail())

    result = desk.test()

    assert [stage.name for stage in result.stages] == ["dns", "tcp", "capabilities", "login", "folder"]
    assert result.stages[-1].detail == "2 mails; POP3 tells of no new mail: it is polled"
    assert (result.messages, result.unseen) == (2, 2)
    assert "UIDL" in result.capabilities
    assert result.warnings == ()
    assert not any(line.split(" ")[0] in ("RETR", "TOP", "DELE") for line in scripted_pop3.said)


def test_a_test_warns_of_a_server_without_unique_ids_and_of_one_that_wants_pauses(
    scripted_pop3: ScriptedPop3, desk: Pop3Receiver
) -> None:
    scripted_pop3.capabilities = ("USER", "LOGIN-DELAY 900")

    no_ids, pauses = desk.test().warnings

    assert "no unique ids (UIDL)" in no_ids
    assert "900 s" in pauses


def test_a_server_that_says_nothing_is_given_up(scripted_pop3: ScriptedPop3) -> None:
    scripted_pop3.answers["STAT"] = SILENT

    result = Pop3Receiver(pop3_of(scripted_pop3, timeout=0.3)).test()

    assert (result.code, result.stages[-1].name) == ("MAILCONTMO", "folder")
