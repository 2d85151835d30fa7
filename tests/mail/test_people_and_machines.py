"""Whoever asks the desk about leave or absence notices is a person; what calls itself automatic is not."""

from __future__ import annotations

import pytest

from postroom.mail import parse

from .build import a_mail

ASKING = [
    ("Vacances", "Bonjour,\n\nje suis absente la semaine du 9, pouvez-vous réinstaller mon poste ?"),
    ("Vacaciones", "Estaré de vacaciones en marzo. ¿Quién cuida entonces del buzón de ventas?"),
    ("Away message", "Theo is back in the office. Would you take his away message down?"),
    ("Ferie", "Jeg er på ferie fra mandag. Kan I opgradere min pc imens?"),
    ("Ferien", "Ich bin ab Montag im Urlaub. Könnten Sie den Rechner dann abholen?"),
    ("Leave from 9 to 13 March", "I will be out of the office that week. Could you swap my screen then?"),
    ("Ticket received?", "Was my ticket received? I saw no automatic confirmation."),
    ("About the notice", "This is an automated message problem: nobody gets our newsletter."),
    ("Odd mail", "Somebody sent me this:\n\nThis is an automated message, do not reply.\n\nI do not know what it is."),
    ("关于自动回复", "请帮我设置。"),
    (": printer", "It is broken."),
    ("Urlaub vom 2. bis 6. März", "Ich bin nicht im Büro. Bitte den Bildschirm dann tauschen."),
    ("On leave 2-6 March", "I am on leave then, please cancel my desk."),
    ("Automatic reply", "Please change the automatic reply of info@ to the text below."),
    ("Message d'absence", "Merci de rédiger un message d'absence pour Theo."),
    ("Thanks for your message", "Thanks for your message, the ticket is solved. Please archive it."),
]
AUTOMATIC = [
    ("부재중 자동응답: 프린터", "지금은 휴가 중입니다."),
    ("外出时的自动答复: 打印机", "我下周一回来。"),
    ("Re: Printer", "Good day,\n\nthis is an automated reply. I am back on Monday."),
    ("Re: Drucker", "Dies ist eine automatisch generierte E-Mail. Ihre Anfrage hat die Nummer 12."),
    ("Re: Imprimante", "Ceci est un message automatique, merci de ne pas y répondre."),
    ("Re: Impresora", "Este es un mensaje automático. Su consulta tiene el número 12."),
    ("Re: Stampante", "Questo è un messaggio automatico, non rispondere."),
    ("Re: Принтер", "Это автоматический ответ. Я вернусь в понедельник."),
    ("Re: 打印机", "这是自动回复,我会尽快与您联系。"),
]


@pytest.mark.parametrize(("subject", "text"), ASKING)
def test_whoever_asks_the_desk_is_no_machine(subject: str, text: str):
    mail = parse(a_mail(text, f"Subject: {subject}"))
    assert (mail.auto, mail.auto_reason) == ("no", "")


@pytest.mark.parametrize(("subject", "text"), AUTOMATIC)
def test_a_mail_that_calls_itself_automatic_is_believed(subject: str, text: str):
    assert parse(a_mail(text, f"Subject: {subject}")).auto == "auto-replied"


def test_a_forwarded_automatic_answer_is_a_persons_mail():
    assert parse(a_mail("This is an automated reply.", "Subject: Fwd: Printer")).auto == "no"
