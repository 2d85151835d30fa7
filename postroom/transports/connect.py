"""One socket to a mail server: name, proxy, TCP, TLS; each fault named, in words that say what to do.

TLS is verified by ``ssl.create_default_context()``, with the server's own CA where one is given (RFC 8314), unless an
administrator has switched that off for the one server. A proxy is used for the one connection. The HTTP CONNECT answer
(RFC 9110, 9.3.6) is read byte by byte, since mail servers speak first and a longer read would swallow their greeting.
"""

from __future__ import annotations

import base64
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from python_socks import ProxyError, ProxyType
from python_socks.sync import Proxy as SocksProxy

from postroom.transports.base import Endpoint, Proxy, TransportError, Untrusted
from postroom.transports.certificates import TLS_PORTS, tls_words
from postroom.transports.reach import off_limits
from postroom.transports.stages import QUIET, Progress

LONGEST_PROXY_ANSWER = 16_384
GREETING_SHARE = 0.75  # of the time-out: the rest is for finding out why nothing was said
PROBE_SECONDS = 2.5
KEEPALIVE = (("TCP_KEEPIDLE", 120), ("TCP_KEEPINTVL", 30), ("TCP_KEEPCNT", 4))
Address = tuple[socket.AddressFamily, socket.SocketKind, int, str, tuple[str, int] | tuple[str, int, int, int]]


def tls_context(ca_file: str, *, verify: bool = True) -> ssl.SSLContext:
    """The system's trust, and the given CA besides. Raises TransportError where that file cannot be used.

    Without ``verify`` any certificate is taken: an administrator has said so for one server, against a warning.
    """
    try:
        changed = Path(ca_file).stat().st_mtime_ns if ca_file else 0
        return _context(ca_file, changed, verify)
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        raise TransportError(
            "MAILCONTLS", f"The CA file {ca_file} cannot be used: {error}", temporary=False, stage="tls"
        ) from None


@lru_cache(maxsize=64)
def _context(ca_file: str, changed: int, verify: bool) -> ssl.SSLContext:
    """Made once for each state of the file: reading the system's trust costs more than a whole delivery."""
    context = ssl.create_default_context()
    if ca_file:
        context.load_verify_locations(cafile=ca_file)
    if not verify:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def open_socket(endpoint: Endpoint, progress: Progress = QUIET) -> socket.socket:
    """A connected socket, with TLS on it where TLS comes first. ``progress`` hears of each stage that is done.

    Raises TransportError with MAILCONDNS, MAILCONREF, MAILCONTMO, MAILCONPROXY or MAILCONTLS.
    """
    connection = open_plain(endpoint, progress)
    try:
        if endpoint.implicit_tls:
            with tls_faults(endpoint):
                connection = tls_context(endpoint.ca_file, verify=endpoint.verify_tls).wrap_socket(
                    connection, server_hostname=endpoint.host
                )
            progress.secured(connection)
        connection.settimeout(endpoint.timeout * GREETING_SHARE)
    except BaseException:
        connection.close()
        raise
    return connection


