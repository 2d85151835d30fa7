"""SMTP on bad days: refusals and lost connections at each step, what is said on the wire, and how often."""

from __future__ import annotations

import pytest

from postroom.transports.base import Auth
from postroom.transports.smtp import SmtpSender, dotted
from tests.servers.lines import LineServer, Talk
from tests.servers.scripted import CUT, SILENT, ScriptedSmtp
from tests.transports.conftest import a_mail, refused, smtp_at

SAM, GITA, DESK = "sam@example.test", "gita@example.test", "support@desk.test"


def send(sender: SmtpSender, raw: bytes | None = None) -> object:
    return sender.send(DESK, [SAM], raw or a_mail())


@pytest.mark.parametrize(
    ("step", "answer", "code", "temporary", "connection"),
    [
        ("GREETING", "421 4.3.2 closing down", "MAILCONSMTP", True, True),
        ("GREETING", "421 4.7.0 too many connections", "MAILCONRATELIM", True, True),
        ("GREETING", "554 5.7.1 you are on a block list", "MAILCONSMTP", False, True),
        ("MAIL", "451 4.3.0 try again", "MAILCONSMTP", True, False),
        ("MAIL", "550 5.1.8 sender unknown", "MAILCONSMTP", False, False),
        ("MAIL", "432 4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded", "MAILCONRATELIM", True, False),
        ("MAIL", "450 4.7.1 slow down", "MAILCONRATELIM", True, False),
        ("MAIL", "530 5.7.57 Client not authenticated to send mail", "MAILAUTHCRED", False, True),
        ("MAIL", "421 4.3.2 closing down", "MAILCONSMTP", True, True),
        ("RCPT", "421 4.7.0 Too many recipients at once", "MAILCONRATELIM", True, False),
        ("DATA", "451 4.7.1 greylisted", "MAILCONRATELIM", True, False),
        ("DATA", "554 5.5.1 no valid recipients", "MAILCONSMTP", False, False),
        ("END", "451 4.3.0 disk full", "MAILCONSMTP", True, False),
        ("END", "550 5.7.1 looks like spam", "MAILCONSMTP", False, False),
        (
            "END",
            "550 5.7.60 Client does not have permissions to send as this",
            "MAILCONSMTP",
            False,
            False,
        ),
    ],
)
def test_a_refusal_is_quoted_and_says_whether_it_is_for_good_and_of_the_server_or_of_the_mail(
    scripted: ScriptedSmtp, sender: SmtpSender, step: str, answer: str, code: str, temporary: bool, connection: bool
) -> None:
    scripted.answers[step] = answer

    error = refused(lambda: send(sender))

    assert (error.code, error.temporary, error.connection) == (code, temporary, connection)
    assert answer in error.message
    assert error.smtp_code == int(answer[:3])
    assert error.enhanced == answer.split(" ")[1]
    assert not error.uncertain


@pytest.mark.parametrize("step", ["GREETING", "EHLO", "MAIL", "RCPT", "DATA"])
def test_a_connection_cut_before_the_end_of_the_mail_is_tried_again_later(
    scripted: ScriptedSmtp, sender: SmtpSender, step: str
) -> None:
    scripted.answers[step] = CUT

    error = refused(lambda: send(sender))

    assert (error.code, error.temporary, error.connection, error.uncertain) == ("MAILCONREF", True, True, False)
    assert "ended the connection" in error.message


def test_a_connection_cut_after_the_end_of_the_mail_leaves_the_outcome_unknown(
    scripted: ScriptedSmtp, sender: SmtpSender
) -> None:
    scripted.answers["END"] = CUT

    error = refused(lambda: send(sender))

    assert (error.uncertain, error.temporary, error.stage) == (True, True, "data")
    assert len(scripted.mails) == 1


def test_silence_after_the_end_of_the_mail_leaves_the_outcome_unknown(scripted: ScriptedSmtp) -> None:
    scripted.answers["END"] = SILENT
    sender = SmtpSender(smtp_at(scripted, timeout=0.3))

    error = refused(lambda: send(sender))

    assert (error.uncertain, error.code) == (True, "MAILCONTMO")


