"""The words that mail programs put around an older mail, in the languages they are sold in."""

from __future__ import annotations

import re
from typing import Literal

Label = Literal["from", "to", "cc", "subject", "date"]

_WORDS: dict[Label, str] = {
    "from": "From|Von|De|Da|Od|Van|Från|Fra|Lähettäjä|От|От кого|Від|Kimden|Gönderen|Expéditeur|Remitente|Mittente|"
    "Feladó|De la|Από|差出人|送信元|发件人|發件人|寄件者|보낸 사람|보낸사람|प्रेषक|से|Afzender|Absender|Odesílatel",
    "to": "To|An|À|A|Para|Do|Aan|Till|Til|Vastaanottaja|Кому|Kime|Alıcı|Destinataire|Destinatario|Címzett|Komu|Către|"
    "Προς|宛先|收件人|收件者|받는 사람|받는사람|प्रति|को|Empfänger|Destinatário|Geadresseerde",
    "cc": "Cc|CC|Kopie|Copie à|Copie|Copia|Kopia|DW|UDW|Kopi|Kopio|Копия|Bilgi|抄送|副本|참조|प्रतिलिपि",
    "subject": "Subject|Betreff|Objet|Asunto|Oggetto|Assunto|Onderwerp|Temat|Ämne|Emne|Aihe|Тема|Konu|Sujet|Předmět|"
    "Tárgy|Subiect|Θέμα|件名|主题|主題|主旨|제목|विषय",
    "date": "Sent|Date|Gesendet|Datum|Envoyé|Fecha|Enviado|Enviado el|Enviada em|Enviado em|Inviato|Data|Verzonden|"
    "Wysłano|Skickat|Sendt|Dato|Lähetetty|Päivämäärä|Отправлено|Дата|Tarih|Gönderildi|Gönderme Tarihi|Odesláno|"
    "Elküldve|Dátum|Trimis|Ημερομηνία|日時|送信日時|发送时间|寄件日期|日期|보낸 날짜|날짜|दिनांक|भेजा गया",
}
_MEANING: dict[str, Label] = {word.casefold(): label for label, words in _WORDS.items() for word in words.split("|")}
_LABEL = re.compile(r"^[>|\s]{0,20}\*{0,2}([^\W\d_][\w ]{0,24}?)\*{0,2}\s{0,3}[:：]\*{0,2}\s{0,40}(.*)$")

_ORIGINAL = (
    "original message|original appointment|ursprüngliche nachricht|originalnachricht|message d'origine|"
    "message original|mensaje original|messaggio originale|mensagem original|oorspronkelijk bericht|"
    "originele bericht|wiadomość oryginalna|oryginalna wiadomość|original meddelande|ursprungligt meddelande|"
    "oprindelig meddelelse|opprinnelig melding|alkuperäinen viesti|původní zpráva|исходное сообщение|özgün ileti|"
    "reply message|reply above this line|元のメッセージ|original e-mail|原始邮件|原始郵件|원본 메시지|eredeti üzenet"
)
_FORWARD = (
    "forwarded message|weitergeleitete nachricht|message transféré|mensaje reenviado|messaggio inoltrato|"
    "mensagem encaminhada|mensagem reencaminhada|doorgestuurd bericht|przekazana wiadomość|wiadomość przekazana|"
    "treść przekazanej wiadomości|vidarebefordrat meddelande|videresendt meddelelse|videresendt melding|"
    "välitetty viesti|přeposlaná zpráva|пересылаемое сообщение|пересланное сообщение|iletilmiş mesaj|"
    "iletilen ileti|yönlendirilen ileti|"
    "转发的邮件|转发邮件|轉寄郵件|轉寄的郵件|転送メッセージ|전달된 메시지|अग्रेषित संदेश|"
    "forwarded by|mail transféré|továbbított üzenet"
)
_BEGIN_FORWARD = (
    "begin forwarded message|anfang der weitergeleiteten nachricht|début du message réexpédié|"
    "début du message transféré|inicio del mensaje reenviado|inizio messaggio inoltrato|"
    "início da mensagem reencaminhada|início da mensagem encaminhada|begin doorgestuurd bericht|"
    "początek przekazanej wiadomości|rozpoczęcie przekazywanej wiadomości|vidarebefordrat mejl|"
    "start på vidarebefordrat|videresendt besked|başlangıç iletilen ileti|iletilen ileti başlangıcı|"
    "начало переадресованного сообщения|転送されたメッセージ|下面是被转发的邮件|以下是被轉寄的郵件|전달된 메시지 시작"
)
_DASHES = "[-_=*#\u2010-\u2015\u2500]"
ORIGINAL_LINE = re.compile(
    rf"^[>\s]{{0,20}}{_DASHES}{{2,60}}\s*(?:{_ORIGINAL})\s*:?\s*{_DASHES}{{0,60}}\s*$", re.IGNORECASE
)
FORWARD_LINE = re.compile(
    rf"^[>\s]{{0,20}}(?:{_DASHES}{{2,60}}\s*(?:{_FORWARD})\b.{{0,120}}|(?:{_BEGIN_FORWARD})\s*[:：]?\s*|"
    rf"(?:{_FORWARD})\s*[:：]\s*)$",
    re.IGNORECASE,
)
FORWARD_SUBJECT = re.compile(
    r"^\s*\[?(?:fwd?|wg|tr|rv|i|inoltra|enc|encaminhada?|res|doorst|fs|vb|vs|vl|pd|iltt?|ilet|přeposláno|转发|"
    r"轉寄|転送|전달)\s*[:：]",
    re.IGNORECASE,
)
_VERB = (
    "wrote|writes|schrieb|geschrieben|a écrit|escribió|ha scritto|escreveu|schreef|napisał|napisała|napisał\\(a\\)|"
    "pisze|skrev|kirjoitti|napsal|napsala|napsal\\(a\\)|пишет|писал|писала|написал|написала|написав|пише|"
    "yazdı|şunları yazdı|"
    "írta|a scris|έγραψε|写道|寫道|のメール|からのメール|のメッセージ|작성|さんは書きました|ने लिखा"
)
ATTRIBUTION_END = re.compile(
    rf"(?:\b(?:{_VERB})\b.{{0,150}}|(?:写道|寫道|のメール|のメッセージ|さんは書きました|ने लिखा|작성).{{0,20}}|"
    r"<[^\s<>@]{1,100}@[^\s<>]{1,150}>)\s*[:：]\s*$",
    re.IGNORECASE,
)
ATTRIBUTION_START = re.compile(
    r"^\s*(?:(?P<word>On|Am|Le|El|Il|Em|Op|W dniu|Dnia|Den|Dne|Dňa|În|Στις|At|Quoting)\s|[A-Z][a-z]{2},? |"
    r"[\d«\"<]|.{0,80}@)"
)


def label_of(line: str) -> tuple[Label, str] | None:
    """What one line of a header block in a body says: (``from``, "Ann <ann@example.test>"), or None."""
    if ":" not in line[:60] and "：" not in line[:60]:
        return None
    found = _LABEL.match(line[:2000])
    if found is None:
        return None
    label = _MEANING.get(found[1].strip().casefold())
    return (label, found[2].strip()) if label else None
