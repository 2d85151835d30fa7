"""Every mail system words its failures in its own way; the desk reads who failed and why from all of them."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from postroom.mail import parse

from .build import a_mail


@dataclass(frozen=True)
class Case:
    """One system's notice that a mail to Gita came back."""

    sender: str
    subject: str
    body: str
    status: str
    kind: str
    action: str = "failed"
    headers: tuple[str, ...] = ()
    content_type: str = "text/plain; charset=utf-8"

    def raw(self) -> bytes:
        raw = a_mail(self.body, f"Subject: {self.subject}", *self.headers, content_type=self.content_type)
        return raw.replace(b"Sam Requester <sam@example.test>", self.sender.encode(), 1)


DAEMON = "Mail Delivery System <MAILER-DAEMON@mx.example.test>"
POSTMASTER = "postmaster@mx.example.test"
ORIGINAL = (
    "Received: from desk.test by mx.example.test\nMessage-ID: <ours@desk.test>\nFrom: Desk <support@desk.test>\n"
    "To: Gita <gita@example.test>\nSubject: Re: Printer\n\nPlease ask helper@elsewhere.test\n"
)

NOTICES = {
    "qmail": Case(
        "MAILER-DAEMON@mx.example.test",
        "failure notice",
        "Hi. This is the qmail-send program at mx.example.test.\nI'm afraid I wasn't able to deliver your message to "
        "the following addresses.\nThis is a permanent error; I've given up. Sorry it didn't work out.\n\n"
        "<gita@example.test>:\n192.0.2.1 does not like recipient.\nRemote host said: 550 No such user here\n"
        "Giving up on 192.0.2.1.\n\n--- Below this line is a copy of the message.\n\n" + ORIGINAL,
        "5.1.1",
        "mailbox_unknown",
    ),
    "a qmail clone with a support line": Case(
        "MAILER-DAEMON@mx.example.test",
        "failure notice",
        "Your mail message to the following address(es) could not be delivered. Please call 480-624-2500.\n\n"
        "<gita@example.test>:\nchild status 100...The e-mail message could not be delivered because the user's "
        "mailfolder is full.\n\n--- Below this line is a copy of the message.\n\n" + ORIGINAL,
        "5.2.2",
        "mailbox_full",
    ),
    "Exim": Case(
        DAEMON,
        "Mail delivery failed: returning message to sender",
        "This message was created automatically by mail delivery software.\n\nA message that you sent could not be "
        "delivered to one or more of its\nrecipients. This is a permanent error. The following address(es) failed:\n\n"
        "  gita@example.test\n    host mx.example.test [192.0.2.1]\n    SMTP error from remote mail server after RCPT "
        "TO:<gita@example.test>:\n    554 5.7.1 <gita@example.test>: Relay access denied\n\n"
        "------ This is a copy of the message, including all the headers. ------\n\n" + ORIGINAL,
        "5.7.1",
        "refused",
    ),
    "Exim, unrouteable": Case(
        DAEMON,
        "Mail delivery failed: returning message to sender",
        "A message that you sent could not be delivered to one or more of its recipients.\n\n  gita@example.test\n"
        '    unrouteable mail domain "example.test"\n\n------ This is a copy of the message ------\n\n' + ORIGINAL,
        "5.1.2",
        "domain_unknown",
    ),
    "Exim, delayed": Case(
        DAEMON,
        "Warning: message 1kX delayed 24 hours",
        "This message was created automatically by mail delivery software.\nA message that you sent has not yet been "
        "delivered to one or more of its recipients after more than 24 hours.\n\nThe address to which the message has "
        "not yet been delivered is:\n\n  gita@example.test\n    host mx.example.test: connection timed out\n\n"
        "No action is required on your part. Delivery attempts will continue for some time.",
        "4.4.1",
        "temporary",
        action="delayed",
    ),
    "sendmail": Case(
        "Mail Delivery Subsystem <MAILER-DAEMON@mx.example.test>",
        "Returned mail: see transcript for details",
        "The original message was received at Tue, 24 Nov 2026 10:00:00 GMT\nfrom desk.test [192.0.2.9]\n\n"
        "   ----- The following addresses had permanent fatal errors -----\n<gita@example.test>\n    "
        "(reason: 550 5.1.1 "
        "<gita@example.test>... User unknown)\n\n   ----- Transcript of session follows -----\n... while talking to "
        "mx.example.test.:\n>>> RCPT To:<gita@example.test>\n<<< 550 5.1.1 <gita@example.test>... User unknown\n\n"
        "   ----- Original message follows -----\n\n" + ORIGINAL,
        "5.1.1",
        "mailbox_unknown",
    ),
    "sendmail 5": Case(
        "Mail Delivery Subsystem <MAILER-DAEMON@mx.example.test>",
        "Returned mail: User unknown",
        "   ----- Transcript of session follows -----\nWhile talking to mx.example.test:\n>>> RCPT "
        "To:<gita@example.test>\n<<< 550 <gita@example.test>, User Unknown\n550 <gita@example.test>... User unknown\n\n"
        "   ----- Unsent message follows -----\n" + ORIGINAL,
        "5.1.1",
        "mailbox_unknown",
    ),
    "Postfix": Case(
        DAEMON,
        "Undelivered Mail Returned to Sender",
        "This is the mail system at host mx.example.test.\n\nI'm sorry to have to inform you that your message could "
        "not\nbe delivered to one or more recipients. It's attached below.\n\n<gita@example.test>: host "
        "mx.example.test[192.0.2.1] said: 452 4.2.2 The email account is over quota (in reply to RCPT TO command)\n",
        "4.2.2",
        "mailbox_full",
    ),
    "Exchange 5.5": Case(
        "System Administrator <postmaster@mx.example.test>",
        "Undeliverable: Printer",
        "Your message\n\n  To:      all@lists.test\n  Subject: Printer\n  Sent:    Tue, 24 Nov 2026 10:00:00 +0100\n\n"
        "did not reach the following recipient(s):\n\nc=US;a= ;p=Example;o=HQ;dda:SMTP=gita@example.test; on Tue, 24 "
        "Nov 2026 10:00:01 +0100\n    The recipient name is not recognized\n    MSEXCH:IMS:HQ:5.5.2653.19 (000C05A6) "
        "Unknown Recipient\n",
        "5.1.1",
        "mailbox_unknown",
        headers=("X-MS-Embedded-Report:",),
    ),
    "Exchange 2003": Case(
        POSTMASTER,
        "Undeliverable: Printer",
        "Your message did not reach some or all of the intended recipients.\n\n      Subject:  "
        "Printer\n      Sent:     "
        "24.11.2026 10:00\n\nThe following recipient(s) could not be reached:\n\n      gita@example.test on 24.11.2026 "
        "10:01\n            The message contains a content type that is not supported\n            <mx.example.test "
        "#5.6.1>\n",
        "5.6.1",
        "content",
    ),
    "Exchange 2010": Case(
        "Microsoft Exchange <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@mx.example.test>",
        "Undeliverable: Printer",
        "Delivery has failed to these recipients or distribution lists:\n\ngita@example.test\nThe recipient's e-mail "
        "address was not found in the recipient's e-mail system.\n\nDiagnostic information for administrators:\n\n"
        "Generating server: mx.example.test\n\ngita@example.test\n#550 5.1.1 RESOLVER.ADR.RecipNotFound; not found ##\n"
        "\nOriginal message headers:\n\n" + ORIGINAL,
        "5.1.1",
        "mailbox_unknown",
    ),
    "Exchange 2013, French": Case(
        "postmaster@mx.example.test",
        "=?utf-8?Q?Non_remis=C2=A0=3A_Imprimante?=",
        "Échec de la remise pour ces destinataires ou groupes :\n\ngita@example.test\nLa boîte aux lettres est pleine."
        "\n\nInformations de diagnostic pour les administrateurs :\n\nServeur de génération : mx.example.test\n\n"
        "gita@example.test\n#< #5.2.2 smtp;554 5.2.2 mailbox full> #SMTP#\n\nEn-têtes de message d'origine :\n\n"
        + ORIGINAL,
        "5.2.2",
        "mailbox_full",
    ),
    "Microsoft 365 in HTML": Case(
        "Microsoft Outlook <postmaster@mx.example.test>",
        "Undeliverable: Printer",
        "<html><body><p>Your message to <a href='mailto:gita@example.test'>gita@example.test</a> couldn't be delivered."
        "</p><p>gita wasn't found at example.test.</p><p>Remote Server returned '550 5.1.10 "
        "RESOLVER.ADR.RecipientNotFound; Recipient not found'</p></body></html>",
        "5.1.10",
        "mailbox_unknown",
        content_type="text/html; charset=utf-8",
    ),
    "Gmail": Case(
        "Mail Delivery Subsystem <mailer-daemon@googlemail.test>",
        "Delivery Status Notification (Failure)",
        "** Address not found **\n\nYour message wasn't delivered to gita@example.test because the address couldn't be "
        "found, or is unable to receive mail.\n\nThe response from the remote server was:\n550 5.1.1 The email account "
        "that you tried to reach does not exist.\n",
        "5.1.1",
        "mailbox_unknown",
    ),
    "Gmail, older": Case(
        "Mail Delivery Subsystem <mailer-daemon@googlemail.test>",
        "Delivery Status Notification (Failure)",
        "Delivery to the following recipient failed permanently:\n\n     gita@example.test\n\nTechnical details of "
        "permanent failure:\nDNS Error: Domain name not found\n\n----- Original message -----\n\n" + ORIGINAL,
        "5.1.2",
        "domain_unknown",
    ),
    "Yahoo": Case(
        "MAILER-DAEMON@yahoo.test",
        "Failure Notice",
        "Sorry, we were unable to deliver your message to the following address.\n\n<gita@example.test>:\nRemote host "
        "said: 554 delivery error: dd This user doesn't have a yahoo.test account (gita@example.test) [0]\n\n"
        "--- Below this line is a copy of the message.\n\n" + ORIGINAL,
        "5.1.1",
        "mailbox_unknown",
    ),
    "AOL": Case(
        "Mail Delivery Subsystem <MAILER-DAEMON@example.test>",
        "Mail Delivery Problem",
        "Your mail to the following recipients could not be delivered because they are not accepting mail from "
        "support@desk.test:\n\tgita\n",
        "5.7.1",
        "refused",
    ),
    "Hotmail": Case(
        "postmaster@mail.hotmail.test",
        "Delivery Status Notification (Failure)",
        "This is an automatically generated Delivery Status Notification.\n\nDelivery to the following recipients "
        "failed.\n\n       gita@example.test\n",
        "5.0.0",
        "unknown",
    ),
    "GroupWise": Case(
        "Mailer-Daemon@gw.example.test",
        "Message status - undeliverable",
        "The message that you sent was undeliverable to the following:\n\tgita (user not found)\n\n"
        "Possibly truncated original message follows:\n\n" + ORIGINAL,
        "5.1.1",
        "mailbox_unknown",
    ),
    "Lotus Domino": Case(
        POSTMASTER,
        "DELIVERY FAILURE: User gita (gita@example.test) not listed in Domino Directory",
        "Your message\n\n  Subject: Printer\n\nwas not delivered to:\n\n  gita@example.test\n\nbecause:\n\n  User gita "
        "(gita@example.test) not listed in Domino Directory\n",
        "5.1.1",
        "mailbox_unknown",
    ),
    "Lotus Notes": Case(
        POSTMASTER,
        "Undeliverable message",
        "------- Failure Reasons  --------\n\nUser not listed in public Name & Address Book\ngita@example.test\n\n"
        "------- Returned Message --------\n\n" + ORIGINAL,
        "5.1.1",
        "mailbox_unknown",
    ),
    "Mercury": Case(
        "Electronic Postmaster <postmaster@mx.example.test>",
        "Delivery failure notification",
        'With reference to your message with the subject:\n   "Printer"\n\nThe local mail transport system has '
        "reported the following problems it encountered while trying to deliver your message:\n\n*** "
        "gita@example.test\n550 no such user here\n",
        "5.1.1",
        "mailbox_unknown",
    ),
    "MDaemon": Case(
        "MDaemon at mx.example.test <MDaemon@mx.example.test>",
        "Permanent Delivery Failure",
        "The attached message has been returned to you because it could not be delivered.\n\nFailed address: "
        "gita@example.test\n\n--- Session Transcript ---\n Tue 2026-11-24 10:00:00: --> RCPT To:<gita@example.test>\n"
        " Tue 2026-11-24 10:00:01: <-- 550 gita@example.test unknown user account\n--- End Transcript ---\n",
        "5.1.1",
        "mailbox_unknown",
    ),
    "IMail (SMTP32)": Case(
        POSTMASTER,
        "Undeliverable Mail",
        "User mailbox exceeds allowed size: gita@example.test\n\n\nOriginal message follows.\n\n" + ORIGINAL,
        "5.2.2",
        "mailbox_full",
        headers=("X-Mailer: <SMTP32 v8.05>",),
    ),
    "Courier": Case(
        '"Courier mail server at mx.example.test" <@mx.example.test>',
        "NOTICE: mail delivery status.",
        "This is a delivery status notification from mx.example.test.\n\nUNDELIVERABLE MAIL\n\nYour message to the "
        "following recipients cannot be delivered:\n\n<gita@example.test>:\n     mx.example.test [192.0.2.1]:\n "
        "<<< 550 User unknown.\n",
        "5.1.1",
        "mailbox_unknown",
        headers=("Return-Path: <>",),
    ),
    "CommuniGate": Case(
        DAEMON,
        "Undeliverable mail: Printer",
        "Failed to deliver to '<gita@example.test>'\nLOCAL module(account gita) reports:\n account is full (quota "
        "exceeded)\n",
        "5.2.2",
        "mailbox_full",
    ),
    "Netscape Messaging": Case(
        POSTMASTER,
        "Mail System Error - Returned Mail",
        "This Message was undeliverable due to the following reason:\n\nThe following destination addresses were "
        "unknown:\n\n    <gita@example.test>\n\nPlease reply to Postmaster@mx.example.test\n",
        "5.1.1",
        "mailbox_unknown",
    ),
    "Compuserve": Case(
        "Electronic Postmaster <POSTMASTER@compuserve.test>",
        "Undeliverable Message: ?? EMAUNK: Invalid user address.",
        "Your message could not be delivered as addressed.\n\nReason: Invalid user address "
        "gita@example.test\n\n--- Returned message ---\n\n" + ORIGINAL,
        "5.1.1",
        "mailbox_unknown",
    ),
    "Yandex": Case(
        "mailer-daemon@yandex.test",
        "=?utf-8?B?0J3QtdC00L7RgdGC0LDQstC70LXQvdC90L7QtSDRgdC+0L7QsdGJ0LXQvdC40LU=?=",
        "This is the mail system at host yandex.test.\n\nI'm sorry to have to inform you that your message could not "
        "be delivered.\n\n<gita@example.test>: host mx.example.test said: 550 5.7.1 Message rejected under suspicion "
        "of SPAM\n",
        "5.7.1",
        "spam",
    ),
    "Mail.ru": Case(
        "mailer-daemon@mail.test",
        "Mail failure.",
        "This message was created automatically by mail delivery software.\n\nA message that you sent could not be "
        "delivered to one or more of its recipients.\n\n  gita@example.test\n    SMTP error from remote mailer after "
        "RCPT TO:<gita@example.test>:\n    550 Message was not accepted -- invalid mailbox.  Local mailbox "
        "gita@example.test is unavailable: account is disabled\n",
        "5.2.1",
        "mailbox_disabled",
    ),
    "SendGrid": Case(
        "MAILER-DAEMON",
        "Undelivered Mail Returned to Sender",
        "Hello, this is the mail server on mx.example.test.\n\nI am sending you this message to inform you on the "
        "delivery status of a message you previously sent.  Immediately below you will find a list of the affected "
        "recipients.\n\nFinal-Recipient: rfc822; gita@example.test\nAction: failed\nStatus: 5.2.1\nDiagnostic-Code: "
        "550 5.2.1 The account is inactive\n",
        "5.2.1",
        "mailbox_disabled",
    ),
    "Mailgun": Case(
        "Mailer Daemon <mailer-daemon@mailgun.test>",
        "Delivery failed",
        "Your message to gita@example.test was not delivered: 605 Not delivering to previously bounced address\n",
        "5.0.0",
        "unknown",
    ),
    "Barracuda": Case(
        "postmaster@barracuda.example.test",
        "**Message you sent blocked by our bulk email filter**",
        "Your message to: gita@example.test\nwas blocked by our Spam Firewall. The email you sent with the following "
        "subject has NOT BEEN DELIVERED:\n\nSubject: Printer\n",
        "5.7.1",
        "spam",
    ),
    "Mimecast": Case(
        '"Mail Delivery System" <mailer-daemon@mx.example.test>',
        "[Postmaster] Email Delivery Failure",
        "This is a delivery failure notification message indicating that\nan email support@desk.test "
        "addressed to email "
        "address :\n-- gita@example.test\n\nWith subject Re: Printer\ncould not be delivered. The problem appears to be"
        " :\n-- Recipient email address is possibly incorrect\n\nAdditional information follows "
        ":\n-- 5.1.1 User unknown"
        "\n",
        "5.1.1",
        "mailbox_unknown",
    ),
    "Proofpoint": Case(
        "Mail Delivery Subsystem <MAILER-DAEMON@pphosted.example.test>",
        "Returned mail: see transcript for details",
        "The original message was received at Tue, 24 Nov 2026\n\n   ----- The following addresses had permanent fatal "
        "errors -----\n<gita@example.test>\n    (reason: 550-5.7.26 Unauthenticated email from "
        "desk.test is not accepted"
        " due to domain's DMARC policy.)\n",
        "5.7.26",
        "authentication",
    ),
    "Postini": Case(
        POSTMASTER,
        "Delivery Status Notification (Failure)",
        "Your message was not delivered to the following recipients:\n\ngita@example.test: 550 5.1.1 User unknown - "
        "psmtp\n",
        "5.1.1",
        "mailbox_unknown",
    ),
    "Sophos": Case(
        "PureMessage <pmx@mx.example.test>",
        "Undeliverable: message too large",
        "Your message could not be delivered to the following recipients:\n\n<gita@example.test>\n\nThe message is too "
        "large.\n",
        "5.3.4",
        "size",
    ),
    "InterScan": Case(
        "imss@example.test",
        "Mail could not be delivered",
        "****** Message from InterScan Messaging Security Suite ******\n\nSent <<< RCPT "
        "TO:<gita@example.test>\nReceived "
        ">>> 550 5.1.1 unknown\n\nUnable to deliver message to <gita@example.test>.\n\n***** End of message *****\n",
        "5.1.1",
        "mailbox_unknown",
        headers=("Return-Path: <>",),
    ),
    "LISTSERV": Case(
        "LISTSERV@mx.example.test",
        "Undelivered mail",
        "An error was detected while processing the enclosed message.\n\n--> Error description:\nError-for:  "
        "gita@example.test\nError-Code: 3\nError-Text: No such local user.\n\n",
        "5.1.1",
        "mailbox_unknown",
    ),
    "PMDF": Case(
        "PMDF e-Mail Interconnect <postmaster@mx.example.test>",
        "Delivery Notification: Delivery has failed",
        "This report relates to a message you sent with the following header fields:\n\n  "
        "Message-id: <ours@desk.test>\n"
        "  To: gita@example.test\n  Subject: Printer\n\nYour message cannot be delivered to the "
        "following recipients:\n\n"
        "  Recipient address: gita@example.test\n  Reason: Illegal host/domain name found\n",
        "5.1.2",
        "domain_unknown",
    ),
    "1&1, German": Case(
        '"Mail Delivery System" <mailer-daemon@kunden.test>',
        "Mail delivery failed: returning message to sender",
        "Diese E-Mail wurde automatisch erstellt.\n\nIhre Nachricht konnte nicht zugestellt werden an:\n\n"
        "gita@example.test\n\nFor the following reason:\n\nMail size limit exceeded.\n\n--- The header of the original "
        "message is following. ---\n\n" + ORIGINAL,
        "5.3.4",
        "size",
    ),
    "Exchange, German": Case(
        POSTMASTER,
        "Unzustellbar: Drucker",
        "Fehler bei der Nachrichtenzustellung an folgende Empfänger oder Verteilerlisten:\n\ngita@example.test\nDie "
        "eingegebene E-Mail-Adresse konnte nicht gefunden werden.\n\nDiagnoseinformationen für Administratoren:\n\n"
        "gita@example.test\n#550 5.1.1 RESOLVER.ADR.RecipNotFound; not found ##\n",
        "5.1.1",
        "mailbox_unknown",
    ),
    "Spanish": Case(
        POSTMASTER,
        "No se puede entregar: Impresora",
        "No se pudo entregar el mensaje a los siguientes destinatarios:\n\n    "
        "gita@example.test\n\nEl buzón está lleno."
        "\n",
        "5.2.2",
        "mailbox_full",
    ),
    "Italian": Case(
        POSTMASTER,
        "Mancato recapito: Stampante",
        "Impossibile recapitare il messaggio ai seguenti destinatari:\n\n    "
        "gita@example.test\n\nL'utente non esiste.\n",
        "5.1.1",
        "mailbox_unknown",
    ),
    "Portuguese": Case(
        POSTMASTER,
        "=?utf-8?Q?N=C3=A3o_entregue=3A_Impressora?=",
        "Sua mensagem não pôde ser entregue aos seguintes destinatários:\n\n    "
        "gita@example.test\n\nO usuário não existe"
        ".\n",
        "5.1.1",
        "mailbox_unknown",
    ),
    "Dutch": Case(
        POSTMASTER,
        "Onbestelbaar: Printer",
        "Uw bericht kan niet worden bezorgd bij de volgende geadresseerden:\n\n    gita@example.test\n\nDe gebruiker "
        "bestaat niet.\n",
        "5.1.1",
        "mailbox_unknown",
    ),
    "Russian": Case(
        POSTMASTER,
        "=?utf-8?B?0J3QtSDQtNC+0YHRgtCw0LLQu9C10L3Qvg==?=",
        "Ваше сообщение не доставлено следующим получателям:\n\n    gita@example.test\n\nТакой пользователь не "
        "существует.\n",
        "5.1.1",
        "mailbox_unknown",
    ),
    "Japanese": Case(
        DAEMON,
        "=?utf-8?B?6YCB5L+h44Ko44Op44O8?=",
        "以下のメールアドレスへの送信に失敗しました。\ngita@example.test"
        "\n\n-------server message\n550 5.1.1 unknown user "
        "<gita@example.test>\n\n-------original message\n" + ORIGINAL,
        "5.1.1",
        "mailbox_unknown",
    ),
    "Chinese": Case(
        POSTMASTER,
        "=?utf-8?B?57O757uf6YCA5L+h?=",
        "抱歉，您的邮件被退回来了……\n\n收件人（gita@example.test）"
        "\n邮箱已满\n\nhost mx.example.test said: 552 5.2.2 quota\n",
        "5.2.2",
        "mailbox_full",
    ),
    "a mail filter at a provider": Case(
        "MAILER-DAEMON <mailer-daemon@filter.test>",
        "Undeliverable: Printer",
        'Delivery has failed to these recipients or distribution lists:\n\nServer "192.0.2.1:25" returned an error:\n\n'
        "\t* [gita@example.test]: 550 gita@example.test...User account is overquota\n\nOriginal message details:\n",
        "5.2.2",
        "mailbox_full",
    ),
    "au EZweb": Case(
        "Postmaster@ezweb.test",
        "Mail System Error - Returned Mail",
        "The user(s) account is disabled.\n\n<gita@example.test>: 550 user unknown (in reply to RCPT TO command)\n\n"
        "--------------------------------------------------\n" + ORIGINAL,
        "5.1.1",
        "mailbox_unknown",
    ),
    "MailFoundry": Case(
        "MAILER-DAEMON@mx.example.test",
        "Message delivery has failed",
        "Unable to deliver message to: <gita@example.test>\nDelivery failed for the following reason:\nServer "
        "mx.example.test[192.0.2.1] failed with: 550 <gita@example.test> No such user here\n\nThis "
        "has been a permanent "
        "failure.  No further delivery attempts will be made.\n",
        "5.1.1",
        "mailbox_unknown",
    ),
    "Active!hunter": Case(
        '"MAILER-DAEMON" <MAILER-DAEMON@mx.example.test>',
        "FAILURE NOTICE :",
        "  ----- The following addresses had permanent fatal errors -----\n\n>>> gita@example.test "
        "<gita@example.test>\n\n"
        "  ----- Transcript of session follows -----\n550 sorry, no mailbox here by that name (#5.1.1 - chkusr)\n",
        "5.1.1",
        "mailbox_unknown",
    ),
    "Apache James": Case(
        "postmaster@mx.example.test",
        "[BOUNCE]",
        "Hi. This is the James mail server at mx.example.test.\nI'm afraid I wasn't able to deliver "
        "your message to the "
        "following addresses.\n\nFailed recipient(s):\ngita@example.test\n\nError message:\n550 - Requested action not "
        "taken: no such user here\n",
        "5.1.1",
        "mailbox_unknown",
    ),
    "OpenSMTPD": Case(
        DAEMON,
        "Delivery status notification: error",
        "    Hi!\n\n    This is the MAILER-DAEMON, please DO NOT REPLY to this email.\n\n    An "
        "error has occurred while "
        "attempting to deliver a message for\n    the following list of recipients:\n\ngita@example.test: 550 5.2.2 "
        "<gita@example.test>: Mailbox Full\n\n    Below is a copy of the original message:\n\n" + ORIGINAL,
        "5.2.2",
        "mailbox_full",
    ),
    "Sun, repeating the header": Case(
        POSTMASTER,
        "Delivery Notification: Delivery has failed",
        "This report relates to a message you sent with the following header fields:\n\n  Return-path: "
        "<support@desk.test>\n  Message-id: <ours@desk.test>\n  From: support@desk.test\n  To: all@lists.test\n\nYour "
        "message cannot be delivered to the following recipients:\n\n  Recipient address: "
        "gita@example.test\n  Original "
        "address: gita@example.test\n  Reason: Over quota\n",
        "5.2.2",
        "mailbox_full",
    ),
    "MailMarshal": Case(
        "MailMarshal@mx.example.test",
        'Undeliverable Mail: "Printer"',
        "Your message:\n   From:    support@desk.test\n   Subject: Printer\n\nCould not be delivered because of\n\n550 "
        "5.1.1 User unknown\n\nThe following recipients were affected: \n    "
        "gita@example.test\n\nAdditional Information"
        "\n======================\nOriginal Sender:    <support@desk.test>\n",
        "5.1.1",
        "mailbox_unknown",
    ),
    "SurfControl": Case(
        POSTMASTER,
        "Message could not be sent",
        "Your message could not be sent.\nA transcript of the attempts to send the message follows.\nAddressed To: "
        "gita@example.test\n\nFailed to send to identified host,\ngita@example.test: [192.0.2.5], 550 gita@example.test"
        "... No such user\n--- Message non-deliverable.\n",
        "5.1.1",
        "mailbox_unknown",
    ),
    "DragonFly": Case(
        "MAILER-DAEMON <>",
        "Mail delivery failed",
        "This is the DragonFly Mail Agent v0.13 at desk.test.\n\nThere was an error delivering your mail to "
        "<gita@example.test>.\n\nmx.example.test [192.0.2.25] did not like our RCPT TO:\n552 5.2.2 "
        "<gita@example.test>: "
        "Mailbox full\n\nMessage headers follow.\n\n" + ORIGINAL,
        "5.2.2",
        "mailbox_full",
    ),
    "a web shop's mailer": Case(
        "MAILER-DAEMON@mx.example.test",
        "There was an error sending your mail",
        "We had trouble delivering your message. Full details follow:\n\nSubject: 'Printer'\n\n1 "
        "error(s):\n\nSMTP Server"
        " <mx.example.test> rejected recipient <gita@example.test>\n  (Error following RCPT command). It responded as "
        "follows: [550 5.1.1 User unknown]\n",
        "5.1.1",
        "mailbox_unknown",
    ),
    "smail": Case(
        "Mail Delivery Subsystem <MAILER-DAEMON@mx.example.test>",
        "mail failed, returning to sender",
        "|------------------------- Message log follows: -------------------------|\n no valid "
        "recipients were found for "
        "this message\n|------------------------- Failed addresses follow: ---------------------|\n "
        "<gita@example.test> "
        "... unknown host\n|------------------------- Message text follows: ------------------------|\n" + ORIGINAL,
        "5.1.2",
        "domain_unknown",
    ),
    "IronPort, delayed": Case(
        "MAILER-DAEMON@mx.example.test",
        "Delivery Status Notification (Delay)",
        "The following message to <gita@example.test> is delayed.\nReason: 4.4.0 - Other network problem\n",
        "4.4.0",
        "temporary",
        action="delayed",
    ),
    "a local user name": Case(
        "MAILER-DAEMON@mx.example.test",
        "Returned mail: User unknown",
        "   ----- The following addresses had permanent fatal errors -----\ngita\n\n   ----- Transcript of session "
        "follows -----\n550 gita... User unknown\n\n   ----- Original message follows -----\n\n" + ORIGINAL,
        "5.1.1",
        "mailbox_unknown",
    ),
    "a helpful server": Case(
        "MAILER-DAEMON@mx.example.test",
        "Undelivered Mail",
        "Delivery to the following recipient failed permanently:\n\n     gita@example.test\n\nTechnical "
        "details:\n550 5.7.1"
        " Your message was blocked by our DNSBL, please write to help@blocklist.test from another "
        "address.\nIf you need "
        "help call Bob bob@support.test.\n",
        "5.7.1",
        "spam",
    ),
    "a virus filter that kept the mail": Case(
        "MailScanner <postmaster@mx.example.test>",
        "Undelivered: virus detected",
        "The following message could not be delivered to:\n\n  gita@example.test\n\nReason: it contained a virus.\n",
        "5.6.0",
        "content",
    ),
    "a server that retries": Case(
        "Symantec_AntiVirus_for_SMTP_Gateways@example.test",
        "Delivery failure notification",
        "Your message with Subject: Printer\ncould not be delivered to the following "
        "recipients:\n\ngita@example.test\n\n"
        "Please do not resend your original message.\n\nDelivery attempts will continue to be made for 5 day(s).\n",
        "4.0.0",
        "temporary",
        action="delayed",
    ),
}


@pytest.mark.parametrize("case", NOTICES.values(), ids=NOTICES)
def test_a_notice_tells_who_failed_and_why(case: Case):
    mail = parse(case.raw())
    assert mail.auto == "bounce"
    assert mail.bounce is not None
    assert [(r.address, r.status, r.kind, r.action) for r in mail.bounce.recipients] == [
        ("gita@example.test", case.status, case.kind, case.action)
    ]
    if "ours@desk.test" in case.body:
        assert mail.bounce.original_message_id == "ours@desk.test"


@pytest.mark.parametrize(
    "line",
    [
        "-" * 199,
        "a" * 900 + "@" * 90,
        "a@b.test " * 100,
        "user " * 190,
        "5.1.1" * 190,
        "<" * 900,
        "user x@y.test" + " " * 900,
    ],
)
def test_no_notice_makes_the_reader_slow(line: str):
    body = "Your message could not be delivered.\n" + (line + "\n") * 3000
    assert parse(Case(DAEMON, "failure notice", body, "", "").raw()).auto == "bounce"
