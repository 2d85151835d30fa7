"""A mail server in memory that keeps the same contract: the shipped fake, for tests and for trying things out.

An endpoint's host names the server: ``server(host)`` is what a sender and a receiver for that host talk to.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from postroom.transports.base import Endpoint, FetchedMail, OnStage, RecipientResult, TestResult, TransportError
from postroom.transports.stages import Stages

_BATCH = 100


@dataclass
class MemoryServer:
    """What a mail server holds. ``fault`` is raised by the next use of a connection; ``refuse`` answers recipients.

    ``folders`` hold the mails by UID, ``taken`` is what senders handed over: (mail_from, recipients, raw).
    """

    folders: dict[str, dict[int, tuple[datetime, bytes]]] = field(default_factory=lambda: {"INBOX": {}})
    seen: set[tuple[str, int]] = field(default_factory=set)
    taken: list[tuple[str, list[str], bytes]] = field(default_factory=list)
    refuse: dict[str, tuple[int, str, str]] = field(default_factory=dict)
    fault: TransportError | None = None
    largest: int = 0
    uidvalidity: int = 1
    uidnext: int = 1
    _bells: list[socket.socket] = field(default_factory=list)

    def append(self, raw: bytes, received_at: datetime | None = None, folder: str = "INBOX") -> int:
        """Deliver a mail; its UID. Wakes those in IDLE."""
        uid, self.uidnext = self.uidnext, self.uidnext + 1
        self.folders.setdefault(folder, {})[uid] = (received_at or datetime.now(UTC), raw)
        for bell in self._bells:
            bell.send(b"!")
        return uid

    def use(self) -> None:
        """Anything that needs the server."""
        fault, self.fault = self.fault, None
        if fault is not None:
            raise fault

    def listen(self) -> tuple[socket.socket, socket.socket]:
        """A pair of sockets; the first one becomes readable with the next mail."""
        pair = socket.socketpair()
        self._bells.append(pair[1])
        return pair

    def forget(self, pair: tuple[socket.socket, socket.socket]) -> None:
        self._bells.remove(pair[1])
        for end in pair:
            end.close()


_servers: dict[str, MemoryServer] = {}


def server(host: str) -> MemoryServer:
    """The server of this name, made when it is asked for the first time."""
    return _servers.setdefault(host, MemoryServer())


class MemorySender:
    """Hands mails to a ``MemoryServer``."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._server = server(endpoint.host)

    def open(self) -> None:
        self._server.use()

    def send(
        self, mail_from: str, rcpt_to: list[str], raw: bytes, before_data: Callable[[], None] | None = None
    ) -> list[RecipientResult]:
        if 0 < self._server.largest < len(raw):
            raise TransportError(
                "MAILCONSMTP",
                "The mail is too large.",
                temporary=False,
                connection=False,
                stage="sender",
                smtp_code=552,
            )
        answers = [
            RecipientResult(address, *self._server.refuse.get(address, (250, "2.0.0", "taken"))) for address in rcpt_to
        ]
        accepted = [answer.address for answer in answers if answer.accepted]
        if accepted:
            if before_data is not None:
                before_data()
            self._server.use()
            self._server.taken.append((mail_from, accepted, raw))
        return answers

    def test(self, mail_from: str, rcpt_to: str, raw: bytes, on_stage: OnStage | None = None) -> TestResult:
        with Stages(on_stage) as stages:
            try:
                (answer,) = self.send(mail_from, [rcpt_to], raw)
            except TransportError as error:
                return stages.failed(error)
            if not answer.accepted:
                words = f"{answer.code} {answer.enhanced} {answer.text}"
                return stages.failed(
                    TransportError(
                        "MAILCONSMTP", words, temporary=answer.temporary, connection=False, stage="recipient"
                    )
                )
            stages.done("recipient", rcpt_to)
            stages.done("data", "taken")
            return stages.succeeded()

    def close(self) -> None:
        """Nothing is open."""


class MemoryReceiver:
    """Reads one folder of a ``MemoryServer``."""

    def __init__(self, endpoint: Endpoint, folder: str = "INBOX") -> None:
        self._server = server(endpoint.host)
        self._folder = folder or "INBOX"
        self._bell: tuple[socket.socket, socket.socket] | None = None
        self.uidvalidity = 0
        self.uidnext = 1

    def open(self) -> None:
        self._server.use()
        self._mails()
        self.uidvalidity, self.uidnext = self._server.uidvalidity, self._server.uidnext

    def _mails(self) -> dict[int, tuple[datetime, bytes]]:
        if self._folder not in self._server.folders:
            raise TransportError(
                "MAILMBXNOFOLDER", f"There is no folder {self._folder}.", temporary=False, stage="folder"
            )
        return self._server.folders[self._folder]

    def uids_since(self, moment: datetime) -> list[int]:
        return sorted(uid for uid, (at, _) in self._mails().items() if at > moment)

    def fetch_new(self, after: int, known: frozenset[int], max_size: int) -> Iterator[list[FetchedMail]]:
        self._server.use()
        floor = min(after, min(known, default=after))
        mails = [
            _fetched(f"{self.uidvalidity}/{uid}", raw, at, max_size)
            for uid, (at, raw) in sorted(self._mails().items())
            if uid > floor and uid not in known
        ]
        for start in range(0, len(mails), _BATCH):
            yield mails[start : start + _BATCH]

    def acknowledge(self, keys: list[str], after: str, folder: str = "") -> None:
        self._server.use()
        here, mails = f"{self.uidvalidity}/", self._mails()
        for uid in (int(key.removeprefix(here)) for key in keys if key.startswith(here)):
            if uid not in mails:
                continue
            if after == "mark_seen":
                self._server.seen.add((self._folder, uid))
            elif after in ("delete", "move"):
                at, raw = mails.pop(uid)
                if after == "move":
                    self._server.append(raw, at, folder)

    def idle_socket(self) -> socket.socket | None:
        self._bell = self._server.listen()
        return self._bell[0]

    def idle_done(self) -> bool:
        if self._bell is None:
            return False
        self._bell[0].setblocking(False)
        try:
            return bool(self._bell[0].recv(1))
        except BlockingIOError:
            return False
        finally:
            self.close()

    def test(self, on_stage: OnStage | None = None) -> TestResult:
        with Stages(on_stage) as stages:
            try:
                self._server.use()
                mails = self._mails()
            except TransportError as error:
                return stages.failed(error)
            seen = {uid for folder, uid in self._server.seen if folder == self._folder}
            stages.messages, stages.unseen = len(mails), len(mails.keys() - seen)
            stages.done("folder", f"{self._folder}: {len(mails)} mails; IDLE is offered")
            return stages.succeeded()

    def close(self) -> None:
        bell, self._bell = self._bell, None
        if bell is not None:
            self._server.forget(bell)


def _fetched(key: str, raw: bytes, at: datetime, max_size: int) -> FetchedMail:
    if len(raw) <= max_size:
        return FetchedMail(key, raw, at, len(raw))
    header, _, _ = raw.partition(b"\r\n\r\n")
    return FetchedMail(key, b"", at, len(raw), too_large=True, header=header + b"\r\n\r\n")
