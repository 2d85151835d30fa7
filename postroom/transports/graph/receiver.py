"""Reading a mailbox by Microsoft Graph: what has changed by delta query, whole mails by ``$value``; marks nothing.

Keys are ``0/<immutable id>``. Which mails are known is the caller's to say: Graph lists a mail again whenever anything
about it changes, and all of them once it has lost its place.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar
from urllib.parse import quote

from postroom.transports.base import (
    Change,
    Changes,
    DeltaLost,
    Endpoint,
    FetchedMail,
    OnStage,
    TestResult,
    TransportError,
)
from postroom.transports.graph import folders
from postroom.transports.graph.client import Answer, GraphClient, Request
from postroom.transports.stages import QUIET, Progress, Stages

logger = logging.getLogger(__name__)
Item = TypeVar("Item")

PAGE = 200  # ids in a page; Graph may give fewer
BATCH_MAILS = 50
BATCH_BYTES = 8_000_000
WINDOW = 8  # mails that are asked for before anything is handed on
LARGEST_HEADER = 256 * 1024
_END_OF_HEADER = re.compile(rb"\r?\n\r?\n")
_OF_ALL = (401, 403, 429, 503)  # refusals that are not of one mail


class GraphReceiver:
    """One folder of one mailbox. Not thread-safe. ``refused``: the keys that the last fetch was not given."""

    uidvalidity = 0

    def __init__(self, endpoint: Endpoint, folder: str = "INBOX", *, progress: Progress = QUIET) -> None:
        self._endpoint = endpoint
        self._folder = folder or "INBOX"
        self._progress = progress
        self._client: GraphClient | None = None
        self._id = ""
        self.refused: frozenset[str] = frozenset()
        self.identity = f"{endpoint.url} {endpoint.auth.username} {self._folder}"

    def open(self) -> None:
        """Sign in and find the folder. Raises TransportError."""
        self.close()
        self._client = GraphClient(self._endpoint, self._progress)
        try:
            self._id = str(folders.find(self._client, self._folder)["id"])
        except BaseException:
            self.close()
            raise

    def changes(self, link: str) -> Iterator[Changes]:
        """The pages from ``link`` on. See ``base.DeltaReceiver``."""
        client = self._open_client()
        client.forget_token()
        if link and not client.follows(link):
            raise DeltaLost("MAILCONGRAPH", "The folder was read at another address.", temporary=True, stage="fetch")
        url = link or f"{client.user}/mailFolders/{quote(self._id, safe='')}/messages/delta?$select=receivedDateTime"
        while True:
            said = client.ask(Request("GET", url, prefer=f"odata.maxpagesize={PAGE}"), "fetch").json()
            following, last = str(said.get("@odata.nextLink") or ""), str(said.get("@odata.deltaLink") or "")
            if following == url or not (following or last):
                raise TransportError(
                    "MAILCONGRAPH", f"{client.where} does not say how to go on.", temporary=True, stage="fetch"
                )
            rows = said.get("value") or []
            listed = [_change(row) for row in rows if "@removed" not in row and row.get("id")]
            yield Changes(listed, following or last, complete=not following)
            if not following:
                return
            url = following

    def dated(self, changes: Collection[Change]) -> list[Change]:
        """The same with their times, oldest first; what is gone is left out."""
        client, known = self._open_client(), [change for change in changes if change.received_at is not None]
        undated = [change for change in changes if change.received_at is None]
        for some in _parts(undated, WINDOW):
            requests = [Request("GET", f"{self._message(one.key)}?$select=receivedDateTime") for one in some]
            answers = client.ask_all(requests, "fetch", allow=(404,))
            for one, answer in zip(some, answers, strict=True):
                if answer.status != 404:
                    known.append(Change(one.key, _moment(answer.json()) or datetime.now(UTC)))
        return sorted(known, key=lambda change: (change.received_at or datetime.now(UTC), change.key))

    def fetch_changed(self, changes: Collection[Change], max_size: int) -> Iterator[list[FetchedMail]]:
        """Batches of at most 50 mails or about 8 MB. See ``base.DeltaReceiver``."""
        client, refused, batch = self._open_client(), set[str](), list[FetchedMail]()
        self.refused = frozenset()
        for some in _parts(list(changes), WINDOW):
            requests = [Request("GET", f"{self._message(one.key)}/$value", limit=max_size) for one in some]
            answers = client.ask_all(requests, "fetch", allow=[n for n in range(300, 600) if n not in _OF_ALL])
            for one, answer in zip(some, answers, strict=True):
                if 200 <= answer.status < 300:
                    batch.append(_fetched(one, answer))
                elif answer.status not in (404, 410):
                    logger.warning("%s: mail %s is not given out: %s", client.where, one.key, answer.status)
                    refused.add(one.key)
            self.refused = frozenset(refused)
            if len(batch) >= BATCH_MAILS or sum(len(mail.raw) for mail in batch) >= BATCH_BYTES:
                yield batch
                batch = []
        if batch:
            yield batch

    def acknowledge(self, keys: list[str], after: str, folder: str = "") -> None:
        """Mark, delete or move kept mails; repeating it does no harm, nor that somebody else was faster (404)."""
        if after == "keep" or not keys:
            return
        client = self._open_client()
        target = folders.find_or_make(client, folder) if after == "move" else ""
        for some in _parts(keys, WINDOW * 4):
            if after == "move":
                self._move(client, some, target)
            else:
                self._mark(client, some, after)

    def _mark(self, client: GraphClient, keys: Sequence[str], after: str) -> None:
        """What Graph will never do (400) is passed over: it would be in the way of all others."""
        method, body = ("DELETE", None) if after == "delete" else ("PATCH", {"isRead": True})
        requests = [Request(method, self._message(key), body) for key in keys]
        for key, answer in zip(keys, client.ask_all(requests, "acknowledge", allow=(400, 404)), strict=True):
            if answer.status == 400:
                logger.warning("%s: mail %s cannot be marked: %s", client.where, key, answer.body[:200])

    def _move(self, client: GraphClient, keys: Sequence[str], target: str) -> None:
        """A mail that a run before a crash has moved is in the folder already, which some servers refuse."""
        requests = [Request("POST", f"{self._message(key)}/move", {"destinationId": target}) for key in keys]
        for key, request, answer in zip(
            keys, requests, client.ask_all(requests, "acknowledge", allow=(400, 404, 409)), strict=True
        ):
            if answer.status in (400, 409) and self._parent(client, key) != self._real_id(client, target):
                client.ask(request, "acknowledge", allow=(404,))

    def _parent(self, client: GraphClient, key: str) -> str:
        url = f"{self._message(key)}?$select=parentFolderId"
        return str(client.ask(Request("GET", url), "acknowledge", allow=(404,)).json().get("parentFolderId"))

    def _real_id(self, client: GraphClient, folder: str) -> str:
        """Mails name their folder by its id, also where it has a well-known name."""
        if folder != folders.INBOX:
            return folder
        return str(
            client.ask(Request("GET", f"{client.user}/mailFolders/{folder}?$select=id"), "acknowledge").json()["id"]
        )

    def _message(self, key: str) -> str:
        identifier = key.removeprefix(f"{self.uidvalidity}/")
        return f"{self._open_client().user}/messages/{quote(identifier, safe='')}"

    def test(self, on_stage: OnStage | None = None) -> TestResult:
        """Go through the stages within 20 s; reads nothing, marks nothing; never raises."""
        with Stages(on_stage) as stages:
            client: GraphClient | None = None
            try:
                client = GraphClient(stages.limited(self._endpoint), stages)
                folder = folders.find(client, self._folder)
                stages.done("login", f"{client.mailbox} by OAuth")
                stages.messages = int(folder.get("totalItemCount") or 0)
                stages.unseen = int(folder.get("unreadItemCount") or 0)
                stages.done("folder", self._words(client, folder))
            except TransportError as error:
                return stages.failed(error)
            finally:
                if client is not None:
                    client.close()
            return stages.succeeded()

    def _words(self, client: GraphClient, folder: dict[str, Any]) -> str:
        count = int(folder.get("totalItemCount") or 0)
        oldest = ""
        if count:
            order = quote("receivedDateTime asc")
            url = f"{client.user}/mailFolders/{quote(str(folder['id']), safe='')}/messages"
            said = client.ask(
                Request("GET", f"{url}?$orderby={order}&$top=1&$select=receivedDateTime"), "folder"
            ).json()
            at = _moment((said.get("value") or [{}])[0])
            oldest = f", the oldest of {at:%Y-%m-%d}" if at else ""
        return f"{self._folder}: {count} {'mail' if count == 1 else 'mails'}{oldest}; new mail is polled for"

    def _open_client(self) -> GraphClient:
        if self._client is None:
            raise TransportError("MAILMBXSTATE", "The connection is closed.", temporary=True)
        return self._client

    def close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.close()


def _change(row: dict[str, Any]) -> Change:
    return Change(f"{GraphReceiver.uidvalidity}/{row['id']}", _moment(row))


def _moment(row: dict[str, Any]) -> datetime | None:
    """When the mail reached its mailbox; None where that is not told."""
    try:
        at = datetime.fromisoformat(str(row.get("receivedDateTime") or ""))
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _fetched(change: Change, answer: Answer) -> FetchedMail:
    """Of a mail over the limit the header is kept."""
    at = change.received_at or datetime.now(UTC)
    if not answer.cut:
        return FetchedMail(change.key, answer.body, at, len(answer.body))
    end = _END_OF_HEADER.search(answer.body)
    header = answer.body[: end.end() if end else LARGEST_HEADER][:LARGEST_HEADER]
    return FetchedMail(change.key, b"", at, answer.length, too_large=True, header=header)


def _parts(items: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