def open_plain(endpoint: Endpoint, progress: Progress = QUIET) -> socket.socket:
    """A connected socket without TLS, through the proxy where there is one. Raises TransportError."""
    if off_limits(endpoint.host):
        raise _forbidden(endpoint.host)
    connection = _through(endpoint.proxy, endpoint, progress) if endpoint.proxy else _direct(endpoint, progress)
    try:
        connection.settimeout(endpoint.timeout)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for option, value in KEEPALIVE:
            if hasattr(socket, option):
                connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        progress.watch(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _forbidden(host: str) -> TransportError:
    return TransportError(
        "MAILCONREF",
        f"{host} is not connected to: no mail server has an address of the local link, or one for many.",
        temporary=False,
        stage="dns",
    )


def _direct(endpoint: Endpoint, progress: Progress) -> socket.socket:
    until = time.monotonic() + endpoint.timeout
    found = resolve(endpoint.host, endpoint.port, endpoint.timeout)
    progress.done("dns", ", ".join(dict.fromkeys(str(address[4][0]) for address in found)))
    try:
        connection = _first_that_answers(found, until)
    except TimeoutError:
        raise timed_out(endpoint, "tcp") from None
    except OSError as error:
        raise TransportError(
            "MAILCONREF",
            f"{endpoint.host} does not accept connections on port {endpoint.port} ({error.strerror or error}). "
            f"Check the port and whether a firewall is in between; usual ports are {_USUAL_PORTS}.",
            temporary=True,
            stage="tcp",
        ) from None
    progress.done("tcp", f"connected to {_address(connection)}")
    return connection


_USUAL_PORTS = "587 (TLS), 465 (SSL) and 25 for sending, 993 (SSL) and 143 for IMAP, 995 (SSL) and 110 for POP3"


def resolve(host: str, port: int, timeout: float) -> list[Address]:
    """The addresses of a name. In a thread, since the system's resolver knows no time-out. Raises TransportError."""
    answer: list[Address] = []
    fault: list[Exception] = []

    def look_up() -> None:
        try:
            answer.extend(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))  # type: ignore[arg-type]
        except (OSError, UnicodeError, OverflowError) as error:
            fault.append(error)

    try:
        ipaddress.ip_address(host)
    except ValueError:
        thread = threading.Thread(target=look_up, name=f"resolve {host}", daemon=True)
        thread.start()
        thread.join(timeout)
    else:
        look_up()
    if not answer:
        why = str(fault[0]) if fault else f"no answer within {timeout:g} s"
        raise TransportError(
            "MAILCONDNS",
            f"The name {host} cannot be resolved ({why}). Check how the server is spelled, and the name service.",
            temporary=True,
            stage="dns",
        )
    allowed = [address for address in answer if not off_limits(str(address[4][0]))]
    if not allowed:
        raise _forbidden(f"{host} ({answer[0][4][0]})")
    return allowed


def _first_that_answers(found: list[Address], until: float) -> socket.socket:
    """Try the addresses in turn; each gets its share of the time, so that a dead IPv6 route does not use it up."""
    for position, (family, kind, protocol, _, address) in enumerate(found):
        connection = socket.socket(family, kind, protocol)
        try:
            connection.settimeout(max(0.1, (until - time.monotonic()) / (len(found) - position)))
            connection.connect(address)
        except OSError:
            connection.close()
            if position == len(found) - 1:
                raise
        else:
            return connection
    raise OSError("there is no address")


def _through(proxy: Proxy, endpoint: Endpoint, progress: Progress) -> socket.socket:
    """A connection through the proxy, which looks the mail server's name up itself."""
    where = f"{proxy.host}:{proxy.port}"
    until = time.monotonic() + endpoint.timeout
    try:
        found = resolve(proxy.host, proxy.port, endpoint.timeout)
    except TransportError as error:
        raise TransportError("MAILCONPROXY", f"The proxy: {error.message}", temporary=True, stage="dns") from None
    progress.done("dns", f"proxy {proxy.host}: {found[0][4][0]}; the proxy looks {endpoint.host} up")
    try:
        if proxy.type == "http":
            connection = _http_connect(proxy, endpoint, found, until)
        else:
            connection = SocksProxy(
                ProxyType.SOCKS5, proxy.host, proxy.port, proxy.username or None, proxy.password or None, rdns=True
            ).connect(endpoint.host, endpoint.port, timeout=max(0.1, until - time.monotonic()))
    except (ProxyError, _ProxySaid, OSError, ValueError) as error:  # ValueError: a password that SOCKS cannot carry
        raise TransportError(
            "MAILCONPROXY", _proxy_words(proxy, endpoint, error), temporary=True, stage="proxy"
        ) from None
    progress.done("proxy", f"{'SOCKS5' if proxy.type == 'socks5' else 'HTTP CONNECT'} by {where}")
    progress.done("tcp", f"{endpoint.host}:{endpoint.port} through the proxy")
    return connection


class _ProxySaid(Exception):
    """An HTTP proxy refused, with these words."""


def _proxy_words(proxy: Proxy, endpoint: Endpoint, error: Exception) -> str:
    """Whether the proxy cannot be reached, refuses us, or cannot or will not reach the server; and what to check."""
    where, target = f"The proxy {proxy.host}:{proxy.port}", f"{endpoint.host}:{endpoint.port}"
    if isinstance(error, TimeoutError):
        return f"{where} did not connect to {target} in time. Check the proxy's host and port, and the server's."
    if isinstance(error, OSError):
        words = getattr(error.__cause__ or error, "strerror", None) or error
        return f"{where} cannot be reached: {words}. Check its host and port."
    if isinstance(error, ValueError):
        return f"{where} cannot be given this user name or password: SOCKS5 takes 255 ASCII characters of each."
    if any(mark in str(error).lower() for mark in ("407", "authenti")):
        return f"{where} refused the sign-in: {error}. Check its user name and password."
    return (
        f"{where} does not connect to {target}: {error}. "
        "Check the server's name and port, and whether the proxy lets this port through."
    )


