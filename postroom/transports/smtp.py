"""Sending over SMTP (RFC 5321, 3207, 4954, 2920, 1870, 6152, 6531): one kept connection, a result for each recipient.

``smtplib`` reads and writes; sockets and TLS are ours (``connect``). RSET, MAIL and RCPT go out in one write where the
server offers PIPELINING; DATA never does, since the ledger is told just before it. STARTTLS is never left out.
"""

from __future__ import annotations

import re
import select
import smtplib
import socket
import ssl
from collections.abc import Callable

from postroom.transports.base import Endpoint, OnStage, RecipientResult, TestResult, TransportError
from postroom.transports.connect import (
    no_greeting,
    no_start_tls,
    open_socket,
    timed_out,
    tls_context,
    tls_faults,
    wrong_protocol,
)
from postroom.transports.replies import recipient_result, refusal
from postroom.transports.sasl import sign_in_smtp
from postroom.transports.stages import QUIET, Progress, Stages
from postroom.transports.untrusted import failed_test

AT_ONCE = 50  # commands in one write: their replies must fit into the buffers in between (RFC 2920, 3.1)
CHUNK = 256 * 1024
QUIT_SECONDS = 1.0
_LONE_NEWLINE = re.compile(rb"\r(?!\n)|(?<!\r)\n")
_BAD_ADDRESS = re.compile(r"[\x00-\x20\x7f<>]")
Reply = tuple[int, bytes]


class _Smtp(smtplib.SMTP):
    """``smtplib`` over a socket that ``connect`` opened."""

    def __init__(self, endpoint: Endpoint, progress: Progress, own_name: str) -> None:
        self._endpoint, self._progress = endpoint, progress
        super().__init__(local_hostname=own_name or "[127.0.0.1]", timeout=endpoint.timeout)
        self._host = endpoint.host  # the name that STARTTLS verifies
        self._own_name = own_name
        self.first_words = b""

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        connection = open_socket(self._endpoint, self._progress)
        if not self._own_name:
            self.local_hostname = _name_of(connection)
        return connection

    def getreply(self) -> Reply:
        """As in ``smtplib``, which loses the start of what is no SMTP reply: it is kept to name the protocol."""
        if self.file is None and self.sock is not None:
            self.file = file = self.sock.makefile("rb")
            self.first_words = file.peek(1)
        return super().getreply()


def _name_of(connection: socket.socket) -> str:
    """How we call ourselves: the host's full name, else an address literal (RFC 5321, 4.1.3). Asks no name service."""
    name = socket.gethostname()
    if "." in name and not name.endswith((".local", ".localdomain")):
        return name
    address = connection.getsockname()[0]
    return f"[IPv6:{address}]" if ":" in address else f"[{address}]"


