"""Address fields as people and programs write them."""

from __future__ import annotations

import pytest

from postroom.mail.addresses import domain_of, is_valid, normalise, parse_addresses
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
