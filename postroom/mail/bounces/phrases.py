"""How mail systems word a failure, by language: subjects, opening sentences, and what is said of a delay.

Each phrase is casefolded and looked for as it stands, which costs the same whatever the mail contains.
"""

from __future__ import annotations

SUBJECTS = (
    # English
    "undeliver", "undeliverable", "not deliver", "non-deliver", "nondeliver", "non deliver", "returned mail",
    "returned to sender", "returned message", "failure notice", "failure delivery", "failed delivery", "failed mail",
    "delivery fail", "delivery has fail", "delivery status", "delivery problem", "delivery error", "delivery report",
    "delivery notification", "delivery delay", "delivery incomplete", "delivery was unsuccessful", "delivery to ",
    "delivery attempt", "delivery failure", "delivery (failure", "delivery unsuccessful", "mail failure",
    "mail delivery", "mail system error", "mail error", "mail not deliver", "mail could not", "could not send",
    "could not be sent", "couldn't be sent", "not sent:", "unzugestellt",
    "could not deliver", "could not be deliver", "couldn't be deliver", "couldn't deliver", "can't be deliver",
    "cannot be deliver", "cannot deliver", "can't deliver", "unable to deliver", "was not deliver", "wasn't deliver",
    "has not been deliver", "not yet deliver", "problem delivering", "problems delivering", "error delivering",
    "error sending", "message status", "message delivery", "message not sent", "message rejected", "mail rejected",
    "rejected mail", "rejected:", "delayed mail", "delayed:", "is delayed", "was delayed", "warning: message",
    "warning: could not", "warning: mail", "user unknown", "unknown user", "unknown address", "invalid recipient",
    "unknown recipient", "bounce", "ndn:", "ndr:", "email error", "mail returned", "non remis", "banned file",
    "banned: ", "mail quota", "over quota", "recipient unknown", "transmission failure",
    "delivery service notification",
    "could not be reached", "failed to deliver", "blocked", "blocked mail", "address change",
    # German
    "unzustellbar", "nicht zustellbar", "nicht zugestellt", "zustellung fehlgeschlagen", "zustellfehler",
    "zustellungsfehler", "fehler bei der zustellung", "übermittlungsstatus", "zustellstatus",
    "zustellung nicht möglich",
    "verzögert", "nicht ausgeliefert", "nicht übermittelt", "rückläufer", "fehlgeschlagen",
    # French
    "non distribu", "non délivr", "non delivr", "échec de remise", "échec de la remise", "echec de remise",
    "echec de la remise", "d'état de remise", "d’état de remise", "état de la remise", "échec de distribution",
    "n'a pas pu être", "n’a pas pu être", "échec de la distribution", "non-remise", "impossible de remettre",
    "message retardé", "retour à l'expéditeur",
    # Spanish
    "no se puede entregar", "no se pudo entregar", "no se ha podido entregar", "no entregad", "estado de entrega",
    "entrega fallida", "fallo en la entrega", "error en la entrega", "error de entrega", "no se puede enviar",
    "correo devuelto", "mensaje devuelto", "no se pudo enviar", "fallo de entrega",
    # Italian
    "non recapitabile", "mancato recapito", "mancata consegna", "stato del recapito", "impossibile recapitare",
    "consegna fallita", "non consegnat", "errore di consegna", "notifica di recapito", "recapito non riuscito",
    # Portuguese
    "não entregue", "não pôde ser entregue", "não foi entregue", "não é possível entregar", "status de entrega",
    "falha na entrega", "falha de entrega", "mensagem devolvida", "erro na entrega", "não foi possível entregar",
    "estado da entrega", "não é possível fazer a entrega", "devolução de mensagem",
    # Dutch
    "onbestelbaar", "niet bezorgd", "niet worden bezorgd", "niet te bezorgen", "niet afgeleverd", "bezorging mislukt",
    "aflevering mislukt", "bezorgingsstatus", "kan niet worden afgeleverd",
    # Scandinavian and Finnish
    "kunde inte levereras", "kan inte levereras", "gick inte att leverera", "olevererbar", "ej levererat",
    "kan ikke leveres", "kunne ikke leveres", "ikke leveret", "ikke levert", "uleverbar", "kan ikke bli levert",
    "toimittamaton", "ei voitu toimittaa", "ei voida toimittaa", "toimitus epäonnistui", "toimitusvirhe",
    # Polish, Czech, Slovak, Hungarian, Romanian, Turkish, Greek, Baltic
    "niedostarcz", "nie dostarczono", "nie można dostarczyć", "niedoręcz", "nedoruč", "nelze doručit",
    "nebylo doručeno", "kézbesíthetetlen", "nem kézbesíthető", "sikertelen kézbesítés", "nelivrat",
    "nu poate fi livrat",
    "nelivrabil", "teslim edilemedi", "teslim edilemeyen", "iletilemedi", "gönderilemedi", "δεν παραδόθηκε",
    "αδύνατη η παράδοση", "μη παραδοτέο", "nepristatyta", "nav piegādāt", "neuručeno", "nedostavljeno", "neisporučeno",
    # Russian, Ukrainian, Bulgarian
    "не доставлен", "недоставлен", "не удается доставить", "не удалось доставить", "ошибка доставки", "недоставк",
    "не может быть доставлен", "состоянии доставки", "не удаётся доставить", "неможливо доставити",
    "не було доставлено",
    "невозможно доставить", "возврат письма", "не е доставен", "недоставена",
    # Chinese, Japanese, Korean, Hebrew, Arabic
    "无法投递", "未送达", "未传递", "传递失败", "无法传递", "無法傳遞", "無法遞送", "退信", "投递失败", "传输失败",
    "退回",
    "未送達", "傳送失敗", "发送失败", "投遞失敗", "無法投遞", "无法送达", "配信不能", "配信できません", "未配信",
    "配信エラー", "送信できません", "送信エラー", "宛先不明", "配送エラー", "配信失敗", "エラーメール", "届きません",
    "お届けできません", "配達不能", "送信失敗", "送達できません", "배달되지", "배달 못", "전송 실패", "배달할 수 없",
    "전송되지", "반송", "발송 실패", "לא ניתן למסירה", "לא נמסר", "تعذر تسليم", "غير قابل للتسليم",
)  # fmt: skip

