"""An answer finds its request by what we signed, and by nothing that was forged."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postroom.mail import parse
from postroom.mail.identify import (
    content_hash,
    footer_line,
    mint,
    plus_address,
    ticket_in_text,
    ticket_of,
    ticket_of_address,
)
from postroom.mail.subjects import base_subject, strip_tag, subject_tag, tag_in_subject

from .build import a_mail

OLD, NEW, FOREIGN = b"old key", b"new key", b"foreign"
SERIALS = st.from_regex(r"[a-z0-9-]{1,64}", fullmatch=True)


@given(st.integers(0, 10**12 - 1), SERIALS)
def test_what_we_mint_we_recognise_after_a_key_rotation_and_nobody_elses(ticket: int, serial: str):
    minted = mint(ticket, serial, "desk.test", [OLD])
    assert ticket_of(minted, [NEW, OLD]) == ticket
    assert ticket_of(f"<{minted.upper()}>", [OLD]) == ticket
    assert ticket_of(minted, [FOREIGN]) is None


@given(st.integers(0, 10**6), st.integers(0, 80), st.sampled_from("abcdefgh234567."))
def test_a_changed_mark_is_refused(ticket: int, at: int, letter: str):
    local, _, domain = mint(ticket, "serial", "desk.test", OLD).partition("@")
    at %= len(local)
    forged = local[:at] + letter + local[at + 1 :]
    assert ticket_of(f"{forged}@{domain}", OLD) == (ticket if forged == local else None)


@given(st.text(max_size=80))
def test_foreign_message_ids_are_nobodys(text: str):
    assert ticket_of(text, OLD) is None


def test_the_footer_line_is_found_in_a_quoted_text_and_a_forged_one_is_not():
    text = f"Yes.\n\nOn Tue Tess wrote:\n> Is it on?\n> {footer_line(46, [OLD])}\n"
    assert ticket_in_text(text, [NEW, OLD]) == 46
    assert ticket_in_text(text, FOREIGN) is None
    assert ticket_in_text(text.replace("pr-46-", "pr-47-"), OLD) is None
    assert ticket_in_text("Reference: pr-47-aaaaaaaaaaaaaaaa\n" + text, OLD) == 46


def test_a_plus_address_leads_to_its_request_only():
    address = plus_address("support@desk.test", 46, [OLD])
    assert address.startswith("support+pr-46-")
    assert ticket_of_address(address.title(), [NEW, OLD]) == 46
    assert ticket_of_address(address.replace("-46-", "-47-"), OLD) is None
    assert ticket_of_address("support+other@desk.test", OLD) is None


def test_a_mark_of_one_kind_is_no_mark_of_another():
    mac = footer_line(46, OLD).rpartition("-")[2]
    assert ticket_of_address(f"support+pr-46-{mac}@desk.test", OLD) is None


@pytest.mark.parametrize(("ticket", "serial"), [(-1, "a"), (1, ""), (1, "a.b"), (1, "a@b"), (1, "x" * 65)])
def test_nothing_is_minted_that_could_not_be_read_back(ticket: int, serial: str):
    with pytest.raises(ValueError, match="Message-ID"):
        mint(ticket, serial, "desk.test", OLD)


@pytest.mark.parametrize("keys", [[], b"", [b""]])
def test_nothing_is_signed_without_a_key(keys: bytes | list[bytes]):
    with pytest.raises(ValueError, match="key"):
        footer_line(46, keys)


def test_the_subject_tag_is_found_and_taken_off():
    assert subject_tag(46) == "[#46]"
    assert tag_in_subject("RE: [#46] Printer") == 46
    assert tag_in_subject("RE: Printer #46") is None
    assert strip_tag("RE: [#46] Printer") == "RE: Printer"


@pytest.mark.parametrize(
    "subject",
    [
        "Re: Printer",
        "RE: FW: Printer",
        "AW: WG: [#46] Printer",
        "Re[2]: Printer",
        "SV: Printer",
        "回复：Printer",
        "Odp: Re: Printer",
    ],
)
def test_prefixes_are_taken_off_in_many_languages(subject: str):
    assert base_subject(subject) == "Printer"


def test_the_same_mail_by_two_ways_has_one_hash():
    one = parse(b"Received: by mx1; today\r\n" + a_mail("The printer\nis on fire."))
    two = parse(b"Received: by mx2; later\r\nX-Spam: no\r\n" + a_mail("The printer\nis on fire.  "))
    assert content_hash(one) == content_hash(two)
    assert content_hash(one) != content_hash(replace(one, text="The scanner is on fire."))
