"""Servers of the providers that everybody uses, by domain and by mail exchanger; as their own help pages give them."""

from __future__ import annotations

from dataclasses import dataclass

from postroom.transports.base import Security


@dataclass(frozen=True, slots=True)
class Place:
    """One server of a provider. ``port`` is None for MAPI, which needs neither host nor port."""

    direction: str
    protocol: str
    host: str
    port: int | None
    security: Security


@dataclass(frozen=True, slots=True)
class Provider:
    """``note`` is what to know before signing in; ``local_part``: the user name is what stands before the @."""

    name: str
    places: tuple[Place, ...]
    note: str = ""
    local_part: bool = False


_APP_PASSWORD = "It takes an app password in place of the account's own; make one in the account's security settings."  # noqa: S105  words
_SWITCHED_ON = "Reading by mail programs has to be switched on in the settings of the mailbox first."


def _usual(imap: str, smtp: str, *, pop3: str = "", port: int = 587) -> tuple[Place, ...]:
    """IMAP over TLS, SMTP by ``port`` (465 is TLS from the first byte, 587 STARTTLS), POP3 over TLS where given."""
    reading = [Place("incoming", "imap", imap, 993, "ssl")]
    if pop3:
        reading.append(Place("incoming", "pop3", pop3, 995, "ssl"))
    return (*reading, Place("outgoing", "smtp", smtp, port, "ssl" if port == 465 else "tls"))


MICROSOFT_365 = Provider(
    "Microsoft 365",
    (
        Place("incoming", "mapi", "", None, "ssl"),
        *_usual("outlook.office365.com", "smtp.office365.com"),
        Place("outgoing", "mapi", "", None, "ssl"),
    ),
    "Use Sign in with Microsoft: passwords are not taken any more.",
)
OUTLOOK = Provider(
    "Outlook.com",
    _usual("outlook.office365.com", "smtp-mail.outlook.com", pop3="outlook.office365.com"),
    "Use Sign in with Microsoft: passwords are not taken any more.",
)
GOOGLE = Provider(
    "Google",
    _usual("imap.gmail.com", "smtp.gmail.com", pop3="pop.gmail.com"),
    "Use OAuth, or an app password, which needs 2-Step Verification.",
)
YAHOO = Provider(
    "Yahoo",
    _usual("imap.mail.yahoo.com", "smtp.mail.yahoo.com", pop3="pop.mail.yahoo.com", port=465),
    _APP_PASSWORD,
)
AOL = Provider("AOL", _usual("imap.aol.com", "smtp.aol.com", pop3="pop.aol.com", port=465), _APP_PASSWORD)
ICLOUD = Provider("iCloud", _usual("imap.mail.me.com", "smtp.mail.me.com"), _APP_PASSWORD)
GMX = Provider("GMX", _usual("imap.gmx.net", "mail.gmx.net", pop3="pop.gmx.net"), _SWITCHED_ON)
GMX_COM = Provider("GMX", _usual("imap.gmx.com", "mail.gmx.com", pop3="pop.gmx.com"), _SWITCHED_ON)
WEB_DE = Provider("WEB.DE", _usual("imap.web.de", "smtp.web.de", pop3="pop3.web.de"), _SWITCHED_ON)
T_ONLINE = Provider(
    "Telekom",
    _usual("secureimap.t-online.de", "securesmtp.t-online.de", pop3="securepop.t-online.de", port=465),
    "It takes the mail password, which is set in the account's settings.",
)
IONOS_DE = Provider("IONOS", _usual("imap.ionos.de", "smtp.ionos.de", pop3="pop.ionos.de", port=465))
IONOS = Provider("IONOS", _usual("imap.ionos.com", "smtp.ionos.com", pop3="pop.ionos.com", port=465))
STRATO = Provider("STRATO", _usual("imap.strato.de", "smtp.strato.de", pop3="pop3.strato.de", port=465))
MAILBOX_ORG = Provider("mailbox.org", _usual("imap.mailbox.org", "smtp.mailbox.org", pop3="pop3.mailbox.org"))
POSTEO = Provider("Posteo", _usual("posteo.de", "posteo.de", pop3="posteo.de", port=465))
FASTMAIL = Provider(
    "Fastmail", _usual("imap.fastmail.com", "smtp.fastmail.com", pop3="pop.fastmail.com", port=465), _APP_PASSWORD
)
ZOHO = Provider("Zoho", _usual("imap.zoho.com", "smtp.zoho.com", pop3="pop.zoho.com", port=465), _SWITCHED_ON)
ZOHO_EU = Provider("Zoho", _usual("imap.zoho.eu", "smtp.zoho.eu", pop3="pop.zoho.eu", port=465), _SWITCHED_ON)
YANDEX = Provider(
    "Yandex", _usual("imap.yandex.com", "smtp.yandex.com", pop3="pop.yandex.com", port=465), _APP_PASSWORD
)
MAIL_RU = Provider("Mail.ru", _usual("imap.mail.ru", "smtp.mail.ru", pop3="pop.mail.ru", port=465), _APP_PASSWORD)
OVH = Provider("OVHcloud", _usual("ssl0.ovh.net", "ssl0.ovh.net", pop3="ssl0.ovh.net", port=465))
GANDI = Provider("Gandi", _usual("mail.gandi.net", "mail.gandi.net", pop3="mail.gandi.net"))
INFOMANIAK = Provider("Infomaniak", _usual("mail.infomaniak.com", "mail.infomaniak.com", port=465))
MIGADU = Provider("Migadu", _usual("imap.migadu.com", "smtp.migadu.com", pop3="pop.migadu.com", port=465))
RACKSPACE = Provider("Rackspace", _usual("secure.emailsrvr.com", "secure.emailsrvr.com", port=465))
QQ = Provider("QQ Mail", _usual("imap.qq.com", "smtp.qq.com", pop3="pop.qq.com", port=465), _SWITCHED_ON)
ORANGE = Provider("Orange", _usual("imap.orange.fr", "smtp.orange.fr", pop3="pop.orange.fr", port=465), "", True)
LIBERO = Provider("Libero", _usual("imapmail.libero.it", "smtp.libero.it", pop3="popmail.libero.it", port=465))

