"""What mail programs write around an older mail, by language: data only, alternatives parted by ``|``.

A language is named by its ISO 639-1 code. To teach a language, add a row to each table that knows it.
"""

from __future__ import annotations

from typing import Literal

Label = Literal["from", "to", "cc", "date", "subject", "other"]

# The names of the fields in a header block, in the order of _FIELDS: from; to; cc; date; subject; passed over.
FIELDS: tuple[Label, ...] = ("from", "to", "cc", "date", "subject", "other")
LABELS: dict[str, tuple[str, str, str, str, str, str]] = {
    "en": ("From", "To|Recipient|Recipients", "Cc|Copy", "Sent|Date|Sent at|Sent on|Date sent", "Subject",
           "Reply-To|Reply to|Sender|Bcc|Importance|Attachments|Attachment|Priority|Organization|Message-ID|X-Mailer|"
           "In-Reply-To|References|Sensitivity|Categories|Resent-From|Received|Mailing list|Security|List-Id"),
    "de": ("Von|Absender", "An|Empfänger", "Cc|Kopie|Kopie (CC)|Kopie an", "Gesendet|Datum|Gesendet am|Verschickt",
           "Betreff|Betrifft", "Antwort an|Antwort-An|Wichtigkeit|Priorität|Anlagen|Anlage|Anhänge|Organisation|"
           "Blindkopie"),
    "fr": ("De|Expéditeur", "À|A|Pour|Destinataire|Destinataires", "Cc|Copie|Copie à",
           "Envoyé|Date|Envoyé le|Date d'envoi|Envoyée", "Objet|Sujet",
           "Répondre à|Répondre-À|Pièces jointes|Pièce jointe|Cci|Priorité|Importance"),
    "es": ("De|Remitente|Desde", "Para|A|Destinatario|Destinatarios", "CC|Con copia|Copia",
           "Enviado|Fecha|Enviado el|Enviado a las|Enviada", "Asunto",
           "Responder a|Importancia|Datos adjuntos|Adjuntos|CCO|Prioridad"),
    "it": ("Da|Mittente", "A|Destinatario|Destinatari", "Cc|Copia|Per conoscenza",
           "Inviato|Data|Inviata|Data invio|Inviato il", "Oggetto", "Rispondi a|Priorità|Allegati|Ccn|Importanza"),
    "pt": ("De|Remetente", "Para|Destinatário", "Cc|Com cópia|Cópia",
           "Enviado|Enviada em|Enviado em|Enviada|Data|Data de envio|Enviado a", "Assunto",
           "Responder a|Responder A|Prioridade|Anexos|Cco|Importância"),
    "ca": ("De|Remitent", "Per a|A", "A/c", "Enviat|Data|Enviat el", "Assumpte|Tema", "Respon a"),
    "nl": ("Van|Afzender", "Aan|Geadresseerde|Ontvanger", "CC|Kopie", "Verzonden|Datum|Verzonden op|Verstuurd",
           "Onderwerp|Betreft", "Antwoord aan|Beantwoorden|Bijlagen|Urgentie|Prioriteit"),
    "pl": ("Od|Nadawca", "Do|Adresat", "DW|Do wiadomości|Kopia", "Wysłano|Data|Wysłane|Wysłana|Data wysłania",
           "Temat", "Odpowiedź-do|Odpowiedź do|Załączniki|Ważność|UDW|Priorytet"),
    "sv": ("Från|Avsändare", "Till", "Kopia|Cc", "Skickat|Datum|Skickades", "Ämne",
           "Svara till|Bilagor|Prioritet|Svar till"),
    "da": ("Fra|Afsender", "Til", "Cc|Kopi|Kopi til", "Sendt|Dato", "Emne|Vedr", "Svar til|Vedhæftet|Vedhæftede filer"),
    "no": ("Fra|Avsender", "Til", "Kopi|Cc", "Sendt|Dato", "Emne", "Svar til|Vedlegg|Svar-Til"),
    "fi": ("Lähettäjä", "Vastaanottaja|Saaja|Kenelle|Vastaanottajat", "Kopio",
           "Lähetetty|Päivämäärä|Päiväys|Pvm|Lähetysaika", "Aihe", "Vastaus|Vastausosoite|Liitteet"),
    "cs": ("Od|Odesílatel", "Komu|Pro|Příjemce", "Kopie", "Odesláno|Datum|Odesláno dne", "Předmět",
           "Odpověď na|Odpovědět|Přílohy|Důležitost"),
    "sk": ("Od|Odosielateľ", "Komu|Pre", "Kópia", "Odoslané|Dátum|Poslané|Odoslaná", "Predmet",
           "Odpovedať-Pre|Odpovedať|Prílohy|Dôležitosť"),
    "hu": ("Feladó|Küldő", "Címzett|Címzettek", "Másolat|Másolatot kap", "Elküldve|Dátum|Küldve|Küldés dátuma",
           "Tárgy", "Válaszcím|Mellékletek|Fontosság"),
    "ro": ("De la|Expeditor|Expeditorul", "Către|Catre|Destinatar|Destinatarul|Pentru", "Cc|Copie",
           "Trimis|Dată|Data|Trimis la|Trimisă", "Subiect|Subiectul", "Răspuns către|Atașări|Importanță"),
    "el": ("Από|Αποστολέας", "Προς|Παραλήπτης", "Κοιν.|Κοινοποίηση|Κοιν", "Στάλθηκε|Ημερομηνία|Εστάλη|Ημ/νία",
           "Θέμα", "Απάντηση σε|Συνημμένα"),
    "tr": ("Kimden|Gönderen", "Kime|Alıcı", "Bilgi|Cc", "Gönderildi|Tarih|Gönderilen|Gönderme Tarihi|Gönderim Tarihi",
           "Konu", "Yanıt Adresi|Ekler|Önem|Yanıtla"),
    "ru": ("От|От кого|Отправитель", "Кому|Получатель", "Копия", "Отправлено|Дата|Послано|Дата отправки|Отправлен",
           "Тема", "Ответ-Кому|Вложения|Важность|Ответить|СК"),
    "uk": ("Від|Від кого|Відправник", "Кому|До", "Копія", "Відправлено|Надіслано|Дата", "Тема",
           "Кому відповісти|Вкладення"),
    "bg": ("От|Подател|От кого", "До|Получател", "Копие", "Изпратено|Дата", "Тема|Относно", "Отговор до"),
    "hr": ("Šalje|Od|Pošiljatelj", "Prima|Za|Primatelj", "Kopija", "Datum|Poslano|Poslana", "Predmet|Naslov",
           "Odgovori na"),
    "sl": ("Od|Pošiljatelj", "Za|Prejemnik", "Kp", "Poslano|Datum", "Zadeva", "Odgovor za"),
    "et": ("Saatja|Kellelt", "Saaja|Kellele|Adressaat", "Koopia", "Kuupäev|Saadetud", "Teema|Pealkiri", "Vasta"),
    "lt": ("Nuo|Siuntėjas", "Kam|Iki|Gavėjas", "Kopija", "Data|Išsiųsta", "Tema", "Atsakyti"),
    "lv": ("No|Sūtītājs", "Kam|Adresāts", "Kopija", "Datums|Nosūtīts", "Temats|Tēma", "Atbildēt"),
    "zh": ("发件人|發件人|寄件者|寄件人|发送人|发信人|发自|自", "收件人|收件者|收信人|送达|發送至|发送至|至",
           "抄送|副本|抄送人",
           "发送时间|發送時間|日期|寄件日期|时间|時間|发送日期|發送日期|傳送日期|传送日期|傳送時間|"
           "已发送|已傳送|寄件時間",
           "主题|主題|主旨|标题|標題", "附件|重要性|密送|密件副本|回信地址|回复|回覆"),
    "ja": ("差出人|送信者|送信元", "宛先|宛て先|受信者", "写し|Cc", "日時|送信日時|日付|送信済み|送信日|送信",
           "件名|題名",
           "返信先|添付ファイル|添付|重要度"),
    "ko": ("보낸 사람|보낸사람|보낸이|발신|발신인|보내는 사람", "받는 사람|받는사람|받는이|수신|수신인", "참조",
           "날짜|보낸 날짜|보낸날짜|일시|보낸 시간|보낸시간|발송|전송", "제목",
           "첨부|첨부 파일|숨은 참조|회신 주소|답장 주소"),
    "vi": ("Từ|Người gửi", "Đến|Tới|Người nhận", "Đồng gửi|Cc", "Ngày|Đã gửi|Ngày gửi|Gửi|Thời gian|Vào",
           "Chủ đề|Tiêu đề|Chủ Đề", "Trả lời|Đính kèm"),
    "he": ("מאת|מ", "אל|נמען|ל", "עותק|העתק", "תאריך|נשלח|נשלח ב", "נושא", "השב אל|קבצים מצורפים"),
    "ar": ("من|المرسل", "إلى|الى|المستلم", "نسخة|نسخة إلى", "التاريخ|تاريخ|تم الإرسال|أرسلت|الإرسال|تاريخ الإرسال",
           "الموضوع|موضوع", "الرد على|المرفقات"),
    "fa": ("از|فرستنده", "به|گیرنده", "رونوشت", "تاریخ|ارسال شده", "موضوع", "پاسخ به"),
    "id": ("Dari|Pengirim", "Kepada|Ke|Untuk", "Tembusan|Cc", "Tanggal|Dikirim|Terkirim", "Subjek|Perihal|Subyek|Hal",
           "Balas ke|Lampiran"),
    "th": ("จาก|ผู้ส่ง", "ถึง|ผู้รับ", "สำเนา|สำเนาถึง", "วันที่|ส่ง|ส่งเมื่อ|วันเวลา", "เรื่อง|หัวเรื่อง|หัวข้อ", "ตอบกลับ|สิ่งที่ส่งมาด้วย"),
    "hi": ("प्रेषक|से|द्वारा", "प्रति|को|प्राप्तकर्ता", "प्रतिलिपि", "दिनांक|भेजा गया|तिथि", "विषय", "उत्तर"),
}  # fmt: skip

