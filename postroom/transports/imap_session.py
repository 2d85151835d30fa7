"""A signed-in IMAP connection (RFC 9051, 3501): sockets and TLS are ours, the commands are ``IMAPClient``'s.

What the libraries raise becomes a TransportError here. Their logging of traffic is off: it would write mails and cost
more than fetching them.
"""

from __future__ import annotations

import imaplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from imapclient import IMAPClient, SocketTimeout

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
from postroom.transports.sasl import sign_in_imap
from postroom.transports.stages import Progress

LONGEST_LINE = 16_000_000  # a SEARCH answer of two million UIDs
LONGEST_LITERAL = 256_000_000
_CODES = (
    ("[OVERQUOTA]", "MAILMBXQUOTA"),
    ("[NOPERM]", "MAILAUTHPERM"),
    ("[LIMIT]", "MAILCONRATELIM"),
    ("THROTTL", "MAILCONRATELIM"),
    ("TOO MANY", "MAILCONRATELIM"),
    ("SESSION EXPIRED", "MAILAUTHSESS"),
    ("ACCESSTOKENEXPIRED", "MAILAUTHSESS"),
    ("QUOTA EXCEEDED", "MAILMBXQUOTA"),
)


class Imap4(imaplib.IMAP4):
    """``imaplib`` over a socket that ``connect`` opened."""

    def __init__(self, endpoint: Endpoint, progress: Progress) -> None:
        self._endpoint, self._progress = endpoint, progress
        self._greeted = False
        super().__init__(endpoint.host, endpoint.port)

    def _create_socket(self, timeout: float | None) -> socket.socket:
        return open_socket(self._endpoint, self._progress)

    def read(self, size: int) -> bytes:
        """A literal; one that no mail can be is not taken into memory."""
        if size > LONGEST_LITERAL:
            raise self.abort(f"a literal of {size} bytes")
        return cast(bytes, self.file.read(size))

    def readline(self) -> bytes:
        """One line, however many UIDs it lists. The first one tells whether this is IMAP at all (RFC 9051, 7.1)."""
        line = cast(bytes, self.file.readline(LONGEST_LINE + 1))
        if len(line) > LONGEST_LINE:
            raise self.error(f"a line of more than {LONGEST_LINE} bytes")
        if not self._greeted and line and not line.startswith(b"* "):
            raise wrong_protocol(self._endpoint, "IMAP", line)
        self._greeted = True
        return line


class Client(IMAPClient):  # type: ignore[misc]
    """``IMAPClient`` over ``Imap4``."""

    def __init__(self, endpoint: Endpoint, progress: Progress) -> None:
        self._endpoint, self._progress = endpoint, progress
        super().__init__(
            endpoint.host, endpoint.port, ssl=False, timeout=SocketTimeout(endpoint.timeout, endpoint.timeout)
        )
        self._imap.debug = 0

    def _create_IMAP4(self) -> Imap4:
        return Imap4(self._endpoint, self._progress)

    def capabilities(self) -> tuple[bytes, ...]:
        """As in ``IMAPClient``, which stumbles over a server that names none (RFC 9051, 6.1.1)."""
        try:
            return cast("tuple[bytes, ...]", super().capabilities())
        except AttributeError:
            raise self.Error("the server does not name its capabilities") from None


def connect(endpoint: Endpoint, progress: Progress) -> Client:
    """Connect and sign in. Raises TransportError."""
    client = _greeted(endpoint, progress)
    try:
        with faults(endpoint, "capabilities"):
            if endpoint.security == "tls" and not endpoint.implicit_tls:
                _start_tls(client, endpoint, progress)
            progress.offers(word.decode("latin-1") for word in client.capabilities())
        with faults(endpoint, "login"):
            progress.done("login", sign_in_imap(client, endpoint.auth))
            client._cached_capabilities = None  # after the sign-in there are more of them
    except BaseException:
        close(client)
        raise
    return client


def _greeted(endpoint: Endpoint, progress: Progress) -> Client:
    with faults(endpoint, "capabilities"):
        try:
            return Client(endpoint, progress)
        except TimeoutError:
            raise no_greeting(endpoint) from None


def _start_tls(client: Client, endpoint: Endpoint, progress: Progress) -> None:
    if not client.has_capability("STARTTLS"):  # nor after PREAUTH, which would skip it (RFC 9051, 11.1)
        raise no_start_tls(endpoint)
    with tls_faults(endpoint):
        client.starttls(tls_context(endpoint.ca_file, verify=endpoint.verify_tls))
    secured = client.socket()
    if not isinstance(secured, ssl.SSLSocket):
        raise no_start_tls(endpoint)
    progress.secured(secured)


@contextmanager
def faults(endpoint: Endpoint, stage: str) -> Iterator[None]:
    """Turn what the libraries raise into a TransportError."""
    where = f"{endpoint.host}:{endpoint.port}"
    try:
        yield
    except TimeoutError:
        raise timed_out(endpoint, stage) from None
    except imaplib.IMAP4.abort as error:
        code = _code_in(str(error)) or ("MAILMBXSTATE" if stage != "capabilities" else "MAILCONREF")
        raise TransportError(code, f"{where} ended the session: {error}", temporary=True, stage=stage) from None
    except imaplib.IMAP4.error as error:
        code = _code_in(str(error)) or "MAILGENERIC"
        raise TransportError(
            code, f"{where} refused ({stage}): {error}", temporary=code != "MAILAUTHPERM", stage=stage
        ) from None
    except OSError as error:
        raise TransportError(
            "MAILCONREF", f"{where} ended the connection ({error}).", temporary=True, stage=stage
        ) from None
    except ValueError as error:  # UnicodeError too: a line that the protocol cannot carry
        raise TransportError("MAILGENERIC", f"{where} ({stage}): {error}", temporary=True, stage=stage) from None


def _code_in(words: str) -> str:
    return next((code for mark, code in _CODES if mark in words.upper()), "")


def close(client: Client) -> None:
    """Close without ceremony: the server sees the end of the connection."""
    try:
        client._imap.shutdown()
    except (imaplib.IMAP4.error, OSError):
        return  # it was gone already, which is what was wanted