class SmtpSender:
    """A kept connection to an SMTP server. Not thread-safe. ``own_name``: for EHLO; by default the host's name."""

    def __init__(self, endpoint: Endpoint, *, own_name: str = "", progress: Progress = QUIET) -> None:
        self._endpoint = endpoint
        self._own_name = own_name
        self._progress = progress
        self._smtp: _Smtp | None = None
        self._unclean = False

    def open(self) -> None:
        """Connect and sign in where that is not done yet. Raises TransportError."""
        if self._smtp is not None:
            return
        smtp = _Smtp(self._endpoint, self._progress, self._own_name)
        try:
            self._greet(smtp)
        except BaseException:
            smtp.close()
            raise
        self._smtp, self._unclean = smtp, False

    def _greet(self, smtp: _Smtp) -> None:
        endpoint, stage = self._endpoint, "capabilities"
        try:
            self._read_greeting(smtp)
            self._hello(smtp)
            if endpoint.security == "tls" and not endpoint.implicit_tls:
                self._start_tls(smtp)
            size = smtp.esmtp_features.get("size", "")
            limit = f"; takes mails of up to {size} bytes" if size.isdigit() and int(size) else ""
            self._progress.offers(sorted(word.upper() for word in smtp.esmtp_features), limit)
            stage = "login"
            self._progress.done(stage, sign_in_smtp(smtp, endpoint.auth))
        except (smtplib.SMTPException, ValueError, OSError) as error:
            raise _cut(endpoint, stage, error) from None

    def _read_greeting(self, smtp: _Smtp) -> None:
        endpoint = self._endpoint
        try:
            code, words = smtp.connect(endpoint.host, endpoint.port)
        except TimeoutError:
            raise no_greeting(endpoint) from None
        if code == -1:
            raise wrong_protocol(endpoint, "SMTP", smtp.first_words)
        if code != 220:
            raise refusal(endpoint, "capabilities", code, words)
        assert smtp.sock is not None
        smtp.sock.settimeout(endpoint.timeout)

    def _hello(self, smtp: _Smtp) -> None:
        code, words = smtp.ehlo()
        if 500 <= code < 600:
            code, words = smtp.helo()
        if code != 250:
            raise refusal(self._endpoint, "capabilities", code, words)

    def _start_tls(self, smtp: _Smtp) -> None:
        endpoint = self._endpoint
        if not smtp.has_extn("starttls"):
            raise no_start_tls(endpoint)
        try:
            with tls_faults(endpoint):
                smtp.starttls(context=tls_context(endpoint.ca_file, verify=endpoint.verify_tls))
        except smtplib.SMTPResponseException as error:
            raise TransportError(
                "MAILCONTLS",
                f"{endpoint.host} refused STARTTLS: {error.smtp_code} {error.smtp_error!r}",
                temporary=True,
                stage="tls",
            ) from None
        assert isinstance(smtp.sock, ssl.SSLSocket)
        self._progress.secured(smtp.sock)
        self._hello(smtp)

    def send(
        self, mail_from: str, rcpt_to: list[str], raw: bytes, before_data: Callable[[], None] | None = None
    ) -> list[RecipientResult]:
        """Hand one mail over. See ``base.Sender``."""
        try:
            results = self._settle_envelope(mail_from, rcpt_to, raw)
            if any(result.accepted for result in results):
                if before_data is not None:
                    before_data()
                results = self._data(raw, results)
        except BaseException:
            self.close()
            raise
        return results

    def _settle_envelope(self, mail_from: str, rcpt_to: list[str], raw: bytes) -> list[RecipientResult]:
        """RSET, MAIL and RCPT. A kept connection that has died is replaced once: this mail was not yet on it."""
        reused = self._is_alive()
        self.open()
        try:
            return self._envelope(mail_from, rcpt_to, raw)
        except TransportError as error:
            died = error.stage == "sender" and (error.code == "MAILCONREF" or error.smtp_code == 421)
            if not (reused and died):
                raise
        self.close()
        self.open()
        return self._envelope(mail_from, rcpt_to, raw)

    def _is_alive(self) -> bool:
        """True if there is a kept connection. One on which the server has said anything (421, or its end) is closed."""
        if self._smtp is None or self._smtp.sock is None:
            self.close()
            return False
        poll = select.poll()
        poll.register(self._smtp.sock, select.POLLIN)
        if poll.poll(0):
            self.close()
            return False
        return True

    def _envelope(self, mail_from: str, rcpt_to: list[str], raw: bytes) -> list[RecipientResult]:
        smtp = self._smtp
        assert smtp is not None
        utf8 = smtp.has_extn("smtputf8")
        sender = _wire_address(mail_from, utf8)
        if sender is None:
            raise self._bad_sender(mail_from)
        self._check_size(smtp, len(raw))
        wired = {address: _wire_address(address, utf8) for address in rcpt_to}
        answers = {address: _NO_ADDRESS for address in rcpt_to if wired[address] is None}
        asked = [address for address in rcpt_to if wired[address] is not None]
        if asked:
            commands = [f"RCPT TO:<{wired[address]}>" for address in asked]
            mail = f"MAIL FROM:<{sender}>{_parameters(smtp, [sender, *commands], raw)}"
            replies = self._converse([*(["RSET"] if self._unclean else []), mail, *commands])
            self._unclean = True
            answers |= dict(zip(asked, self._judge(replies, len(asked)), strict=True))
        results = [recipient_result(address, *answers[address]) for address in rcpt_to]
        for result in results:
            if result.accepted:
                self._progress.done("recipient", f"{result.address}: {result.code} {result.enhanced} {result.text}")
        return results

    def _judge(self, replies: list[Reply], recipients: int) -> list[Reply]:
        """The replies to RCPT. Raises TransportError where the sender is refused or the server ends the session."""
        *_, mail = replies[: len(replies) - recipients]
        if mail[0] != 250:
            raise refusal(self._endpoint, "sender", *mail)
        self._progress.done("sender", f"{mail[0]} {mail[1].decode('utf-8', 'replace')}")
        for reply in replies[-recipients:]:
            if reply[0] == 421 or reply[0] < 0:
                raise refusal(self._endpoint, "recipient", *reply)
        return replies[-recipients:]

    def _converse(self, commands: list[str]) -> list[Reply]:
        """The replies to these commands; those after a 421, or after a refused MAIL, are not waited for."""
        smtp = self._smtp
        assert smtp is not None
        step = AT_ONCE if smtp.has_extn("pipelining") else 1
        replies: list[Reply] = []
        try:
            for start in range(0, len(commands), step):
                group = commands[start : start + step]
                smtp.send("".join(f"{command}\r\n" for command in group).encode())
                for command in group:
                    replies.append(smtp.getreply())
                    if replies[-1][0] == 421 or (command.startswith("MAIL") and replies[-1][0] != 250):
                        missing = len(commands) - len(replies)
                        return [*replies, *([replies[-1]] * missing)]
        except (smtplib.SMTPException, OSError) as error:
            raise _cut(self._endpoint, "sender", error) from None
        return replies

    def _check_size(self, smtp: _Smtp, size: int) -> None:
        limit = smtp.esmtp_features.get("size", "")
        if limit.isdigit() and 0 < int(limit) < size:
            raise TransportError(
                "MAILCONSMTP",
                f"The mail has {size} bytes and {self._endpoint.host} takes at most {limit}: attach less.",
                temporary=False,
                connection=False,
                stage="sender",
                smtp_code=552,
                enhanced="5.3.4",
            )

    def _bad_sender(self, mail_from: str) -> TransportError:
        return TransportError(
            "MAILCONSMTP",
            f"{mail_from!r} cannot be a sender on {self._endpoint.host}: it is no address, or the server offers no "
            "SMTPUTF8 for it.",
            temporary=False,
            connection=False,
            stage="sender",
            smtp_code=553,
            enhanced="5.6.7",
        )

    def _data(self, raw: bytes, results: list[RecipientResult]) -> list[RecipientResult]:
        """DATA and the mail; from the first byte of the final dot on, a lost answer leaves the outcome unknown."""
        smtp = self._smtp
        assert smtp is not None
        ended = False
        try:
            code, words = smtp.docmd("DATA")
            if code == 354:
                body = memoryview(dotted(raw))
                for start in range(0, len(body), CHUNK):  # the time-out counts for one write, not for a large mail
                    smtp.send(body[start : start + CHUNK])
                ended = True
                smtp.send(b".\r\n")
                code, words = smtp.getreply()
        except (smtplib.SMTPException, OSError) as error:
            raise _cut(self._endpoint, "data", error, uncertain=ended) from None
        if code == -1 and ended:
            raise _cut(self._endpoint, "data", smtplib.SMTPException(repr(words)), uncertain=True)
        if not 200 <= code < 300:
            raise refusal(self._endpoint, "data", code, words)
        self._unclean = False
        self._progress.done("data", f"{code} {words.decode('utf-8', 'replace')}")
        return [recipient_result(result.address, code, words) if result.accepted else result for result in results]

    def test(self, mail_from: str, rcpt_to: str, raw: bytes, on_stage: OnStage | None = None) -> TestResult:
        """Go through the stages and send ``raw``, on a connection of its own, within 20 s; never raises."""
        with Stages(on_stage) as stages:
            probe = SmtpSender(stages.limited(self._endpoint), own_name=self._own_name, progress=stages)
            try:
                (result,) = probe.send(mail_from, [rcpt_to], raw)
                if not result.accepted:
                    answer = f"{result.enhanced} {result.text}".encode()
                    return stages.failed(refusal(self._endpoint, "recipient", result.code, answer))
            except TransportError as error:
                return failed_test(stages, error, self._endpoint, "smtp")
            finally:
                probe.close()
            return stages.succeeded()

    def close(self) -> None:
        """Say QUIT without waiting for the answer, and close."""
        smtp, self._smtp = self._smtp, None
        if smtp is None:
            return
        try:
            if smtp.sock is not None:
                smtp.sock.settimeout(QUIT_SECONDS)
                smtp.send(b"QUIT\r\n")
        except (smtplib.SMTPException, OSError):
            return  # it was gone already, which is what was wanted
        finally:
            smtp.close()


