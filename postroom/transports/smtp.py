"""Sending over SMTP (RFC 5321, 3207, 4954, 2920): one kept connection, a result for each recipient.

``smtplib`` does the protocol; sockets and TLS are ours (``connect``). MAIL and RCPT go out in one write where the server
offers PIPELINING. STARTTLS, where chosen, is never left out.
"""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
import time
from collections.abc import Callable

from postroom.transports.base import Endpoint, RecipientResult, TestResult, TransportError
from postroom.transports.connect import Note, certificate_words, open_socket, timed_out, tls_context
from postroom.transports.sasl import sign_in_smtp
from postroom.transports.stages import Stages

TEST_TIMEOUT = 20.0
_ENHANCED = re.compile(r"^([245]\.\d{1,3}\.\d{1,3})\s?")
_THROTTLED = {421, 432, 450, 451, 452}
_BARE_NEWLINE = re.compile(rb"\r\n|\n|\r")


class _Smtp(smtplib.SMTP):
    """``smtplib`` over a socket that ``connect`` opened."""

    def __init__(self, endpoint: Endpoint, note: Note) -> None:
        self._endpoint, self._note = endpoint, note
        super().__init__(timeout=endpoint.timeout)
        self._host = endpoint.host

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return open_socket(self._endpoint, self._note)


