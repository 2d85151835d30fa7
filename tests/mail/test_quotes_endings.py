"""Signatures, notices and advertisements are told from the message, and nothing of the message is taken for one."""

from __future__ import annotations

import pytest

from postroom.mail import parse

from .build import a_mail

DEVICE_LINES = [
    "Sent from my iPhone",
    "Sent from my Verizon, Samsung Galaxy smartphone",
    "Sent from Mail for Windows",
    "Sent from Yahoo Mail on Android",
    "Sent with Proton Mail secure email.",
    "Sent via the Samsung Galaxy S21, an AT&T 5G smartphone",
    "Sent from a tiny keyboard",
    "Get Outlook for iOS<https://aka.ms/o0ukef>",
    "Get Outlook for Android",
    "Sent from my mobile device, please excuse typos",
    "Von meinem iPhone gesendet",
    "Gesendet mit der GMX Mail App",
    "Diese Nachricht wurde von meinem Android-Gerät mit K-9 Mail gesendet.",
    "Holen Sie sich Outlook für iOS",
    "Gesendet von Mail für Windows",
    "Envoyé de mon iPhone",
    "Envoyé depuis mon smartphone Samsung Galaxy.",
    "Envoyé à partir de Outlook pour Android",
    "Télécharger Outlook pour iOS",
    "Enviado desde mi iPhone",
    "Enviado do meu iPhone",
    "Obter o Outlook para iOS",
    "Inviato da iPhone",
    "Scarica Outlook per iOS",
    "Verstuurd vanaf mijn iPhone",
    "Verzonden vanaf mijn Samsung-apparaat",
    "Wysłane z iPhone'a",
    "Pobierz aplikację Outlook dla systemu iOS",
    "Skickat från min iPhone",
    "Hämta Outlook för iOS",
    "Sendt fra min iPhone",
    "Sendt fra Outlook for iOS",
    "Lähetetty iPhonesta",
    "Odesláno z iPhonu",
    "Odoslané z iPhonu",
    "Elküldve az iPhone-omról",
    "Trimis de pe iPhone",
    "Στάλθηκε από το iPhone μου",
    "iPhone'umdan gönderildi",
    "Отправлено с iPhone",
    "Отправлено из мобильной Яндекс Почты",
    "Надіслано з iPhone",
    "发自我的 iPhone",
    "從我的 iPhone 傳送",
    "iPhoneから送信",
    "나의 iPhone에서 보냄",
    "Đã gửi từ iPhone của tôi",
    "נשלח מה-iPhone שלי",
    "أرسلت من الـ iPhone",
    "Dikirim dari iPhone saya",
    "ส่งจาก iPhone ของฉัน",
]


@pytest.mark.parametrize("line", DEVICE_LINES)
def test_what_the_telephone_adds_is_no_part_of_the_message(line: str):
    mail = parse(a_mail(f"It burns.\n\n{line}"))
    assert (mail.reply_text, mail.signature) == ("It burns.", line)


@pytest.mark.parametrize("line", DEVICE_LINES)
def test_what_the_telephone_adds_above_a_quotation_is_taken_off_too(line: str):
    body = f"It burns.\n\n{line}\n\nOn 24 Nov 2026, at 10:00, Tess <tess@desk.test> wrote:\n\n> Is it on?"
    assert parse(a_mail(body)).reply_text == "It burns."


CLOSINGS = [
    "Best regards,", "Kind regards", "Regards,", "Sincerely,", "Cheers,", "Thanks,", "Many thanks!", "Best wishes",
    "Mit freundlichen Grüßen", "Mit freundlichen Grüßen / Best regards", "Viele Grüße", "MfG", "LG", "Danke,",
    "Cordialement,", "Bien à vous,", "Merci,", "Saludos,", "Un saludo", "Atentamente,", "Cordiali saluti", "Grazie,",
    "Atenciosamente,", "Cumprimentos,", "Obrigado,", "Met vriendelijke groet,", "Groeten,", "Pozdrawiam,",
    "Z poważaniem", "Med vänliga hälsningar", "Mvh", "Med venlig hilsen", "Med vennlig hilsen", "Terveisin",
    "S pozdravem", "S pozdravom", "Üdvözlettel", "Cu stimă", "Με εκτίμηση", "Saygılarımla", "С уважением,",
    "З повагою,", "此致", "敬具", "Trân trọng,", "בברכה,", "مع تحياتي", "Hormat saya,", "ขอแสดงความนับถือ",
]  # fmt: skip


