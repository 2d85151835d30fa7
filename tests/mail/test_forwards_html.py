"""Forwards that are HTML or attached, and those that only look like one."""

from __future__ import annotations

import pytest

from postroom.mail import parse

from .build import a_mail, a_multipart, a_part

ADDRESS = '<a href="mailto:gita@example.test">gita@example.test</a>'
CLIENTS = {
    "Gmail": '<div class="gmail_quote"><div class="gmail_attr">---------- Forwarded message ---------<br>From: <strong '
    f'class="gmail_sendername">Gita Guest</strong> <span>&lt;{ADDRESS}&gt;</span><br>Date: Tue, Nov 24, 2026 at 9:00 AM'
    "<br>Subject: Scanner<br>To:  &lt;tess@desk.test&gt;<br></div><br><br><p>The scanner is dead.</p></div>",
    "Apple Mail": "<div>Begin forwarded message:</div><br><blockquote type='cite'><div><b>From: </b>Gita Guest &lt;"
    f"{ADDRESS}&gt;</div><div><b>Subject: </b>Scanner</div><div><b>Date: </b>24 November 2026 at 09:00:00 GMT</div>"
    "<div><b>To: </b>tess@desk.test</div><br><div>The scanner is dead.</div></blockquote>",
    "Outlook": '<div style="border:none;border-top:solid #E1E1E1 1.0pt"><p><b>From:</b> Gita Guest '
    "&lt;gita@example.test"
    "&gt; <br><b>Sent:</b> Tuesday, November 24, 2026 9:00 AM<br><b>To:</b> tess@desk.test<br><b>Subject:</b> Scanner"
    "</p></div><p>The scanner is dead.</p>",
    "Outlook, only a link": '<hr><div id="divRplyFwdMsg"><b>From:</b> <a href="mailto:gita@example.test">Gita Guest</a>'
    '<br><b>Sent:</b> Tuesday, 24 November 2026 09:00<br><b>To:</b> <a href="mailto:tess@desk.test">Tess</a><br>'
    "<b>Subject:</b> Scanner</div><p>The scanner is dead.</p>",
    "Thunderbird": '<div class="moz-forward-container">-------- Forwarded Message --------<table '
    'class="moz-email-headers-table"><tbody><tr><th>Subject: </th><td>Scanner</td></tr><tr><th>Date: </th><td>Tue, 24 '
    f"Nov 2026 09:00:00 +0000</td></tr><tr><th>From: </th><td>Gita Guest &lt;{ADDRESS}&gt;</td></tr><tr><th>To: </th>"
    "<td>tess@desk.test</td></tr></tbody></table><br>The scanner is dead.</div>",
    "Yahoo": '<div class="yahoo_quoted"><div>----- Forwarded Message -----</div><div><b>From:</b> Gita Guest '
    "&lt;gita@example.test&gt;</div><div><b>To:</b> tess@desk.test</div><div><b>Sent:</b> Tuesday, "
    "November 24, 2026 at "
    "09:00:00 AM GMT</div><div><b>Subject:</b> Scanner</div><br><div>The scanner is dead.</div></div>",
    "GMX": '<div name="quote" style="border-left:2px solid #C3D9E5;"><div><b>Gesendet:</b>&nbsp;Dienstag, 24. November '
    "2026 um 09:00 Uhr<br><b>Von:</b>&nbsp;&quot;Gita Guest&quot; &lt;gita@example.test&gt;<br><b>An:</b>&nbsp;"
    "tess@desk.test<br><b>Betreff:</b>&nbsp;Scanner</div><div>The scanner is dead.</div></div>",
    "labels in cells": "<table><tr><td>From:</td><td>Gita Guest &lt;gita@example.test&gt;</td></tr><tr><td>To:</td><td>"
    "tess@desk.test</td></tr><tr><td>Date:</td><td>24 November 2026 09:00</td></tr><tr><td>Subject:</td><td>Scanner"
    "</td></tr></table><p>The scanner is dead.</p>",
    "all on one line": "<div>----- Forwarded message ----- <span>From: Gita Guest "
    "&lt;gita@example.test&gt;</span><span>"
    "To: &quot;tess@desk.test&quot; &lt;tess@desk.test&gt;</span><span>Sent: Tuesday, 24 November 2026, 09:00:00 GMT"
    "</span><span>Subject: Scanner</span></div><div>The scanner is dead.</div>",
}