class SmtpSender:
    """A kept connection to an SMTP server. Not thread-safe."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._smtp: _Smtp | None = None

    def open(self, note: Note = lambda stage, detail: None) -> None:
        """Connect and sign in where that is not done yet. Raises TransportError."""
        if self._smtp is not None:
            return
        smtp = _Smtp(self._endpoint, note)
        try:
            self._greet(smtp, note)
        except BaseException:
            smtp.close()
            raise
        self._smtp = smtp

    def _greet(self, smtp: _Smtp, note: Note) -> None:
        endpoint = self._endpoint
        try:
            code, words = smtp.connect(endpoint.host, endpoint.port)
            if code != 220:
                raise _refused("capabilities", code, words)
            self._hello(smtp)
            if endpoint.security == "tls" and not endpoint.implicit_tls:
                self._start_tls(smtp, note)
            note("capabilities", ", ".join(sorted(smtp.esmtp_features)) or "none")
            sign_in_smtp(smtp, endpoint.auth)
            note("login", endpoint.auth.username if endpoint.auth.type != "none" else "not needed")
        except TimeoutError:
            raise timed_out(endpoint, "capabilities") from None
        except (smtplib.SMTPServerDisconnected, OSError) as error:
            raise _cut(endpoint, "capabilities", error) from None

    def _hello(self, smtp: _Smtp) -> None:
        code, words = smtp.ehlo()
        if code != 250:
            code, words = smtp.helo()
        if code != 250:
            raise _refused("capabilities", code, words)

    def _start_tls(self, smtp: _Smtp, note: Note) -> None:
        endpoint = self._endpoint
        if not smtp.has_extn("starttls"):
            raise TransportError(
                "MAILCONTLS",
                f"{endpoint.host}:{endpoint.port} offers no STARTTLS. Choose SSL or another port; "
                "the connection is never continued unencrypted.",
                temporary=False,
                stage="tls",
            )
        try:
            smtp.starttls(context=tls_context(endpoint.ca_file))
        except ssl.SSLCertVerificationError as error:
            raise TransportError(
                "MAILCONTLS",
                f"The certificate of {endpoint.host}:{endpoint.port} cannot be trusted: {error.verify_message}. "
                "If the server has a certificate authority of its own, give its CA file.",
                temporary=True,
                stage="tls",
            ) from None
        except (ssl.SSLError, smtplib.SMTPResponseException) as error:
            raise TransportError("MAILCONTLS", f"STARTTLS failed: {error}", temporary=True, stage="tls") from None
        if isinstance(smtp.sock, ssl.SSLSocket):
            note("tls", certificate_words(smtp.sock))
        self._hello(smtp)

    def send(
        self, mail_from: str, rcpt_to: list[str], raw: bytes, before_data: Callable[[], None] | None = None
    ) -> list[RecipientResult]:
        """Hand one mail over. See ``base.Sender``."""
        fresh = self._smtp is None
        self.open()
        assert self._smtp is not None
        self._check_size(self._smtp, len(raw))
        try:
            results = self._envelope(mail_from, rcpt_to, len(raw))
        except TransportError as error:
            if fresh or not error.connection or error.smtp_code:
                raise
            self.open()  # the kept connection had died unnoticed: nothing of this mail was said on it
            results = self._envelope(mail_from, rcpt_to, len(raw))
        if not any(result.accepted for result in results):
            self._reset()
            return results
        if before_data is not None:
            try:
                before_data()
            except BaseException:
                self.close()
                raise
        return self._data(raw, results)

    def _check_size(self, smtp: _Smtp, size: int) -> None:
        limit = smtp.esmtp_features.get("size", "")
        if limit.isdigit() and 0 < int(limit) < size:
            raise TransportError(
                "MAILCONSMTP",
                f"The mail has {size} bytes; {self._endpoint.host} takes at most {limit}.",
                temporary=False,
                connection=False,
                stage="sender",
                smtp_code=552,
                enhanced="5.3.4",
            )

    def _envelope(self, mail_from: str, rcpt_to: list[str], size: int) -> list[RecipientResult]:
        """MAIL and RCPT, in one write where the server lets us. Raises TransportError where MAIL is refused."""
        smtp = self._smtp
        assert smtp is not None
        options = f" SIZE={size}" if smtp.has_extn("size") else ""
        commands = [f"MAIL FROM:<{mail_from}>{options}", *(f"RCPT TO:<{address}>" for address in rcpt_to)]
        try:
            if smtp.has_extn("pipelining"):
                smtp.send("".join(f"{command}\r\n" for command in commands))
                answers = [smtp.getreply() for _ in commands]
            else:
                answers = [smtp.docmd(commands[0])]
                if answers[0][0] == 250:
                    answers += [smtp.docmd(command) for command in commands[1:]]
        except TimeoutError:
            self.close()
            raise timed_out(self._endpoint, "sender") from None
        except (smtplib.SMTPException, OSError) as error:
            self.close()
            raise _cut(self._endpoint, "sender", error) from None
        if answers[0][0] != 250:
            self._after_refusal(answers[0][0])
            raise _refused("sender", *answers[0])
        return [_result(address, *answer) for address, answer in zip(rcpt_to, answers[1:], strict=True)]

    def _data(self, raw: bytes, results: list[RecipientResult]) -> list[RecipientResult]:
        smtp = self._smtp
        assert smtp is not None
        ended = False
        try:
            code, words = smtp.docmd("DATA")
            if code != 354:
                self._after_refusal(code)
                raise _refused("data", code, words)
            smtp.send(_dotted(raw))
            ended = True
            smtp.send(b".\r\n")
            code, words = smtp.getreply()
        except (smtplib.SMTPException, OSError) as error:
            self.close()
            if isinstance(error, TimeoutError) and not ended:
                raise timed_out(self._endpoint, "data") from None
            raise _cut(self._endpoint, "data", error, uncertain=ended) from None
        if code != 250:
            self._after_refusal(code)
        return [_result(result.address, code, words) if result.accepted else result for result in results]

    def _after_refusal(self, code: int) -> None:
        """Leave the connection fit for the next mail, or closed (421 closes it, RFC 5321, 3.8)."""
        if code == 421:
            self.close()
        else:
            self._reset()

    def _reset(self) -> None:
        if self._smtp is None:
            return
        try:
            self._smtp.rset()
        except (smtplib.SMTPException, OSError):
            self.close()

    def test(self, mail_from: str, rcpt_to: str, raw: bytes) -> TestResult:
        """Go through the stages and send ``raw``; never raises. Uses a connection of its own, for at most 20 s."""
        stages = Stages(TEST_TIMEOUT)
        probe = SmtpSender(stages.limited(self._endpoint))
        try:
            probe.open(stages.note)
            results = probe.send(mail_from, [rcpt_to], raw, lambda: stages.note("recipient", f"{mail_from} to {rcpt_to}"))
            if not results[0].accepted:
                raise _refused("recipient", results[0].code, results[0].text.encode())
            stages.note("data", f"{results[0].code} {results[0].text}")
        except TransportError as error:
            return stages.failed(error)
        finally:
            probe.close()
        return TestResult(True, stages.done)

    def close(self) -> None:
        """Say goodbye if that costs nothing, and close."""
        if self._smtp is not None:
            smtp, self._smtp = self._smtp, None
            try:
                if smtp.sock is not None:
                    smtp.sock.settimeout(1)
                    smtp.send("QUIT\r\n")
            except (smtplib.SMTPException, OSError):
                pass  # it was gone already, which is what was wanted
            finally:
                smtp.close()


def _dotted(raw: bytes) -> bytes:
    """CRLF at every line end, a dot more on lines that start with one, CRLF last (RFC 5321, 4.5.2)."""
    if b"\n" in raw.replace(b"\r\n", b"") or b"\r" in raw.replace(b"\r\n", b""):
        raw = _BARE_NEWLINE.sub(b"\r\n", raw)
    raw = raw.replace(b"\r\n.", b"\r\n..")
    if raw.startswith(b"."):
        raw = b"." + raw
    return raw if raw.endswith(b"\r\n") else raw + b"\r\n"


def _words(answer: bytes) -> tuple[str, str]:
    """Enhanced status and text of a reply."""
    text = answer.decode("utf-8", "replace").strip()
    found = _ENHANCED.match(text)
    return (found.group(1), text[found.end() :]) if found else ("", text)


def _result(address: str, code: int, answer: bytes) -> RecipientResult:
    enhanced, text = _words(answer)
    return RecipientResult(address, 250 if code == 251 else code, enhanced, text)


def _refused(stage: str, code: int, answer: bytes) -> TransportError:
    """A refusal in the server's words: of this mail, or, where it closes the connection, of us."""
    enhanced, text = _words(answer)
    throttled = code in _THROTTLED and (code == 421 or enhanced.startswith("4.7"))
    return TransportError(
        "MAILCONRATELIM" if throttled else "MAILCONSMTP",
        f"The server said: {code} {enhanced} {text}".replace("  ", " "),
        temporary=400 <= code < 500,
        connection=code == 421 or stage == "capabilities",
        stage=stage,
        smtp_code=code,
        enhanced=enhanced,
    )


def _cut(endpoint: Endpoint, stage: str, error: Exception, *, uncertain: bool = False) -> TransportError:
    when = "after the mail was handed over, before it answered" if uncertain else "in the middle of the conversation"
    return TransportError(
        "MAILCONTMO" if isinstance(error, TimeoutError) else "MAILCONREF",
        f"{endpoint.host}:{endpoint.port} ended the connection {when} ({error}).",
        temporary=True,
        stage=stage,
        uncertain=uncertain,
    )


