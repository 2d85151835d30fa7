"""HTTPS for sign-in, Graph and webhooks: through a server's own proxy, verified, with faults named as for mail servers.

The HTTP is ``httpx2``'s; sockets, proxies and TLS are those of ``connect``, so that the proxy looks names up, nothing
is process-wide, and the environment's proxies do not count (PRX-02).
"""

from __future__ import annotations

import ipaddress
import ssl
from collections.abc import Iterable
from typing import Any

import httpcore2
import httpx2

from postroom.transports.base import Endpoint, Proxy, TransportError
from postroom.transports.connect import open_plain, tls_context, tls_faults
from postroom.transports.stages import QUIET, Progress

TIMEOUT = 20.0


def client(
    proxy: Proxy | None = None,
    ca_file: str = "",
    *,
    timeout: float = TIMEOUT,
    verify: bool = True,
    progress: Progress = QUIET,
) -> httpx2.Client:
    """An HTTP client, to be closed by the caller; ``timeout`` in seconds for each wait. Follows no redirects.

    ``progress`` hears of the stages of each connection; without ``verify`` any certificate is taken.

    Its requests raise TransportError for what keeps a connection from being made (MAILCONDNS, MAILCONREF, MAILCONTMO,
    MAILCONTLS, MAILCONPROXY), ``httpx2.HTTPError`` for what happens on it. ``http://`` goes to loopback only.
    """
    transport = _Transport(_Backend(proxy, ca_file, progress), tls_context(ca_file, verify=verify))
    return httpx2.Client(transport=transport, timeout=timeout, trust_env=False, follow_redirects=False)


class _Transport(httpx2.HTTPTransport):
    """``httpx2``'s transport over our sockets."""

    def __init__(self, backend: _Backend, context: ssl.SSLContext) -> None:
        super().__init__(verify=context, trust_env=False)
        self._pool = httpcore2.ConnectionPool(ssl_context=context, network_backend=backend)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        if request.url.scheme != "https" and not _is_loopback(request.url.host):
            raise TransportError(
                "MAILCONTLS", f"{request.url.host} must be reached by https.", temporary=False, stage="tls"
            )
        return super().handle_request(request)


class _Backend(httpcore2.NetworkBackend):
    """Opens the connections."""

    def __init__(self, proxy: Proxy | None, ca_file: str, progress: Progress) -> None:
        self._proxy, self._ca_file, self._progress = proxy, ca_file, progress

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        endpoint = Endpoint(
            host, port, "none", ca_file=self._ca_file, proxy=self._proxy, timeout=timeout if timeout else TIMEOUT
        )
        return _Stream(open_plain(endpoint, self._progress), endpoint, self._progress)


class _Stream(httpcore2.NetworkStream):
    """One connection."""

    def __init__(self, connection: Any, endpoint: Endpoint, progress: Progress) -> None:
        self._socket, self._endpoint, self._progress = connection, endpoint, progress

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        try:
            self._socket.settimeout(timeout)
            data: bytes = self._socket.recv(max_bytes)
        except TimeoutError as error:
            raise httpcore2.ReadTimeout(str(error)) from error
        except OSError as error:
            raise httpcore2.ReadError(str(error)) from error
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        try:
            self._socket.settimeout(timeout)
            self._socket.sendall(buffer)
        except TimeoutError as error:
            raise httpcore2.WriteTimeout(str(error)) from error
        except OSError as error:
            raise httpcore2.WriteError(str(error)) from error

    def close(self) -> None:
        self._socket.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        self._socket.settimeout(timeout)
        try:
            with tls_faults(self._endpoint):
                secured = ssl_context.wrap_socket(self._socket, server_hostname=server_hostname)
        except TransportError:
            self.close()
            raise
        self._progress.secured(secured)
        return _Stream(secured, self._endpoint, self._progress)

    def get_extra_info(self, info: str) -> Any:
        if info == "ssl_object":
            return self._socket if isinstance(self._socket, ssl.SSLSocket) else None
        if info == "socket":
            return self._socket
        if info == "is_readable":
            return _is_readable(self._socket)
        return None


def _is_readable(connection: Any) -> bool:
    """True for a kept connection that the server has ended, or on which it speaks out of turn: it is not used again."""
    timeout = connection.gettimeout()
    try:
        connection.settimeout(0)
        connection.recv(1)
    except (BlockingIOError, ssl.SSLWantReadError):
        return False
    except OSError:
        return True
    finally:
        connection.settimeout(timeout)
    return True


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
