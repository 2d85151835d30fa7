"""The history of an HTML mail is told by the containers of the mail programs, and all of it stays in the mail."""

from __future__ import annotations

import pytest

from postroom.mail import parse

from .build import a_mail

HEADERS = (
    "<b>From:</b> Tess &lt;tess@desk.test&gt;<br><b>Sent:</b> Tuesday, 24 November 2026 10:00<br>"
    "<b>To:</b> Sam<br><b>Subject:</b> RE: Printer"
)
WROTE = "On Tue, 24 Nov 2026 at 10:00, Tess &lt;tess@desk.test&gt; wrote:"
# What stands below "Yes, it is." in the mail of each program.
CLIENTS = {
    "Gmail": f'<br><div class="gmail_quote gmail_quote_container"><div dir="ltr" class="gmail_attr">{WROTE}<br></div>'
    '<blockquote class="gmail_quote" style="margin:0 0 0 .8ex;border-left:1px solid #ccc;padding-left:1ex">'
    "<div>Is it on?</div></blockquote></div>",
    "Gmail, old": f'<div class="gmail_extra"><br><div class="gmail_quote">{WROTE}<br>'
    '<blockquote class="gmail_quote"><p>Is it on?</p></blockquote></div><br></div>',
    "Gmail, with signature": '<br clear="all"><div><br></div>-- <br><div class="gmail_signature">Sam</div>'
    f'<div class="gmail_quote"><div class="gmail_attr">{WROTE}</div><blockquote>Is it on?</blockquote></div>',
    "Outlook": '<div><div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm">'
    f'<p class="MsoNormal">{HEADERS}</p></div></div><p class="MsoNormal">&nbsp;</p><p>Is it on?</p>',
    "Outlook, German": '<div style="border:none;border-top:solid #B5C4DF 1.0pt;padding:3.0pt 0cm 0cm '
    '0cm"><p><b>Von:</b>'
    " Tess <br><b>Gesendet:</b> Dienstag<br><b>An:</b> Sam<br><b>Betreff:</b> Drucker</p></div><p>Is it on?</p>",
    "Outlook on the web": '<hr tabindex="-1" style="display:inline-block; width:98%"><div id="divRplyFwdMsg" dir="ltr">'
    f"{HEADERS}</div><div>Is it on?</div>",
    "Outlook, new": '<div id="appendonsend"></div><hr style="width:98%"><div id="divRplyFwdMsg">'
    f"{HEADERS}</div><div>Is it on?</div>",
    "Outlook for the telephone": '<div id="ms-outlook-mobile-signature">Get <a '
    'href="https://aka.ms/o0ukef">Outlook for '
    f'iOS</a></div><hr><div id="divRplyFwdMsg">{HEADERS}</div><div>Is it on?</div>',
    "Outlook for the Mac": f'<span id="OLK_SRC_BODY_SECTION"><div>{HEADERS}</div><div>Is it on?</div></span>',
    "Outlook, new on the telephone": f'<div id="mail-editor-reference-message-container"><div>{HEADERS}</div>'
    "<div>Is it on?</div></div>",
    "Windows Mail": '<div style="border:none;border-top:solid #E1E1E1 1.0pt"><p><b>From: </b><a '
    'href="mailto:tess@desk.test">Tess</a><br><b>Sent: </b>Tuesday<br><b>To: </b>Sam<br><b>Subject: </b>Re</p></div>'
    "<p>Is it on?</p>",
    "Hotmail": '<hr id="stopSpelling">From: tess@desk.test<br>To: sam@example.test<br>Subject: RE: Printer<br>'
    "Date: Tue, 24 Nov 2026 10:00:00 +0100<br><br>Is it on?",
    "Apple Mail": f'<div><br><blockquote type="cite"><div>{WROTE}</div><br><div>Is it on?</div></blockquote></div>',
    "Apple Mail, attribution above": f"<div>{WROTE}</div><br><blockquote type='cite'><div>Is it on?</div></blockquote>",
    "iPhone": '<br><div dir="ltr">Sent from my iPhone</div><div dir="ltr"><br><blockquote type="cite">'
    f"{WROTE}<br><br></blockquote></div><blockquote type='cite'><div>Is it on?</div></blockquote>",
    "Yahoo": f'<div id="yahoo_quoted_1" class="yahoo_quoted"><div>{WROTE}</div><div>Is it on?</div></div>',
    "Proton": '<div class="protonmail_signature_block">Sent with Proton Mail secure email.</div><div '
    f'class="protonmail_quote">{WROTE}<br><blockquote class="protonmail_quote" type="cite">Is it '
    f'on?</blockquote></div>',
    "Thunderbird": f'<div class="moz-cite-prefix">{WROTE}<br></div><blockquote type="cite" cite="mid:x@y"><p>Is it '
    'on?</p></blockquote><pre class="moz-signature">-- \nSam</pre>',
    "Thunderbird, forward": '<div class="moz-forward-container"><br>-------- Forwarded Message --------<table>'
    "<tr><th>Subject: </th><td>Printer</td></tr><tr><th>From: </th><td>tess@desk.test</td></tr></table>Is it on?</div>",
    "Zimbra": f'<hr id="zwchr"><div>{HEADERS}</div><div>Is it on?</div>',
    "Zoho": '<div class="zmail_extra"><div>---- On Tue, 24 Nov 2026 10:00:00 +0100 <b>tess@desk.test</b> wrote '
    "----</div><blockquote>Is it on?</blockquote></div>",
    "GMX": '<div name="quote" style="margin:10px 5px 5px 10px; padding: 10px 0 10px 10px; border-left:2px '
    'solid #C3D9E5;">'
    "<div><b>Gesendet:</b>&nbsp;Dienstag, 24. November 2026 um 10:00 Uhr<br><b>Von:</b>&nbsp;tess@desk.test<br>"
    "<b>An:</b>&nbsp;sam@example.test<br><b>Betreff:</b>&nbsp;Drucker</div><div>Is it on?</div></div>",
    "Mail.ru": '<blockquote style="border-left:1px solid #0857A6; margin:10px; padding:0 0 0 10px;">Вторник, 24 ноября '
    "2026, 10:00 +03:00 от Tess &lt;tess@desk.test&gt;:<br><div>Is it on?</div></blockquote>",
    "Yandex": '<div>24.11.2026, 10:00, "Tess" &lt;tess@desk.test&gt;:</div><blockquote><div>Is it '
    'on?</div></blockquote>',
    "QQ": '<div style="font-size:12px">------------------&nbsp;原始邮件&nbsp;------------------</div>'
    "<div><b>发件人:</b> tess@desk.test<br><b>主题:</b> Printer</div><div>Is it on?</div>",
    "163": '<p>At 2026-11-24 10:00:00, "Tess" &lt;tess@desk.test&gt; wrote:</p><blockquote id="isReplyContent" '
    'style="PADDING-LEFT: 1ex; MARGIN: 0px 0px 0px 0.8ex; BORDER-LEFT: #ccc 1px solid">Is it on?</blockquote>',
    "Samsung": "<div>-------- Original message --------</div><div>From: Tess &lt;tess@desk.test&gt;</div>"
    "<div>Date: 24/11/2026 10:00 (GMT+00:00)</div><div>To: Sam</div><div>Subject: Printer</div><div>Is it on?</div>",
    "Lotus Notes": "<font>From: Tess Technician/DESK</font><br><font>To: sam@example.test</font><br><font>Date: "
    "24.11.2026 10:00</font><br><font>Subject: Printer</font><hr noshade>Is it on?",
    "Roundcube": f'<p id="reply-intro">{WROTE}</p><blockquote type="cite" style="padding: 0 0.4em; '
    f'border-left: #1010ff '
    '2px solid">Is it on?</blockquote>',
    "Spark": f'<div name="messageReplySection">{WROTE}<br><blockquote style="border-left-width:1px;border-left: thin '
    'solid #1abc9c; margin: 5px 5px">Is it on?</blockquote></div>',
    "Front": f'<br>{WROTE}<blockquote type="cite" class="front-blockquote">Is it on?</blockquote>',
    "eM Client": "<div>------ Original Message ------</div><div>From \"Tess\" &lt;tess@desk.test&gt;</div>"
    '<blockquote cite="mid:x" type="cite" class="cite2">Is it on?</blockquote>',
    "Airmail": f'<p class="airmail_on">{WROTE}</p><blockquote type="cite" class="clean_bq">Is it on?</blockquote>',
    "our own desk": "<div>## Please type your reply above this line ##</div><div>Is it on?</div>",
}  # fmt: skip