@pytest.mark.parametrize("client", CLIENTS)
def test_the_sender_is_found_in_an_html_forward(client: str):
    html = f"<html><body><p>Please have a look.</p>{CLIENTS[client]}</body></html>"
    mail = parse(a_mail(html, "Subject: Fwd: Scanner", content_type="text/html; charset=utf-8"))
    forwarded = mail.forwarded
    assert forwarded is not None
    assert (forwarded.sender.name, forwarded.sender.email) == ("Gita Guest", "gita@example.test")
    assert [each.email for each in forwarded.to] == ["tess@desk.test"]
    assert (forwarded.subject, forwarded.text) == ("Scanner", "The scanner is dead.")
    assert forwarded.date is not None
    assert forwarded.date.isoformat() == "2026-11-24T09:00:00+00:00"
    assert mail.reply_text == "Please have a look."


BLOCK = "From: {}\nSent: Tuesday\nTo: tess@desk.test\nSubject: {}\n\n{}"


@pytest.mark.parametrize(
    "written",
    [
        "Gita Guest <gita@example.test>",
        '"Gita Guest" <gita@example.test>',
        "'Gita Guest' <gita@example.test>",
        "Gita Guest [mailto:gita@example.test]",
        "Gita Guest <mailto:gita@example.test>",
        "Gita Guest <gita@example.test<mailto:gita@example.test>>",
        "Gita Guest<gita@example.test>",
        "Gita Guest (gita@example.test)",
        "*Gita Guest* <gita@example.test>",
        "Gita Guest\n\t<gita@example.test>",
        "Gita Guest <gita@example.test> On Behalf Of Theo",
    ],
)
def test_the_sender_is_read_as_programs_write_it(written: str):
    forwarded = parse(a_mail(f"Look.\n\n{BLOCK.format(written, 'Scanner', 'Dead.')}", "Subject: FW: Scanner")).forwarded
    assert forwarded is not None
    assert (forwarded.sender.name, forwarded.sender.email) == ("Gita Guest", "gita@example.test")


def test_the_outermost_of_several_forwards_is_told():
    inner = BLOCK.format("Theo <theo@desk.test>", "Scan", "Dead.")
    outer = BLOCK.format("Gita <gita@example.test>", "Fwd: Scan", f"See below.\n\n{inner}")
    forwarded = parse(a_mail(f"Look.\n\n{outer}", "Subject: FW: FW: Scan")).forwarded
    assert forwarded is not None
    assert (forwarded.sender.email, forwarded.subject) == ("gita@example.test", "Fwd: Scan")
    assert "theo@desk.test" in forwarded.text


def test_a_bare_forward_is_shown_whole():
    body = f"---------- Forwarded message ---------\n{BLOCK.format('Gita <gita@example.test>', 'Scanner', 'Dead.')}"
    mail = parse(a_mail(body, "Subject: Fwd: Scanner"))
    assert mail.forwarded is not None
    assert mail.forwarded.text == "Dead."
    assert mail.reply_text == body


def test_the_first_of_several_attached_mails_is_told():
    first, second = (
        f"Content-Type: message/rfc822\n\nFrom: {name}@example.test\nSubject: {name}\n\nDead."
        for name in ("gita", "sam")
    )
    forwarded = parse(a_multipart("mixed", a_part("Look."), first, second, extra=("Subject: Fwd: two",))).forwarded
    assert forwarded is not None
    assert forwarded.sender.email == "gita@example.test"


def test_a_reply_with_a_mail_attached_is_no_forward():
    attached = "Content-Type: message/rfc822\n\nFrom: gita@example.test\nSubject: Scanner\n\nDead."
    mail = parse(a_multipart("mixed", a_part("Here it is."), attached, extra=("Subject: Re: Scanner",)))
    assert mail.forwarded is None


@pytest.mark.parametrize(
    ("subject", "body"),
    [
        ("Re: Scanner", f"Yes.\n\n{BLOCK.format('Gita <gita@example.test>', 'Scanner', 'Dead?')}"),
        ("AW: WG: Scanner", f"Ja.\n\n-----Original Message-----\n{BLOCK.format('Gita <g@example.test>', 'x', 'y')}"),
        (
            "Re: Scanner",
            "Yes.\n\nOn Tue, 24 Nov 2026 at 10:00, Tess <tess@desk.test> wrote:\n\n> Look.\n>\n> ---------- Forwarded "
            "message ---------\n> From: Gita <gita@example.test>\n> Subject: Scanner\n>\n> Dead.",
        ),
        ("VS: Skanneri", "Kyllä.\n\nLähettäjä: Gita <gita@example.test>\nLähetetty: tiistai\nAihe: Skanneri\n\nDead?"),
        ("Scanner", "Yes.\n\nOn Tue, 24 Nov 2026 at 10:00, Tess <tess@desk.test> wrote:\n\n> Look."),
        ("Trip", "I booked it.\n\nFrom: London\nTo: Paris\nDate: 12 May"),
        ("Scanner", "The forwarded message of Gita <gita@example.test> says it is dead."),
    ],
)
def test_a_reply_and_plain_words_are_no_forward(subject: str, body: str):
    assert parse(a_mail(body, f"Subject: {subject}")).forwarded is None
