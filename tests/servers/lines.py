"""A server that speaks lines and does exactly what a test tells it to: for what real servers do only on bad days."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import BinaryIO


class Hangup(Exception):
    """End this connection at once."""


class Talk:
    """One connection, from the server's side."""

    def __init__(self, connection: socket.socket) -> None:
        self.socket = connection
        self._file: BinaryIO = connection.makefile("rb")

    def say(self, words: str) -> None:
        """Send these lines (a newline becomes CRLF) in one write."""
        self.socket.sendall("".join(f"{line}\r\n" for line in words.split("\n")).encode())

    def hear(self) -> str:
        """The next line; ends the connection when the client has."""
        line = self._file.readline()
        if not line:
            raise Hangup
        return line.decode("utf-8", "replace").rstrip("\r\n")

    def hear_until_dot(self) -> bytes:
        lines = []
        while (line := self._file.readline()) != b".\r\n":
            if not line:
                raise Hangup
            lines.append(line)
        return b"".join(lines)

    def start_tls(self, context: ssl.SSLContext) -> None:
        self._file.close()
        self.socket = context.wrap_socket(self.socket, server_side=True)
        self._file = self.socket.makefile("rb")

    def end(self) -> None:
        with suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._file.close()
        self.end()
        self.socket.close()


class LineServer:
    """Runs ``talk`` in a thread for each connection, on ``host``:``port``. ``tls``: from the first byte."""

    def __init__(self, talk: Callable[[Talk], None], tls: ssl.SSLContext | None = None) -> None:
        self.host = "127.0.0.1"
        self.talk = talk
        self.tls = tls
        self.connections = 0
        self._open: set[Talk] = set()
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server((self.host, 0))
        self.port: int = self._listener.getsockname()[1]

    def start(self) -> None:
        thread = threading.Thread(target=self._accept, daemon=True)
        thread.start()
        self._threads.append(thread)

    def stop(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.hang_up()
        for thread in self._threads:
            thread.join(timeout=5)

    def hang_up(self) -> None:
        """End every connection, as a server that is restarted does."""
        for talk in list(self._open):
            talk.end()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.connections += 1
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            thread.start()
            self._threads.append(thread)

    def _serve(self, connection: socket.socket) -> None:
        talk = Talk(connection)
        self._open.add(talk)
        try:
            if self.tls:
                talk.start_tls(self.tls)
            self.talk(talk)
        except (Hangup, OSError):
            pass
        finally:
            self._open.discard(talk)
            talk.close()
