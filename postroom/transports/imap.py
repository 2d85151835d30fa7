"""Reading a mailbox over IMAP (RFC 9051, 3501; IDLE 2177, UIDPLUS 4315, MOVE 6851): fetch the new, mark nothing."""

from __future__ import annotations

import imaplib
import logging
import re
import socket
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from postroom.transports.base import Endpoint, FetchedMail, OnStage, TestResult, TransportError
from postroom.transports.imap_fetch import (
    Sizes,
    batches,
    bodies_in,
    internal_date,
    sequence_set,
    sizes_in,
)
from postroom.transports.imap_session import Client, close, connect, faults
from postroom.transports.stages import QUIET, Progress, Stages
from postroom.transports.untrusted import failed_test

logger = logging.getLogger(__name__)

UID_WINDOW = 50_000
AT_ONCE = 500
LARGEST_HEADER = 256 * 1024
_NEWS = frozenset({"EXISTS", "RECENT"})  # what a server says where mail has come
_FOR_NOW = re.compile(r"\[(?:UNAVAILABLE|INUSE|LIMIT|SERVERBUG)\]|throttl|try again", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_END_OF_HEADER = re.compile(rb"\r?\n\r?\n")


class ImapReceiver:
    """A connection to one folder of one mailbox. Not thread-safe. ``exists``: how many mails it held at ``open``."""

    def __init__(self, endpoint: Endpoint, folder: str = "INBOX", *, progress: Progress = QUIET) -> None:
        self._endpoint = endpoint
        self._folder = folder or "INBOX"
        self._progress = progress
        self._client: Client | None = None
        self._idle_tag = b""
        self._bell: tuple[socket.socket, socket.socket] | None = None
        self._in_step = False
        self.uidvalidity = 0
        self.uidnext = 1
        self.exists = 0

    def open(self) -> None:
        """Connect, sign in, open the folder. Raises TransportError."""
        self.close()
        self._open(readonly=False)

    def _open(self, *, readonly: bool) -> None:
        self._client = connect(self._endpoint, self._progress)
        try:
            with faults(self._endpoint, "folder"):
                self._select(self._client, readonly=readonly)
        except BaseException:
            self.close()
            raise

    def _select(self, client: Client, *, readonly: bool) -> None:
        _check_name(self._folder)
        try:
            told: dict[bytes, Any] = client.select_folder(self._folder, readonly=readonly)
        except imaplib.IMAP4.abort:
            raise
        except (imaplib.IMAP4.error, ValueError) as error:
            raise self._no_folder(client, error) from None
        self.uidvalidity = int(told.get(b"UIDVALIDITY", 0))
        self.exists = int(told.get(b"EXISTS", 0))
        if b"UIDNEXT" in told:
            self.uidnext = int(told[b"UIDNEXT"])
        else:  # RFC 3501, 7.3.1: it may be missing
            self.uidnext = max(client.search(["UID", "*"]), default=0) + 1 if self.exists else 1
        self._in_step = True
        self._forget_news()

    def _no_folder(self, client: Client, error: Exception) -> TransportError:
        if _FOR_NOW.search(str(error)):
            return TransportError(
                "MAILMBXSTATE",
                f"The folder {self._folder} cannot be opened now: {error}",
                temporary=True,
                stage="folder",
            )
        with faults(self._endpoint, "folder"):
            names = sorted(name for flags, _, name in client.list_folders() if b"\\Noselect" not in flags)
        return TransportError(
            "MAILMBXNOFOLDER",
            f"The folder {self._folder} cannot be opened: {error}. There are: {', '.join(names[:20])}.",
            temporary=False,
            stage="folder",
        )

    def uids_since(self, moment: datetime) -> list[int]:
        """UIDs of mails that reached the mailbox later than ``moment``, ascending."""
        with faults(self._endpoint, "fetch"):
            # SINCE knows days alone, in the server's own time zone (RFC 9051, 6.4.4): a day more is asked for
            day = (moment.astimezone(UTC) - timedelta(days=1)).date()
            uids = sorted(self._open_client().search(["SINCE", day]))
            return [uid for uid, (_, at) in self._sizes(uids).items() if at > moment]

    def fetch_new(self, after: int, known: frozenset[int], max_size: int) -> Iterator[list[FetchedMail]]:
        """Batches of what is new and of gaps in what is known; marks nothing. See ``base.Receiver``."""
        with faults(self._endpoint, "fetch"):
            uids = [uid for uid in self._uids_above(min(after, min(known, default=after))) if uid not in known]
        for start in range(0, len(uids), AT_ONCE):
            with faults(self._endpoint, "fetch"):
                sizes = self._sizes(uids[start : start + AT_ONCE])
            for batch in batches(sizes, max_size):
                with faults(self._endpoint, "fetch"):
                    mails = self._mails(batch, sizes, max_size)
                if mails:
                    yield mails

    def _uids_above(self, after: int) -> list[int]:
        """Asked for in windows, so that no answer grows without bound."""
        client = self._open_client()
        if not self._in_step:
            client.noop()  # what came since the last command is not searched before the server has told of it
        self._in_step = False
        self._forget_news()  # the search tells of it; what is told of later, this look may miss
        last = max(client.search(["UID", "*"]), default=0)  # * is the last mail, also when it is not new
        found: set[int] = set()
        for low in range(after + 1, last + 1, UID_WINDOW):
            found.update(client.search(["UID", f"{low}:{min(low + UID_WINDOW - 1, last)}"]))
        return sorted(found)

    def _sizes(self, uids: Sequence[int]) -> Sizes:
        found: Sizes = {}
        for start in range(0, len(uids), AT_ONCE):
            wanted = uids[start : start + AT_ONCE]
            found |= sizes_in(self._uid_fetch(wanted, "(UID RFC822.SIZE INTERNALDATE)"))
        return found

    def _mails(self, batch: Sequence[int], sizes: Sizes, max_size: int) -> list[FetchedMail]:
        """The mails of one batch; one that is gone meanwhile is left out."""
        large = [uid for uid in batch if sizes[uid][0] > max_size]
        whole = self._bodies([uid for uid in batch if sizes[uid][0] <= max_size], "(UID BODY.PEEK[])")
        headers = self._bodies(large, f"(UID BODY.PEEK[HEADER]<0.{LARGEST_HEADER}>)")
        for uid in [uid for uid, raw in whole.items() if len(raw) > max_size]:  # RFC822.SIZE was an estimate
            headers[uid] = _header_of(whole.pop(uid))
        return [
            FetchedMail(
                key=f"{self.uidvalidity}/{uid}",
                raw=whole.get(uid, b""),
                received_at=sizes[uid][1],
                size=max(sizes[uid][0], len(whole.get(uid, b""))),
                too_large=uid in headers,
                header=headers.get(uid, b""),
            )
            for uid in batch
            if uid in whole or uid in headers
        ]

    def _bodies(self, uids: Sequence[int], what: str) -> dict[int, bytes]:
        """Where the server refuses a batch, each mail is asked for alone: a broken one holds up no other."""
        if not uids:
            return {}
        try:
            return bodies_in(self._uid_fetch(uids, what))
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error as error:
            if len(uids) == 1:
                logger.warning("%s: mail %s is refused by the server: %s", self._endpoint.host, uids[0], error)
                return {}
        found: dict[int, bytes] = {}
        for uid in uids:
            found |= self._bodies([uid], what)
        return found

    def _uid_fetch(self, uids: Sequence[int], what: str) -> list[Any]:
        imap = self._open_client()._imap
        imap.untagged_responses.pop("FETCH", None)
        kind, data = imap.uid("FETCH", sequence_set(uids), what)
        if kind != "OK":
            raise imaplib.IMAP4.error(f"FETCH: {kind} {data!r}"[:500])
        return list(data)

    def acknowledge(self, keys: list[str], after: str, folder: str = "") -> None:
        """Mark, delete or move kept mails; repeating it does no harm. Keys of another UIDVALIDITY are passed over."""
        here = f"{self.uidvalidity}/"
        uids = sorted({int(key.removeprefix(here)) for key in keys if key.startswith(here)})
        if after == "keep":
            return
        _check_name(folder)
        with faults(self._endpoint, "acknowledge"):
            for start in range(0, len(uids), AT_ONCE):
                some = uids[start : start + AT_ONCE]
                if after == "mark_seen":
                    self._open_client().add_flags(sequence_set(some), [rb"\Seen"], silent=True)
                elif after == "delete":
                    self._expunge(some)
                elif after == "move":
                    self._move(some, folder)

    def _expunge(self, uids: Sequence[int]) -> None:
        client = self._open_client()
        client.add_flags(sequence_set(uids), [rb"\Deleted"], silent=True)
        if client.has_capability("UIDPLUS"):
            client.uid_expunge(sequence_set(uids))
        else:
            client.expunge()

    def _move(self, uids: Sequence[int], folder: str) -> None:
        """Mails that a run before a crash has moved are gone; those it has only copied may carry Deleted already."""
        client = self._open_client()
        waiting = client.search(["UID", sequence_set(uids), "UNDELETED"])
        if waiting:
            if not client.folder_exists(folder):
                client.create_folder(folder)
                client.subscribe_folder(folder)
            if client.has_capability("MOVE"):
                client.move(sequence_set(waiting), folder)
            else:
                client.copy(sequence_set(waiting), folder)
        if not client.has_capability("MOVE"):
            self._expunge(uids)

    def idle_socket(self) -> socket.socket | None:
        """Start IDLE and return the socket to wait on; None where the server has no IDLE.

        What the server said together with its answer lies in our buffers, where no selector sees it, and what it said
        while we fetched or marked it does not say again: then a socket is returned that is readable already.
        """
        client = self._open_client()
        if not client.has_capability("IDLE"):
            return None
        with faults(self._endpoint, "idle"):
            imap = client._imap
            for name in imap.untagged_responses.keys() - _NEWS:
                del imap.untagged_responses[name]
            tag = imap._command("IDLE")
            while imap._get_response() is not None:
                if imap.tagged_commands.get(tag):
                    imap.tagged_commands.pop(tag)
                    return None  # refused
            self._idle_tag = tag
            if self._has_news() or self._has_buffered():
                return self._ring()
            connection: socket.socket = client.socket()
            return connection

    def _ring(self) -> socket.socket:
        self._bell = socket.socketpair()
        self._bell[1].send(b"!")
        return self._bell[0]

    def _has_news(self) -> bool:
        return not _NEWS.isdisjoint(self._open_client()._imap.untagged_responses)

    def _forget_news(self) -> None:
        for name in _NEWS:
            self._open_client()._imap.untagged_responses.pop(name, None)

    def _has_buffered(self) -> bool:
        imap = self._open_client()._imap
        imap.sock.settimeout(0)
        try:
            return bool(imap.file.peek(1))
        except OSError:  # nothing is there: BlockingIOError, SSLWantReadError
            return False
        finally:
            imap.sock.settimeout(self._endpoint.timeout)

    def idle_done(self) -> bool:
        """End IDLE; true if mail may have arrived. Raises TransportError where the server has ended the session."""
        self._silence()
        if not self._idle_tag:
            return False
        tag, self._idle_tag = self._idle_tag, b""
        with faults(self._endpoint, "idle"):
            imap = self._open_client()._imap
            imap.send(b"DONE\r\n")
            imap._command_complete("IDLE", tag)
            self._in_step = True
            return self._has_news()

    def _silence(self) -> None:
        for end in self._bell or ():
            end.close()
        self._bell = None

    def test(self, on_stage: OnStage | None = None) -> TestResult:
        """Go through the stages on a connection of its own, within 20 s; reads nothing, marks nothing; never raises."""
        with Stages(on_stage) as stages:
            probe = ImapReceiver(stages.limited(self._endpoint), self._folder, progress=stages)
            try:
                probe._open(readonly=True)
                stages.messages, stages.unseen = probe.exists, probe._unseen()
                stages.done("folder", probe._folder_words())
            except TransportError as error:
                return failed_test(stages, error, self._endpoint, "imap")
            finally:
                probe.close()
            return stages.succeeded()

    def _unseen(self) -> int:
        with faults(self._endpoint, "folder"):
            return len(self._open_client().search(["UNSEEN"])) if self.exists else 0

    def _folder_words(self) -> str:
        client = self._open_client()
        oldest = ""
        if self.exists:
            with faults(self._endpoint, "folder"):
                _, data = client._imap.fetch("1", "(INTERNALDATE)")
                date = internal_date(data[0]) if data and isinstance(data[0], bytes) else None
                oldest = f", the oldest of {date:%Y-%m-%d}" if date else ""
        idle = "IDLE is offered" if client.has_capability("IDLE") else "no IDLE: mail is polled for"
        return f"{self._folder}: {self.exists} {'mail' if self.exists == 1 else 'mails'}{oldest}; {idle}"

    def _open_client(self) -> Client:
        if self._client is None:
            raise TransportError("MAILMBXSTATE", "The connection is closed.", temporary=True)
        return self._client

    def close(self) -> None:
        """Close without ceremony: the server sees the end of the connection."""
        self._silence()
        self._idle_tag = b""
        client, self._client = self._client, None
        if client is not None:
            close(client)


def _check_name(folder: str) -> None:
    """A control character in a name would end the command and start another. Raises TransportError."""
    if _CONTROL.search(folder):
        raise TransportError(
            "MAILMBXNOFOLDER", f"{folder!r} cannot be a folder's name.", temporary=False, stage="folder"
        )


def _header_of(raw: bytes) -> bytes:
    end = _END_OF_HEADER.search(raw)
    return raw[: end.end() if end else LARGEST_HEADER][:LARGEST_HEADER]
