"""Who wrote the mail that a technician forwards."""

from __future__ import annotations

import pytest

from postroom.mail import parse

from .build import a_mail, a_multipart, a_part

BLOCKS = {
    "Gmail": "---------- Forwarded message ---------\nFrom: Gita Guest <gita@example.test>\n"
    "Date: Tue, 24 Nov 2026 at 09:00\n"
    "Subject: Scanner\nTo: <tess@desk.test>\nCc: <theo@desk.test>\n\n",
    "Outlook": "________________________________\nFrom: Gita Guest <gita@example.test>\n"
    "Sent: Tuesday\nTo: tess@desk.test\n"
    "Cc: theo@desk.test\nSubject: Scanner\n\n",
    "Apple": "Begin forwarded message:\n\n> From: Gita Guest <gita@example.test>\n> Subject: Scanner\n> Date: Tuesday\n"
    "> To: tess@desk.test\n> Cc: theo@desk.test\n>\n",
    "Thunderbird": "-------- Forwarded Message --------\nSubject: \tScanner\nDate: \tTue, 24 Nov 2026 09:00:00 +0100\n"
    "From: \tGita Guest <gita@example.test>\nTo: \ttess@desk.test\nCC: \ttheo@desk.test\n\n",
    "German": "Von: Gita Guest <gita@example.test>\nGesendet: Dienstag\nAn: tess@desk.test\n"
    "Cc: theo@desk.test\nBetreff: Scanner\n\n",
    "French": "De : Gita Guest <gita@example.test>\nEnvoyé : mardi\nÀ : tess@desk.test\n"
    "Cc : theo@desk.test\nObjet : Scanner\n\n",
    "Spanish": "De: Gita Guest <gita@example.test>\nEnviado: martes\nPara: tess@desk.test\n"
    "CC: theo@desk.test\nAsunto: Scanner\n\n",
    "Italian": "Da: Gita Guest <gita@example.test>\nInviato: martedì\nA: tess@desk.test\n"
    "Cc: theo@desk.test\nOggetto: Scanner\n\n",
    "Portuguese": "De: Gita Guest <gita@example.test>\nEnviado: terça\nPara: tess@desk.test\n"
    "Cc: theo@desk.test\nAssunto: Scanner\n\n",
    "Dutch": "Van: Gita Guest <gita@example.test>\nVerzonden: dinsdag\nAan: tess@desk.test\n"
    "CC: theo@desk.test\nOnderwerp: Scanner\n\n",
    "Polish": "Od: Gita Guest <gita@example.test>\nWysłano: wtorek\nDo: tess@desk.test\n"
    "DW: theo@desk.test\nTemat: Scanner\n\n",
}


@pytest.mark.parametrize("block", BLOCKS.values(), ids=BLOCKS)
def test_the_original_sender_is_found_below_the_technicians_words(block: str):
    mail = parse(a_mail(f"Please have a look.\n\n{block}The scanner is dead.", "Subject: Fwd: Scanner"))
    forwarded = mail.forwarded
    assert forwarded is not None
    assert (forwarded.sender.name, forwarded.sender.email) == ("Gita Guest", "gita@example.test")
    assert [each.email for each in forwarded.to] == ["tess@desk.test"]
    assert [each.email for each in forwarded.cc] == ["theo@desk.test"]
    assert (forwarded.subject, forwarded.text) == ("Scanner", "The scanner is dead.")
    assert mail.reply_text == "Please have a look."


def test_an_attached_mail_wins_over_typed_text():
    attached = "Content-Type: message/rfc822\n\nFrom: gita@example.test\nSubject: Scanner\n\nThe scanner is dead."
    typed = a_part(BLOCKS["Gmail"].replace("gita", "forged") + "text")
    forwarded = parse(a_multipart("mixed", typed, attached)).forwarded
    assert forwarded is not None
    assert (forwarded.sender.email, forwarded.text) == ("gita@example.test", "The scanner is dead.")


def test_a_reply_that_quotes_a_header_block_is_no_forward():
    body = f"Yes, it is.\n\n{BLOCKS['Outlook']}Is it on?"
    assert parse(a_mail(body, "Subject: RE: Scanner")).forwarded is None
    assert parse(a_mail(body, "In-Reply-To: <x@desk.test>")).forwarded is None