# Between dashes above the mail that is answered.
ORIGINAL: dict[str, str] = {
    "en": "original message|original appointment|original e-mail|original email|original mail|reply message|"
    "original message processed by david|previous message|message history",
    "de": "ursprüngliche nachricht|urspruengliche nachricht|originalnachricht|original-nachricht|original nachricht|"
    "ursprünglicher termin|ursprüngliche mail|ursprüngliche e-mail",
    "fr": "message d'origine|message d’origine|message original|message initial|rendez-vous d'origine|"
    "courriel original|e-mail d'origine|mail original",
    "es": "mensaje original|cita original|mensaje de origen|correo original",
    "it": "messaggio originale|messaggio di origine|appuntamento originale|messaggio originario",
    "pt": "mensagem original|compromisso original|mensagem de origem",
    "ca": "missatge original",
    "nl": "oorspronkelijk bericht|oorspronkelijke bericht|origineel bericht|originele bericht|"
    "oorspronkelijke afspraak|oorspronkelijke e-mail",
    "pl": "wiadomość oryginalna|oryginalna wiadomość|treść oryginalnej wiadomości|wiadomosc oryginalna",
    "sv": "ursprungligt meddelande|originalmeddelande|original meddelande|ursprungsmeddelande",
    "da": "oprindelig meddelelse|original meddelelse|oprindelig besked|originalmeddelelse",
    "no": "opprinnelig melding|original melding|originalmelding",
    "fi": "alkuperäinen viesti",
    "cs": "původní zpráva|puvodni zprava|původní e-mail",
    "sk": "pôvodná správa",
    "hu": "eredeti üzenet|eredeti levél",
    "ro": "mesaj original|mesajul original|mesaj inițial",
    "el": "αρχικό μήνυμα|πρωτότυπο μήνυμα",
    "tr": "özgün ileti|orijinal mesaj|orijinal ileti|asıl ileti|özgün mesaj",
    "ru": "исходное сообщение|оригинальное сообщение|первоначальное сообщение|исходное письмо",
    "uk": "оригінальне повідомлення|вихідне повідомлення|початкове повідомлення",
    "bg": "оригинално съобщение|първоначално съобщение",
    "hr": "izvorna poruka|originalna poruka",
    "sl": "izvirno sporočilo|originalno sporočilo",
    "et": "algne sõnum|algsõnum|originaalkiri",
    "lt": "pradinis laiškas|originalus laiškas",
    "lv": "sākotnējais ziņojums|oriģinālais ziņojums",
    "zh": "原始邮件|原始郵件|原始信息|邮件原件|原邮件|原郵件|原始訊息",
    "ja": "元のメッセージ|元のメール|オリジナルメッセージ",
    "ko": "원본 메시지|원본 메일|원본 이메일|원본메시지",
    "vi": "thư gốc|tin nhắn gốc|thư ban đầu",
    "he": "הודעה מקורית|הודעת המקור",
    "ar": "الرسالة الأصلية|رسالة أصلية",
    "id": "pesan asli|pesan awal",
    "th": "ข้อความต้นฉบับ|ข้อความเดิม",
    "hi": "मूल संदेश",
}
# Between dashes above the mail that is forwarded.
FORWARDED: dict[str, str] = {
    "en": "forwarded message|forwarded by|forwarded email|forwarded mail|forward message",
    "de": "weitergeleitete nachricht|weitergeleitet von|weitergeleitete mail|weitergeleitete e-mail",
    "fr": "message transféré|mail transféré|message transmis|message réexpédié|courriel transféré|transféré par|"
    "e-mail transféré",
    "es": "mensaje reenviado|reenviado por|correo reenviado",
    "it": "messaggio inoltrato|inoltrato da|messaggio girato",
    "pt": "mensagem encaminhada|mensagem reencaminhada|encaminhado por",
    "ca": "missatge reenviat",
    "nl": "doorgestuurd bericht|doorgestuurd door|doorgezonden bericht",
    "pl": "przekazana wiadomość|wiadomość przekazana|treść przekazanej wiadomości|przesłana wiadomość|"
    "wiadomość przesłana dalej",
    "sv": "vidarebefordrat meddelande|vidarebefordrat mejl|vidarebefordrat av",
    "da": "videresendt meddelelse|videresendt besked|videresendt af",
    "no": "videresendt melding|videresendt av|videresendt e-post",
    "fi": "välitetty viesti|edelleenlähetetty viesti|välitetty viesti / fwd.msg",
    "cs": "přeposlaná zpráva|předaná zpráva|přeposlaný e-mail",
    "sk": "preposlaná správa|preposlaná správa --- forwarded message",
    "hu": "továbbított üzenet|továbbított levél",
    "ro": "mesaj redirecționat|mesaj redirectionat|mesaj transmis mai departe",
    "el": "προωθημένο μήνυμα|προωθούμενο μήνυμα",
    "tr": "iletilmiş mesaj|iletilen ileti|yönlendirilen ileti|yönlendirilmiş ileti|iletilen mesaj",
    "ru": "пересылаемое сообщение|пересланное сообщение|перенаправленное сообщение|переадресованное сообщение|"
    "пересылаемое письмо|пересланное письмо",
    "uk": "переслане повідомлення|перенаправлене повідомлення|пересланий лист",
    "bg": "препратено съобщение",
    "hr": "proslijeđena poruka|proslijeđene poruke",
    "sl": "posredovano sporočilo",
    "et": "edastatud kiri|edastatud sõnum",
    "lt": "persiųstas laiškas|persiųsta žinutė",
    "lv": "pārsūtīts ziņojums|pārsūtīta vēstule",
    "zh": "转发的邮件|转发邮件|轉寄郵件|轉寄的郵件|转发的邮件信息|轉寄信件|转发邮件信息|被转发邮件信息|轉發的郵件",
    "ja": "転送メッセージ|転送されたメッセージ|転送メール|転送されたメール",
    "ko": "전달된 메시지|전달된 메일|전달 메시지|전달된 이메일",
    "vi": "thư đã chuyển tiếp|tin nhắn được chuyển tiếp|thư chuyển tiếp|chuyển tiếp thư",
    "he": "הודעה שהועברה|הודעה מועברת",
    "ar": "رسالة مُعاد توجيهها|رسالة معاد توجيهها|الرسالة المعاد توجيهها|رسالة محولة",
    "id": "pesan terusan|pesan yang diteruskan|pesan diteruskan",
    "th": "ข้อความที่ส่งต่อ|ข้อความส่งต่อ",
    "hi": "अग्रेषित संदेश",
}
# Without dashes, on a line of its own that ends with a colon (Apple Mail).
BEGIN_FORWARD: dict[str, str] = {
    "en": "begin forwarded message|forwarded message|start of forwarded message",
    "de": "anfang der weitergeleiteten nachricht|anfang der weitergeleiteten e-mail|weitergeleitete nachricht",
    "fr": "début du message réexpédié|début du message transféré|message transféré",
    "es": "inicio del mensaje reenviado|comienzo del mensaje reenviado",
    "it": "inizio messaggio inoltrato|inizio del messaggio inoltrato",
    "pt": "início da mensagem reencaminhada|início da mensagem encaminhada|início de mensagem encaminhada",
    "ca": "inici del missatge reenviat",
    "nl": "begin doorgestuurd bericht",
    "pl": "początek przekazywanej wiadomości|początek przekazanej wiadomości|rozpoczęcie przekazywanej wiadomości",
    "sv": "vidarebefordrat mejl|vidarebefordrat brev|start på vidarebefordrat|början på vidarebefordrat meddelande",
    "da": "start på videresendt besked|start på videresendt meddelelse|videresendt besked",
    "no": "videresendt melding|start på videresendt melding",
    "fi": "välitetty viesti alkaa",
    "cs": "začátek přeposílané zprávy|začátek přeposlané zprávy",
    "sk": "začiatok preposlanej správy",
    "hu": "továbbított levél kezdete|továbbított üzenet kezdete",
    "ro": "începe mesajul redirecționat|începutul mesajului redirecționat",
    "el": "αρχή προωθημένου μηνύματος|έναρξη προωθημένου μηνύματος",
    "tr": "ileti başlangıcı|başlangıç iletilen ileti|iletilen ileti başlangıcı",
    "ru": "начало переадресованного сообщения|начало пересылаемого сообщения",
    "uk": "початок листа, що пересилається|початок пересланого повідомлення",
    "hr": "započni proslijeđenu poruku",
    "zh": "下面是被转发的邮件|以下是被轉寄的郵件|以下是转发的邮件|开始转发的邮件",
    "ja": "転送されたメッセージ|ここから転送メッセージ|以下、転送メッセージ",
    "ko": "전달된 메시지 시작|시작 전달된 메시지",
    "vi": "bắt đầu thư được chuyển tiếp|bắt đầu thư đã chuyển tiếp",
    "he": "תחילת ההודעה שהועברה",
    "ar": "بداية الرسالة المُعاد توجيهها|بدء الرسالة المعاد توجيهها",
    "id": "mulai pesan yang diteruskan|awal pesan terusan",
    "th": "เริ่มข้อความที่ส่งต่อ",
}
# The verb in "On Tuesday Tess wrote:".
WROTE: dict[str, str] = {
    "en": "wrote|writes|has written",
    "de": "schrieb|schrieben|schreibt|geschrieben",
    "fr": "a écrit|à écrit|a ecrit|écrit|a dit",
    "es": "escribió|escribio|escribe",
    "it": "ha scritto|scrive|scrisse",
    "pt": "escreveu|escreve",
    "ca": "va escriure|ha escrit",
    "nl": "schreef|geschreven|schrijft",
    "pl": "napisał|napisała|napisał(a)|napisał/a|pisze|nadesłał|napisano",
    "sv": "skrev|skriver",
    "fi": "kirjoitti",
    "cs": "napsal|napsala|napsal(a)|napsal/a",
    "sk": "napísal|napísala|napísal(a)|napisal",
    "hu": "írta|írt",
    "ro": "a scris|scris",
    "el": "έγραψε",
    "tr": "yazdı|şunu yazdı|şunları yazdı",
    "ru": "пишет|писал|писала|написал|написала|написал(а)|писал(а)",
    "uk": "пише|писав|писала|написав|написала",
    "bg": "написа",
    "hr": "napisao|napisala|piše",
    "sl": "napisal|napisala",
    "et": "kirjutas",
    "lt": "rašė|parašė",
    "lv": "rakstīja",
    "is": "skrifaði",
    "vi": "đã viết|viết",
    "he": "כתב|כתבה|כתב/ה|מאת",
    "ar": "كتب|كتبت|كتب/ت|تمت كتابة|تمت الكتابة",
    "fa": "نوشت",
    "id": "menulis",
}
# Verbs of scripts that put no space before them.
WROTE_UNSPACED: dict[str, str] = {
    "zh": "写道|寫道|写到|撰写|撰寫",
    "ja": "のメール|のメッセージ|は書きました|は次のように書きました|が書きました",
    "ko": "작성|썼습니다|적었습니다|님의 말",
    "th": "เขียนว่า|เขียน",
    "hi": "ने लिखा",
}
# How such a line begins.
OPENERS: dict[str, str] = {
    "en": "On|At|In message|In article|Quoting|In a message dated",
    "de": "Am|Zitat von|Den",
    "fr": "Le|Quoting|En date du",
    "es": "El|Con fecha",
    "it": "Il|Il giorno|In data|Alle",
    "pt": "Em|No dia|Na",
    "nl": "Op",
    "pl": "W dniu|Dnia|Dn.|W",
    "sv": "Den|På",
    "no": "Den",
    "fi": "Aika",
    "cs": "Dne|Dňa|V",
    "ro": "În|In|Pe|La|În data de|Pe data de",
    "el": "Στις|Την|Στο",
    "ru": "В|Вы",
    "uk": "У",
    "hr": "Dana|Dne|U",
    "lt": "Rašė",
    "zh": "在|于|於",
    "vi": "Vào|Vào lúc|Vào ngày",
    "he": "בתאריך|ב|ביום|\u202bבתאריך",
    "ar": "في|بتاريخ|يوم",
    "id": "Pada|Pada tanggal",
    "th": "ในวันที่|เมื่อ|ในวัน|วันที่",
}
# "I wrote:" is a sentence, no quotation, unless quoted lines follow.
FIRST_PERSON = "I|we|ich|wir|habe|haben|je|j'|nous|yo|io|eu|ik|wij|jag|vi|jeg|já|ja|én|я|ми|мы|我|我们"
# A line of a service desk: what the sender wrote is above. One word of each group must stand in it.
ABOVE_LINE: tuple[str, str, str] = (
    "reply|replies|respond|response|write|type|antwort|répon|répond|respuesta|responda|rispost|rispond|respost|"
    "antwoord|svar|odpow|odpov|válasz|răspun|απάντη|yanıt|ответ|відпов|回复|回覆|返信|답장|trả lời|balas",
    "above|oberhalb|über|au-dessus|encima|arriba|sopra|acima|boven|ovanför|over|ovenfor|powyżej|nad|fölé|deasupra|"
    "πάνω|üst|выше|вище|以上|之上|上方|より上|위에|phía trên|di atas|yläpuol|a cima",
    "line|zeile|linie|ligne|línea|linea|riga|linha|regel|lijn|rad|linje|linii|linią|linię|řád|riad|sor|γραμμή|satır|"
    "строк|черт|рядк|线|線|行|줄|선|dòng|baris|garis|rivi|linia",
)
FORWARD_PREFIXES = (
    "fwd|fw|wg|tr|rv|i|inoltra|inoltrato|enc|encaminhada|encaminhado|reenviado|reenviar|res fwd|doorst|doorgestuurd|"
    "fs|vb|vs|vl|pd|ilt|i̇lt|ilet|iletilen|přeposláno|fwd msg|videresend|redir|redir.|továbbítás|tov|továbbítva|"
    "пересл|переслано|пересылка|переслать|на|нa|пренасочено|προωθ|πρθ|转发|轉寄|轉發|転送|전달|fwd(?:\\[\\d+\\])?|"
    "chuyển tiếp|הועבר|העברה|إعادة توجيه|teruskan|trs|ส่งต่อ|wtr|doorsturen|transféré|transfert|edelleenlähetetty|"
    "prosl|proslijeđeno|पुनः प्रेषित|réexp"
)