@pytest.mark.parametrize("closing", CLOSINGS)
def test_a_greeting_with_name_and_address_is_the_signature(closing: str):
    below = f"{closing}\nSam Requester\nHead of Printing\nExample Ltd\nTel. +44 20 7946 0000\nwww.example.test"
    mail = parse(a_mail(f"The printer burns.\nPlease come.\n\n{below}"))
    assert (mail.reply_text, mail.signature) == ("The printer burns.\nPlease come.", below)


@pytest.mark.parametrize("closing", CLOSINGS)
def test_a_greeting_with_a_name_is_the_signature(closing: str):
    mail = parse(a_mail(f"The printer burns.\n\n{closing}\n\nSam"))
    assert mail.reply_text == "The printer burns."


NOTICES = [
    "CONFIDENTIALITY NOTICE: This e-mail and any attachments are for the sole use of the intended recipient and may\n"
    "contain privileged information. Any unauthorised disclosure is prohibited. If you received it in error, please\n"
    "notify the sender and delete it.",
    "This email and its attachments are confidential and intended solely for the addressee. If you are not the\n"
    "intended recipient, please destroy it.",
    "Diese E-Mail enthält vertrauliche Informationen. Wenn Sie nicht der richtige Adressat sind, informieren Sie\n"
    "bitte den Absender und löschen Sie diese Mail. Das unbefugte Kopieren ist nicht gestattet.",
    "Ce message est confidentiel et destiné exclusivement au destinataire. Si vous l'avez reçu par erreur, merci d'en\n"
    "avertir l'expéditeur et de le supprimer. Toute diffusion est interdite.",
    "Este mensaje es confidencial y va dirigido exclusivamente a su destinatario. Si lo ha recibido por error,\n"
    "notifíquelo al remitente y elimínelo. Queda prohibida su divulgación.",
    "Questo messaggio è riservato ed è destinato esclusivamente al destinatario. Se lo avete ricevuto per errore,\n"
    "vi preghiamo di avvisare il mittente e di cancellarlo.",
    "Esta mensagem é confidencial e destina-se exclusivamente ao destinatário. Se a recebeu por engano, avise o\n"
    "remetente e apague-a.",
    "Dit bericht is vertrouwelijk en uitsluitend bestemd voor de geadresseerde. Bent u niet de ontvanger, verwijder\n"
    "het dan en waarschuw de afzender.",
    "Ta wiadomość jest poufna i przeznaczona wyłącznie dla adresata. Jeśli nie są Państwo adresatem, prosimy\n"
    "powiadomić nadawcę i usunąć ją. Rozpowszechnianie jest zabronione.",
    "Настоящее сообщение конфиденциально и предназначено исключительно получателю. Если вы получили его по ошибке,\n"
    "сообщите отправителю и удалите его.",
    "此邮件仅供收件人使用，包含机密信息。如果您不是收件人，请删除并通知发件人，禁止传播其中的任何内容，谢谢您的合作与理解。"
    "未经许可不得复制或披露本邮件的任何内容。",
    "Please consider the environment before printing this e-mail.",
    "Virenfrei. www.avast.com",
    "_______________________________________________\nprinters mailing list\nprinters@lists.example.test\n"
    "https://lists.example.test/mailman/listinfo/printers",
    "--\nYou received this message because you are subscribed to the group.\nTo unsubscribe, send a mail.",
    "—\nReply to this email directly, view it on GitHub, or unsubscribe.\nYou are receiving this because you wrote.",
]


@pytest.mark.parametrize("notice", NOTICES)
def test_a_notice_below_the_mail_is_taken_off(notice: str):
    assert parse(a_mail(f"The printer burns.\n\n{notice}")).reply_text == "The printer burns."


def test_greeting_telephone_and_notice_are_all_taken_off():
    body = f"The printer burns.\n\nKind regards,\nSam Requester\n\nSent from my iPhone\n\n{NOTICES[0]}\n\n{NOTICES[-5]}"
    assert parse(a_mail(body)).reply_text == "The printer burns."