_DOMAINS = {
    OUTLOOK: "outlook.com outlook.de hotmail.com hotmail.co.uk hotmail.de hotmail.fr live.com live.de msn.com",
    GOOGLE: "gmail.com googlemail.com",
    YAHOO: "yahoo.com yahoo.co.uk yahoo.de yahoo.fr yahoo.it yahoo.es yahoo.co.in ymail.com rocketmail.com",
    AOL: "aol.com aim.com",
    ICLOUD: "icloud.com me.com mac.com",
    GMX: "gmx.de gmx.net gmx.at gmx.ch",
    GMX_COM: "gmx.com gmx.us gmx.co.uk mail.com",
    WEB_DE: "web.de",
    T_ONLINE: "t-online.de magenta.de",
    MAILBOX_ORG: "mailbox.org",
    POSTEO: "posteo.de posteo.net",
    FASTMAIL: "fastmail.com fastmail.fm",
    ZOHO: "zoho.com zohomail.com",
    ZOHO_EU: "zohomail.eu",
    YANDEX: "yandex.com yandex.ru ya.ru",
    MAIL_RU: "mail.ru bk.ru inbox.ru list.ru internet.ru",
    QQ: "qq.com foxmail.com",
    ORANGE: "orange.fr wanadoo.fr",
    LIBERO: "libero.it",
}
BY_DOMAIN: dict[str, Provider] = {
    domain: provider for provider, domains in _DOMAINS.items() for domain in domains.split()
}

BY_EXCHANGE: tuple[tuple[str, Provider], ...] = (
    ("mail.protection.outlook.com", MICROSOFT_365),
    ("mx.microsoft", MICROSOFT_365),
    ("aspmx.l.google.com", GOOGLE),
    ("smtp.google.com", GOOGLE),
    ("googlemail.com", GOOGLE),
    ("yahoodns.net", YAHOO),
    ("mail.icloud.com", ICLOUD),
    ("kundenserver.de", IONOS_DE),
    ("ionos.de", IONOS_DE),
    ("ionos.com", IONOS),
    ("1and1.com", IONOS),
    ("rzone.de", STRATO),
    ("mailbox.org", MAILBOX_ORG),
    ("messagingengine.com", FASTMAIL),
    ("zoho.com", ZOHO),
    ("zoho.eu", ZOHO_EU),
    ("yandex.net", YANDEX),
    ("yandex.ru", YANDEX),
    ("mail.ru", MAIL_RU),
    ("mail.ovh.net", OVH),
    ("gandi.net", GANDI),
    ("infomaniak.ch", INFOMANIAK),
    ("migadu.com", MIGADU),
    ("emailsrvr.com", RACKSPACE),
    ("qq.com", QQ),
)
