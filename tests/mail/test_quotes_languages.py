"""The line above a quoted mail is known in the languages and wordings of the mail programs that people use."""

from __future__ import annotations

import pytest

from postroom.mail import parse

from .build import a_mail

WHO = "Tess Technician <tess@desk.test>"
# Each is written above a quotation by some mail program; "Tess" stands for the name with her address.
ATTRIBUTIONS = [
    "On Tue, Nov 24, 2026 at 10:00 AM WHO wrote:",
    "On 24 Nov 2026, at 10:00, WHO wrote:",
    "On Tuesday, 24 November 2026 at 10:00:12 am GMT+1, WHO wrote:",
    "On 24/11/2026 10:00, Tess Technician wrote:",
    "On 2026-11-24 10:00, tess@desk.test wrote:",
    "On Tue, 2026-11-24 at 10:00 +0100, Tess Technician wrote:",
    "---- On Tue, 24 Nov 2026 10:00:00 +0100 WHO wrote ----",
    "At 2026-11-24 10:00:00, \"Tess Technician\" <tess@desk.test> wrote:",
    "WHO wrote on Tue, 24 Nov 2026 at 10:00:",
    "Tess Technician via Desk <support@desk.test> wrote:",
    "2026-11-24 10:00 GMT+01:00 WHO:",
    "2026-11-24 10:00 GMT+01:00 Tess Technician",
    "Am Di., 24. Nov. 2026 um 10:00 Uhr schrieb Tess Technician <\ntess@desk.test>:",
    "Am 24.11.2026 um 10:00 schrieb WHO:",
    "Am Dienstag, 24. November 2026, 10:00:00 MEZ hat WHO Folgendes geschrieben:",
    "WHO schrieb am Di., 24. Nov. 2026, 10:00:",
    "Le mar. 24 nov. 2026 à 10:00, WHO a\nécrit :",
    "Le 24/11/2026 à 10:00, Tess Technician a écrit :",
    "El mar, 24 nov 2026 a las 10:00, Tess Technician (<tess@desk.test>)\nescribió:",
    "El 24/11/2026 a las 10:00, Tess Technician escribió:",
    "Il giorno mar 24 nov 2026 alle ore 10:00 Tess Technician <\ntess@desk.test> ha scritto:",
    "Il 24/11/2026 10:00, Tess Technician ha scritto:",
    "Em ter., 24 de nov. de 2026 às 10:00, WHO escreveu:",
    "Em 24/11/2026 10:00, Tess Technician escreveu:",
    "Op di 24 nov 2026 om 10:00 schreef Tess Technician <\ntess@desk.test>:",
    "Op 24 nov. 2026 om 10:00 heeft WHO het volgende geschreven:",
    "W dniu wt., 24 lis 2026 o 10:00 WHO\nnapisał(a):",
    "Dnia 24 listopada 2026 10:00 WHO napisał(a):",
    "wt., 24 lis 2026 o 10:00 WHO napisał(a):",
    "Den tis 24 nov. 2026 kl 10:00 skrev WHO:",
    "24 nov. 2026 kl. 10:00 skrev WHO:",
    "Den tirs. 24. nov. 2026 kl. 10.00 skrev Tess Technician <\ntess@desk.test>:",
    "tir. 24. nov. 2026 kl. 10:00 skrev WHO:",
    "ti 24. marrask. 2026 klo 10.00 Tess Technician (tess@desk.test) kirjoitti:",
    "út 24. 11. 2026 v 10:00 odesílatel WHO\nnapsal:",
    "Dne 24. 11. 2026 v 10:00 Tess Technician napsal(a):",
    "ut 24. 11. 2026 o 10:00 WHO napísal(a):",
    "Tess Technician <tess@desk.test> ezt írta (időpont: 2026. nov. 24., K, 10:00):",
    "2026.11.24. 10:00 keltezéssel, Tess Technician írta:",
    "În mar., 24 nov. 2026 la 10:00, WHO a scris:",
    "Pe 24.11.2026 10:00, Tess Technician a scris:",
    "Στις Τρί 24 Νοε 2026 στις 10:00 π.μ., ο χρήστης Tess Technician <\ntess@desk.test> έγραψε:",
    "WHO, 24 Kas 2026 Sal, 10:00 tarihinde şunu yazdı:",
    "вт, 24 нояб. 2026 г. в 10:00, WHO:",
    "24.11.2026 10:00, Tess Technician пишет:",
    "вторник, 24 ноября 2026 г. пользователь WHO написал:",
    "вт, 24 лист. 2026 р. о 10:00 WHO пише:",
    "Tess Technician <tess@desk.test> 于2026年11月24日周二 10:00写道：",
    "在 2026年11月24日，10:00，WHO 写道：",
    "WHO 於 2026年11月24日 週二 上午10:00寫道：",
    "2026年11月24日(火) 10:00 WHO:",
    "2026/11/24 10:00、WHOのメール:",
    "2026년 11월 24일 (화) 오전 10:00, WHO님이 작성:",
    "Vào Th 3, 24 thg 11, 2026 vào lúc 10:00 WHO đã viết:",
    "\u202bבתאריך יום ג׳, 24 בנוב׳ 2026 ב-10:00 מאת \u202aTess Technician\u202c\u200f "
    "<\u202atess@desk.test\u202c\u200f>:\u202c",
    "في الثلاثاء، 24 نوفمبر 2026 في 10:00 ص تمت كتابة ما يلي بواسطة WHO:",
    "Pada tanggal Sel, 24 Nov 2026 pukul 10.00 WHO menulis:",
    "ในวันที่ อ. 24 พ.ย. 2026 เวลา 10:00 WHO เขียนว่า:",
    "Dana uto, 24. stu 2026. u 10:00 WHO napisao je:",
    "Tess Technician <tess@desk.test> rašė 2026-11-24 10:00:",
]  # fmt: skip


