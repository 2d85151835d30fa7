"""In other languages, and of programs that are rare by now."""

from __future__ import annotations

from tests.mail.notices.case import DAEMON, ORIGINAL, POSTMASTER, Case

NOTICES = {
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