@pytest.mark.parametrize(
    "banner",
    [
        "CAUTION: This email originated from outside the organization. Do not click links.",
        "EXTERNAL EMAIL: Be careful\nwith links and attachments.",
        "You don't often get email from sam@example.test. Learn why this is important",
    ],
)
def test_the_warning_of_a_mail_server_above_is_taken_off(banner: str):
    assert parse(a_mail(f"{banner}\n\nThe printer burns.")).reply_text == "The printer burns."


@pytest.mark.parametrize(
    "ending",
    ["-- \nSam Requester\nExample Ltd", "--\nSam", "—\nSam", "__\nSam", "_____________\nSam\nTel: +44 20 7946 0000",
     "-----------\nSam Requester\nsam@example.test", "-Sam", "/Sam", "- Sam Requester"],
)  # fmt: skip
def test_a_line_that_parts_the_signature_is_known(ending: str):
    assert (
        parse(a_mail(f"The printer burns.\nPlease come.\n\n{ending}")).reply_text == "The printer burns.\nPlease come."
    )


def test_a_visiting_card_with_a_picture_above_it_is_the_signature():
    card = "[cid:image001.png@01DC]\nSam Requester\nTel. +44 20 7946 0000\nsam@example.test"
    mail = parse(a_mail(f"It burns.\n\n{card}"))
    assert (mail.reply_text, mail.signature) == ("It burns.", card)


@pytest.mark.parametrize(
    "closing", ["Thank you and best regards,", "Danke und viele Grüße", "Best regards / Cordialement"]
)
def test_two_greetings_in_one_line_are_one(closing: str):
    assert parse(a_mail(f"It burns.\n\n{closing}\n\ni.A. Sam Requester")).reply_text == "It burns."


def test_a_visiting_card_without_a_greeting_is_the_signature():
    body = "The printer burns, please come.\n\nSam Requester\nExample Ltd\nTel. +44 20 7946 0000\nwww.example.test"
    assert parse(a_mail(body)).reply_text == "The printer burns, please come."


UNTOUCHED = [
    "Thanks",
    "The printer burns.\n\nBest,\nSam\n\nP.S. The scanner does, too.",
    "Thanks!\nI will try it tomorrow and tell you.",
    "Thank you, it works again.\n\nThe printer on the second floor is still broken though.",
    "Please send it to:\n\nSam Requester\n1 High Street\nTel. +44 20 7946 0000\nwww.example.test",
    "Two things:\n- paper\n- toner",
    "The log says\n--\nerror 5 in unit 7, and then the whole thing stops and the light goes on, which is odd enough "
    "for me to write.\nIt never did that before.",
    "We had best regards from the vendor. The printer is broken.",
    "Sent from my desk, it is easier than my mobile phone.",
    "The parcel was sent from Berlin by mail and never arrived.",
    "The mail that was sent from my phone did not arrive.\nWhy?",
    "Our notice to the recipient was confidential.",
    "My phone: +44 20 7946 0000\nMy room: 12",
    "My signature is broken, it shows\n\n| Sam | Example Ltd |\n\nand nothing else. Can you repair it?",
]


@pytest.mark.parametrize("body", UNTOUCHED)
def test_nothing_of_a_message_is_taken_for_a_signature(body: str):
    mail = parse(a_mail(body))
    assert (mail.reply_text, mail.signature) == (body, None)


def test_a_short_japanese_notice_and_the_card_above_it_are_folded():
    notice = "本メールは機密情報を含みます。誤って受信された方は送信者に連絡し、削除をお願いします。"
    card = "よろしくお願いいたします。\n\nSam Requester\n総務部\n\nTel: +81 3 1234 5678\nsam@example.test"
    assert parse(a_mail(f"プリンターが動きません。\n\n{card}\n\n{notice}")).reply_text == "プリンターが動きません。"


def test_the_bare_address_above_a_scanners_footer_goes_with_it():
    footer = "<https://www.scanner.test/email-signature>\nVirus-free.www.scanner.test"
    assert parse(a_mail(f"It prints.\n\n{footer}")).reply_text == "It prints."


def test_a_vietnamese_advertisement_of_the_telephone_is_folded():
    assert parse(a_mail("Vâng.\n\nTải xuống Outlook cho Android<https://aka.ms/x>")).reply_text == "Vâng."