@pytest.mark.parametrize("step", ["GREETING", "MAIL", "DATA"])
def test_a_server_that_falls_silent_is_not_waited_for_for_ever(scripted: ScriptedSmtp, step: str) -> None:
    scripted.answers[step] = SILENT
    sender = SmtpSender(smtp_at(scripted, timeout=0.3))

    error = refused(lambda: send(sender))

    assert (error.code, error.temporary, error.uncertain) == ("MAILCONTMO", True, False)


def test_after_a_fault_the_next_mail_goes_out_on_a_new_connection(scripted: ScriptedSmtp, sender: SmtpSender) -> None:
    scripted.answers["DATA"] = CUT
    refused(lambda: send(sender))
    scripted.answers["DATA"] = "354 go ahead"

    send(sender)

    assert scripted.connections == 2
    assert len(scripted.mails) == 1


def test_many_mails_go_out_on_one_connection(scripted: ScriptedSmtp, sender: SmtpSender) -> None:
    for _ in range(5):
        send(sender)

    assert scripted.connections == 1
    assert len(scripted.mails) == 5


def test_a_kept_connection_that_the_server_has_ended_is_replaced_without_a_word(
    scripted: ScriptedSmtp, sender: SmtpSender
) -> None:
    send(sender)
    scripted.hang_up()

    send(sender)

    assert scripted.connections == 2
    assert len(scripted.mails) == 2


def test_a_kept_connection_that_is_refused_as_too_old_is_replaced_once(
    scripted: ScriptedSmtp, sender: SmtpSender
) -> None:
    send(sender)
    scripted.answers["MAIL"] = "421 4.4.2 idle for too long"

    error = refused(lambda: send(sender))

    assert error.smtp_code == 421
    assert scripted.connections == 2


def test_sender_and_recipients_go_out_together_where_the_server_offers_pipelining(
    scripted: ScriptedSmtp, sender: SmtpSender
) -> None:
    scripted.answers[f"RCPT TO:<{SAM}>"] = "550 5.1.1 unknown"
    sender.send(DESK, [SAM], a_mail())
    sender.send(DESK, [GITA], a_mail())

    verbs = [line.split(" ")[0] for line in scripted.said]
    assert verbs == ["ehlo", "MAIL", "RCPT", "RSET", "MAIL", "RCPT", "DATA"]


@pytest.mark.parametrize("offered", ["250-PIPELINING\n250 SIZE 1000000", "250 SIZE 1000000"])
def test_two_hundred_recipients_each_get_their_answer(scripted: ScriptedSmtp, sender: SmtpSender, offered: str) -> None:
    scripted.answers["EHLO"] = f"250-mx.desk.test\n{offered}"
    scripted.answers["RCPT TO:<p150@example.test>"] = "450 4.2.0 try again"

    results = sender.send(DESK, [f"p{number}@example.test" for number in range(200)], a_mail())

    assert [number for number, result in enumerate(results) if not result.accepted] == [150]


def test_lines_that_start_with_a_dot_and_lone_newlines_arrive_as_the_standard_wants(
    scripted: ScriptedSmtp, sender: SmtpSender
) -> None:
    send(sender, b"Subject: x\n\n.hidden\r\n..two\rlast")

    assert scripted.mails == [b"Subject: x\r\n\r\n..hidden\r\n...two\r\nlast\r\n"]


def test_a_mail_of_dots_survives() -> None:
    assert dotted(b".\r\n.\r\n") == b"..\r\n..\r\n"


def test_the_size_and_eight_bit_content_are_declared_where_the_server_asks_for_it(
    scripted: ScriptedSmtp, sender: SmtpSender
) -> None:
    raw = "Subject: x\r\n\r\nGrüße\r\n".encode()

    send(sender, raw)

    assert f"MAIL FROM:<{DESK}> SIZE={len(raw)} BODY=8BITMIME" in scripted.said


