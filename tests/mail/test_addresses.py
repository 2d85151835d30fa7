"""Address fields as people and programs write them."""

from __future__ import annotations

import pytest

from postroom.mail.addresses import domain_of, is_valid, normalise, parse_addresses, parse_sender
from postroom.mail.model import Address


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("sam@example.test", [("", "sam@example.test")]),
        ('"Doe, John" <j@x.test>, Ann <a@x.test>', [("Doe, John", "j@x.test"), ("Ann", "a@x.test")]),
        ("=?utf-8?Q?M=C3=BCller=2C_S?= <s@x.test>", [("Müller, S", "s@x.test")]),
        ("Doe, John <j@x.test>; b@x.test", [("Doe, John", "j@x.test"), ("", "b@x.test")]),
        ("Team: a@x.test, B <b@x.test>;, c@x.test (Carl)", [("", "a@x.test"), ("B", "b@x.test"), ("Carl", "c@x.test")]),
        ("undisclosed-recipients:;", []),
        ("<@relay,@other:u@d.test>", [("", "u@d.test")]),
        ("<<a@b.test>>, <c@d.test", [("", "a@b.test"), ("", "c@d.test")]),
        ('"J \\"X\\" Y" <a@b.test>', [('J "X" Y', "a@b.test")]),
        ('"a b"@c.test', [("", '"a b"@c.test')]),
        ("'Sam' <sam@x.test>", [("Sam", "sam@x.test")]),
        ("a@b.test c@d.test", [("", "a@b.test"), ("", "c@d.test")]),
        ("nobody", []),
        ("", []),
    ],
)
def test_an_address_list_is_read(value: str, found: list[tuple[str, str]]):
    assert parse_addresses(value) == [Address(name, email) for name, email in found]


@pytest.mark.parametrize(
    "address", ["sam@example.test", "s.a+m@x.test", '"a b"@x.test', "a@[192.0.2.1]", "a@bücher.test"]
)
def test_a_usable_address_is_valid(address: str):
    assert is_valid(address)


@pytest.mark.parametrize(
    "address",
    ["sam", "a b@x.test", "a@", "@x.test", ".a@x.test", "a..b@x.test", "a@-x.test", "a@x..test", "a\n@x.test"],
)
def test_an_unusable_address_is_not_valid(address: str):
    assert not is_valid(address)


def test_addresses_are_compared_in_lower_case():
    assert normalise(" Sam@Example.TEST ") == "sam@example.test"
    assert domain_of("Sam@Example.TEST") == "example.test"


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ('"Foo <a@b.test>', [("Foo", "a@b.test")]),
        ("Foo a@b.test", [("Foo", "a@b.test")]),
        ("=?utf-8?Q?Foo_=3Ca=40b.test=3E?=", [("Foo", "a@b.test")]),
        ("=?utf-8?Q?=22Doe=2C_J=22?= <a@b.test>", [("Doe, J", "a@b.test")]),
        ("Pete(nice \\) chap) <pete(his)@x.test(host)>", [("Pete", "pete@x.test")]),
        ("a@[IPv6:2001:db8::1]", [("", "a@[IPv6:2001:db8::1]")]),
        ("Doe, John, Dr <j@x.test>", [("Doe, John, Dr", "j@x.test")]),
        ("a@b.test.", [("", "a@b.test")]),
        ("a@b.test <>", [("", "a@b.test")]),
        ("mailto:a@b.test", [("", "a@b.test")]),
        ("<mailto:a@b.test>", [("", "a@b.test")]),
        ("(empty) nobody :(comment) ;", []),
    ],
)
def test_a_broken_address_is_read_as_it_was_meant(value: str, found: list[tuple[str, str]]):
    assert parse_addresses(value) == [Address(name, email) for name, email in found]


@pytest.mark.parametrize(
    ("value", "sender"),
    [
        ("Sam <sam@example.test>", Address("Sam", "sam@example.test")),
        ("root (Cron Daemon)", Address("Cron Daemon", "root")),
        ("Desk <desk>", Address("Desk", "desk")),
        ("Moderator", Address("Moderator", "")),
        ("MAILER-DAEMON <>", Address("MAILER-DAEMON", "")),
        ("", None),
    ],
)
def test_a_sender_without_an_address_still_has_a_name(value: str, sender: Address | None):
    assert parse_sender(value) == sender