# What opens or carries the notice itself.
OPENINGS = (
    # English
    "could not be deliver", "couldn't be deliver", "could not deliver", "couldn't deliver", "can't be deliver",
    "cannot be deliver", "can not be deliver", "cannot deliver", "can't deliver", "not be able to deliver",
    "unable to deliver", "wasn't able to deliver",
    "not able to deliver", "was not deliver", "were not deliver", "wasn't deliver", "has not been deliver",
    "have not been deliver", "not yet been deliver", "not been deliver", "is not deliver", "delivery has failed",
    "delivery failed",
    "delivery to ", "delivery of your", "delivery of email", "delivery of e-mail", "final delivery",
    "an error was detected", "error-for", "exceeds allowed", "original message follows", "full mailbox", "postponed",
    "delivery notification",
    "delivery status notification", "delivery failure", "delivery of the ", "failed to deliver",
    "delivery attempt", "delivery fail", "undeliver", "did not reach", "didn't reach", "could not be reached",
    "not receive", "could not be sent",
    "couldn't be sent", "permanent fatal error", "permanent error", "fatal errors", "failed address",
    "failed recipient", "failed for the following", "following address", "following recipient", "following destination",
    "following user", "following mail", "returned to you", "returned to sender", "returned to the sender",
    "returning message",
    "is being returned", "being returned", "returned mail", "bounced", "bounce message", "unknown user",
    "unknown address", "unknown recipient",
    "user unknown", "no such user", "no such mailbox", "mailbox unavailable", "invalid address", "invalid recipient",
    "transcript of session", "failure notice", "failure reasons", "non-delivery", "nondelivery", "not accepting",
    "has been rejected", "was rejected", "been blocked", "was blocked", "automatically rejected", "was not sent",
    "does not exist",
    "doesn't exist", "did not exactly match", "is over quota", "mailbox is full", "mailbox full", "over quota",
    "message could not", "mail could not",
    "problem delivering", "error occurred", "unrouteable", "has been delayed", "is delayed", "was delayed",
    "could not be completed", "could not process", "the following error", "error message", "remote host said",
    "smtp error", "quota exceeded",
    "reporting-mta", "couldn't find", "wasn't found", "rcpt to", "will be retried", "not able to be deliver",
    "user's account", "user(s)", "relay", "unsuccessful", "recipient:", "recipients:", "can't send", "rejected your",
    "disabled or discontinued", "we're sorry", "no matches", "was addressed",
    # German
    "nicht zugestellt", "unzustellbar", "nicht zustellbar", "nicht erreicht", "nicht erreichen", "zustellung",
    "nicht ausgeliefert",
    "empfänger", "fehlgeschlagen",
    # French, Spanish, Italian, Portuguese, Dutch
    "n'a pas pu", "n’a pas pu", "pas pu etre", "pas pu être", "échec de la remise", "non remis", "n'a pu être",
    "non recapitat",
    "destinataire", "no se pudo", "no se puede", "no se ha podido", "no pudo ser", "no ha podido",
    "error al entregar", "destinatario", "non è stato",
    "impossibile recapitare", "impossibile consegnare", "mancata consegna", "não pôde", "não foi possível",
    "não foi entregue", "não pode ser",
    "destinatário", "kan niet", "kon niet", "niet worden bezorgd", "niet bezorgd", "niet afgeleverd", "geadresseerde",
    # Scandinavian, Finnish, Slavic, Hungarian, Turkish, Greek
    "inte levereras", "ikke leveres", "ikke leveret", "ikke levert", "kunne ikke", "kunde inte", "toimittaa",
    "dostarcz", "doruč",
    "kézbesít", "teslim", "iletilemedi", "livrat", "παραδ",
    "не доставлен", "доставить", "доставлен", "доставк", "не удалось", "не существует", "не найден", "доставити",
    # Chinese, Japanese, Korean
    "无法", "無法", "失败", "失敗", "退信", "退回", "配信", "送信", "届け", "宛先", "存在しません", "エラー", "배달",
    "전송", "반송",
    "sina.com", "不存在", "收件人", "未送达",
)  # fmt: skip