def test_an_international_domain_is_written_in_ascii(scripted: ScriptedSmtp, sender: SmtpSender) -> None:
    (result,) = sender.send(DESK, ["sam@bücher.test"], a_mail())

    assert result.accepted
    assert result.address == "sam@bücher.test"
    assert "RCPT TO:<sam@xn--bcher-kva.test>" in scripted.said


def test_an_international_address_goes_out_where_the_server_can_take_it_and_is_refused_elsewhere(
    scripted: ScriptedSmtp, sender: SmtpSender
) -> None:
    (result,) = sender.send(DESK, ["jörg@example.test"], a_mail())
    assert (result.code, result.enhanced) == (553, "5.6.7")

    sender.close()
    scripted.answers["EHLO"] = "250-mx\n250-PIPELINING\n250 SMTPUTF8"
    assert sender.send(DESK, ["jörg@example.test"], a_mail())[0].accepted
    assert f"MAIL FROM:<{DESK}> SMTPUTF8" in scripted.said


@pytest.mark.parametrize("address", ["sam@example.test>\r\nRCPT TO:<eve@evil.test", "sam @example.test", "a\nb@x.test"])
def test_no_address_can_smuggle_a_command(scripted: ScriptedSmtp, sender: SmtpSender, address: str) -> None:
    (result,) = sender.send(DESK, [address], a_mail())

    assert result.code == 553
    assert not any("eve" in line for line in scripted.said)
    assert refused(lambda: sender.send(address, [SAM], a_mail())).connection is False


def test_the_null_sender_of_automatic_mail_can_be_used(scripted: ScriptedSmtp, sender: SmtpSender) -> None:
    assert sender.send("", [SAM], a_mail())[0].accepted
    assert any(line.startswith("MAIL FROM:<> ") for line in scripted.said)


def test_we_introduce_ourselves_by_a_name_or_an_address_literal(scripted: ScriptedSmtp) -> None:
    for own_name in ("desk.test", ""):
        sender = SmtpSender(smtp_at(scripted), own_name=own_name)
        sender.open()
        sender.close()

    named, unnamed = (line for line in scripted.said if line.startswith("ehlo"))
    assert named == "ehlo desk.test"
    assert unnamed.startswith("ehlo [127.0.0.1") or "." in unnamed


def test_a_server_of_the_old_days_is_greeted_with_helo(scripted: ScriptedSmtp, sender: SmtpSender) -> None:
    scripted.answers["EHLO"] = "502 5.5.1 what?"

    assert sender.send(DESK, [SAM], a_mail())[0].accepted


@pytest.mark.parametrize(
    ("greeting", "named"),
    [("* OK [CAPABILITY IMAP4rev1] ready", "IMAP instead of"), ("+OK POP3 ready", "POP3 instead of"), ("SSH-2", "no")],
)
def test_another_kind_of_server_is_named(greeting: str, named: str) -> None:
    def greet(talk: Talk) -> None:
        talk.say(greeting)
        talk.hear()

    server = LineServer(greet)
    server.start()
    try:
        error = refused(SmtpSender(smtp_at(server)).open)  # type: ignore[arg-type]
    finally:
        server.stop()

    assert error.code == "MAILCONREF"
    assert f"speaks {named} SMTP" in error.message
    assert (greeting in error.message) == ("instead" in named)  # other services are not quoted


def test_a_missing_sign_in_says_where_to_switch_it_on(scripted: ScriptedSmtp, sender: SmtpSender) -> None:
    scripted.answers["MAIL"] = "530 5.7.0 Authentication required"

    assert "switch on Authentication Needed" in refused(lambda: send(sender)).message


def test_a_server_without_sign_in_says_where_to_switch_it_off(scripted: ScriptedSmtp) -> None:
    scripted.answers["EHLO"] = "250-mx\n250 PIPELINING"
    sender = SmtpSender(smtp_at(scripted, auth=Auth("basic", DESK, "secret")))

    error = refused(sender.open)

    assert (error.code, error.stage) == ("MAILAUTHCRED", "login")
    assert "switch off Authentication Needed" in error.message
