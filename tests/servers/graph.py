"""Microsoft Graph's mail on loopback, as its published contract has it: folders, delta, ``$value``, move, sendMail.

What it does otherwise than the real one is listed in docs/mailboxes.md. ``who`` says whose token it is ("" = nobody's);
``tell`` makes coming requests fail; ``asked`` are those that came in.
"""

from __future__ import annotations

import base64
import binascii
import email
import itertools
import json
import re
import smtplib
import ssl
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import getaddresses
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

WELL_KNOWN = {"inbox": "Inbox", "sentitems": "Sent Items", "deleteditems": "Deleted Items", "archive": "Archive"}
IMMUTABLE = 'IdType="ImmutableId"'
_IN_BRACKETS = re.compile(r"(users|mailFolders|messages)\('([^']*)'\)")
_EQUALS = re.compile(r"(\w+) eq '((?:[^']|'')*)'")


class Refused(Exception):
    """An answer that is no success: status, code, message, further headers."""

    def __init__(self, status: int, code: str, message: str = "", headers: dict[str, str] | None = None) -> None:
        super().__init__(code)
        self.status, self.code, self.message, self.headers = status, code, message or code, headers or {}


@dataclass
class Message:
    """``id`` stays, ``passing_id`` changes with each move. ``born``, ``changed``: when, in changes of the mailbox."""

    id: str
    passing_id: str
    folder: str
    raw: bytes
    received: datetime
    is_read: bool = False
    born: int = 0
    changed: int = 0


@dataclass
class Mailbox:
    """``folders``: id to (name, id of the folder above); ``gone``: (change, folder, id) of what left a folder."""

    address: str
    guid: str = field(default_factory=lambda: str(uuid.uuid4()))
    folders: dict[str, tuple[str, str]] = field(default_factory=dict)
    messages: dict[str, Message] = field(default_factory=dict)
    gone: list[tuple[int, str, str]] = field(default_factory=list)
    change: int = 0

    def __post_init__(self) -> None:
        for name in WELL_KNOWN.values():
            self.make(name)

    def make(self, name: str, above: str = "") -> str:
        made = f"AAMkF-{uuid.uuid4().hex}=="
        self.folders[made] = (name, above)
        return made

    def folder(self, wanted: str) -> str:
        """The id of a folder, by its id or its well-known name."""
        if wanted in self.folders:
            return wanted
        name = WELL_KNOWN.get(wanted.lower())
        for identifier, known in self.folders.items():
            if name and known == (name, ""):
                return identifier
        raise Refused(404, "ErrorFolderNotFound", "The specified folder could not be found in the store.")

    def inside(self, folder: str) -> list[Message]:
        wanted = self.folder(folder)
        return [message for message in self.messages.values() if message.folder == wanted]

    def next_change(self) -> int:
        self.change += 1
        return self.change

    def put(self, message: Message, folder: str) -> None:
        if message.id in self.messages:
            self.gone.append((self.next_change(), message.folder, message.id))
        message.folder, message.passing_id = folder, f"AAMkP-{uuid.uuid4().hex}="
        message.born = message.changed = self.next_change()
        self.messages[message.id] = message

    def find(self, identifier: str) -> Message:
        for message in self.messages.values():
            if identifier in (message.id, message.passing_id):
                return message
        raise Refused(404, "ErrorItemNotFound", "The specified object was not found in the store.")


@dataclass
class Asked:
    method: str
    path: str
    prefer: str


