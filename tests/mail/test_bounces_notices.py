"""Every mail system words its failures in its own way; the desk reads who failed and why from all of them."""

from __future__ import annotations

import pytest

from postroom.mail import parse
from tests.mail.notices import languages, providers, servers
from tests.mail.notices.case import DAEMON, Case

NOTICES = {**servers.NOTICES, **providers.NOTICES, **languages.NOTICES}


@pytest.mark.parametrize("case", NOTICES.values(), ids=NOTICES)
def test_a_notice_tells_who_failed_and_why(case: Case):
    mail = parse(case.raw())
    assert mail.auto == "bounce"
    assert mail.bounce is not None
    assert [(r.address, r.status, r.kind, r.action) for r in mail.bounce.recipients] == [
        ("gita@example.test", case.status, case.kind, case.action)
    ]
    if "ours@desk.test" in case.body:
        assert mail.bounce.original_message_id == "ours@desk.test"


@pytest.mark.parametrize(
    "line",
    [
        "-" * 199,
        "a" * 900 + "@" * 90,
        "a@b.test " * 100,
        "user " * 190,
        "5.1.1" * 190,
        "<" * 900,
        "user x@y.test" + " " * 900,
    ],
)
def test_no_notice_makes_the_reader_slow(line: str):
    body = "Your message could not be delivered.\n" + (line + "\n") * 3000
    assert parse(Case(DAEMON, "failure notice", body, "", "").raw()).auto == "bounce"
