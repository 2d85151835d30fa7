"""A mail server in memory that keeps the same contract: the shipped fake, for tests and for trying things out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from postroom.transports.base import FetchedMail, RecipientResult, Stage, TestResult, TransportError


@dataclass
class MemoryServer:
    """What a mail server holds. ``fault`` is raised by the next use of a connection, once; ``refuse`` answers recipients."""

    mails: dict[int, tuple[datetime, bytes]] = field(default_factory=dict)
    seen: set[int] = field(default_factory=set)
    moved: dict[str, list[bytes]] = field(default_factory=dict)
    taken: list[tuple[str, list[str], bytes]] = field(default_factory=list)
    refuse: dict[str, tuple[int, str]] = field(default_factory=dict)
    fault: TransportError | None = None
    uidvalidity: int = 1
    uidnext: int = 1

    def append(self, raw: bytes, received_at: datetime) -> int:
        """Deliver a mail; its UID."""
        uid, self.uidnext = self.uidnext, self.uidnext + 1
        self.mails[uid] = (received_at, raw)
        return uid

    def use(self) -> None:
        fault, self.fault = self.fault, None
        if fault is not None:
            raise fault


class MemorySender:
    """Hands mails to a ``MemoryServer``."""

    def __init__(self, server: MemoryServer) -> None:
        self._server = server

    def open(self) -> None:
        self._server.use()

    def send(
        self, mail_from: str, rcpt_to: list[str], raw: bytes, before_data: Callable[[], None] | None = None
    ) -> list[RecipientResult]:
        answers = [(address, *self._server.refuse.get(address, (250, "OK"))) for address in rcpt_to]
        accepted = [address for address, code, _ in answers if code == 250]
        if accepted:
            if before_data is not None:
                before_data()
            self._server.use()
            self._server.taken.append((mail_from, accepted, raw))
        return [RecipientResult(address, code, "", text) for address, code, text in answers]

    def test(self, mail_from: str, rcpt_to: str, raw: bytes) -> TestResult:
        try:
            self.send(mail_from, [rcpt_to], raw)
        except TransportError as error:
            return TestResult(False, [Stage("data", False, 0, error.message)], error.code, error.message)
        return TestResult(True, [Stage("data", True, 0, "taken")])

    def close(self) -> None:
        """Nothing is open."""


class MemoryReceiver:
    """Reads the one folder of a ``MemoryServer``."""

    def __init__(self, server: MemoryServer) -> None:
        self._server = server
        self.uidvalidity = server.uidvalidity
        self.uidnext = server.uidnext

    def open(self) -> None:
        self._server.use()
        self.uidvalidity, self.uidnext = self._server.uidvalidity, self._server.uidnext

    def uids_since(self, moment: datetime) -> list[int]:
        return sorted(uid for uid, (at, _) in self._server.mails.items() if at > moment)

    def fetch_new(self, after: int, known: frozenset[int], max_size: int) -> Iterator[list[FetchedMail]]:
        self._server.use()
        batch = []
        for uid, (at, raw) in sorted(self._server.mails.items()):
            if uid > after and uid not in known:
                large = len(raw) > max_size
                header = raw.split(b"\r\n\r\n", 1)[0] + b"\r\n\r\n" if large else b""
                batch.append(
                    FetchedMail(f"{self.uidvalidity}/{uid}", b"" if large else raw, at, len(raw), large, header)
                )
        if batch:
            yield batch

    def acknowledge(self, keys: list[str], after: str, folder: str = "") -> None:
        self._server.use()
        for uid in (int(key.rpartition("/")[2]) for key in keys):
            if after == "mark_seen" and uid in self._server.mails:
                self._server.seen.add(uid)
            elif after in ("delete", "move") and uid in self._server.mails:
                _, raw = self._server.mails.pop(uid)
                if after == "move":
                    self._server.moved.setdefault(folder, []).append(raw)

    def idle_socket(self) -> None:
        return None

    def idle_done(self) -> bool:
        return False

    def test(self) -> TestResult:
        return TestResult(True, [Stage("folder", True, 0, f"{len(self._server.mails)} mails")])

    def close(self) -> None:
        """Nothing is open."""
