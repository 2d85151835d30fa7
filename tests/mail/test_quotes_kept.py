"""Answers between and below quoted lines stay; what only looks like an older mail is not cut."""

from __future__ import annotations

import pytest

from postroom.mail import parse

from .build import a_mail

WROTE = "On Tue, 24 Nov 2026 at 10:00, Tess <tess@desk.test> wrote:"


@pytest.mark.parametrize(
    ("body", "reply"),
    [
        (f"{WROTE}\n\n> Is it on?\n\nYes.\n\n> Is there paper?\n\nNo.", "Yes.\n\nNo."),
        (f"Hello Tess,\n\n{WROTE}\n> Is it on?\nYes.\n> Is there paper?\nNo.\n>\n> Tess", "Hello Tess,\n\nYes.\n\nNo."),
        (f"{WROTE}\n> Is it on?\n> Is there paper?\n\nYes and no.", "Yes and no."),
        ("> Is it on?\n\nYes.\n\n> Is there paper?\n\nNo.", "Yes.\n\nNo."),
        (f"{WROTE}\n>> Is it on?\n> Look at the light.\n\nIt is off.", "It is off."),
        (f"Short: yes.\n\n-- \nSam\n\n{WROTE}\n> Is it on?\n\nIt is on.", "Short: yes.\n\nIt is on."),
        (f"{WROTE}\n> Is it on?\n\nYes.\n\n-- \nSam\nExample Ltd", "Yes."),
        ("-----Original Message-----\n> Is it on?\n> Tess\n\nYes.", "Yes."),
    ],
)
def test_answers_stay_in_their_order_and_the_quoted_lines_are_folded(body: str, reply: str):
    assert parse(a_mail(body, "Subject: Re: Printer")).reply_text == reply


PROSE = [
    "On Monday I wrote:\n\nthe printer is broken. Nobody came.",
    "On 20 November 2026 I wrote:\n\nthe printer is broken. Nobody came.",
    "I booked the trip as follows.\n\nFrom: London\nTo: Paris\nDate: 12 May\n\nPlease print it.",
    "From: London to Paris\nTo: the coast\n\nPlease print the map.",
    "From 10:00 to 12:00 nobody can print.\nTo: is the wrong key.",
    "The manual says: 5 > 4, and so on.\n> 5 GB must be free.\nBut there are 20.",
    "I ran this:\n\n> npm install\n> npm start\n\nand it fails.",
    "In Python I see:\n\n>>> import printer\n>>> printer.start()\n\nand nothing happens.",
    "Original message in the log was: out of paper.",
    "The forwarded message said that the printer is fine.",
    "The error is:\n\n-----\nPC LOAD LETTER\n-----\n\nWhat does it mean?",
    "Steps:\n\n1. Send a mail.\n2. Wait.\n3. Nothing is printed.\n\nSubject: printing\nDate: today",
    "He wrote: it is broken.",
    "My colleague wrote to me and asked:\n\ncan you come?",
    "Please write above this line of the form, not below.",
    "Am Montag schrieb ich:\n\nder Drucker ist kaputt. Niemand kam.",
    "Le lundi j'ai écrit :\n\nl'imprimante est cassée.",
    "Van: Amsterdam\nNaar: Utrecht\n\nGraag printen.",
    "The scanner sends to <scans@example.test>\nand that fails.",
    "At 10:00 the manual reads:\n\nturn it on.",
    "A => B\n<b>bold</b>\n>",
]


@pytest.mark.parametrize("body", PROSE)
def test_prose_and_code_are_not_cut(body: str):
    assert parse(a_mail(body)).reply_text == body


@pytest.mark.parametrize(
    "body",
    [
        f"{WROTE}\n\n> Is it on?\n> Tess",
        "> Is it on?\n> Is there paper?",
        "-----Original Message-----\nFrom: Tess <tess@desk.test>\nSubject: Printer\n\nIs it on?",
        "From: Tess <tess@desk.test>\nSent: Tuesday\nTo: Sam\nSubject: Printer\n\nIs it on?",
        "---------- Forwarded message ---------\nFrom: Gita <gita@example.test>\nSubject: Scanner\n\nIs it on?",
        "## Please type your reply above this line ##\n\nIs it on?",
    ],
)
def test_where_nothing_new_stands_all_of_the_mail_is_shown(body: str):
    mail = parse(a_mail(body))
    assert "Is it on?" in mail.reply_text
    assert mail.text == body


