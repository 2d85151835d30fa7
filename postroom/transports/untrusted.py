"""A failed test whose cause is the certificate: who the server says it is, so that people see what is wrong (C-25b).

The certificate is fetched over a connection of its own that carries nothing else: no sign-in, no mail. Whatever is
found out this way is for reading only; TLS without verification never goes on to anything.
"""

from __future__ import annotations

import re
import socket
import ssl

from postroom.transports.base import Certificate, Endpoint, TestResult, TransportError, Untrusted
from postroom.transports.certificates import certificate_of, certificate_words
from postroom.transports.connect import open_plain
from postroom.transports.stages import Stages

LONGEST_ANSWER = 16_384
_DIALOGUES = {  # what is said, and how the last line of the answer begins (RFC 3207, RFC 9051 6.2.1, RFC 2595 4)
    "smtp": ((b"", rb"220 "), (b"EHLO localhost\r\n", rb"250 "), (b"STARTTLS\r\n", rb"220 ")),
    "imap": ((b"", rb"\* "), (b"a STARTTLS\r\n", rb"a OK")),
    "pop3": ((b"", rb"\+OK"), (b"STLS\r\n", rb"\+OK")),
}


def failed_test(stages: Stages, error: TransportError, endpoint: Endpoint, protocol: str) -> TestResult:
    """The result of a test that ended with ``error``; with the certificate where that was the cause."""
    if isinstance(error, Untrusted) and (shown := _shown(stages.limited(endpoint), protocol)) is not None:
        stages.certificate = shown
        error.message = f"{error.message} The server shows a {certificate_words(shown)}."
    return stages.failed(error)


def _shown(endpoint: Endpoint, protocol: str) -> Certificate | None:
    """The certificate, or None where the server does not show it again."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        with open_plain(endpoint) as connection:
            if not endpoint.implicit_tls and not _start_tls(connection, protocol):
                return None
            with context.wrap_socket(connection, server_hostname=endpoint.host) as secured:
                return certificate_of(secured)
    except (TransportError, OSError, ValueError):  # what failed once may fail again: the first fault is what counts
        return None


def _start_tls(connection: socket.socket, protocol: str) -> bool:
    for said, expected in _DIALOGUES[protocol]:
        connection.sendall(said)
        last = re.compile(rb"(?:^|\n)" + expected + rb"[^\n]*\n\Z")
        answer = b""
        while not last.search(answer):
            more = connection.recv(4096)
            answer += more
            if not more or len(answer) > LONGEST_ANSWER:
                return False
    return True
