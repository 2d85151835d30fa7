"""An HTTP CONNECT proxy and a SOCKS5 proxy (RFC 9110, 9.3.6; RFC 1928, 1929) on loopback."""

from __future__ import annotations

import base64
import socket
import struct
import threading
from collections.abc import Callable
from contextlib import suppress

from tests.servers.lines import Hangup, LineServer, Talk

HOSTS = {"mail.desk.test": "127.0.0.1"}  # names that only the proxy knows


class HttpProxy(LineServer):
    """``asked`` holds the targets; ``status`` answers them; ``login`` is ``user:password`` or "" for none."""

    def __init__(self, login: str = "", status: str = "200 Connection established") -> None:
        super().__init__(self._talk)
        self.asked: list[str] = []
        self.login, self.status = login, status

    def _talk(self, talk: Talk) -> None:
        target = talk.hear().split(" ")[1]
        headers = []
        while line := talk.hear():
            headers.append(line)
        self.asked.append(target)
        wanted = f"Proxy-Authorization: Basic {base64.b64encode(self.login.encode()).decode()}"
        if self.login and wanted not in headers:
            talk.say("HTTP/1.1 407 Proxy Authentication Required\n")
            raise Hangup
        if not self.status.startswith("200"):
            talk.say(f"HTTP/1.1 {self.status}\n")
            raise Hangup
        host, _, port = target.rpartition(":")
        with socket.create_connection((HOSTS.get(host, host), int(port))) as onward:
            greeting = b""
            onward.settimeout(0.2)
            with suppress(TimeoutError):  # with TLS from the first byte the client speaks first
                greeting = onward.recv(4096)  # the proxy's answer and the greeting arrive in one piece: the hard case
            onward.settimeout(None)
            talk.socket.sendall(f"HTTP/1.1 {self.status}\r\nVia: test\r\n\r\n".encode() + greeting)
            relay(talk.socket, onward)


class SocksProxy(LineServer):
    """``asked`` holds host:port as the client gave them: a name, where it leaves names to the proxy."""

    def __init__(self, login: str = "", reply: int = 0) -> None:
        super().__init__(self._talk)
        self.asked: list[str] = []
        self.login, self.reply = login, reply

    def _talk(self, talk: Talk) -> None:
        take = _reader(talk.socket)
        _, count = take(2)
        offered = take(count)
        method = 2 if self.login else 0
        talk.socket.sendall(bytes([5, method if method in offered else 255]))
        if self.login:
            _, length = take(2)
            user = take(length)
            password = take(take(1)[0])
            good = f"{user.decode()}:{password.decode()}" == self.login
            talk.socket.sendall(bytes([1, 0 if good else 1]))
            if not good:
                raise Hangup
        kind = take(4)[3]
        host = socket.inet_ntoa(take(4)) if kind == 1 else take(take(1)[0]).decode()
        (port,) = struct.unpack(">H", take(2))
        self.asked.append(f"{host}:{port}")
        talk.socket.sendall(bytes([5, self.reply, 0, 1, 127, 0, 0, 1, 0, 0]))
        if self.reply:
            raise Hangup
        with socket.create_connection((HOSTS.get(host, host), port)) as onward:
            relay(talk.socket, onward)


def _reader(connection: socket.socket) -> Callable[[int], bytes]:
    def take(count: int) -> bytes:
        got = b""
        while len(got) < count:
            more = connection.recv(count - len(got))
            if not more:
                raise Hangup
            got += more
        return got

    return take


def relay(one: socket.socket, other: socket.socket) -> None:
    """Carry bytes both ways until both sides have ended."""

    def carry(source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
        with suppress(OSError):
            target.shutdown(socket.SHUT_WR)

    back = threading.Thread(target=carry, args=(other, one), daemon=True)
    back.start()
    carry(one, other)
    back.join(timeout=5)