# Only a machine opens its mail so. Looked for at the start of one of the first lines.
MACHINE_OPENINGS = (
    "your message", "your mail", "your e-mail", "your email", "the message you", "the following message",
    "a message that you", "a message you", "the mail you", "message from ", "this message was created automatically",
    "this is an automatic", "this is the mail", "this is the machine", "this report relates", "this is a delivery",
    "this is a mail delivery", "this is an error message", "this is a permanent error", "this is the postfix",
    "hi. this is", "delivery has failed", "delivery to the", "delivery failed", "delivery status",
    "could not deliver", "unable to deliver",
    "failed to deliver", "failed recipients", "failed recipient", "failure notice",
    "the original message was received", "the following address",
    "the following recipient", "following recipient", "following address", "non-delivery report", "nondelivery",
    "undeliverable", "undelivered", "sorry, we",
    "sorry. your message",
    "we're sorry", "we are sorry", "i'm sorry to", "the recipient", "the user(s)", "each of the following",
    "message not delivered",
    "mail delivery failed", "mail could not", "message delivery", "the delivery", "an error was",
    "an error occurred", "the mail system",
    "ihre nachricht", "die nachricht", "ihre e-mail", "diese nachricht wurde automatisch", "votre message",
    "le message", "su mensaje", "el mensaje",
    "il messaggio", "il tuo messaggio", "il suo messaggio", "sua mensagem", "a mensagem", "uw bericht",
    "het bericht", "ваше сообщение", "ваше письмо", "сообщение",
    "您的邮件", "您发送的", "抱歉", "很抱歉", "このメール", "以下の", "あなたの", "お客様", "次の", "送信した",
)  # fmt: skip

DELAYED = (
    "warning: message", "postponed", "has been delayed", "is delayed", "was delayed", "being delayed",
    "delayed mail", "message delayed", "delay notification", "delivery delay",
    "will be retried", "will retry", "will continue", "will keep trying", "keep trying", "no action is required",
    "still trying", "still being retried", "not yet been deliver", "has not yet", "have not yet",
    "not been delivered yet",
    "do not need to resend", "do not resend", "attempts will continue", "this is a warning message only",
    "(delay)", "temporarily deferred", "will be made to deliver", "weiterhin versucht", "verzögert",
    "wird weiter versucht", "continuera",
    "se seguirá intentando", "continuerà", "zal blijven proberen", "будут продолжены", "retardé", "retrasado",
    "ritardat", "atrasad",
)  # fmt: skip

FINAL = (
    "not going to try again", "giving up", "gave up", "permanent", "no further", "will not be retried",
    "could not be delivered for",
    "retry timeout exceeded", "retry time not reached", "failed permanently", "has been returned",
    "in the queue too long", "no longer be retried",
)  # fmt: skip
