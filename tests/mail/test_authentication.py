"""Only our own server's word about a sender counts, and only for the domain that it is about."""

from __future__ import annotations

import pytest

from postroom.mail import parse
from postroom.mail.authentication import UNNAMED, authserv_id, method_results, verdict

from .build import a_mail

TRUSTED = ["mx.desk.test"]


def judged(results: str, trusted: list[str] = TRUSTED) -> str:
    return verdict(parse(a_mail("x", f"Authentication-Results: {results}")), trusted)


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        ("mx.desk.test; dmarc=pass header.from=example.test", "pass"),
        ("mx.desk.test; dmarc=pass (p=reject) header.from=evil.test", "none"),
        ("mx.desk.test; dkim=pass header.d=example.test; spf=fail smtp.mailfrom=bounce.test", "pass"),
        ("mx.desk.test; dkim=pass header.i=@mail.example.test; spf=none", "pass"),
        ("mx.desk.test; dkim=pass header.d=example.test; dmarc=fail (p=none)", "fail"),
        ("mx.desk.test; spf=pass smtp.mailfrom=sam@example.test", "pass"),
        ("mx.desk.test (a comment; dmarc=pass) 1; spf=softfail smtp.mailfrom=example.test", "fail"),
        ("MX.desk.test/1; spf=none; dkim=none", "none"),
        ("MX.desk.test; spf=none; dkim=none", "none"),
        ("mx.evil.test; dmarc=pass", "none"),
        ("mx.desk.test; none", "none"),
        ('mx.desk.test; dkim=fail header.d=example.test reason="bad; signature"', "fail"),
        ("mx.desk.test ; dmarc = pass header.from = example.test", "pass"),
    ],
)
def test_the_verdict_of_a_trusted_server(results: str, expected: str):
    assert judged(results) == expected


@pytest.mark.parametrize(
    "results",
    [
        "mx.desk.test; dkim=pass header.d=evil.test",
        "mx.desk.test; spf=pass smtp.mailfrom=sam@evil.test; dkim=none",
        "mx.desk.test; dkim=pass header.d=test",
        "mx.desk.test; dkim=pass header.d=notexample.test",
        "mx.desk.test; dkim=pass",
    ],
)
def test_a_signature_of_somebody_elses_domain_proves_nothing(results: str):
    assert judged(results) == "none"


@pytest.mark.parametrize(
    "results",
    [
        'mx.desk.test; spf=fail smtp.mailfrom="x; dmarc=pass header.from=example.test"@evil.test',
        "mx.desk.test; spf=fail (x (nested; dmarc=pass) ; dmarc=pass) smtp.mailfrom=evil.test",
        "mx.desk.test; spf=fail (a \\) ; dmarc=pass) smtp.mailfrom=evil.test",
        'mx.desk.test; spf=fail (a " quote) smtp.mailfrom=evil.test (another " ; dmarc=pass)',
        'mx.desk.test; spf=fail reason="\\"; dmarc=pass; \\"" smtp.mailfrom=evil.test',
    ],
)
def test_what_a_sender_puts_into_an_address_or_comment_is_no_result(results: str):
    assert judged(results) == "fail"


def test_a_result_below_the_topmost_may_be_forged_and_does_not_count():
    raw = a_mail(
        "x", "Authentication-Results: mx.desk.test; dmarc=fail", "Authentication-Results: mx.desk.test; dmarc=pass"
    )
    assert verdict(parse(raw), TRUSTED) == "fail"
    assert verdict(parse(raw), []) == "none"


def test_the_server_that_wrote_a_result_is_named():
    assert authserv_id('"MX.desk.test" 1; spf=pass') == "mx.desk.test"
    assert authserv_id("(hello) mx.desk.test; spf=pass") == "mx.desk.test"
    assert authserv_id("") == ""


def test_exchange_online_names_no_server_and_can_be_trusted_all_the_same():
    results = (
        "spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=example.test; dkim=pass (signature was verified) "
        "header.d=example.test;dmarc=pass action=none header.from=example.test;compauth=pass reason=100"
    )
    assert authserv_id(results) == UNNAMED
    assert judged(results) == "none"
    assert judged(results, [UNNAMED]) == "pass"


def test_each_result_keeps_its_properties():
    raw = a_mail("x", "Authentication-Results: mx.desk.test; dkim/1=pass header.d=A.test header.b=ab=c; spf=none")
    dkim, spf = method_results(parse(raw), TRUSTED)
    assert (dkim.method, dkim.result, dkim.properties) == ("dkim", "pass", {"header.d": "a.test", "header.b": "ab=c"})
    assert (spf.method, spf.result) == ("spf", "none")


@pytest.mark.parametrize("piece", ["(", '"', ";", "=", "a=b;", "\\", '("', "( ) "])
def test_a_hostile_value_is_read_in_time(piece: str):
    assert judged("mx.desk.test; " + piece * (60_000 // len(piece))) in ("none", "fail")