@pytest.mark.parametrize("line", ATTRIBUTIONS)
def test_the_quoted_mail_below_its_attribution_is_cut(line: str):
    line = line.replace("WHO", WHO)
    assert parse(a_mail(f"Yes, it is.\n\n{line}\n\n> Is it on?\n> Tess")).reply_text == "Yes, it is."


@pytest.mark.parametrize("line", ATTRIBUTIONS)
def test_a_quoted_mail_without_marks_is_cut_from_its_attribution_on(line: str):
    line = line.replace("WHO", WHO)
    assert parse(a_mail(f"Yes, it is.\n\n{line}\n\nIs it on?\n\nTess")).reply_text == "Yes, it is."


@pytest.mark.parametrize("line", ATTRIBUTIONS)
def test_an_answer_below_the_quotation_is_kept(line: str):
    line = line.replace("WHO", WHO)
    assert parse(a_mail(f"{line}\n> Is it on?\n> Tess\n\nYes, it is.")).reply_text == "Yes, it is."


# Labels of from, date, to, subject in each language; a mail program writes them above the older mail.
LABELS = {
    "en": "From Sent To Subject",
    "de": "Von Gesendet An Betreff",
    "de 2": "Von Datum An Betreff",
    "fr": "De_ Envoyé_ À_ Objet_",
    "es": "De Enviado_el Para Asunto",
    "it": "Da Inviato A Oggetto",
    "pt": "De Enviado Para Assunto",
    "pt-BR": "De Enviada_em Para Assunto",
    "nl": "Van Verzonden Aan Onderwerp",
    "pl": "Od Wysłano Do Temat",
    "sv": "Från Skickat Till Ämne",
    "da": "Fra Sendt Til Emne",
    "fi": "Lähettäjä Lähetetty Vastaanottaja Aihe",
    "cs": "Od Odesláno Komu Předmět",
    "sk": "Od Odoslané Komu Predmet",
    "hu": "Feladó Elküldve Címzett Tárgy",
    "ro": "De_la Trimis Către Subiect",
    "el": "Από Στάλθηκε Προς Θέμα",
    "tr": "Kimden Gönderildi Kime Konu",
    "ru": "От Отправлено Кому Тема",
    "uk": "Від Надіслано Кому Тема",
    "zh": "发件人 发送时间 收件人 主题",
    "zh-TW": "寄件者 寄件日期 收件者 主旨",
    "ja": "差出人 送信日時 宛先 件名",
    "ko": "보낸_사람 보낸_날짜 받는_사람 제목",
    "vi": "Từ Đã_gửi Đến Chủ_đề",
    "he": "מאת נשלח אל נושא",
    "ar": "من تم_الإرسال إلى الموضوع",
    "id": "Dari Dikirim Kepada Subjek",
    "th": "จาก ส่ง ถึง เรื่อง",
}
STYLES = {
    "plain": "{0}: {w}\n{1}: 24.11.2026 10:00\n{2}: Sam <sam@example.test>\n{3}: Printer\n",
    "asterisks": "*{0}:* {w}\n*{1}:* 24.11.2026 10:00\n*{2}:* Sam\n*{3}:* Printer\n",
    "line above": "________________________________\n{0}: {w}\n{1}: 24.11.2026 10:00\n{2}: Sam\n{3}: Printer\n",
    "dashes above": "------------------------------\n\n*{0}:* {w}\n*{1}:* 24.11.2026 10:00\n*{2}:* Sam\n"
    "*{3}:* Printer\n",
    "date first": "{1}: 24.11.2026 10:00\n{0}: {w}\n{2}: Sam\n{3}: Printer\n",
    "without addresses": "{0}: Technician, Tess\n{1}: 24.11.2026 10:00\n{2}: Requester, Sam\n{3}: RE: Printer\n",
    "wrapped": "{0}: {w}\n{1}: 24.11.2026 10:00\n{2}: Sam <sam@example.test>; Theo <theo@desk.test>;\n"
    "  Ada <ada@desk.test>\n{3}: Printer of the third\n  floor\n",
}