_NO_ADDRESS: Reply = (553, b"5.6.7 This is no address, or the server offers no SMTPUTF8 for it.")


def _wire_address(address: str, utf8: bool) -> str | None:
    """The address as the server can take it: as it is, or with an IDNA domain (RFC 5891); None if it cannot."""
    if _BAD_ADDRESS.search(address):
        return None
    if address.isascii() or utf8:
        return address
    local, at, domain = address.rpartition("@")
    try:
        domain = domain.encode("idna").decode()
    except UnicodeError:
        return None
    return f"{local}{at}{domain}" if local.isascii() else None


def _parameters(smtp: smtplib.SMTP, commands: list[str], raw: bytes) -> str:
    """SIZE (RFC 1870), BODY=8BITMIME (RFC 6152) and SMTPUTF8 (RFC 6531) where they are offered and called for."""
    words = [f" SIZE={len(raw)}"] if smtp.has_extn("size") else []
    if smtp.has_extn("8bitmime") and not raw.isascii():
        words.append(" BODY=8BITMIME")
    if not all(command.isascii() for command in commands):
        words.append(" SMTPUTF8")
    return "".join(words)


def dotted(raw: bytes) -> bytes:
    """CRLF at every line end, a dot more on lines that start with one, CRLF last (RFC 5321, 2.3.8 and 4.5.2)."""
    if _LONE_NEWLINE.search(raw):
        raw = _LONE_NEWLINE.sub(b"\r\n", raw)
    raw = raw.replace(b"\r\n.", b"\r\n..")
    if raw.startswith(b"."):
        raw = b"." + raw
    return raw if raw.endswith(b"\r\n") else raw + b"\r\n"


def _is_timeout(error: BaseException) -> bool:
    """``smtplib`` hides a time-out behind SMTPServerDisconnected."""
    return isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError)


def _cut(endpoint: Endpoint, stage: str, error: Exception, *, uncertain: bool = False) -> TransportError:
    """The connection was lost, or the server fell silent. ``uncertain``: after the mail was handed over."""
    silent = _is_timeout(error)
    if silent and not uncertain:
        return timed_out(endpoint, stage)
    how = f"did not answer within {endpoint.timeout:g} s" if silent else "ended the connection"
    when = "after the whole mail was handed over: it may have taken it" if uncertain else "in the middle of the session"
    return TransportError(
        "MAILCONTMO" if silent else "MAILCONREF",
        f"{endpoint.host}:{endpoint.port} {how} {when} ({error}).",
        temporary=True,
        stage=stage,
        uncertain=uncertain,
    )
