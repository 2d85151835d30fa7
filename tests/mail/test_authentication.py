"""Only our own server's word about a sender counts."""

from __future__ import annotations

import pytest

from postroom.mail import parse
from postroom.mail.authentication import authserv_id, verdict

from .build import a_mail


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        ("mx.desk.test; dmarc=pass header.from=example.test", "pass"),
        ("mx.desk.test; dkim=pass; spf=fail", "pass"),
        ("mx.desk.test; dkim=pass; dmarc=fail (p=none)", "fail"),
        ("mx.desk.test (a comment; dmarc=pass) 1; spf=softfail", "fail"),
        ("MX.desk.test; spf=none; dkim=none", "none"),
        ("mx.evil.test; dmarc=pass", "none"),
        ("mx.desk.test; none", "none"),
    ],
)
def test_the_verdict_of_a_trusted_server(results: str, expected: str):
    assert verdict(parse(a_mail("x", f"Authentication-Results: {results}")), ["mx.desk.test"]) == expected


def test_a_result_below_the_topmost_may_be_forged_and_does_not_count():
    raw = a_mail(
        "x", "Authentication-Results: mx.desk.test; dmarc=fail", "Authentication-Results: mx.desk.test; dmarc=pass"
    )
    assert verdict(parse(raw), ["mx.desk.test"]) == "fail"
    assert verdict(parse(raw), []) == "none"


def test_the_server_that_wrote_a_result_is_named():
    assert authserv_id('"MX.desk.test" 1; spf=pass') == "mx.desk.test"