def test_a_mail_below_its_own_headers_keeps_its_words_without_the_history():
    body = (
        "From: Sam <sam@example.test>\nSent: Tuesday\nTo: Tess <tess@desk.test>\nSubject: Printer\n\nYes, it is on.\n\n"
        f"{WROTE}\n> Is it?"
    )
    reply = parse(a_mail(body)).reply_text
    assert "Yes, it is on." in reply
    assert "Is it?" not in reply


def test_a_hostile_mail_takes_no_more_time_than_its_size():
    for line in (
        "On " * 120 + "wrote",
        "> " * 60,
        "From: a@b.test To: " * 20,
        "-" * 390,
        "a@" * 190 + ">:",
        "1 " * 190 + ":",
    ):
        text = f"Hello.\n\n{f'{line}{chr(10)}' * 2_000}"
        assert parse(a_mail(text)).reply_text


@pytest.mark.parametrize(
    "below",
    [
        "---- Tess Technician wrote ----\n\nIs it on?",
        "From: tess@desk.test\nDate: Tue, 24 Nov 2026 10:00:00 +0100\n\nIs it on?",
        "FROM: tess@desk.test\nDATE: Tue, 24 Nov 2026\nTO: sam@example.test\nSUBJECT: Printer\n\nIs it on?",
        ">>> Tess Technician <tess@desk.test> 24.11.2026 10:00 >>>\nIs it on?",
        "> Message du 24/11/26 10:00\n> De : Tess <tess@desk.test>\n> A : Sam\n> Objet : Printer\n>\n> Is it on?",
        "On Tue, Nov 24, 2026 at 10:00, Tess<tess@desk.test> wrote:   Is it on?\nTess",
        "On Tue, 24 Nov at 10:00 AM , Desk <support@desk.test> wrote:\nIs it on?",
        "------On 24/11/2026 10:00 AM, Tess Technician wrote-----\n\nIs it on?",
        "----- Mail original -----\nDe: tess@desk.test\nÀ: sam@example.test\nEnvoyé: Mardi 24 Novembre "
        "2026\n\nIs it on?",
        "*From:* Tess [mailto:tess@desk.test] *On Behalf Of *Desk\n*Sent:* Tuesday\n*To:* Sam\n\nIs it on?",
        "From: Tess<mailto:tess@desk.test>\nSent: Tuesday 10:00\nTo: "
        "Sam<mailto:sam@example.test>\nSubject: RE\n\nIs it on?",
    ],
)
def test_less_common_programs_are_known_too(below: str):
    assert parse(a_mail(f"Yes, it is.\n\n{below}", "Subject: Re: Printer")).reply_text == "Yes, it is."


def test_a_sign_off_above_the_history_and_the_footer_of_a_list_are_both_taken_off():
    footer = "_______________________________________________\nprinters mailing list\nprinters@lists.example.test"
    body = f"It burns.\n-Sam\n\n{WROTE}\n> Is it on?\n> Tess\n\n{footer}"
    assert parse(a_mail(body, "Subject: Re: Printer")).reply_text == "It burns."


def test_marks_that_join_letters_stay_in_the_reply():
    text = "👩\u200d🔧 می\u200cخواهم"
    assert parse(a_mail(f"{text}\n\n{WROTE}\n> Is it on?")).reply_text == text


def test_sentences_right_above_an_attribution_are_kept():
    html = (
        "<div>It prints again.</div><div>Who looks at the scanner?</div>"
        "<div>03.03.2026, 09:14, &quot;Tess&quot; &lt;tess@desk.test&gt;:</div><blockquote>Does it print?</blockquote>"
    )
    mail = parse(a_mail(html, content_type="text/html; charset=utf-8"))
    assert mail.reply_text == "It prints again.\nWho looks at the scanner?"
