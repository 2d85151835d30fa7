"""Reading a mailbox over POP3 (RFC 1939, 2449): what is there by UIDL, whole mails, and deletion that counts at QUIT.

A session shows what was in the mailbox when it began and locks it, so each look is a session of its own. Keys are
``0/<unique-id>``; a second mail of the same unique-id gets `` 2`` behind it. Servers without UIDL are read by a hash of
each mail's header section and size.
"""

from __future__ import annotations

import hashlib
import logging
import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime

from postroom.mail.dates import parse_date
from postroom.transports.base import Endpoint, FetchedMail, OnStage, TestResult, TransportError
from postroom.transports.imap_fetch import batches
from postroom.transports.pop3_session import Pop3, Refused, connect, faults
from postroom.transports.stages import QUIET, Progress, Stages
from postroom.transports.untrusted import failed_test

logger = logging.getLogger(__name__)

LARGEST_HEADER = 256 * 1024
LONGEST_ID = 200
_END_OF_HEADER = re.compile(rb"\r?\n\r?\n")
_RECEIVED = re.compile(rb"^received:((?:[^\r\n]|\r?\n[ \t])*)", re.IGNORECASE | re.MULTILINE)
_NO_UIDL = (
    "The server has no unique ids (UIDL): each look reads the header of every mail there. Delete mail after fetching, "
    "or read this mailbox by IMAP."
)


