"""One socket to a mail server: name, proxy, TCP, TLS; each fault named, in words that say what to do.

TLS is always verified: ``ssl.create_default_context()``, with the server's own CA where one is given (RFC 8314). A proxy is used
for the one connection. The HTTP CONNECT answer (RFC 9110, 9.3.6) is read byte by byte, since mail servers speak first and
a longer read would swallow their greeting.
"""

from __future__ import annotations

import base64
import socket
import ssl
from collections.abc import Callable
from typing import Any

from python_socks import ProxyError, ProxyTimeoutError, ProxyType
from python_socks.sync import Proxy as SocksProxy

from postroom.transports.base import Endpoint, Proxy, TransportError

LONGEST_PROXY_ANSWER = 16_384
SUBMISSION_PORTS = {25, 465, 587}
Note = Callable[[str, str], None]


def _silent(stage: str, detail: str) -> None:
    """Nobody listens to the stages."""


def tls_context(ca_file: str) -> ssl.SSLContext:
    """The system's trust, and the given CA besides. Raises TransportError where that file cannot be used."""
    context = ssl.create_default_context()
    if ca_file:
        try:
            context.load_verify_locations(cafile=ca_file)
        except (OSError, ssl.SSLError) as error:
            raise TransportError(
                "MAILCONTLS", f"The CA file {ca_file} cannot be used: {error}", temporary=False, stage="tls"
            ) from None
    return context


def open_socket(endpoint: Endpoint, note: Note = _silent) -> socket.socket:
    """A connected socket, with TLS on it where TLS comes first. ``note`` hears of each stage that is done.

    Raises TransportError with MAILCONDNS, MAILCONREF, MAILCONTMO, MAILCONPROXY or MAILCONTLS.
    """
    connection = _through(endpoint.proxy, endpoint, note) if endpoint.proxy else _direct(endpoint, note)
    connection.settimeout(endpoint.timeout)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if endpoint.implicit_tls:
        return wrap_tls(connection, endpoint, note)
    return connection


def _direct(endpoint: Endpoint, note: Note) -> socket.socket:
    try:
        found = socket.getaddrinfo(endpoint.host, endpoint.port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError) as error:
        raise TransportError(
            "MAILCONDNS",
            f"The name {endpoint.host} cannot be resolved ({error}). Check the server's name.",
            temporary=True,
            stage="dns",
        ) from None
    note("dns", ", ".join(dict.fromkeys(str(item[4][0]) for item in found)))
    try:
        connection = socket.create_connection((endpoint.host, endpoint.port), timeout=endpoint.timeout)
    except TimeoutError:
        raise _timed_out(endpoint, "tcp") from None
    except OSError as error:
        raise TransportError(
            "MAILCONREF",
            f"{endpoint.host} does not accept connections on port {endpoint.port} ({error.strerror or error}). "
            "Check the port, and whether a firewall is in between.",
            temporary=True,
            stage="tcp",
        ) from None
    note("tcp", f"port {endpoint.port}")
    return connection


def _through(proxy: Proxy, endpoint: Endpoint, note: Note) -> socket.socket:
    try:
        if proxy.type == "http":
            connection = _http_connect(proxy, endpoint)
        else:
            connection = SocksProxy(
                ProxyType.SOCKS5, proxy.host, proxy.port, proxy.username or None, proxy.password or None, rdns=True
            ).connect(endpoint.host, endpoint.port, timeout=endpoint.timeout)
    except (ProxyError, ProxyTimeoutError, OSError) as error:
        raise TransportError(
            "MAILCONPROXY",
            f"The proxy {proxy.host}:{proxy.port} did not connect to {endpoint.host}:{endpoint.port}: {error}",
            temporary=True,
            stage="proxy",
        ) from None
    note("proxy", f"{proxy.type} {proxy.host}:{proxy.port}")
    return connection


def _http_connect(proxy: Proxy, endpoint: Endpoint) -> socket.socket:
    connection = socket.create_connection((proxy.host, proxy.port), timeout=endpoint.timeout)
    try:
        target = f"{endpoint.host}:{endpoint.port}"
        lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}"]
        if proxy.username:
            token = base64.b64encode(f"{proxy.username}:{proxy.password}".encode()).decode()
            lines.append(f"Proxy-Authorization: Basic {token}")
        connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        answer = b""
        while not answer.endswith(b"\r\n\r\n"):
            byte = connection.recv(1)
            if not byte or len(answer) > LONGEST_PROXY_ANSWER:
                raise OSError("the proxy ended the connection")
            answer += byte
        status = answer.split(b"\r\n", 1)[0].decode("latin-1")
        if status.split(" ")[1:2] != ["200"]:
            raise OSError(f"the proxy said: {status}")
    except BaseException:
        connection.close()
        raise
    return connection


def wrap_tls(connection: socket.socket, endpoint: Endpoint, note: Note = _silent) -> ssl.SSLSocket:
    """TLS on a connected socket; certificate and name are verified. Closes it and raises TransportError otherwise."""
    context = tls_context(endpoint.ca_file)
    try:
        secured = context.wrap_socket(connection, server_hostname=endpoint.host)
    except TimeoutError:
        connection.close()
        raise _timed_out(endpoint, "tls") from None
    except (ssl.SSLError, OSError) as error:
        connection.close()
        raise TransportError("MAILCONTLS", _tls_words(endpoint, error), temporary=True, stage="tls") from None
    note("tls", certificate_words(secured))
    return secured


def _tls_words(endpoint: Endpoint, error: OSError) -> str:
    where = f"{endpoint.host}:{endpoint.port}"
    if isinstance(error, ssl.SSLCertVerificationError):
        return (
            f"The certificate of {where} cannot be trusted: {error.verify_message}. "
            "If the server has a certificate authority of its own, give its CA file."
        )
    if getattr(error, "reason", "") in ("WRONG_VERSION_NUMBER", "PACKET_LENGTH_TOO_LONG", "HTTP_REQUEST"):
        return f"{where} does not speak TLS from the first byte. Choose TLS (STARTTLS) or another port."
    return f"{where} did not agree on TLS: {error}"


def certificate_words(secured: ssl.SSLSocket) -> str:
    """Who the server says it is, who says so, and until when."""
    certificate: dict[str, Any] = dict(secured.getpeercert() or {})
    names = {
        part: next((value for rdn in certificate.get(part, ()) for key, value in rdn if key == "commonName"), "")
        for part in ("subject", "issuer")
    }
    return (
        f"{secured.version()}, certificate of {names['subject'] or '(no common name)'}, "
        f"issued by {names['issuer'] or '(no common name)'}, valid until {certificate.get('notAfter', '?')}"
    )


def _timed_out(endpoint: Endpoint, stage: str) -> TransportError:
    return TransportError(
        "MAILCONTMO",
        f"{endpoint.host}:{endpoint.port} did not answer within {endpoint.timeout:g} s.",
        temporary=True,
        stage=stage,
    )


def timed_out(endpoint: Endpoint, stage: str) -> TransportError:
    """The fault of a server that keeps silent."""
    return _timed_out(endpoint, stage)