class Graph:
    """``may``: which mailboxes an account opens besides its own (``app`` opens all that are not in ``closed``).

    ``send_only`` accounts read nothing. ``refuses``: ids whose content is never given out. ``outside`` is the port of
    the SMTP server that takes mail for other mailboxes. ``swallow`` makes sendMail take mails over without an answer.
    """

    def __init__(
        self, who: Callable[[str], str | None], *, tls: ssl.SSLContext | None = None, outside: int = 0
    ) -> None:
        self.who = who
        self.outside = outside
        self.may: dict[str, set[str]] = {}
        self.closed: set[str] = set()
        self.send_only: set[str] = set()
        self.refuses: set[str] = set()
        self.swallow = False
        self.asked: list[Asked] = []
        self.taken: list[bytes] = []
        self.mailboxes: dict[str, Mailbox] = {}
        self.lock = threading.RLock()
        self._told: list[tuple[str, Refused]] = []
        self._generation = itertools.count(1)
        self.generation = next(self._generation)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"graph": self}))
        self._server.daemon_threads = True
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.ended = threading.Event()
        self.port = int(self._server.server_address[1])
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}/v1.0"

    def start(self) -> None:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def stop(self) -> None:
        self.ended.set()
        self._server.shutdown()
        self._server.server_close()

    def mailbox(self, address: str) -> Mailbox:
        with self.lock:
            return self.mailboxes.setdefault(address.lower(), Mailbox(address.lower()))

    def deliver(self, address: str, raw: bytes, received: datetime | None = None, folder: str = "inbox") -> str:
        """Put a mail into a mailbox; its immutable id."""
        with self.lock:
            box = self.mailbox(address)
            at = (received or datetime.now(UTC)).replace(microsecond=0)
            message = Message(f"AAkALg-{uuid.uuid4().hex}-Bq_{len(box.messages)}=", "", "", raw, at)
            box.put(message, box.folder(folder))
            return message.id

    def tell(self, path: str, status: int, code: str, *, times: int = 1, wait: str = "") -> None:
        """The next requests whose method and path hold ``path`` are refused; ``wait`` is for Retry-After."""
        fields = {"Retry-After": wait} if wait else {}
        self._told += [(path, Refused(status, code, f"{code} was asked for.", fields))] * times

    def lose_place(self) -> None:
        """All links are too old from now on (410)."""
        self.generation = next(self._generation)

    def refusal_for(self, line: str) -> Refused | None:
        for position, (path, refused) in enumerate(self._told):
            if path in line:
                del self._told[position]
                return refused
        return None

    def opened(self, account: str, address: str, *, to_send: bool) -> Mailbox:
        """The mailbox that ``account`` asks for. Raises Refused."""
        by_guid = next((box.address for box in self.mailboxes.values() if box.guid == address), address.lower())
        if by_guid not in self.mailboxes:
            raise Refused(404, "ErrorInvalidUser", f"The requested user '{address}' is invalid.")
        own = account == by_guid or by_guid in self.may.get(account, set())
        if not (own or (account == "app" and by_guid not in self.closed)) or (
            account in self.send_only and not to_send
        ):
            raise Refused(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")
        return self.mailboxes[by_guid]

    def hand_over(self, box: Mailbox, raw: bytes) -> None:
        """Mail that was sent: a copy stays, whoever has a mailbox here gets it, all others by SMTP."""
        self.taken.append(raw)
        mail = email.message_from_bytes(raw)
        fields = [str(value) for name in ("To", "Cc", "Bcc") for value in mail.get_all(name, [])]
        people = [address.lower() for _, address in getaddresses(fields)]
        if not people:
            raise Refused(400, "ErrorInvalidRecipients", "At least one recipient isn't valid.")
        seen = re.sub(rb"(?im)^bcc:(?:[^\r\n]|\r?\n[ \t])*\r?\n", b"", raw)
        self.deliver(box.address, raw, folder="sentitems")
        for address in people:
            if address in self.mailboxes:
                self.deliver(address, seen)
        if strangers := [address for address in people if address not in self.mailboxes and self.outside]:
            with smtplib.SMTP("127.0.0.1", self.outside) as smtp:
                smtp.sendmail(box.address, strangers, seen)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    graph: Graph

    def do_GET(self) -> None:
        self._answer()

    do_POST = do_PATCH = do_DELETE = do_GET

    def _answer(self) -> None:
        self.content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        graph = self.graph
        graph.asked.append(Asked(self.command, self.path, self.headers.get("Prefer", "")))
        try:
            status, said = self._result()
        except Refused as refused:
            inner = {"request-id": str(uuid.uuid4()), "date": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}"}
            error = {"code": refused.code, "message": refused.message, "innerError": inner}
            headers = {"Content-Type": "application/json", **refused.headers}
            self._say(refused.status, json.dumps({"error": error}).encode(), headers)
            return
        if status == 0:
            self.close_connection = True
            graph.ended.wait(30)
            return
        raw = isinstance(said, bytes)
        body = said if isinstance(said, bytes) else json.dumps(said).encode() if said is not None else b""
        self._say(status, body, {"Content-Type": "text/plain" if raw else "application/json"})

    def _say(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _result(self) -> tuple[int, Any]:
        parts = urlsplit(self.path)
        path = _IN_BRACKETS.sub(r"\1/\2", unquote(parts.path)).replace("/delta()", "/delta")
        self.query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        kind, _, token = self.headers.get("Authorization", "").partition(" ")
        account = self.graph.who(token) if kind == "Bearer" else ""
        if not account:
            raise Refused(401, "InvalidAuthenticationToken", "Access token has expired or is not yet valid.")
        if refused := self.graph.refusal_for(f"{self.command} {path}"):
            raise refused
        steps = path.removeprefix("/v1.0/").split("/")
        if len(steps) < 3 or steps[0] != "users":
            raise Refused(400, "BadRequest", "Resource not found for the segment.")
        with self.graph.lock:
            self.box = self.graph.opened(account, steps[1], to_send=steps[2] == "sendMail")
            return self._of_mailbox(steps[2:])

    def _of_mailbox(self, steps: list[str]) -> tuple[int, Any]:
        if steps == ["sendMail"] and self.command == "POST":
            return self._send_mail()
        if steps[0] == "messages" and len(steps) > 1:
            return self._of_message(self.box.find(steps[1]), steps[2:])
        if steps[0] != "mailFolders":
            raise Refused(400, "BadRequest", f"Resource not found for the segment '{steps[0]}'.")
        above = self.box.folder(steps[1]) if len(steps) > 1 else ""
        if len(steps) == 1 or steps[2:] == ["childFolders"]:
            return self._of_folders(above)
        if steps[2:] == ["messages"]:
            return self._list(above)
        if steps[2:] == ["messages", "delta"]:
            return self._delta(above)
        return 200, self._folder(above)

    def _of_folders(self, above: str) -> tuple[int, Any]:
        inside = {known: name for known, (name, parent) in self.box.folders.items() if parent == above}
        if self.command == "POST":
            name = str(json.loads(self.content)["displayName"])
            if name in inside.values():
                raise Refused(409, "ErrorFolderExists", "A folder with the specified name already exists.")
            return 201, self._folder(self.box.make(name, above))
        wanted = self._equals("displayName")
        rows = [self._folder(known) for known, name in inside.items() if wanted in (None, name)]
        return 200, {"value": rows[: int(self.query.get("$top", 10))]}

    def _folder(self, identifier: str) -> dict[str, Any]:
        name, above = self.box.folders[identifier]
        inside = self.box.inside(identifier)
        unread = sum(not message.is_read for message in inside)
        counts = {"totalItemCount": len(inside), "unreadItemCount": unread}
        return {"id": identifier, "displayName": name, "parentFolderId": above, **counts}

    def _list(self, folder: str) -> tuple[int, Any]:
        wanted = self._equals("internetMessageId")
        rows = [one for one in self.box.inside(folder) if wanted in (None, _message_id(one.raw))]
        rows.sort(key=lambda one: one.received, reverse="asc" not in self.query.get("$orderby", ""))
        return 200, {"value": [self._message(one) for one in rows[: int(self.query.get("$top", 10))]]}

    def _equals(self, name: str) -> str | None:
        found = _EQUALS.fullmatch(self.query.get("$filter", ""))
        return found[2].replace("''", "'") if found and found[1] == name else None

    def _parameter(self, name: str) -> str:
        """What an action is given: the prose writes destinationId, the OpenAPI description DestinationId."""
        given = {key.lower(): value for key, value in json.loads(self.content).items()}
        if name not in given:
            raise Refused(400, "RequestBodyRead", f"The parameter {name} is missing.")
        return str(given[name])

    def _message(self, one: Message) -> dict[str, Any]:
        return {
            "@odata.etag": f'W/"{one.changed}"',
            "id": self._id(one),
            "receivedDateTime": f"{one.received:%Y-%m-%dT%H:%M:%SZ}",
            "parentFolderId": one.folder,
            "isRead": one.is_read,
        }

    def _id(self, one: Message) -> str:
        return one.id if IMMUTABLE in self.headers.get("Prefer", "") else one.passing_id

    def _of_message(self, one: Message, steps: list[str]) -> tuple[int, Any]:
        if steps == ["$value"]:
            if one.id in self.graph.refuses:
                raise Refused(500, "ErrorInternalServerError", "An internal server error occurred.")
            return 200, one.raw
        if steps == ["move"]:
            target = self.box.folder(self._parameter("destinationid"))
            if target == one.folder:
                raise Refused(400, "ErrorMoveCopyFailed", "The move or copy operation failed.")
            self.box.put(one, target)
            return 201, self._message(one)
        if self.command == "PATCH":
            one.is_read = bool(json.loads(self.content)["isRead"])
            one.changed = self.box.next_change()
        if self.command == "DELETE":
            bin_ = self.box.folder("deleteditems")
            if one.folder == bin_:
                del self.box.messages[one.id]
            else:
                self.box.put(one, bin_)
            return 204, None
        return 200, self._message(one)

    def _send_mail(self) -> tuple[int, Any]:
        if self.headers.get("Content-Type") != "text/plain":
            raise Refused(400, "ErrorMimeContentInvalid", "Only MIME is taken here.")
        try:
            raw = base64.b64decode(self.content, validate=True)
        except binascii.Error:
            raise Refused(400, "ErrorMimeContentInvalidBase64String", "Invalid base64 string.") from None
        self.graph.hand_over(self.box, raw)
        return (0, None) if self.graph.swallow else (202, None)

    def _delta(self, folder: str) -> tuple[int, Any]:
        """The newest first. What was only changed comes without its time, what left as removed.

        A token is generation.since.until.below: the round is of the changes after ``since`` up to ``until``, of which
        those from ``below`` on were told.
        """
        box, start = self.box, f"{self.graph.generation}.0.{self.box.change}.{self.box.change + 1}"
        token = self.query.get("$skiptoken") or self.query.get("$deltatoken") or start
        generation, since, until, below = (int(part) for part in token.split("."))
        if generation != self.graph.generation:
            raise Refused(410, "syncStateNotFound", "The sync state generation is not found; resync.")
        if "$deltatoken" in self.query:
            until, below = box.change, box.change + 1
        inside = {one.id: one for one in box.inside(folder)}
        rows = sorted((one for one in inside.values() if since < one.changed < below), key=lambda one: -one.changed)
        found = re.search(r"odata\.maxpagesize=(\d+)", self.headers.get("Prefer", ""))
        page = rows[: min(int(found[1]) if found else 10, 500)]
        said = [
            self._message(one) if one.born > since else {"id": self._id(one), "isRead": one.is_read} for one in page
        ]
        if len(page) < len(rows):
            name, after = "@odata.nextLink", f"$skiptoken={generation}.{since}.{until}.{page[-1].changed}"
        else:
            name, after = "@odata.deltaLink", f"$deltatoken={generation}.{until}.0.0"
            left = {known for change, where, known in box.gone if where == folder and since < change}
            said += [{"id": known, "@removed": {"reason": "deleted"}} for known in sorted(left - set(inside)) if since]
        base = self.graph.url
        link = f"{base}/users('{box.guid}')/mailFolders('{quote(folder)}')/messages/delta?{after}"
        return 200, {"@odata.context": f"{base}/$metadata", "value": said, name: link}

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: tests read ``asked``."""


def _message_id(raw: bytes) -> str:
    return str(email.message_from_bytes(raw).get("Message-ID", "")).strip()