class Pop3Receiver:
    """A session with one mailbox. Not thread-safe. POP3 knows no folders: ``folder`` is not looked at."""

    uidvalidity = 0

    def __init__(self, endpoint: Endpoint, folder: str = "INBOX", *, progress: Progress = QUIET) -> None:
        self._endpoint = endpoint
        self._progress = progress
        self._session: Pop3 | None = None
        self._numbers: dict[str, int] = {}
        self._sizes: dict[int, int] = {}

    def open(self) -> None:
        """Connect, sign in, and see what is there. Raises TransportError."""
        self.close()
        self._session = connect(self._endpoint, self._progress)
        try:
            with faults(self._endpoint, "folder"):
                self._list(self._session)
        except BaseException:
            self._drop()
            raise

    def _list(self, session: Pop3) -> None:
        session.ask("LIST")
        self._sizes = dict(_pairs(session.lines()))
        identities = self._unique_ids(session)
        if identities is None:
            identities = self._hashes(session)
        seen: Counter[str] = Counter()
        self._numbers = {}
        for number in self._sizes:
            if number in identities:
                name = identities[number]
                seen[name] += 1
                again = f" {seen[name]}" if seen[name] > 1 else ""
                self._numbers[f"{self.uidvalidity}/{name}{again}"] = number

    def _unique_ids(self, session: Pop3) -> dict[int, str] | None:
        try:
            session.ask("UIDL")
        except Refused:
            return None
        found: dict[int, str] = {}
        for line in session.lines():
            number, _, name = line.strip().partition(b" ")
            if number.isdigit() and len(number) < 10 and name:
                found[int(number)] = _identity(name)
        return found

    def _hashes(self, session: Pop3) -> dict[int, str]:
        """What tells mails apart without unique ids: header section and size, or the whole mail without TOP."""
        found: dict[int, str] = {}
        for number, size in self._sizes.items():
            try:
                header = self._header(session, number)
            except Refused as error:
                logger.warning("%s: mail %s is refused by the server: %s", self._endpoint.host, number, error)
            else:
                found[number] = _hashed(b"%d " % size + header)
        return found

    def _header(self, session: Pop3, number: int) -> bytes:
        try:
            session.ask(f"TOP {number} 0")
        except Refused:
            session.ask(f"RETR {number}")
        return _header_of(session.mail(LARGEST_HEADER)[0])

    def listing(self) -> list[str]:
        """The keys of all mails that this session shows, in the server's order."""
        return list(self._numbers)

    def fetch(self, keys: Collection[str], max_size: int) -> Iterator[list[FetchedMail]]:
        """Batches of these mails; marks nothing. See ``base.ListingReceiver``."""
        wanted = {self._numbers[key]: key for key in keys if key in self._numbers}
        now = datetime.now(UTC)
        sizes = {number: (self._sizes[number], now) for number in sorted(wanted)}
        for batch in batches(sizes, max_size):
            with faults(self._endpoint, "fetch"):
                mails = self._mails(batch, wanted, max_size)
            if mails:
                yield mails

    def _mails(self, batch: Sequence[int], wanted: dict[int, str], max_size: int) -> list[FetchedMail]:
        """The mails of one batch, asked for in one write where the server takes that (RFC 2449, 6.8)."""
        session = self._open_session()
        large = {number for number in batch if self._sizes[number] > max_size}
        has_top = not session.knows_capabilities or "TOP" in session.capabilities
        commands = [f"TOP {number} 0" if number in large and has_top else f"RETR {number}" for number in batch]
        pipelined = "PIPELINING" in session.capabilities
        if pipelined:
            session.send(*commands)
        mails = []
        for number, command in zip(batch, commands, strict=True):
            if not pipelined:
                session.send(command)
            try:
                session.result()
            except Refused as error:
                logger.warning("%s: mail %s is refused by the server: %s", self._endpoint.host, number, error)
                continue
            raw, size = session.mail(max(max_size, LARGEST_HEADER))
            mails.append(self._fetched(wanted[number], raw, size, number in large, max_size))
        return mails

    def _fetched(self, key: str, raw: bytes, size: int, large: bool, max_size: int) -> FetchedMail:
        """LIST may have been wrong about the size: what came decides."""
        listed = self._sizes[self._numbers[key]]
        at = _received_at(raw)
        if large or size > max_size:
            return FetchedMail(key, b"", at, max(listed, size), too_large=True, header=_header_of(raw))
        return FetchedMail(key, raw, at, size)

    def acknowledge(self, keys: list[str], after: str, folder: str = "") -> None:
        """``delete`` these and end the session, which is when deletions count (RFC 1939, 6); POP3 has no flags (R23).

        Repeating it does no harm: what is gone already is passed over.
        """
        if after != "delete":
            return
        if self._session is None:
            self.open()
        session = self._open_session()
        numbers = [self._numbers[key] for key in keys if key in self._numbers]
        if not numbers:
            return
        with faults(self._endpoint, "acknowledge"):
            for number in numbers:
                status, words = session.say(f"DELE {number}")
                if status != "+OK":
                    logger.warning("%s: mail %s cannot be deleted: %s", self._endpoint.host, number, words)
            try:
                session.ask("QUIT")
            finally:
                self._drop()

    def test(self, on_stage: OnStage | None = None) -> TestResult:
        """Go through the stages on a session of its own, within 20 s; reads nothing, marks nothing; never raises."""
        with Stages(on_stage) as stages:
            session: Pop3 | None = None
            try:
                session = connect(stages.limited(self._endpoint), stages)
                with faults(self._endpoint, "folder"):
                    self._look(session, stages)
            except TransportError as error:
                return failed_test(stages, error, self._endpoint, "pop3")
            finally:
                if session is not None:
                    session.close(polite=True)
            return stages.succeeded()

    def _look(self, session: Pop3, stages: Stages) -> None:
        """STAT alone: more than counts would be reading (TST-05)."""
        words = session.ask("STAT").split()
        count = int(words[0]) if words and words[0].isdigit() else 0
        stages.messages = stages.unseen = count
        if session.knows_capabilities and "UIDL" not in session.capabilities:
            stages.warnings.append(_NO_UIDL)
        delay = session.capabilities.get("LOGIN-DELAY", "").split(" ")[0]
        if delay.isdigit() and int(delay):
            stages.warnings.append(f"The server wants {delay} s between two sign-ins: poll no more often than that.")
        stages.done("folder", f"{count} {'mail' if count == 1 else 'mails'}; POP3 tells of no new mail: it is polled")

    def _open_session(self) -> Pop3:
        if self._session is None:
            raise TransportError("MAILMBXSTATE", "The connection is closed.", temporary=True)
        return self._session

    def _drop(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            session.close(polite=False)

    def close(self) -> None:
        """End the session; without ``acknowledge`` nothing is deleted."""
        session, self._session = self._session, None
        if session is not None:
            session.close(polite=True)


def _pairs(lines: Iterator[bytes]) -> Iterator[tuple[int, int]]:
    """Number and size of each mail; what is no such line is passed over."""
    for line in lines:
        words = line.split()
        if len(words) > 1 and all(word.isdigit() and len(word) < 19 for word in words[:2]):
            yield int(words[0]), int(words[1])


def _identity(name: bytes) -> str:
    """A unique-id is 1 to 70 printable characters (RFC 1939, 7); whatever else a server makes of it is hashed."""
    if len(name) <= LONGEST_ID and all(0x21 <= letter <= 0x7E for letter in name):
        return name.decode("ascii")
    return _hashed(name)


def _hashed(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _header_of(raw: bytes) -> bytes:
    end = _END_OF_HEADER.search(raw)
    return raw[: end.end() if end else LARGEST_HEADER][:LARGEST_HEADER]


def _received_at(raw: bytes) -> datetime:
    """When the mail reached its mailbox: by the topmost Received field, which the server writes, else now."""
    now = datetime.now(UTC)
    found = _RECEIVED.search(_header_of(raw))
    at = parse_date(found[1].rpartition(b";")[2].decode("latin-1")) if found else None
    return min(at, now) if at is not None else now
