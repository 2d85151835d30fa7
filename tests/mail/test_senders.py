"""Whom a mail pretends to come from is told as facts that a person can be warned with."""

from __future__ import annotations

import pytest

from postroom.mail import parse
from postroom.mail.senders import TRICKS, address_in_name, borrowed_name, looks_like, sender_facts

from .build import a_mail


def mail_from(value: str, *extra: str) -> bytes:
    return a_mail("x", *extra).replace(b"Sam Requester <sam@example.test>", value.encode(), 1)


def test_an_ordinary_mail_has_no_tricks():
    facts = sender_facts(parse(mail_from("Sam Requester <sam@example.test>")))
    assert (facts.reply_to_differs, facts.reply_to_elsewhere, facts.authors, facts.tricks) == (
        False,
        False,
        1,
        frozenset(),
    )


@pytest.mark.parametrize(
    ("reply_to", "differs", "elsewhere"),
    [
        ("sam@example.test", False, False),
        ("SAM@Example.test", False, False),
        ("Sam <sam.private@example.test>", True, False),
        ("sam@evil.test", True, True),
        ("sam@example.test, eve@evil.test", True, True),
    ],
)
def test_answers_that_go_to_somebody_else_are_noticed(reply_to: str, differs: bool, elsewhere: bool):
    facts = sender_facts(parse(a_mail("x", f"Reply-To: {reply_to}")))
    assert (facts.reply_to_differs, facts.reply_to_elsewhere) == (differs, elsewhere)


@pytest.mark.parametrize(
    ("sender", "trick"),
    [
        ('"tess@desk.test" <eve@evil.test>', "address_in_name"),
        ('"Tess (tess@desk.test)" <eve@evil.test>', "address_in_name"),
        ("=?utf-8?Q?tess=40desk=2Etest?= <eve@evil.test>", "address_in_name"),
        ("Tess\u202e Technician <eve@evil.test>", "hidden_characters"),
        ("Te\u200bss <eve@evil.test>", "hidden_characters"),
        ("Tess <tess@d\u0435sk.test>", "mixed_scripts"),
        ("Tess <tess@xn--dsk-qdd.test>", "mixed_scripts"),
        ("Tess <tess@desk.test>, Eve <eve@evil.test>", "several_senders"),
    ],
)
def test_a_trick_with_name_or_address_has_a_documented_word(sender: str, trick: str):
    assert sender_facts(parse(mail_from(sender))).tricks == {trick}
    assert trick in TRICKS


def test_a_second_from_field_is_a_trick_by_itself():
    assert "several_senders" in sender_facts(parse(a_mail("x", "From: Eve <eve@evil.test>"))).tricks


@pytest.mark.parametrize(
    "sender",
    [
        "sam@example.test",
        '"sam@example.test" <sam@example.test>',
        '"Requester, Sam" <sam@example.test>',
        "Zoë Müller <zoe@müller.test>",
        "Иван <ivan@почта.test>",
        "伊藤 <ito@例え.test>",
        "Sam @ Example <sam@example.test>",
    ],
)
def test_honest_names_of_all_alphabets_are_no_tricks(sender: str):
    assert sender_facts(parse(mail_from(sender))).tricks == frozenset()


def test_the_address_shown_in_a_name_is_told():
    assert address_in_name("Tess <Tess@Desk.test>", "eve@evil.test") == "tess@desk.test"
    assert address_in_name("tess@desk.test", "TESS@desk.test") == ""


@pytest.mark.parametrize(
    "domain",
    ["examp1e.test", "exarnple.test", "ex\u0430mple.test", "xn--exmple-4nf.test", "exámple.test", "ex-ample.test"],
)
def test_a_domain_that_looks_like_ours_is_recognised(domain: str):
    assert looks_like(domain, ["other.test", "example.test"]) == "example.test"


@pytest.mark.parametrize("domain", ["example.test", "mail.example.test", "sample.test", "example.com", ""])
def test_our_own_and_quite_different_domains_look_like_none(domain: str):
    assert looks_like(domain, ["example.test"]) == ""


PEOPLE = [("Tess Technician", "tess@desk.test"), ("Theo Büchner", "theo@desk.test"), ("Theo Büchner", "tb@desk.test")]


@pytest.mark.parametrize(
    "name",
    [
        "Tess Technician",
        "tess  technician",
        "Technician, Tess",
        "T\u0435ss Technician",
        "Tess Techn\u200bician",
        "TESS TECHNICIAN",
    ],
)
def test_a_technicians_name_on_a_strange_address_is_recognised(name: str):
    assert borrowed_name(name, "eve@evil.test", PEOPLE) == "tess@desk.test"


@pytest.mark.parametrize(
    ("name", "email"),
    [
        ("Tess Technician", "TESS@desk.test"),
        ("Theo Buchner", "tb@desk.test"),
        ("Tess", "eve@evil.test"),
        ("", "eve@evil.test"),
        ("Sam Requester", "sam@example.test"),
    ],
)
def test_ones_own_name_and_other_peoples_are_not_borrowed(name: str, email: str):
    assert borrowed_name(name, email, PEOPLE) == ""