@pytest.mark.parametrize("client", CLIENTS)
def test_the_history_of_each_mail_program_is_folded_and_kept(client: str):
    html = f"<html><body><div>Yes, it is.</div>{CLIENTS[client]}</body></html>"
    mail = parse(a_mail(html, "Subject: RE: Printer", content_type="text/html; charset=utf-8"))
    assert mail.reply_text == "Yes, it is."
    assert "Is it on?" in mail.text
    assert "Is it on?" in (mail.html or "")


@pytest.mark.parametrize("client", [c for c in CLIENTS if "blockquote" in CLIENTS[c] and "eM" not in c])
def test_an_answer_below_the_folded_history_is_kept(client: str):
    html = f"{CLIENTS[client]}<p>Yes, it is.</p>"
    mail = parse(a_mail(html, "Subject: RE: Printer", content_type="text/html; charset=utf-8"))
    assert "Yes, it is." in mail.reply_text
    assert "Is it on?" not in mail.reply_text


def test_answers_between_cited_passages_are_kept():
    html = (
        f"<div>{WROTE}</div><blockquote type='cite'>Is it on?</blockquote><div>Yes.</div>"
        "<blockquote type='cite'>Is there paper?</blockquote><div>No.</div>"
    )
    assert parse(a_mail(html, content_type="text/html")).reply_text == "Yes.\n\nNo."


