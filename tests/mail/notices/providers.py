"""Of mailbox providers, gateways and senders."""

from __future__ import annotations

from tests.mail.notices.case import DAEMON, ORIGINAL, POSTMASTER, Case

NOTICES = {
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
}
