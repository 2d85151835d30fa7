"""Of programs that people run themselves."""

from __future__ import annotations

from tests.mail.notices.case import DAEMON, ORIGINAL, POSTMASTER, Case

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
}
