"""Reading a mailbox over IMAP (RFC 9051 and 3501, IDLE 2177, UIDPLUS 4315, MOVE 6851): fetch what is new, mark nothing.

``IMAPClient`` does the protocol; bodies are fetched by the ``imaplib`` under it, which costs a tenth of the work. Sockets and TLS
are ours (``connect``).
"""

from __future__ import annotations

import imaplib
import re
import socket
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from typing import Any

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError

from postroom.transports.base import Endpoint, FetchedMail, TestResult, TransportError
from postroom.transports.connect import Note, certificate_words, open_socket, timed_out, tls_context
from postroom.transports.sasl import sign_in_imap
from postroom.transports.stages import Stages

BATCH_MAILS = 100
BATCH_BYTES = 8_000_000
UID_WINDOW = 50_000
TEST_TIMEOUT = 20.0

_UID = re.compile(rb"UID (\d+)")
_SIZE = re.compile(rb"RFC822\.SIZE (\d+)")
_DATE = re.compile(rb'INTERNALDATE "( ?\d{1,2})-(\w{3})-(\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)"')
_MONTHS = {name: number for number, name in enumerate(b"Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), 1)}


class _Imap4(imaplib.IMAP4):
    """``imaplib`` over a socket that ``connect`` opened."""

    def __init__(self, endpoint: Endpoint, note: Note) -> None:
        self._endpoint, self._note = endpoint, note
        super().__init__(endpoint.host, endpoint.port)

    def _create_socket(self, timeout: float | None) -> socket.socket:
        return open_socket(self._endpoint, self._note)


class _Client(IMAPClient):
    """``IMAPClient`` over ``_Imap4``."""

    def __init__(self, endpoint: Endpoint, note: Note) -> None:
        self._endpoint, self._note = endpoint, note
        super().__init__(endpoint.host, endpoint.port, ssl=False)

    def _create_IMAP4(self) -> _Imap4:
        return _Imap4(self._endpoint, self._note)


def _nothing(stage: str, detail: str) -> None:
    """Nobody listens to the stages."""


class ImapReceiver:
    """A connection to one folder of one mailbox. Not thread-safe."""

    def __init__(self, endpoint: Endpoint, folder: str = "INBOX") -> None:
        self._endpoint = endpoint
        self._folder = folder
        self._client: _Client | None = None
        self.uidvalidity = 0
        self.uidnext = 1

    def open(self) -> None:
        """Connect, sign in, open the folder. Raises TransportError."""
        self._client = self._connect(_nothing)
        with self._faults("folder"):
            self._select(readonly=False)

    def _connect(self, note: Note) -> _Client:
        endpoint = self._endpoint
        with self._faults("capabilities"):
            client = _Client(endpoint, note)
        try:
            with self._faults("capabilities"):
                if endpoint.security == "tls" and not endpoint.implicit_tls:
                    self._start_tls(client, note)
                note("capabilities", " ".join(word.decode() for word in client.capabilities()))
            with self._faults("login"):
                sign_in_imap(client, endpoint.auth)
            note("login", endpoint.auth.username)
        except BaseException:
            client.shutdown()
            raise
        return client

    def _start_tls(self, client: _Client, note: Note) -> None:
        endpoint = self._endpoint
        if not client.has_capability("STARTTLS"):
            raise TransportError(
                "MAILCONTLS",
                f"{endpoint.host}:{endpoint.port} offers no STARTTLS. Choose SSL or another port; "
                "the connection is never continued unencrypted.",
                temporary=False,
                stage="tls",
            )
        try:
            client.starttls(tls_context(endpoint.ca_file))
        except ssl.SSLError as error:
            words = getattr(error, "verify_message", "") or str(error)
            raise TransportError(
                "MAILCONTLS",
                f"The certificate of {endpoint.host}:{endpoint.port} cannot be trusted: {words}. "
                "If the server has a certificate authority of its own, give its CA file.",
                temporary=True,
                stage="tls",
            ) from None
        secured = client.socket()
        if isinstance(secured, ssl.SSLSocket):
            note("tls", certificate_words(secured))

    def _select(self, *, readonly: bool) -> dict[bytes, Any]:
        assert self._client is not None
        try:
            told: dict[bytes, Any] = self._client.select_folder(self._folder, readonly=readonly)
        except imaplib.IMAP4.abort:
            raise
        except IMAPClientError as error:
            raise TransportError(
                "MAILMBXNOFOLDER", f"The folder {self._folder} cannot be opened: {error}", temporary=False, stage="folder"
            ) from None
        self.uidvalidity = int(told.get(b"UIDVALIDITY", 0))
        self.uidnext = int(told.get(b"UIDNEXT", 1))
        return told

    def uids_since(self, moment: datetime) -> list[int]:
        """UIDs of mails that reached the mailbox later than ``moment``, ascending."""
        with self._faults("folder"):
            day = (moment.astimezone(timezone.utc) - timedelta(days=1)).date()
            uids = self._open_client().search(["SINCE", day])
            return [uid for uid, (_, at) in sorted(self._sizes(uids).items()) if at > moment]

    def fetch_new(self, after: int, known: frozenset[int], max_size: int) -> Iterator[list[FetchedMail]]:
        """Batches of mails with a UID above ``after`` that are not ``known``; marks nothing. See ``base.Receiver``."""
        with self._faults("fetch"):
            uids = [uid for uid in self._uids_above(after) if uid not in known]
        for start in range(0, len(uids), 10 * BATCH_MAILS):
            with self._faults("fetch"):
                sizes = self._sizes(uids[start : start + 10 * BATCH_MAILS])
            for batch in _batches(sizes, max_size):
                with self._faults("fetch"):
                    mails = self._bodies(batch, sizes, max_size)
                if mails:
                    yield mails

    def _uids_above(self, after: int) -> list[int]:
        client = self._open_client()
        newest = client.search(["UID", "*"])
        last = max(newest, default=0)
        found: list[int] = []
        for low in range(after + 1, last + 1, UID_WINDOW):
            high = min(low + UID_WINDOW - 1, last)
            found += client.search(["UID", f"{low}:{high}"])
        return sorted(uid for uid in set(found) if uid > after)

    def _sizes(self, uids: Sequence[int]) -> dict[int, tuple[int, datetime]]:
        """RFC822.SIZE and INTERNALDATE by UID."""
        if not uids:
            return {}
        found = {}
        for item in self._uid_fetch(uids, "(UID RFC822.SIZE INTERNALDATE)"):
            line = item if isinstance(item, bytes) else b" ".join(item)
            uid, size, date = _UID.search(line), _SIZE.search(line), _DATE.search(line)
            if uid and size and date:
                found[int(uid[1])] = (int(size[1]), _moment(date))
        return found

    def _bodies(
        self, batch: Sequence[int], sizes: dict[int, tuple[int, datetime]], max_size: int
    ) -> list[FetchedMail]:
        large = [uid for uid in batch if sizes[uid][0] > max_size]
        whole = self._literals([uid for uid in batch if sizes[uid][0] <= max_size], "(UID BODY.PEEK[])")
        headers = self._literals(large, "(UID BODY.PEEK[HEADER])")
        return [
            FetchedMail(
                key=f"{self.uidvalidity}/{uid}",
                raw=whole.get(uid, b""),
                received_at=sizes[uid][1],
                size=sizes[uid][0],
                too_large=uid in headers,
                header=headers.get(uid, b""),
            )
            for uid in batch
            if uid in whole or uid in headers
        ]

    def _literals(self, uids: Sequence[int], what: str) -> dict[int, bytes]:
        """The literal of each mail; a mail that is gone meanwhile is left out."""
        if not uids:
            return {}
        found: dict[int, bytes] = {}
        items = self._uid_fetch(uids, what)
        for position, item in enumerate(items):
            if isinstance(item, tuple):
                behind = items[position + 1] if position + 1 < len(items) else b""
                uid = _UID.search(item[0]) or _UID.search(behind if isinstance(behind, bytes) else b"")
                if uid:
                    found[int(uid[1])] = item[1]
        return found

    def _uid_fetch(self, uids: Sequence[int], what: str) -> list[Any]:
        kind, data = self._open_client()._imap.uid("FETCH", _set_of(uids), what)
        if kind != "OK":
            raise imaplib.IMAP4.error(f"FETCH: {kind} {data!r}"[:500])
        return [item for item in data if item is not None]

    def acknowledge(self, keys: list[str], after: str, folder: str = "") -> None:
        """Mark, delete or move kept mails; repeating it does no harm. See ``base.Receiver``."""
        uids = [int(key.rpartition("/")[2]) for key in keys]
        if not uids or after == "keep":
            return
        with self._faults("acknowledge"):
            client = self._open_client()
            if after == "mark_seen":
                client.add_flags(_set_of(uids), [rb"\Seen"], silent=True)
            elif after == "delete":
                self._expunge(uids)
            elif after == "move":
                self._move(uids, folder)

    def _expunge(self, uids: list[int]) -> None:
        client = self._open_client()
        client.add_flags(_set_of(uids), [rb"\Deleted"], silent=True)
        if client.has_capability("UIDPLUS"):
            client.uid_expunge(_set_of(uids))
        else:
            client.expunge()

    def _move(self, uids: list[int], folder: str) -> None:
        client = self._open_client()
        present = client.search(["UID", _set_of(uids)])  # those that a run before a crash has moved are gone
        if not present:
            return
        if not client.folder_exists(folder):
            client.create_folder(folder)
        if client.has_capability("MOVE"):
            client.move(_set_of(present), folder)
        else:
            client.copy(_set_of(present), folder)
            self._expunge(present)

    def idle_socket(self) -> socket.socket | None:
        """Start IDLE and return the socket to wait on; None where the server has no IDLE, or has news already."""
        client = self._open_client()
        if not client.has_capability("IDLE"):
            return None
        with self._faults("idle"):
            client.idle()
            if self._has_buffered():
                client.idle_done()
                return None
            connection: socket.socket = client.socket()
            return connection

    def _has_buffered(self) -> bool:
        """True if the server's next words were read together with its answer to IDLE: the socket would not tell of them."""
        imap = self._open_client()._imap
        imap.sock.settimeout(0)
        try:
            return bool(imap.file.peek(1))
        except (BlockingIOError, ssl.SSLWantReadError):
            return False
        finally:
            imap.sock.settimeout(self._endpoint.timeout)

    def idle_done(self) -> bool:
        """End IDLE; true if the server said anything."""
        with self._faults("idle"):
            _, said = self._open_client().idle_done()
            return bool(said)

    def test(self) -> TestResult:
        """Go through the stages on a connection of its own; reads nothing, marks nothing; never raises."""
        stages = Stages(TEST_TIMEOUT)
        probe = ImapReceiver(stages.limited(self._endpoint), self._folder)
        try:
            client = probe._client = probe._connect(stages.note)
            with probe._faults("folder"):
                told = probe._select(readonly=True)
                count = int(told.get(b"EXISTS", 0))
                first = probe._oldest() if count else None
            since = f", the oldest of {first:%Y-%m-%d}" if first else ""
            idle = "IDLE is offered" if client.has_capability("IDLE") else "no IDLE: mail is polled for"
            stages.note("folder", f"{self._folder}: {count} mails{since}; {idle}")
        except TransportError as error:
            return stages.failed(error)
        finally:
            probe.close()
        return TestResult(True, stages.done)

    def _oldest(self) -> datetime | None:
        kind, data = self._open_client()._imap.fetch("1", "(INTERNALDATE)")
        found = _DATE.search(data[0]) if kind == "OK" and data and isinstance(data[0], bytes) else None
        return _moment(found) if found else None

    def _open_client(self) -> _Client:
        if self._client is None:
            raise TransportError("MAILMBXSTATE", "The connection is closed.", temporary=True)
        return self._client

    @contextmanager
    def _faults(self, stage: str) -> Iterator[None]:
        """Turn what the libraries raise into a TransportError."""
        where = f"{self._endpoint.host}:{self._endpoint.port}"
        try:
            yield
        except TimeoutError:
            raise timed_out(self._endpoint, stage) from None
        except imaplib.IMAP4.abort as error:
            raise TransportError(
                "MAILMBXSTATE", f"{where} ended the session: {error}", temporary=True, stage=stage
            ) from None
        except (IMAPClientError, imaplib.IMAP4.error) as error:
            raise TransportError(
                "MAILGENERIC", f"{where} refused the {stage}: {error}", temporary=True, stage=stage
            ) from None
        except OSError as error:
            raise TransportError(
                "MAILCONREF", f"{where} ended the connection ({error}).", temporary=True, stage=stage
            ) from None

    def close(self) -> None:
        """Close without ceremony: the server sees the end of the connection."""
        if self._client is not None:
            client, self._client = self._client, None
            try:
                client.shutdown()
            except (IMAPClientError, imaplib.IMAP4.error, OSError):
                pass  # it was gone already, which is what was wanted


def _set_of(uids: Sequence[int]) -> str:
    """A sequence set with ranges: ``1:3,7`` (RFC 9051, 9)."""
    ranges: list[list[int]] = []
    for uid in sorted(uids):
        if ranges and uid == ranges[-1][1] + 1:
            ranges[-1][1] = uid
        else:
            ranges.append([uid, uid])
    return ",".join(str(low) if low == high else f"{low}:{high}" for low, high in ranges)


def _batches(sizes: dict[int, tuple[int, datetime]], max_size: int) -> Iterator[list[int]]:
    """UIDs in order, at most 100 mails or 8 MB together."""
    batch: list[int] = []
    weight = 0
    for uid in sorted(sizes):
        size = min(sizes[uid][0], max_size)
        if batch and (len(batch) == BATCH_MAILS or weight + size > BATCH_BYTES):
            yield batch
            batch, weight = [], 0
        batch.append(uid)
        weight += size
    if batch:
        yield batch


def _moment(found: re.Match[bytes]) -> datetime:
    day, month, year, hour, minute, second, sign, off_hours, off_minutes = found.groups()
    offset = timedelta(hours=int(off_hours), minutes=int(off_minutes)) * (-1 if sign == b"-" else 1)
    return datetime(
        int(year), _MONTHS[month], int(day), int(hour), int(minute), int(second), tzinfo=timezone(offset)
    )
