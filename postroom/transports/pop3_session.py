"""A signed-in POP3 session (RFC 1939; CAPA and response codes 2449, 3206; STLS 2595; AUTH 5034).

Lines and answers have bounds, whatever a server sends. Python's ``poplib`` is not used: it refuses mails with lines of
more than 2048 bytes, which exist, and takes a mail apart into lines.
"""

from __future__ import annotations

import io
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from postroom.transports.base import Endpoint, TransportError
from postroom.transports.connect import (
    no_greeting,
    no_start_tls,
    open_socket,
    timed_out,
    tls_context,
    tls_faults,
    wrong_protocol,
)
from postroom.transports.sasl import sign_in_pop3
from postroom.transports.stages import Progress

LONGEST_LINE = 8192
LONGEST_LIST = 32_000_000  # a UIDL answer of some 400,000 mails
LONGEST_MAIL = 256_000_000
CHUNK = 65_536
QUIT_SECONDS = 1.0
_CODES = (
    ("[IN-USE]", "MAILMBXSTATE"),
    ("[LOGIN-DELAY]", "MAILCONRATELIM"),
    ("[AUTH]", "MAILAUTHCRED"),
    ("THROTTL", "MAILCONRATELIM"),
    ("TOO MANY", "MAILCONRATELIM"),
    ("QUOTA", "MAILMBXQUOTA"),
    ("SESSION EXPIRED", "MAILAUTHSESS"),
    ("ACCESSTOKENEXPIRED", "MAILAUTHSESS"),
)


class Refused(Exception):
    """The server answered -ERR, with these words."""


class Overlong(Exception):
    """The server sent more than any mailbox can hold: the session is of no use any more."""


