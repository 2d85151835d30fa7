"""What we send arrives as it was written, and nobody can smuggle a header into it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postroom.mail import Address, Attachment, parse
from postroom.mail.build import MailDraft, build

DRAFT = MailDraft(
    from_=Address("Support Desk", "support@desk.test"),
    to=[Address("Sam", "sam@example.test")],
    subject="Printer",
    text="Hello Sam",
    message_id="m1@desk.test",
    date=datetime(2026, 11, 24, 10, tzinfo=UTC),
)


def attachment(name: str, content: bytes = b"\x00\xffcontent", content_id: str | None = None) -> Attachment:
    digest = sha256(content).hexdigest()
    return Attachment(name, "image/png", len(content), content_id, content_id is not None, digest, content)


def test_a_built_mail_parses_back():
    draft = replace(
        DRAFT,
        from_=Address('Müller, "Desk"', "support@desk.test"),
        cc=[Address("", "gita@example.test")],
        reply_to=Address("Help", "help@desk.test"),
        subject="Größe " * 30,
        text="Grüße\n.\nFrom me\n" + "x" * 2000,
        html='<p>Grüße <img src="cid:logo@x"></p>',
        in_reply_to="one@example.test",
        references=["zero@example.test", "one@example.test"],
        headers=[("Auto-Submitted", "auto-generated")],
        attachments=[attachment("Grüße und ein langer Name " * 5 + ".png"), attachment("logo.png", b"p", "logo@x")],
    )
    mail = parse(build(draft))
    assert (mail.sender, mail.to, mail.cc) == (draft.from_, draft.to, draft.cc)
    assert mail.reply_to == [draft.reply_to]
    assert mail.subject == draft.subject.strip()
    assert mail.text.rstrip("\n") == draft.text
    assert mail.html is not None and "Grüße" in mail.html
    assert (mail.message_id, mail.in_reply_to, mail.references) == ("m1@desk.test", draft.in_reply_to, draft.references)
    assert mail.date == draft.date
    assert mail.header("auto-submitted") == "auto-generated"
    assert [(each.filename, each.content, each.inline) for each in mail.attachments] == [
        ("logo.png", b"p", True),
        (draft.attachments[0].filename.rstrip(), b"\x00\xffcontent", False),
    ]
    assert mail.defects == []


def test_another_reader_understands_it_too():
    draft = replace(DRAFT, subject="Größe", html="<p>Grüße</p>", attachments=[attachment("Grüße.png")])
    message = message_from_bytes(build(draft), policy=policy.default)
    assert message["subject"] == "Größe"
    assert [part.get_filename() for part in message.iter_attachments()] == ["Grüße.png"]
    assert not [defect for part in message.walk() for defect in part.defects]


@given(st.text(max_size=200), st.text(max_size=60), st.text(max_size=300))
def test_no_text_breaks_the_mail(subject: str, name: str, body: str):
    raw = build(
        replace(DRAFT, subject=subject, to=[Address(name, "sam@example.test")], text=body, headers=[("X-A", subject)])
    )
    head = raw.split(b"\r\n\r\n", 1)[0]
    assert raw.isascii()
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
    assert [line.split(b":")[0] for line in head.split(b"\r\n") if line[:1] not in b" \t"] == [
        b"From", b"To", b"Subject", b"Date", b"Message-ID", b"X-A", b"MIME-Version", b"Content-Type",
        b"Content-Transfer-Encoding",
    ]  # fmt: skip
    assert [each.email for each in parse(raw).to] == ["sam@example.test"]


def test_a_retry_gives_the_same_bytes():
    draft = replace(DRAFT, html="<p>x</p>", attachments=[attachment("a.png")])
    assert build(draft) == build(draft)


def test_an_international_domain_is_written_in_ascii():
    assert b"<sam@xn--bcher-kva.test>" in build(replace(DRAFT, to=[Address("Sam", "sam@bücher.test")]))


@pytest.mark.parametrize("email", ["", "sam", "sam@x.test\r\nBcc: evil@x.test", "säm@example.test", "a b@x.test"])
def test_an_address_that_cannot_be_sent_to_is_refused(email: str):
    with pytest.raises(ValueError, match="address"):
        build(replace(DRAFT, to=[Address("", email)]))


@pytest.mark.parametrize("name", ["Bcc", "X-A\r\nBcc", "", "From", "Content-Type", "a b"])
def test_bcc_and_impossible_fields_are_refused(name: str):
    with pytest.raises(ValueError, match=r"header field|draft itself"):
        build(replace(DRAFT, headers=[(name, "x")]))
