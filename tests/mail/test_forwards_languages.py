"""The sender of a forwarded mail is found in the wordings of the mail programs that people use."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from postroom.mail import parse

from .build import a_mail

WHO = "Gita Guest <gita@example.test>"
# A line that announces the forward: (line, labels of from, date, to, subject).
ANNOUNCED = {
    "Gmail": ("---------- Forwarded message ---------", "From Date To Subject"),
    "Gmail de": ("---------- Forwarded message ---------", "Von Date To Subject"),
    "Gmail fr": ("---------- Forwarded message ---------", "De_ Date_ To_ Subject_"),
    "Gmail et": ("---------- Forwarded message ---------", "Saatja Date To Subject"),
    "Apple en": ("Begin forwarded message:", "From Date To Subject"),
    "Apple cs": ("Začátek přeposílané zprávy:", "Od Datum Komu Předmět"),
    "Apple da": ("Start på videresendt besked:", "Fra Dato Til Emne"),
    "Apple de": ("Anfang der weitergeleiteten Nachricht:", "Von Datum An Betreff"),
    "Apple es": ("Inicio del mensaje reenviado:", "De Fecha Para Asunto"),
    "Apple fi": ("Välitetty viesti alkaa:", "Lähettäjä Päivämäärä Vastaanottaja Aihe"),
    "Apple fr": ("Début du message réexpédié :", "De Date À Objet"),
    "Apple hr": ("Započni proslijeđenu poruku:", "Šalje Datum Prima Predmet"),
    "Apple hu": ("Továbbított levél kezdete:", "Feladó Dátum Címzett Tárgy"),
    "Apple it": ("Inizio messaggio inoltrato:", "Da Data A Oggetto"),
    "Apple nl": ("Begin doorgestuurd bericht:", "Van Datum Aan Onderwerp"),
    "Apple no": ("Videresendt melding:", "Fra Dato Til Emne"),
    "Apple pl": ("Początek przekazywanej wiadomości:", "Od Data Do Temat"),
    "Apple pt": ("Início da mensagem reencaminhada:", "De Data Para Assunto"),
    "Apple ro": ("Începe mesajul redirecționat:", "Expeditorul Dată Destinatarul Subiectul"),
    "Apple ru": ("Начало переадресованного сообщения:", "Отправитель Дата Кому Тема"),
    "Apple sk": ("Začiatok preposlanej správy:", "Od Dátum Pre Predmet"),
    "Apple sv": ("Vidarebefordrat mejl:", "Från Datum Till Ämne"),
    "Apple tr": ("İleti başlangıcı:", "Kimden Tarih Kime Konu"),
    "Apple uk": ("Початок листа, що пересилається:", "Від_кого Дата Кому Тема"),
    "Apple ja": ("転送されたメッセージ:", "差出人 日付 宛先 件名"),
    "Apple zh": ("下面是被转发的邮件：", "发件人 日期 收件人 主题"),
    "Thunderbird en": ("-------- Forwarded Message --------", "From Date To Subject"),
    "Thunderbird de": ("-------- Weitergeleitete Nachricht --------", "Von Datum An Betreff"),
    "Thunderbird fr": ("-------- Message transféré --------", "De_ Date_ Pour_ Sujet_"),
    "Thunderbird it": ("-------- Messaggio Inoltrato --------", "Mittente Data A Oggetto"),
    "Thunderbird fi": ("-------- Välitetty viesti / Fwd.Msg --------", "Lähettäjä Päiväys Vastaanottaja Aihe"),
    "Thunderbird pl": ("-------- Treść przekazanej wiadomości --------", "Nadawca Data Adresat Temat"),
    "Thunderbird ru": ("-------- Перенаправленное сообщение --------", "От Дата Кому Тема"),
    "Thunderbird sk": ("-------- Preposlaná správa --- Forwarded Message --------", "Od Dátum Pre Predmet"),
    "Thunderbird tr": ("-------- İletilen İleti --------", "Kimden Tarih Kime Konu"),
    "Thunderbird uk": ("-------- Переслане повідомлення --------", "Від Дата Кому Тема"),
    "Thunderbird es": ("-------- Mensaje reenviado --------", "De Fecha Para Asunto"),
    "Yahoo fr": ("----- Message transmis -----", "De_ Envoyé_ À_ Objet_"),
    "Yahoo fi": ("----- Edelleenlähetetty viesti -----", "Lähettäjä Lähetetty Vastaanottaja Aihe"),
    "Yahoo tr": ("----- İletilmiş Mesaj -----", "Kimden Gönderilen Kime Konu"),
    "Yahoo uk": ("----- Перенаправлене повідомлення -----", "Від Відправлено Кому Тема"),
    "Mail.ru": ("-------- Пересылаемое сообщение --------", "От_кого Дата Кому Тема"),
    "QQ": ("------------------ 转发的邮件 ------------------", "发件人 发送时间 收件人 主题"),
    "Korean": ("---------- 전달된 메시지 ----------", "보낸_사람 날짜 받는_사람 제목"),
    "Zoho": ("============ Forwarded message ============", "From Date To Subject"),
    "Proton": ("------- Forwarded Message -------", "From Date To Subject"),
    "Outlook line": ("________________________________", "From Sent To Subject"),
    "original": ("-----Original Message-----", "From Sent To Subject"),
}
BLOCK = "{0}: {w}\n{1}: 24.11.2026 09:00\n{2}: Tess Technician <tess@desk.test>, theo@desk.test\n{3}: Scanner\n"
SUBJECT_FIRST = (
    "{3}: \tScanner\n{1}: \t24.11.2026 09:00\n{0}: \t{w}\n{2}: \tTess Technician <tess@desk.test>, theo@desk.test\n"
)


def _filled(layout: str, labels: str) -> str:
    return layout.format(*(label.replace("_", " ") for label in labels.split(" ")), w=WHO)


def _check(body: str, subject: str = "Subject: Fwd: Scanner") -> None:
    mail = parse(a_mail(body, subject))
    forwarded = mail.forwarded
    assert forwarded is not None
    assert (forwarded.sender.name, forwarded.sender.email) == ("Gita Guest", "gita@example.test")
    assert [(each.name, each.email) for each in forwarded.to] == [
        ("Tess Technician", "tess@desk.test"),
        ("", "theo@desk.test"),
    ]
    assert (forwarded.subject, forwarded.text) == ("Scanner", "The scanner is dead.")
    assert forwarded.date == datetime(2026, 11, 24, 9, tzinfo=UTC)
    assert mail.reply_text == "Please have a look."


@pytest.mark.parametrize("client", ANNOUNCED)
def test_an_announced_forward_is_read(client: str):
    line, labels = ANNOUNCED[client]
    _check(f"Please have a look.\n\n{line}\n{_filled(BLOCK, labels)}\nThe scanner is dead.")


@pytest.mark.parametrize("client", ANNOUNCED)
def test_an_announced_forward_is_read_with_the_subject_first(client: str):
    line, labels = ANNOUNCED[client]
    _check(f"Please have a look.\n\n{line}\n\n{_filled(SUBJECT_FIRST, labels)}\n\nThe scanner is dead.")


@pytest.mark.parametrize("client", ANNOUNCED)
def test_an_announced_forward_is_read_inside_a_quotation(client: str):
    line, labels = ANNOUNCED[client]
    quoted = "\n".join(f"> {each}" for each in f"{_filled(BLOCK, labels)}\nThe scanner is dead.".split("\n"))
    _check(f"Please have a look.\n\n{line}\n\n{quoted}")


@pytest.mark.parametrize(
    "subject", ["FW", "Fwd", "WG", "TR", "RV", "I", "Doorst", "VL", "VB", "PD", "İLT", "ENC", "转发"]
)
@pytest.mark.parametrize("client", [client for client, (line, _) in ANNOUNCED.items() if line.startswith("-")])
def test_a_forward_without_an_announcement_is_read_by_its_header_block(client: str, subject: str):
    _check(
        f"Please have a look.\n\n{_filled(BLOCK, ANNOUNCED[client][1])}\nThe scanner is dead.",
        f"Subject: {subject}: Scanner",
    )


@pytest.mark.parametrize(
    "line",
    [
        'On 24.11.2026 09:00, "Gita Guest" <gita@example.test> wrote:',
        'Am 24.11.2026, 09:00 schrieb "Gita Guest" <gita@example.test>:',
        "Le 24/11/2026 09:00, « Gita Guest » <gita@example.test> a écrit :",
        'El 24/11/2026 09:00, "Gita Guest" <gita@example.test> escribió:',
        'Il giorno 24/11/2026 09:00 "Gita Guest" <gita@example.test> ha scritto:',
        "Gita Guest <gita@example.test> kirjoitti 24.11.2026 kello 9.00:",
        "Op 24-11-2026 09:00 heeft Gita Guest <gita@example.test> geschreven:",
        "Dnia 24.11.2026 09:00 „Gita Guest” <gita@example.test> napisał:",
        'Den 2026-11-24 09:00 skrev "Gita Guest" <gita@example.test> följande:',
        '24.11.2026, 09:00, пользователь "Gita Guest" <gita@example.test> написал:',
        '"Gita Guest" <gita@example.test>, 24.11.2026 09:00 tarihinde şunu yazdı:',
        "Dne 24.11.2026 9:00, Gita Guest <gita@example.test> napsal(a):",
        "2026. 11. 24. 9:00 időpontban Gita Guest <gita@example.test> ezt írta:",
    ],
)
def test_a_forward_that_names_its_sender_in_one_sentence_is_read(line: str):
    mail = parse(a_mail(f"Please have a look.\n\n{line}\n\n    The scanner is dead.", "Subject: FW: Scanner"))
    assert mail.forwarded is not None
    assert (mail.forwarded.sender.name, mail.forwarded.sender.email) == ("Gita Guest", "gita@example.test")
    assert mail.forwarded.text == "The scanner is dead."
    assert mail.forwarded.date == datetime(2026, 11, 24, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Tue, 24 Nov 2026 09:00:00 +0100", "2026-11-24T09:00:00+01:00"),
        ("Tue, Nov 24, 2026 at 9:00 PM", "2026-11-24T21:00:00+00:00"),
        ("November 24, 2026 at 9:00:12 AM GMT+1", "2026-11-24T09:00:12+01:00"),
        ("24 November 2026 at 09:00:00 CET", "2026-11-24T09:00:00+01:00"),
        ("Tuesday, November 24, 2026 12:05 AM", "2026-11-24T00:05:00+00:00"),
        ("11/24/2026 9:00 PM", "2026-11-24T21:00:00+00:00"),
        ("3/4/2026 9:00 PM", "2026-03-04T21:00:00+00:00"),
        ("03/04/2026 21:00", "2026-04-03T21:00:00+00:00"),
        ("2026-11-24 09:00", "2026-11-24T09:00:00+00:00"),
        ("Dienstag, 24. November 2026 09:00", "2026-11-24T09:00:00+00:00"),
        ("24. März 2026 um 09:00:00 MEZ", "2026-03-24T09:00:00+01:00"),
        ("mardi 24 mars 2026 09:00", "2026-03-24T09:00:00+00:00"),
        ("mar. 24 nov. 2026 à 09:00", "2026-11-24T09:00:00+00:00"),
        ("24 de noviembre de 2026, 9:00:00 CET", "2026-11-24T09:00:00+01:00"),
        ("martedì 24 novembre 2026 09:00", "2026-11-24T09:00:00+00:00"),
        ("terça-feira, 24 de novembro de 2026 09:00", "2026-11-24T09:00:00+00:00"),
        ("dinsdag 24 november 2026 09:00", "2026-11-24T09:00:00+00:00"),
        ("24 listopada 2026 09:00", "2026-11-24T09:00:00+00:00"),
        ("den 24 november 2026 kl. 09.00", "2026-11-24T09:00:00+00:00"),
        ("24. marraskuuta 2026 klo 9.00", "2026-11-24T09:00:00+00:00"),
        ("úterý 24. listopadu 2026 9:00", "2026-11-24T09:00:00+00:00"),
        ("2026. november 24., kedd 9:00", "2026-11-24T09:00:00+00:00"),
        ("24 noiembrie 2026 09:00", "2026-11-24T09:00:00+00:00"),
        ("Τρίτη, 24 Νοεμβρίου 2026 9:00 μ.μ.", "2026-11-24T21:00:00+00:00"),
        ("24 Kasım 2026 Salı 09:00", "2026-11-24T09:00:00+00:00"),
        ("вторник, 24 ноября 2026 г., 9:00 +03:00", "2026-11-24T09:00:00+03:00"),
        ("24 листопада 2026 р. 09:00", "2026-11-24T09:00:00+00:00"),
        ("2026年11月24日 下午9:00", "2026-11-24T21:00:00+00:00"),
        ("2026年11月24日(火) 9:00", "2026-11-24T09:00:00+00:00"),
        ("2026년 11월 24일 화요일 오후 9:00", "2026-11-24T21:00:00+00:00"),
        ("Thứ Ba, 24 tháng 11, 2026 09:00", "2026-11-24T09:00:00+00:00"),
        ("יום שלישי 24 נובמבר 2026 09:00", "2026-11-24T09:00:00+00:00"),
        ("٢٤ نوفمبر ٢٠٢٦ ٠٩:٠٠", "2026-11-24T09:00:00+00:00"),
        ("24 พ.ย. 2569 09:00", "2026-11-24T09:00:00+00:00"),
        ("24 Nov 2026", "2026-11-24T00:00:00+00:00"),
        ("yesterday", None),
        ("99/99/2026", None),
    ],
)
def test_the_date_of_the_forwarded_mail_is_read(written: str, read: str | None):
    body = f"Look.\n\nFrom: {WHO}\nSent: {written}\nTo: tess@desk.test\nSubject: Scanner\n\nDead."
    forwarded = parse(a_mail(body, "Subject: FW: Scanner")).forwarded
    assert forwarded is not None
    assert (forwarded.date.isoformat() if forwarded.date else None) == read
