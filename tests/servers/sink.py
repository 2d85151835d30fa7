"""An SMTP server (``aiosmtpd``) that keeps what it takes, and misbehaves when asked to."""

from __future__ import annotations

import asyncio
import subprocess
from dataclasses import dataclass, field
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.servers.ports import free_port, wait_for


@dataclass
class Taken:
    mail_from: str
    rcpt_to: list[str]
    raw: bytes


@dataclass
class Sink:
    """``refuse`` answers a recipient (or ``DATA``) with a reply line; ``cut_after_data`` hangs up instead.

    ``delay`` is how many seconds the server thinks about each mail.
    """

    refuse: dict[str, str] = field(default_factory=dict)
    cut_after_data: bool = False
    delay: float = 0.0
    taken: list[Taken] = field(default_factory=list)
    port: int = field(default_factory=free_port)
    _controller: Controller | None = None

    def start(self) -> None:
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port, ready_timeout=10)
        self._controller.start()

    def stop(self) -> None:
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[Any]
    ) -> str:
        if address in self.refuse:
            return self.refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if "DATA" in self.refuse:
            return self.refuse["DATA"]
        await asyncio.sleep(self.delay)
        content = envelope.content
        raw = content if isinstance(content, bytes) else str(content).encode()
        self.taken.append(Taken(envelope.mail_from or "", list(envelope.rcpt_tos), raw))
        if self.cut_after_data and isinstance(server.transport, asyncio.Transport):
            server.transport.abort()
        return "250 2.0.0 taken"


class NullSink:
    """Postfix's ``smtp-sink``: takes everything and keeps nothing, at next to no cost; for the bench. Needs root."""

    def __init__(self) -> None:
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        words = ["/usr/sbin/smtp-sink", "-u", "nobody", f"127.0.0.1:{self.port}", "200"]
        self._process = subprocess.Popen(words, start_new_session=True)
        wait_for(self.port)

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