def _http_connect(proxy: Proxy, endpoint: Endpoint, found: list[Address], until: float) -> socket.socket:
    connection = _first_that_answers(found, until)
    try:
        host = f"[{endpoint.host}]" if ":" in endpoint.host else endpoint.host
        lines = [f"CONNECT {host}:{endpoint.port} HTTP/1.1", f"Host: {host}:{endpoint.port}"]
        if proxy.username:
            token = base64.b64encode(f"{proxy.username}:{proxy.password}".encode()).decode()
            lines.append(f"Proxy-Authorization: Basic {token}")
        connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        answer = b""
        while not answer.endswith(b"\r\n\r\n"):
            connection.settimeout(max(0.1, until - time.monotonic()))
            byte = connection.recv(1)
            if not byte or len(answer) > LONGEST_PROXY_ANSWER:
                raise OSError("it ended the connection")
            answer += byte
        status = answer.split(b"\r\n", 1)[0].decode("latin-1")
        if not status.split(" ")[1:2] or not status.split(" ")[1].startswith("2"):
            raise _ProxySaid(f"it said {status[:200]}")
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def tls_faults(endpoint: Endpoint) -> Iterator[None]:
    """Turn what a TLS handshake raises into a TransportError."""
    try:
        yield
    except TimeoutError:
        raise timed_out(endpoint, "tls") from None
    except OSError as error:  # ssl.SSLError is one
        kind = Untrusted if isinstance(error, ssl.SSLCertVerificationError) else TransportError
        raise kind("MAILCONTLS", tls_words(endpoint, error), temporary=True, stage="tls") from None


def no_greeting(endpoint: Endpoint) -> TransportError:
    """Why a server says nothing on a plain connection: it waits for TLS, or it is no mail server, or it is too slow."""
    if not endpoint.implicit_tls and _waits_for_tls(endpoint):
        return TransportError(
            "MAILCONTLS",
            f"{endpoint.host}:{endpoint.port} waits for TLS from the first byte. Choose SSL as the security type.",
            temporary=True,
            stage="capabilities",
        )
    return timed_out(endpoint, "capabilities")


def _waits_for_tls(endpoint: Endpoint) -> bool:
    try:
        open_socket(replace(endpoint, security="ssl", timeout=min(PROBE_SECONDS, endpoint.timeout))).close()
    except TransportError as error:
        return isinstance(error, Untrusted)
    return True


def no_start_tls(endpoint: Endpoint) -> TransportError:
    """STARTTLS was chosen and is not offered: nothing goes on unencrypted (RFC 8314, 4.1)."""
    other = f"SSL with port {TLS_PORTS[endpoint.port]}" if endpoint.port in TLS_PORTS else "SSL or another port"
    return TransportError(
        "MAILCONTLS",
        f"{endpoint.host}:{endpoint.port} offers no STARTTLS, and TLS was chosen: the connection is never continued "
        f"unencrypted. Choose {other}.",
        temporary=True,
        stage="tls",
    )


def wrong_protocol(endpoint: Endpoint, wanted: str, greeting: bytes) -> TransportError:
    """The server greets in another protocol than the ``wanted`` one.

    Only a mail server is quoted: what other services say is nobody's business here (TST-06).
    """
    said = greeting.decode("utf-8", "replace").strip()[:200]
    mail = (("* ", "IMAP"), ("+OK", "POP3"), ("220", "SMTP"))
    spoken = next((f"{name} instead of {wanted} ({said})" for mark, name in mail if said.startswith(mark)), "")
    return TransportError(
        "MAILCONREF",
        f"{endpoint.host}:{endpoint.port} speaks {spoken or f'no {wanted}'}. "
        f"Check the port; usual ports are {_USUAL_PORTS}.",
        temporary=True,
        stage="capabilities",
    )


def timed_out(endpoint: Endpoint, stage: str) -> TransportError:
    """The fault of a server that keeps silent."""
    return TransportError(
        "MAILCONTMO",
        f"{endpoint.host}:{endpoint.port} did not answer within {endpoint.timeout:g} s. "
        "Check the server's name and port, and whether a firewall is in between.",
        temporary=True,
        stage=stage,
    )


def _address(connection: socket.socket) -> str:
    host, port = connection.getpeername()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
