"""A mail's signatures and its domain's policy are checked as the standards say, with the DNS as an argument."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from postroom.mail.authentication import Resolver, ResolverError, Signature, verify
from postroom.mail.authentication.dkim import relaxed_body, simple_body

RSA = generate_private_key(65537, 2048)
SHORT = generate_private_key(65537, 1024)
ED25519 = Ed25519PrivateKey.generate()


def b64(content: bytes) -> str:
    return b64encode(content).decode()


ED25519_KEY = b64(ED25519.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))
RSA_KEY = b64(RSA.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
BARE_RSA_KEY = b64(RSA.public_key().public_bytes(Encoding.DER, PublicFormat.PKCS1))
ZONE = {
    "rsa._domainkey.example.test": [f"v=DKIM1; k=rsa; p={RSA_KEY}"],
    "bare._domainkey.example.test": [f"p={BARE_RSA_KEY}"],
    "ed._domainkey.example.test": [f"v=DKIM1; k=ed25519; p={ED25519_KEY}"],
    "gone._domainkey.example.test": ["v=DKIM1; p="],
    "sha1._domainkey.example.test": [f"v=DKIM1; h=sha1; p={RSA_KEY}"],
    "strict._domainkey.example.test": [f"v=DKIM1; t=y:s; p={RSA_KEY}"],
    "rsa._domainkey.other.test": [f"p={RSA_KEY}"],
    "_dmarc.example.test": ["v=DMARC1; p=reject; sp=quarantine"],
    "_dmarc.strict.test": ["v=DMARC1; p=quarantine; adkim=s"],
    "rsa._domainkey.mail.strict.test": [f"p={RSA_KEY}"],
    "_dmarc.public.test": ["v=DMARC1; p=none; psd=y"],
    "_dmarc.firm.public.test": ["v=DMARC1; p=reject"],
    "rsa._domainkey.evil.public.test": [f"p={RSA_KEY}"],
}
BODY = b"The printer  is on fire. \r\n\r\n"


def zone(more: dict[str, list[str]] | None = None) -> Resolver:
    records = {**ZONE, **(more or {})}
    return lambda name: records.get(name, [])


def seal(content: bytes, algorithm: str) -> bytes:
    if algorithm == "ed25519-sha256":
        return ED25519.sign(sha256(content).digest())
    return RSA.sign(content, PKCS1v15(), SHA256())


def signed(
    selector: str = "rsa",
    domain: str = "example.test",
    sender: str = "sam@example.test",
    algorithm: str = "rsa-sha256",
    more: str = "",
    names: str = "from:subject",
    body: bytes = BODY,
) -> bytes:
    """A mail with a simple/simple signature, built by hand: its fields as they stand, and the signature itself."""
    sender_field, subject = f"From: Sam <{sender}>\r\n", "Subject: Printer\r\n"
    start = f"DKIM-Signature: v=1; a={algorithm}; d={domain}; s={selector};{more} h={names};\r\n bh={digest(body)}; b="
    covered = {"from": sender_field, "subject": subject}
    content = "".join(covered.get(name, "") for name in names.split(":")) + start
    value = b64(seal(content.encode(), algorithm))
    return (start + value + "\r\n" + sender_field + subject + "\r\n").encode() + body


def digest(body: bytes) -> str:
    return b64(sha256(body.rstrip(b"\r\n") + b"\r\n").digest())


@pytest.mark.parametrize(
    ("selector", "algorithm"), [("rsa", "rsa-sha256"), ("bare", "rsa-sha256"), ("ed", "ed25519-sha256")]
)
def test_a_genuine_mail_passes(selector: str, algorithm: str):
    found = verify(signed(selector, algorithm=algorithm), zone())
    assert (found.dkim, found.dmarc, found.aligned_domain, found.policy) == ("pass", "pass", "example.test", "reject")
    assert found.signatures == (Signature("example.test", selector, "pass"),)
    assert found.verdict == "pass"


def test_a_mail_stored_with_bare_line_feeds_still_passes():
    assert verify(signed().replace(b"\r\n", b"\n"), zone()).dkim == "pass"


Change = Callable[[bytes], bytes]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda raw: raw.replace(b"on fire", b"on sale"), "the body was changed"),
        (lambda raw: raw.replace(b"Subject: Printer", b"Subject: Invoice"), "the header was changed"),
        (lambda raw: raw.replace(b"From: Sam", b"From: Eve"), "the header was changed"),
        (lambda raw: raw.replace(b"rsa-sha256", b"rsa-sha1"), "an algorithm that is not accepted"),
        (lambda raw: raw.replace(b"d=example.test", b"d=example.test; d=example.test"), "no domain or selector"),
    ],
)
def test_a_mail_that_was_changed_fails(change: Change, reason: str):
    found = verify(change(signed()), zone())
    assert (found.dkim, found.signatures[0].reason, found.verdict) == ("fail", reason, "none")


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (signed("gone"), "the key was withdrawn"),
        (signed("absent"), "no key"),
        (signed("sha1"), "the key is for another hash"),
        (signed("strict", more=" i=@sub.example.test;"), "the key is not for subdomains"),
        (signed("ed"), "a key of another algorithm"),
        (signed(more=" i=@evil.test;"), "signed for another domain"),
        (signed(names="subject"), "From is not signed"),
        (signed(more=" x=1700000000;"), "expired"),
        (signed(more=" l=3;"), "only a part of the body is signed"),
    ],
)
def test_a_signature_that_the_standard_refuses_does_not_count(raw: bytes, reason: str):
    found = verify(raw, zone(), now=datetime(2026, 11, 24, tzinfo=UTC))
    assert [each.reason for each in found.signatures] == [reason]


def test_a_key_too_short_to_trust_does_not_count():
    key = generate_private_key(65537, 1024).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert verify(signed(), zone({"rsa._domainkey.example.test": [f"p={b64(key)}"]})).dkim == "fail"
    assert verify(signed(), zone({"rsa._domainkey.example.test": ["p=AAAA"]})).signatures[0].reason.startswith("a key")


def test_a_signature_of_another_domain_is_valid_but_not_aligned():
    found = verify(signed(domain="other.test"), zone(), spf=("softfail", "example.test"))
    assert (found.dkim, found.dmarc, found.aligned_domain, found.verdict) == ("pass", "fail", "", "fail")


def test_without_an_spf_result_a_missing_signature_is_no_failure():
    raw = b"From: sam@example.test\r\nSubject: x\r\n\r\nHello\r\n"
    unknown, known = verify(raw, zone()), verify(raw, zone(), spf=("pass", "bounce.example.test"))
    assert (unknown.dkim, unknown.dmarc, unknown.policy) == ("none", "none", "reject")
    assert (known.dmarc, known.aligned_domain) == ("pass", "bounce.example.test")
    assert verify(raw, zone(), spf=("fail", "example.test")).dmarc == "fail"


def test_a_subdomain_takes_the_policy_for_subdomains():
    found = verify(signed(sender="sam@desk.example.test"), zone())
    assert (found.policy, found.dmarc) == ("quarantine", "pass")


def test_strict_alignment_wants_the_very_domain():
    found = verify(signed(domain="mail.strict.test", sender="sam@strict.test"), zone(), spf=("none", ""))
    assert (found.dkim, found.dmarc) == ("pass", "fail")


def test_a_neighbour_below_a_public_suffix_cannot_sign_for_another():
    found = verify(signed(domain="evil.public.test", sender="sam@firm.public.test"), zone(), spf=("none", ""))
    assert (found.dkim, found.dmarc, found.policy) == ("pass", "fail", "reject")


def test_a_domain_without_a_policy_is_judged_by_its_signature():
    found = verify(signed(domain="other.test", sender="sam@other.test"), zone())
    assert (found.dmarc, found.policy, found.aligned_domain, found.verdict) == ("none", "", "other.test", "pass")


def test_several_authors_of_several_domains_fail():
    raw = signed().replace(b"Subject:", b"From: ada@other.test\r\nSubject:", 1)
    assert verify(raw, zone()).dmarc == "fail"


def test_a_resolver_that_cannot_say_gives_a_temporary_error():
    def broken(name: str) -> list[str]:
        raise ResolverError(name)

    def half(name: str) -> list[str]:
        return broken(name) if "_domainkey" in name else ZONE.get(name, [])

    assert (verify(signed(), broken).dkim, verify(signed(), broken).dmarc) == ("temperror", "temperror")
    assert (verify(signed(), half).dkim, verify(signed(), half).dmarc) == ("temperror", "temperror")


def test_several_policies_count_as_none():
    twice = {"_dmarc.example.test": ["v=DMARC1; p=reject", "v=DMARC1; p=none"]}
    assert verify(signed(), zone(twice)).policy == ""


def test_bodies_are_reduced_as_the_standard_says():
    assert relaxed_body(b" C \r\nD \t E\r\n\r\n\r\n") == b" C\r\nD E\r\n"
    assert simple_body(b" C \r\nD \t E\r\n\r\n\r\n") == b" C \r\nD \t E\r\n"
    assert (relaxed_body(b""), simple_body(b"")) == (b"", b"\r\n")


SIXPACK = b"""DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;
 d=football.example.com; i=@football.example.com;
 q=dns/txt; s=brisbane; t=1528637909; h=from : to :
 subject : date : message-id : from : subject : date;
 bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
 b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus
 Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==
DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;
 d=football.example.com; i=@football.example.com;
 q=dns/txt; s=test; t=1528637909; h=from : to : subject :
 date : message-id : from : subject : date;
 bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
 b=F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3
 DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2Jz
 dA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=
From: Joe SixPack <joe@football.example.com>
To: Suzie Q <suzie@shopping.example.net>
Subject: Is dinner ready?
Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)
Message-ID: <20030712040037.46341.5F8J@football.example.com>

Hi.

We lost the game.  Are you hungry yet?

Joe.
"""
SIXPACK_ZONE = {
    "brisbane._domainkey.football.example.com": ["v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="],
    "test._domainkey.football.example.com": [
        "v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWR"
        "iGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutAC"
        "DfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3"
        "Ip3G+2kryOTIKT+l/K4w3QIDAQAB"
    ],
}


def test_the_example_of_rfc_8463_passes_with_both_its_signatures():
    found = verify(SIXPACK, lambda name: SIXPACK_ZONE.get(name, []))
    assert [(each.selector, each.result) for each in found.signatures] == [("brisbane", "pass"), ("test", "pass")]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\r\n",
        b"From: sam@example.test",
        b"DKIM-Signature: \r\n\r\n",
        b"DKIM-Signature: v=1; " + b"b=;" * 100_000 + b"\r\nFrom: a@b.test\r\n\r\n",
        (b"DKIM-Signature: v=1; a=rsa-sha256; d=a.test; s=s; h=" + b"from:" * 20_000 + b"\r\n") * 20 + b"\r\n",
        b"From: a@b.test\r\n" * 30_000 + b"\r\n" + b" " * 1_000_000,
        b"\xff" * 1000,
    ],
)
def test_no_mail_breaks_the_check_or_makes_it_slow(raw: bytes):
    assert verify(raw, zone()).verdict in ("none", "fail")
