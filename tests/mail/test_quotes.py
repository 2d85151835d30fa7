"""Only what the sender newly wrote is shown; the rest is folded, never lost."""

from __future__ import annotations

import pytest

from postroom.mail import parse

from .build import a_mail

QUOTED = "\n> Is it on?\n> Tess"
HEADERS = {
    "English": "On Tue, 24 Nov 2026 at 10:00, Tess <tess@desk.test> wrote:",
    "English, wrapped": "On Tue, 24 Nov 2026 at 10:00, Tess Assigned Technician\n<tess@desk.test> wrote:",
    "German": "Am 24.11.2026 um 10:00 schrieb Tess <tess@desk.test>:",
    "French": "Le mar. 24 nov. 2026 à 10:00, Tess <tess@desk.test> a écrit :",
    "Spanish": "El mar, 24 nov 2026 a las 10:00, Tess (<tess@desk.test>) escribió:",
    "Italian": "Il giorno mar 24 nov 2026 alle ore 10:00 Tess <tess@desk.test> ha scritto:",
    "Portuguese": "Em ter., 24 de nov. de 2026 às 10:00, Tess <tess@desk.test> escreveu:",
    "Dutch": "Op di 24 nov 2026 om 10:00 schreef Tess <tess@desk.test>:",
    "Polish": "W dniu wt., 24.11.2026 o 10:00 Tess <tess@desk.test> napisał(a):",
    "Swedish": "Den tis 24 nov. 2026 kl 10:00 skrev Tess <tess@desk.test>:",
    "Japanese": "2026年11月24日(火) 10:00 Tess <tess@desk.test>:",
    "Chinese": "Tess <tess@desk.test> 于2026年11月24日周二 10:00写道：",
}
BLOCKS = {
    "English": "From: Tess <tess@desk.test>\nSent: Tuesday\nTo: Sam\nSubject: RE: Printer\n\nIs it on?",
    "German": "Von: Tess <tess@desk.test>\nGesendet: Dienstag\nAn: Sam\nBetreff: AW: Printer\n\nIs it on?",
    "French": "De : Tess <tess@desk.test>\nEnvoyé : mardi\nÀ : Sam\nObjet : RE: Printer\n\nIs it on?",
    "bold": "*From:* Tess <tess@desk.test>\n*Sent:* Tuesday\n*To:* Sam\n*Subject:* RE: Printer\n\nIs it on?",
    "ruled": "________________________________\nFrom: Tess <tess@desk.test>\nSent: Tue\nTo: Sam\n"
    "Subject: x\n\nIs it on?",
    "original": "-----Original Message-----\nFrom: Tess\n\nIs it on?",
    "ursprünglich": "-----Ursprüngliche Nachricht-----\nVon: Tess\n\nIs it on?",
}


@pytest.mark.parametrize("header", HEADERS.values(), ids=HEADERS)
def test_the_quoted_mail_is_cut_in_many_languages(header: str):
    mail = parse(a_mail(f"Yes, it is.\n\n{header}\n{QUOTED}"))
    assert mail.reply_text == "Yes, it is."
    assert "Is it on?" in mail.text


@pytest.mark.parametrize("block", BLOCKS.values(), ids=BLOCKS)
def test_the_header_block_of_outlook_and_all_below_is_cut(block: str):
    assert parse(a_mail(f"Yes, it is.\n\n{block}")).reply_text == "Yes, it is."


def test_answers_between_quoted_lines_are_kept():
    body = f"{HEADERS['English']}\n\n> Is it on?\n\nYes.\n\n> Is there paper?\n\nNo."
    assert parse(a_mail(body)).reply_text == "Yes.\n\nNo."


def test_a_mail_that_is_all_quotation_is_shown_whole():
    mail = parse(a_mail(f"{HEADERS['English']}\n{QUOTED}"))
    assert "Is it on?" in mail.reply_text


@pytest.mark.parametrize(
    ("body", "reply", "signature"),
    [
        ("It burns.\n\n-- \nSam\nExample Ltd", "It burns.", "Sam\nExample Ltd"),
        ("It burns.\n\nSent from my iPhone", "It burns.", "Sent from my iPhone"),
        ("Es brennt.\n\nVon meinem iPhone gesendet", "Es brennt.", "Von meinem iPhone gesendet"),
        ("Ça brûle.\n\nEnvoyé de mon iPhone", "Ça brûle.", "Envoyé de mon iPhone"),
        ("It burns.\n\nKind regards,\nSam", "It burns.", "Kind regards,\nSam"),
        ("Sent from my desk, it is easier than my mobile phone.",) * 2 + (None,),
        ("Two\n--\noptions to choose from.\n" + "More text.\n" * 30,) * 1 + (None, None),
    ],
)
def test_the_signature_is_told_apart(body: str, reply: str | None, signature: str | None):
    mail = parse(a_mail(body))
    assert mail.signature == signature
    assert mail.reply_text == (reply if reply is not None else body.strip())


CONTAINERS = {
    "Gmail": '<div class="gmail_quote"><div class="gmail_attr">On Tue Tess '
    "wrote:</div><blockquote>Is it on?</blockquote></div>",
    "Yahoo": '<div class="yahoo_quoted">On Tuesday Tess wrote: Is it on?</div>',
    "Apple": '<blockquote type="cite">On 24 Nov 2026, Tess wrote:<br>Is it on?</blockquote>',
    "Outlook on the web": '<hr><div id="divRplyFwdMsg"><b>From:</b> Tess</div><div>Is it on?</div>',
    "Outlook": '<div style="border:none;border-top:solid #E1E1E1 1.0pt"><p><b>From:</b> '
    "Tess<br><b>Sent:</b> Tuesday<br>"
    "<b>To:</b> Sam<br><b>Subject:</b> Printer</p></div><p>Is it on?</p>",
    "Thunderbird": '<div class="moz-cite-prefix">On 24.11.2026 10:00, Tess wrote:</div><blockquote '
    'type="cite">Is it on?</blockquote>',
}


@pytest.mark.parametrize("container", CONTAINERS.values(), ids=CONTAINERS)
def test_the_history_of_an_html_mail_is_folded_and_kept(container: str):
    mail = parse(a_mail(f"<div>Yes, it is.</div>{container}", content_type="text/html; charset=utf-8"))
    assert mail.reply_text == "Yes, it is."
    assert "Is it on?" in (mail.html or "")
    assert "Is it on?" in (mail.quoted_html or "")
    assert "Is it on?" not in (mail.reply_html or "")


def test_answers_inside_a_gmail_quotation_are_kept():
    html = (
        '<div class="gmail_quote"><div class="gmail_attr">On Tue, 24 Nov 2026, Tess wrote:</div>'
        "<blockquote>Is it on?</blockquote><div>Yes.</div><blockquote>Is there paper?</blockquote><div>No.</div></div>"
    )
    mail = parse(a_mail(html, content_type="text/html"))
    assert mail.reply_text == "Yes.\n\nNo."
    assert "Yes." in (mail.reply_html or "")


def test_an_html_mail_without_history_is_not_folded():
    mail = parse(a_mail("<p>It burns.</p>", content_type="text/html"))
    assert (mail.reply_text, mail.quoted_html, mail.reply_html) == ("It burns.", None, None)
