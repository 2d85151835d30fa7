"""A file of many mails is taken apart."""

from __future__ import annotations

from postroom.mail import parse
from postroom.mail.mbox import is_mbox, messages

from .build import a_mail


def test_each_mail_of_an_mbox_is_found_and_quoted_lines_are_restored():
    first = a_mail("Hello\n>From the desk\nFrom here on it burns").replace(b"\r\n", b"\n")
    second = a_mail("Second").replace(b"\r\n", b"\n")
    content = b"From sam@x Tue Nov 24\n" + first + b"\n\nFrom gita@x Tue Nov 24\n" + second + b"\n"
    assert is_mbox(content)
    found = [parse(raw) for raw in messages(content)]
    assert [mail.text.strip() for mail in found] == ["Hello\nFrom the desk\nFrom here on it burns", "Second"]


def test_a_single_mail_is_no_mbox():
    assert not is_mbox(a_mail())
    assert list(messages(b"rubbish")) == []