class Pop3:
    """One session over a connected socket. ``capabilities``: words after each capability's name (RFC 2449, 5)."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._file: io.BufferedReader = connection.makefile("rb")
        self.capabilities: dict[str, str] = {}
        self.knows_capabilities = False

    def send(self, *lines: str) -> None:
        """Send commands in one write. Raises ValueError for one that would be two."""
        if any(letter in line for line in lines for letter in "\r\n\0"):
            raise ValueError("a line break in a command")
        self._socket.sendall("".join(f"{line}\r\n" for line in lines).encode())

    def read(self) -> tuple[str, str]:
        """The status of the next reply (+OK, -ERR, or + for a challenge), and its words."""
        line = self._line().rstrip(b"\r\n").decode("utf-8", "replace")
        status, _, words = line.partition(" ")
        return status, words

    def say(self, line: str) -> tuple[str, str]:
        """Send one line; status and words of the reply."""
        self.send(line)
        return self.read()

    def result(self) -> str:
        """The words of the next reply. Raises Refused."""
        status, words = self.read()
        if status != "+OK":
            raise Refused(words or status)
        return words

    def ask(self, command: str) -> str:
        """Send one command; the words of its reply. Raises Refused."""
        self.send(command)
        return self.result()

    def lines(self) -> Iterator[bytes]:
        """The lines of a multi-line answer, without their ends."""
        read = 0
        while (line := self._line()) not in (b".\r\n", b".\n"):
            read += len(line)
            if read > LONGEST_LIST:
                raise Overlong(f"a list of more than {LONGEST_LIST} bytes")
            yield line.removeprefix(b".").rstrip(b"\r\n")

    def mail(self, most: int) -> tuple[bytes, int]:
        """A mail as it was before its dots were doubled (RFC 1939, 3): its first ``most`` bytes, and its whole size."""
        kept = io.BytesIO()
        size, at_start = 0, True
        while (piece := self._piece()) not in (b".\r\n", b".\n") or not at_start:
            if at_start and piece.startswith(b"."):
                piece = piece[1:]
            at_start = piece.endswith(b"\n")
            size += len(piece)
            if size > LONGEST_MAIL:
                raise Overlong(f"a mail of more than {LONGEST_MAIL} bytes")
            if kept.tell() < most:
                kept.write(piece[: most - kept.tell()])
        return kept.getvalue(), size

    def _piece(self) -> bytes:
        """A line, or a part of one that is very long."""
        piece = self._file.readline(CHUNK)
        if not piece:
            raise EOFError("the connection was closed")
        return piece

    def _line(self) -> bytes:
        line = self._file.readline(LONGEST_LINE)
        if not line:
            raise EOFError("the connection was closed")
        if not line.endswith(b"\n"):
            raise Overlong(f"a line of more than {LONGEST_LINE} bytes")
        return line

    def greeting(self) -> bytes:
        return self._line()

    def ask_capabilities(self) -> None:
        """CAPA; a server that does not know it is taken for one with USER and PASS."""
        try:
            self.ask("CAPA")
        except Refused:
            return
        self.knows_capabilities = True
        words = [line.decode("utf-8", "replace").partition(" ") for line in self.lines()]
        self.capabilities = {name.upper(): rest for name, _, rest in words}

    def start_tls(self, endpoint: Endpoint, progress: Progress) -> None:
        """STLS (RFC 2595, 4). What was said before it counts for nothing after it."""
        if self.knows_capabilities and "STLS" not in self.capabilities:
            raise no_start_tls(endpoint)
        try:
            self.ask("STLS")
        except Refused as error:
            raise TransportError(
                "MAILCONTLS", f"{endpoint.host} refused STLS: {error}", temporary=True, stage="tls"
            ) from None
        self._file.close()  # with whatever somebody in between has put behind the reply
        with tls_faults(endpoint):
            self._socket = tls_context(endpoint.ca_file, verify=endpoint.verify_tls).wrap_socket(
                self._socket, server_hostname=endpoint.host
            )
        self._file = self._socket.makefile("rb")
        self.capabilities, self.knows_capabilities = {}, False
        progress.secured(self._socket)
        self.ask_capabilities()

    def set_timeout(self, seconds: float) -> None:
        self._socket.settimeout(seconds)

    def is_encrypted(self) -> bool:
        return hasattr(self._socket, "cipher")

    def close(self, *, polite: bool) -> None:
        """Close; ``polite`` with QUIT, so that the server unlocks the mailbox at once."""
        try:
            if polite:
                self._socket.settimeout(QUIT_SECONDS)
                self.send("QUIT")
                self._file.readline(LONGEST_LINE)
        except (OSError, ValueError):
            return  # it was gone already, which is what was wanted
        finally:
            self._file.close()
            self._socket.close()


def connect(endpoint: Endpoint, progress: Progress) -> Pop3:
    """Connect and sign in. Raises TransportError."""
    session = Pop3(open_socket(endpoint, progress))
    try:
        with faults(endpoint, "capabilities"):
            _greet(session, endpoint)
            session.ask_capabilities()
            if endpoint.security == "tls" and not endpoint.implicit_tls:
                session.start_tls(endpoint, progress)
            progress.offers(f"{name} {words}".strip() for name, words in session.capabilities.items())
        with faults(endpoint, "login"):
            progress.done("login", sign_in_pop3(session, endpoint.auth))
            session.ask_capabilities()  # after the sign-in they may be others (RFC 2449, 5)
    except BaseException:
        session.close(polite=False)
        raise
    return session


def _greet(session: Pop3, endpoint: Endpoint) -> None:
    try:
        greeting = session.greeting()
    except TimeoutError:
        raise no_greeting(endpoint) from None
    except Overlong:
        raise wrong_protocol(endpoint, "POP3", b"") from None
    if greeting.startswith(b"-ERR"):
        raise Refused(greeting[4:].decode("utf-8", "replace").strip())
    if not greeting.startswith(b"+OK"):
        raise wrong_protocol(endpoint, "POP3", greeting)
    session.set_timeout(endpoint.timeout)


@contextmanager
def faults(endpoint: Endpoint, stage: str) -> Iterator[None]:
    """Turn what a session raises into a TransportError."""
    where = f"{endpoint.host}:{endpoint.port}"
    try:
        yield
    except TimeoutError:
        raise timed_out(endpoint, stage) from None
    except Refused as error:
        words = str(error)
        code = next((code for mark, code in _CODES if mark in words.upper()), "MAILGENERIC")
        raise TransportError(
            code, f"{where} refused ({stage}): {words}", temporary=code != "MAILAUTHCRED", stage=stage
        ) from None
    except EOFError as error:
        code = "MAILCONREF" if stage in ("capabilities", "login") else "MAILMBXSTATE"
        raise TransportError(code, f"{where} ended the session ({error}).", temporary=True, stage=stage) from None
    except OSError as error:
        raise TransportError(
            "MAILCONREF", f"{where} ended the connection ({error}).", temporary=True, stage=stage
        ) from None
    except (Overlong, ValueError) as error:
        raise TransportError("MAILGENERIC", f"{where} ({stage}): {error}", temporary=True, stage=stage) from None