def header_block(language: str, style: str) -> str:
    """The block of one language, in one look."""
    labels = [label.replace("_", " ") for label in LABELS[language].split(" ")]
    return STYLES[style].format(*labels, w=WHO)


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("language", LABELS)
def test_the_header_block_and_all_below_is_cut_in_each_language(language: str, style: str):
    mail = parse(a_mail(f"Yes, it is.\n\n{header_block(language, style)}\nIs it on?\n\nTess", "Subject: RE: Printer"))
    assert mail.reply_text == "Yes, it is."
    assert mail.forwarded is None


@pytest.mark.parametrize(
    "line",
    [
        "-----Original Message-----",
        "-------- Original message --------",
        "------ Original Message ------",
        "-----Ursprüngliche Nachricht-----",
        "-------- Message d'origine --------",
        "-----Mensaje original-----",
        "-----Messaggio originale-----",
        "-----Mensagem original-----",
        "-----Oorspronkelijk bericht-----",
        "-----Wiadomość oryginalna-----",
        "-----Ursprungligt meddelande-----",
        "-----Oprindelig meddelelse-----",
        "-----Opprinnelig melding-----",
        "-----Alkuperäinen viesti-----",
        "---------- Původní zpráva ----------",
        "-----Eredeti üzenet-----",
        "-----Özgün İleti-----",
        "-----Исходное сообщение-----",
        "------------------ 原始邮件 ------------------",
        "-----元のメッセージ-----",
        "-----원본 메시지-----",
        "## Please type your reply above this line ##",
        "-- Reply above this line --",
        "##- Bitte geben Sie Ihre Antwort oberhalb dieser Zeile ein. -##",
        "##- Veuillez saisir votre réponse au-dessus de cette ligne -##",
        "##- Por favor, escriba su respuesta por encima de esta línea -##",
    ],
)
def test_all_below_a_line_that_announces_the_older_mail_is_cut(line: str):
    assert parse(a_mail(f"Yes, it is.\n\n{line}\nTess\n\nIs it on?")).reply_text == "Yes, it is."
