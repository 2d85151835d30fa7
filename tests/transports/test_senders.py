"""One contract for every way of handing mail over: SMTP, memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from postroom.transports import memory
from postroom.transports.base import Endpoint, Sender
from postroom.transports.registry import sender
from tests.servers.scripted import ScriptedSmtp
from tests.transports.conftest import a_mail, refused, smtp_at

SAM, GITA, DESK = "sam@example.test", "gita@example.test", "support@desk.test"


@dataclass
class Post:
    """A way out: its sender, how to have a recipient refused, how to limit the size, and what has been handed over."""

    sender: Sender
    refuse: Callable[[str, int], None]
    limit: Callable[[int], None]
    taken: Callable[[], list[bytes]]


@pytest.fixture(params=["smtp", "memory"])
def post(request: pytest.FixtureRequest, user: str) -> Iterator[Post]:
    if request.param == "memory":
        held = memory.server(user)
        made = Post(
            sender=sender("memory", Endpoint(user, 0, "none")),
            refuse=lambda address, code: held.refuse.update({address: (code, f"{code // 100}.1.1", "no such user")}),
            limit=lambda size: setattr(held, "largest", size),
            taken=lambda: [raw for _, _, raw in held.taken],
        )
    else:
        server: ScriptedSmtp = request.getfixturevalue("scripted")
        made = Post(
            sender=sender("smtp", smtp_at(server)),
            refuse=lambda address, code: server.answers.update(
                {f"RCPT TO:<{address}>": f"{code} {code // 100}.1.1 no such user"}
            ),
            limit=lambda size: server.answers.update({"EHLO": f"250-desk.test\n250 SIZE {size}"}),
            taken=lambda: server.mails,
        )
    yield made
    made.sender.close()


def test_a_mail_is_handed_over_and_each_recipient_has_a_result(post: Post) -> None:
    raw = a_mail()

    results = post.sender.send(DESK, [SAM, GITA], raw)

    assert [(result.address, result.accepted) for result in results] == [(SAM, True), (GITA, True)]
    assert post.taken() == [raw]


def test_one_refused_recipient_does_not_keep_the_mail_from_the_other(post: Post) -> None:
    post.refuse(GITA, 550)

    sam, gita = post.sender.send(DESK, [SAM, GITA], a_mail())

    assert sam.accepted
    assert (gita.code, gita.enhanced, gita.text, gita.temporary) == (550, "5.1.1", "no such user", False)
    assert len(post.taken()) == 1


def test_when_all_recipients_are_refused_the_results_say_so_and_the_next_mail_goes_out(post: Post) -> None:
    post.refuse(GITA, 450)
    asked: list[str] = []

    (gita,) = post.sender.send(DESK, [GITA], a_mail(), lambda: asked.append("before DATA"))

    assert (gita.accepted, gita.temporary) == (False, True)
    assert asked == []
    assert post.taken() == []
    assert post.sender.send(DESK, [SAM], a_mail())[0].accepted


def test_the_ledger_is_told_just_before_the_mail_is_handed_over(post: Post) -> None:
    seen: list[int] = []

    post.sender.send(DESK, [SAM], a_mail(), lambda: seen.append(len(post.taken())))

    assert seen == [0]
    assert len(post.taken()) == 1


def test_a_mail_that_was_cancelled_at_the_last_moment_is_not_handed_over(post: Post) -> None:
    def cancelled() -> None:
        raise LookupError("cancelled")

    with pytest.raises(LookupError):
        post.sender.send(DESK, [SAM], a_mail(), cancelled)

    assert post.taken() == []
    assert post.sender.send(DESK, [SAM], a_mail())[0].accepted


def test_a_mail_over_the_servers_limit_is_refused_for_good_without_blaming_the_server(post: Post) -> None:
    post.limit(1000)

    error = refused(lambda: post.sender.send(DESK, [SAM], a_mail(5000)))

    assert (error.code, error.temporary, error.connection, error.smtp_code) == ("MAILCONSMTP", False, False, 552)
    assert post.taken() == []


def test_signing_in_alone_sends_nothing(post: Post) -> None:
    post.sender.open()

    assert post.taken() == []


def test_a_test_hands_its_mail_over(post: Post) -> None:
    raw = a_mail()

    result = post.sender.test(DESK, SAM, raw)

    assert result.ok
    assert result.stages[-1].name == "data"
    assert post.taken() == [raw]


def test_a_test_names_the_refused_recipient(post: Post) -> None:
    post.refuse(GITA, 550)

    result = post.sender.test(DESK, GITA, a_mail())

    assert (result.ok, result.code, result.stages[-1].name) == (False, "MAILCONSMTP", "recipient")
    assert "no such user" in result.message


def test_an_unknown_protocol_is_an_error() -> None:
    with pytest.raises(KeyError):
        sender("carrier pigeon", Endpoint("desk.test", 0, "none"))
