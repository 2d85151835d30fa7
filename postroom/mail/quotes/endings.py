"""What stands at the end of a mail and is no message, by language: data only, alternatives parted by ``|``."""

from __future__ import annotations

# The start and the end of "Sent from my iPhone"; a row may leave one of them empty.
DEVICE_LINES: dict[str, tuple[str, str]] = {
    "en": ("sent from|sent via|sent with|sent by|sent using|get outlook for|from my|typed on|download outlook for", ""),
    "de": ("gesendet von|gesendet mit|gesendet über|gesendet aus|holen sie sich outlook|outlook für|"
           "diese nachricht wurde von|diese e-mail wurde von|von meinem|von meiner|von unterwegs|"
           "verschickt von|mit der gmx|mit der web.de|beziehen sie outlook", ""),
    "fr": ("envoyé de|envoyé depuis|envoyé à partir|envoyé avec|envoyé par|télécharger outlook|obtenir outlook|"
           "téléchargez outlook|envoyé via|provenance", ""),
    "es": ("enviado desde|enviado con|enviado de|obtener outlook|descargar outlook|obtén outlook|enviado via", ""),
    "it": ("inviato da|inviato dal|inviato con|scarica outlook|ottieni outlook|inviata da|inviato tramite", ""),
    "pt": ("enviado do|enviado a partir|enviado pelo|enviado via|enviada do|obter o outlook|baixe o outlook|"
           "obtenha o outlook|enviado da|obter outlook", ""),
    "ca": ("enviat des|enviat amb", ""),
    "nl": ("verzonden vanaf|verzonden vanuit|verzonden met|verstuurd vanaf|verstuurd met|verstuurd vanuit|"
           "outlook voor|download outlook", ""),
    "pl": ("wysłane z|wysłano z|wysłana z|wysłane za pomocą|pobierz outlook|pobierz aplikację outlook|"
           "pobierz program outlook|uzyskaj outlook|"
           "uzyskaj program outlook", ""),
    "sv": ("skickat från|skickades från|hämta outlook|skaffa outlook|skickat med|från min", ""),
    "da": ("sendt fra|hent outlook|få outlook|sendt med|sendt via", ""),
    "no": ("sendt fra|skaff deg outlook|få outlook|last ned outlook", ""),
    "fi": ("lähetetty|hanki outlook|lataa outlook", ""),
    "cs": ("odesláno z|odesláno ze|odeslané z|získejte outlook|stáhnout outlook|získat outlook|posláno z", ""),
    "sk": ("odoslané z|odoslané zo|získajte outlook|poslané z|získať outlook", ""),
    "hu": ("elküldve az|elküldve a|küldve|szerezze be az outlook|az outlook letöltése", "küldve|elküldve"),
    "ro": ("trimis de pe|trimis din|trimis de la|obțineți outlook|descărcați outlook|descarcă outlook", ""),
    "el": ("στάλθηκε από|εστάλη από|αποστολή από|λήψη του outlook|αποκτήστε το outlook", ""),
    "tr": ("", "gönderildi|gönderilmiştir|edinin|indirin|yükleyin"),
    "ru": ("отправлено с|отправлено из|отправлено через|скачать outlook|получить outlook|послано с|"
           "загрузить outlook", ""),
    "uk": ("надіслано з|відправлено з|завантажити outlook|отримати outlook|надіслано через", ""),
    "hr": ("poslano s|poslano sa|poslano iz|preuzmite outlook", ""),
    "sl": ("poslano iz|poslano z", ""),
    "zh": ("发自我的|發自我的|从我的|從我的|传送自|傳送自|寄自|发送自|發送自|獲取|获取 outlook|取得 outlook|来自我的|"
           "发自",
           ""),
    "ja": ("", "から送信|から送信されました|から送信しました|を入手|より送信"),
    "ko": ("", "에서 보냄|에서 보냈습니다|에서 보낸 메일|에서 전송|다운로드|에서 발송"),
    "vi": ("đã gửi từ|được gửi từ|gửi từ|tải outlook|tải xuống outlook|lấy outlook", ""),
    "he": ("נשלח מ|נשלח באמצעות|קבל את outlook|הורד את outlook", ""),
    "ar": ("أرسلت من|تم الإرسال من|مرسل من|أُرسلت من|الحصول على outlook|احصل على outlook|تنزيل outlook", ""),
    "fa": ("ارسال شده از", ""),
    "id": ("dikirim dari|dapatkan outlook|dikirim dengan", ""),
    "th": ("ส่งจาก|รับ outlook|ดาวน์โหลด outlook", ""),
    "hi": ("मेरे", "भेजा गया"),
}  # fmt: skip
DEVICES = (
    "iphon|ipad|ipod|android|smartphone|samsung|galaxy|huawei|honor|xiaomi|redmi|oneplus|oppo|vivo|motorola|moto|"
    "pixel|blackberry|windows|mail|app|outlook|gmail|yahoo|aol|proton|mobil|handy|telefon|teléfono|téléphone|telemóvel|"
    "celular|cellulare|phone|tablet|apple|mac|nokia|sony|xperia|htc|lg|verizon|t-mobile|at&t|o2|nine|k-9|k9|fairemail|"
    "spark|thunderbird|bluemail|boxer|web\\.de|gmx|tuta|device|gerät|móvil|urządzeni|komórk|puhelimesta|mobiel|airmail|"
    "телефон|смартфон|айфон|почт|пошт|手机|手機|휴대|スマホ|携帯|di động|الهاتف|هاتف|הטלפון|טלפון|palm|treo|wireless|"
    "mobilní|superhuman|front|missive|hey|canary|newton|edison|mailspring|postbox|em client|zoho|zimbra|workspace|"
    "surface|unterwegs"
)
# A line of its own that ends a letter; what follows is a name and how to reach its owner.
CLOSINGS: dict[str, str] = {
    "en": "regards|best regards|kind regards|kindest regards|warm regards|warmest regards|with kind regards|"
    "with best regards|many regards|best wishes|with best wishes|kind wishes|warm wishes|all the best|best|rgds|brgds|"
    "yours sincerely|yours faithfully|yours truly|sincerely|sincerely yours|respectfully|respectfully yours|cheers|"
    "cordially|br|kr|thanks and regards|thanks & regards|thank you and regards|thanks and best regards|"
    "thanks & best regards|warmly|yours|very truly yours|many thanks and best regards|with regards|with thanks|"
    "thanks and kind regards|have a nice day|have a great day",
    "de": "mit freundlichen grüßen|mit freundlichen grüssen|mit freundlichen gruessen|mit freundlichem gruß|"
    "mit freundlichem gruss|mit besten grüßen|mit besten grüssen|mit lieben grüßen|mit herzlichen grüßen|"
    "freundliche grüße|freundliche grüsse|viele grüße|viele grüsse|viele gruesse|beste grüße|beste grüsse|liebe grüße|"
    "liebe grüsse|schöne grüße|herzliche grüße|herzliche grüsse|besten gruß|viele liebe grüße|grüße|gruß|gruss|mfg|"
    "m.f.g|lg|vg|bg|hochachtungsvoll|mit freundlichen grüßen aus berlin|freundlicher gruß|mit vielen grüßen|"
    "sonnige grüße|ihr|mit internetten grüßen|mit kollegialen grüßen",
    "fr": "cordialement|bien cordialement|très cordialement|bien à vous|bien à toi|salutations|sincères salutations|"
    "salutations distinguées|meilleures salutations|cdlt|cdt|amicalement|sincèrement|respectueusement|amitiés|"
    "bonne journée|bonne réception|bonne soirée|à bientôt|bien amicalement",
    "es": "saludos|un saludo|saludos cordiales|un cordial saludo|cordial saludo|cordialmente|atentamente|atte|"
    "muy atentamente|un abrazo|abrazos|reciba un cordial saludo|recibe un saludo|saluda atentamente|slds",
    "it": "cordiali saluti|distinti saluti|saluti|un saluto|un cordiale saluto|cordialmente|in fede|cordialità|"
    "i migliori saluti|un caro saluto|buona giornata|buon lavoro",
    "pt": "atenciosamente|cumprimentos|com os melhores cumprimentos|melhores cumprimentos|cordialmente|abraços|"
    "um abraço|att|atte|com cumprimentos|saudações|respeitosamente|grato|abs|abraço",
    "ca": "salutacions|atentament|salutacions cordials|cordialment",
    "nl": "met vriendelijke groet|met vriendelijke groeten|vriendelijke groet|vriendelijke groeten|mvg|groet|groeten|"
    "hartelijke groet|hartelijke groeten|met hartelijke groet|hoogachtend|gr|m.v.g|fijne dag",
    "pl": "pozdrawiam|pozdrowienia|z poważaniem|z powazaniem|z wyrazami szacunku|serdecznie pozdrawiam|"
    "pozdrawiam serdecznie|łączę pozdrowienia|z pozdrowieniami|miłego dnia",
    "sv": "med vänlig hälsning|med vänliga hälsningar|vänlig hälsning|vänliga hälsningar|bästa hälsningar|hälsningar|"
    "mvh|vänligen|bästa hälsning|hälsning|med vänlig hälsn|varma hälsningar|ha en bra dag|hälsar",
    "da": "med venlig hilsen|venlig hilsen|mange hilsner|bedste hilsner|de bedste hilsner|hilsen|hilsner|mvh|dbh|kh|"
    "kærlig hilsen|med venlige hilsner|vh|knus",
    "no": "med vennlig hilsen|vennlig hilsen|beste hilsen|hilsen|mvh|vennlige hilsener|med vennlige hilsener|"
    "med hilsen|ha en fin dag",
    "fi": "terveisin|ystävällisin terveisin|parhain terveisin|yst.terv|yst. terv|t|terv|kunnioittavasti|terveisiä",
    "cs": "s pozdravem|s přátelským pozdravem|s úctou|hezký den|zdraví|pěkný den|s přáním hezkého dne|"
    "s přáním pěkného dne|s pozdravom",
    "sk": "s pozdravom|s úctou|pekný deň|s priateľským pozdravom|zdraví",
    "hu": "üdvözlettel|tisztelettel|üdv|üdvözlettel és tisztelettel|szívélyes üdvözlettel|köszönettel|legjobbakat",
    "ro": "cu stimă|cu respect|toate cele bune|o zi bună|cu considerație|salutări|cu drag|numai bine",
    "el": "με εκτίμηση|φιλικά|με φιλικούς χαιρετισμούς|χαιρετισμούς|ευχαριστώ εκ των προτέρων",
    "tr": "saygılarımla|saygılarımızla|iyi çalışmalar|sevgiler|selamlar|iyi günler|kolay gelsin",
    "ru": "с уважением|с наилучшими пожеланиями|всего доброго|с уваж|всего хорошего|искренне ваш|искренне ваша|"
    "с наилучшими|с приветом",
    "uk": "з повагою|з найкращими побажаннями|щиро|на все добре|щиро ваш",
    "bg": "с уважение|поздрави|хубав ден",
    "hr": "s poštovanjem|lijep pozdrav|srdačan pozdrav|lp|pozdrav",
    "sl": "lep pozdrav|s spoštovanjem|lp",
    "et": "lugupidamisega|parimate soovidega|tervitades",
    "lt": "pagarbiai|geriausi linkėjimai|su pagarba",
    "lv": "ar cieņu|ar sveicieniem",
    "zh": "此致|此致敬礼|此致敬禮|敬礼|祝好|顺颂商祺|順頌商祺|祝商祺|谨启|敬上|祝工作顺利|祝您工作愉快|祝安好|順頌時祺",
    "ja": "敬具|草々|以上|かしこ",
    "ko": "감사합니다|드림|올림|안녕히 계십시오|고맙습니다",
    "vi": "trân trọng|trân trọng kính chào|thân mến|kính thư|thân ái|trân trọng cảm ơn",
    "he": "בברכה|בכבוד רב|בברכת חברים|תודה ובברכה",
    "ar": "مع تحياتي|تحياتي|مع أطيب التحيات|وتفضلوا بقبول فائق الاحترام|مع خالص التحية|مع خالص التحيات|شكرا وتحياتي",
    "fa": "با احترام|با تشکر",
    "id": "salam|hormat saya|salam hormat|salam hangat|hormat kami",
    "th": "ขอแสดงความนับถือ|ด้วยความเคารพ|ขอบคุณครับ|ขอบคุณค่ะ",
}
# These belong to the message unless a name follows.
THANKS: dict[str, str] = {
    "en": "thanks|thank you|many thanks|thanks a lot|thanks again|thanks in advance|thx|thank you very much|ty|"
    "thank you in advance|thanks so much|thanks very much|much appreciated|take care|love|xoxo|talk soon",
    "de": "danke|vielen dank|besten dank|danke und gruß|danke und viele grüße|vielen dank und viele grüße|"
    "danke im voraus|vielen dank im voraus|vielen dank und freundliche grüße|danke schön|bis dann|bis bald",
    "fr": "merci|merci d'avance|merci beaucoup|merci par avance|avec mes remerciements",
    "es": "gracias|muchas gracias|gracias de antemano",
    "it": "grazie|grazie mille|molte grazie|ringraziando|grazie in anticipo|ciao",
    "pt": "obrigado|obrigada|muito obrigado|muito obrigada|desde já obrigado",
    "nl": "bedankt|dank je|dank u|alvast bedankt|dank je wel|dank u wel|met dank",
    "pl": "dziękuję|z góry dziękuję|dzięki|dziękuję i pozdrawiam|dziekuje",
    "sv": "tack|tack på förhand|tack så mycket",
    "da": "tak|på forhånd tak|mange tak",
    "no": "takk|på forhånd takk|mange takk",
    "fi": "kiitos|kiitos etukäteen|kiitoksia",
    "cs": "děkuji|děkuji předem|díky|děkujeme|děkuji a přeji hezký den",
    "sk": "ďakujem|vopred ďakujem|vďaka",
    "hu": "köszönöm|előre is köszönöm|köszi",
    "ro": "mulțumesc|vă mulțumesc|multumesc",
    "el": "ευχαριστώ|ευχαριστούμε",
    "tr": "teşekkürler|teşekkür ederim|şimdiden teşekkürler",
    "ru": "спасибо|заранее спасибо|благодарю",
    "uk": "дякую|наперед дякую",
    "zh": "谢谢|謝謝|多谢|感谢",
    "ja": "よろしくお願いします|よろしくお願いいたします|よろしくお願い致します|宜しくお願いします|"
    "宜しくお願いいたします|"
    "宜しくお願い致します|何卒よろしくお願いいたします|何卒宜しくお願いいたします|以上、よろしくお願いいたします|"
    "ありがとうございました|よろしくお願い申し上げます",
    "vi": "cảm ơn|xin cảm ơn|cám ơn",
    "he": "תודה|תודה רבה|תודה מראש",
    "ar": "شكرا|شكراً|شكرا لك",
    "id": "terima kasih|makasih",
}
# Above a mail from outside; written by the sender's or our own mail server.
BANNERS = (
    "caution: this email originated|caution: this message originated|caution: external|external email: |"
    "external sender: |"
    "this email originated from outside|this message originated from outside|warning: this email originated|"
    "you don't often get email from|you don’t often get email from|some people who received this message don't often|"
    "this message was sent from outside|this email was sent from outside|this message came from outside|"
    "sie erhalten nicht oft e-mails von|sie erhalten nicht häufig e-mails von|einige personen, die diese nachricht|"
    "vorsicht: diese e-mail|achtung: diese e-mail|externe e-mail|diese e-mail stammt von außerhalb|"
    "vous n'obtenez pas souvent|vous ne recevez pas souvent|attention : ce message provient|"
    "no suele recibir correo|attenzione: questa e-mail proviene|non si riceve spesso|você não recebe|"
    "u ontvangt niet vaak e-mail|let op: deze e-mail|uwaga: ta wiadomość|caution external"
)
# How such a warning goes on in the lines below.
BANNER_WORDS = (
    "click|link|attachment|sender|recogni|content is safe|outside|organi[sz]ation|trust|learn why|report|phishing|"
    "absender|anhäng|anhang|klick|extern|expéditeur|pièces jointes|cliqu|remitente|enlaces|mittente|allegat|remetente|"
    "anexo|afzender|bijlage|nadawc|załącznik"
)
# A footer of a list, a scanner or a service: the line opens with it.
FOOTERS = (
    "you received this message because|you are receiving this|you're receiving this|to unsubscribe|"
    "unsubscribe from this|"
    "to stop receiving emails from|to view this discussion|visit topic|reply to this email directly|"
    "this email has been checked for viruses|this email has been scanned|this message has been scanned|virus-free|"
    "virenfrei|diese e-mail wurde von avast|l'absence de virus|sans virus|libre de virus|privo di virus|"
    "this message has been checked by|scanned by|checked by avg|no virus found|"
    "please consider the environment|think before you print|save a tree|consider the environment|"
    "bitte denken sie an die umwelt|bitte prüfen sie, ob diese|denken sie an die umwelt|pensez à l'environnement|"
    "n'imprimez ce|afin de préserver l'environnement|antes de imprimir|prima di stampare|pense no meio ambiente|"
    "denk aan het milieu|zanim wydrukujesz|tänk på miljön|tænk på miljøet|to subscribe or unsubscribe|"
    "do you yahoo!?|join our mailing list|get your free|sponsored by|this sf.net email|list archives|"
    "chat with friends online|do you know a|отписаться|per annullare l'iscrizione|se désabonner|darse de baja"
)
# The same, anywhere in the line.
FOOTER_PARTS = (
    "mailman/listinfo|view it on github|mailing list -|groups.google.com/d/|manage your notification|"
    "unsubscribe@|-unsubscribe|reply to this email to respond"
)
# The line that opens a legal notice.
NOTICE_HEADINGS = (
    "disclaimer|confidentiality notice|confidentiality note|confidentiality statement|confidentiality|confidential|"
    "legal notice|legal disclaimer|privileged and confidential|important notice|privacy notice|"
    "notice of confidentiality|"
    "email disclaimer|e-mail disclaimer|private and confidential|confidentiality disclaimer|"
    "haftungsausschluss|vertraulichkeitshinweis|rechtlicher hinweis|wichtiger hinweis|datenschutzhinweis|"
    "avis de confidentialité|clause de confidentialité|avertissement|aviso legal|aviso de confidencialidad|"
    "cláusula de confidencialidad|confidencialidad|avviso di riservatezza|avvertenza|informativa privacy|riservatezza|"
    "aviso de confidencialidade|confidencialidade|vertrouwelijkheid|proclaimer|klauzula poufności|poufność|"
    "luottamuksellisuus|konfidentialitet|fortrolighed|důvěrné|upozornění|免责声明|免責聲明|"
    "免責事項|보안 안내|конфиденциально"
)
# Stems of the ideas of a legal notice: three different ones in a paragraph make it one.
LEGAL_IDEAS: tuple[str, ...] = (
    "confiden|vertraul|vertrouwelijk|riservat|poufn|fortrolig|konfiden|luottamuk|důvěrn|dôvern|bizalmas|εμπιστευ|gizli|"
    "конфиден|конфіден|机密|機密|保密|기밀|privileged|bảo mật|rahasia|سري|חסוי|proprietary",
    "recipient|addressee|addressed|empfänger|adressat|destinat|geadresseerde|ontvanger|adresat|mottagare|modtager|"
    "mottaker|vastaanottaj|adresát|příjemc|címzett|παραλήπτ|alıcı|получател|адресат|одержувач|收件人|收件者|受信者|"
    "수신|người nhận|penerima|المستلم|הנמען|individual or entity",
    "disclos|unauthor|unbefugt|untersagt|nicht gestattet|interdit|prohib|vietat|proibid|verboden|zabronion|förbjud|"
    "forbudt|kielletty|zakázán|tilos|interzis|απαγορ|yasak|запрещ|заборон|禁止|금지|nghiêm cấm|dilarang|يحظر|אסור|"
    "not the intended|distribution, copying|dissemination",
    "delete|destroy|lösch|vernicht|supprim|détrui|elimin|borr|destru|cancell|distrugg|apag|verwijder|usun|skasow|radera|"
    "slett|poista|smaž|vymaž|törö|șterge|διαγρ|silin|удал|видал|删除|刪除|削除|삭제|xóa|hapus|حذف|למחוק|מחק",
    "notify|inform the sender|contact the sender|return e-mail|return email|reply e-mail|reply email|"
    "informieren sie|benachrichtig|absender|"
    "aviser|avertir|expéditeur|notifi|avvisar|mittente|remitente|remetente|afzender|nadawc|avsändar|afsender|avsender|"
    "lähettäj|odesílatel|odosielateľ|feladó|expeditor|αποστολ|gönderen|отправител|відправник|发件人|寄件者|送信者|발신|"
    "người gửi|pengirim|المرسل|השולח|in error|irrtümlich|par erreur|por error|per errore|por engano",
    "liab|haftet|haftung|responsab|aansprak|odpowiedzialno|ansvar|vastuu|odpovědnos|felelős|ευθύν|sorumlu|ответствен|"
    "відповідальн|virus|责任|責任|책임|trách nhiệm|tanggung jawab|مسؤول",
    "intended|bestimmt|sollten sie nicht|sollen sie nicht|usage exclusif|uso exclusivo|"
    "dirig|solely|ausschließlich|exclusively|"
    "exclusivamente|esclusiv|uitsluitend|wyłącznie|endast|udelukkende|yksinomaan|výhradně|kizárólag|exclusiv|attachment|"
    "anhäng|anhang|pièces jointes|adjunto|allegat|anexo|bijlage|załącznik|исключительно|виключно|仅供|僅供",
)