@pytest.mark.parametrize(
    "quotation",
    [
        "<blockquote><p>All is well that ends well.</p></blockquote>",
        '<blockquote style="margin:0 0 0 40px;border:none;padding:0px" class="gmail_quote">All is well that ends '
        "well.</blockquote>",
        '<div style="border-left:2px solid red">All is well that ends well.</div>',
        '<div style="border-top:1px solid #ccc">All is well that ends well.</div>',
    ],
)
def test_a_passage_that_the_writer_indented_is_no_history(quotation: str):
    mail = parse(a_mail(f"<p>The poet says</p>{quotation}<p>and he is right.</p>", content_type="text/html"))
    assert "All is well that ends well." in mail.reply_text
    assert mail.quoted_html is None


def test_the_signature_of_an_html_reply_is_told_apart():
    html = (
        '<div>It burns.</div><div class="gmail_signature"><div>Sam Requester</div><div>Head of Printing</div></div>'
        f'<div class="gmail_quote"><div class="gmail_attr">{WROTE}</div><blockquote>Is it on?</blockquote></div>'
    )
    mail = parse(a_mail(html, content_type="text/html"))
    assert (mail.reply_text, mail.signature) == ("It burns.", "Sam Requester\nHead of Printing")
    assert "Sam Requester" in (mail.reply_html or "")


def test_words_below_the_container_of_a_signature_are_kept():
    html = (
        '<div id="Signature">Sam Requester</div><div>It burns.</div>'
        f'<div class="gmail_quote"><div class="gmail_attr">{WROTE}</div><blockquote>Is it on?</blockquote></div>'
    )
    assert "It burns." in parse(a_mail(html, content_type="text/html")).reply_text
