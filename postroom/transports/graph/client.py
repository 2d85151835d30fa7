"""Requests to Microsoft Graph: with a token, over kept connections, up to four at once, with faults named for people.

Tokens are asked for by the thread that owns the client alone. One that is refused (401) is refreshed and tried once
more. Links that Graph gives are followed to the same host only: nobody else gets the token.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote, urlsplit

import httpx2

from postroom.transports.base import Endpoint, TransportError
from postroom.transports.connect import timed_out
from postroom.transports.graph.faults import refusal
from postroom.transports.https import client as https_client
from postroom.transports.stages import QUIET, Progress

AT_ONCE = 4  # as many as Exchange Online lets one application ask of one mailbox
LARGEST_ANSWER = 16 * 1024 * 1024
PREFER = 'IdType="ImmutableId"'
_NOT_ANSWERED = (httpx2.RemoteProtocolError, httpx2.ReadError, httpx2.WriteError)


@dataclass(frozen=True, slots=True)
class Request:
    """``url`` is a path below the base, or a link that Graph gave. ``limit``: bytes of the answer that are read."""

    method: str
    url: str
    body: Any = None
    content: bytes = field(default=b"", repr=False)
    prefer: str = ""
    limit: int = LARGEST_ANSWER


@dataclass(frozen=True, slots=True)
class Answer:
    """``cut``: the body was over the limit, and this is how it begins. ``length`` is what the server said it has."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    cut: bool = False

    @property
    def length(self) -> int:
        told = self.headers.get("content-length", "")
        return max(int(told) if told.isdigit() else 0, len(self.body))

    def json(self) -> dict[str, Any]:
        """The object in the body; an empty one where there is none."""
        try:
            said = json.loads(self.body)
        except ValueError:
            return {}
        return said if isinstance(said, dict) else {}


class GraphClient:
    """Asks Graph about the mailbox that ``endpoint.auth.username`` names. Not thread-safe: one owner."""

    def __init__(self, endpoint: Endpoint, progress: Progress = QUIET) -> None:
        parts = urlsplit(endpoint.url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        self.endpoint = replace(endpoint, host=parts.hostname or "", port=port)
        self.mailbox = endpoint.auth.username
        self.user = f"/users/{quote(self.mailbox, safe='@')}"
        self._base = endpoint.url.rstrip("/")
        self._origin = (parts.scheme, parts.netloc.lower())
        self.where = self.endpoint.host
        self._http = https_client(
            endpoint.proxy, endpoint.ca_file, timeout=endpoint.timeout, verify=endpoint.verify_tls, progress=progress
        )
        self._pool: ThreadPoolExecutor | None = None
        self._token = ""

    def ask(self, request: Request, stage: str, *, allow: Collection[int] = ()) -> Answer:
        """The answer, a success or one whose status is in ``allow``. Raises TransportError for all others."""
        return self.ask_all([request], stage, allow=allow)[0]

    def ask_all(self, requests: Sequence[Request], stage: str, *, allow: Collection[int] = ()) -> list[Answer]:
        """The answers in the order of the requests. See ``ask``."""
        if not self._token:
            self._token = self._new_token(force=False)
        with self._faults(stage):
            answers = self._exchange_all(requests)
            if refused := [number for number, answer in enumerate(answers) if answer.status == 401]:
                self._token = self._new_token(force=True)
                again = self._exchange_all([requests[number] for number in refused])
                for number, answer in zip(refused, again, strict=True):
                    answers[number] = answer
        for answer in answers:
            if not 200 <= answer.status < 300 and answer.status not in allow:
                raise refusal(answer.status, answer.headers, answer.body, where=self.where, stage=stage)
        return answers

    def follows(self, link: str) -> bool:
        """Whether a link leads to the server that we talk to."""
        parts = urlsplit(link)
        return (parts.scheme, parts.netloc.lower()) == self._origin

    def forget_token(self) -> None:
        """Ask for it again at the next request: it may have aged."""
        self._token = ""

    def _new_token(self, *, force: bool) -> str:
        source = self.endpoint.auth.token
        if source is None:
            raise TransportError(
                "MAILAUTHPERM", "Microsoft Graph takes OAuth alone: sign in.", temporary=False, stage="login"
            )
        return source(force)

    def _exchange_all(self, requests: Sequence[Request]) -> list[Answer]:
        if len(requests) == 1:
            return [self._exchange(requests[0])]
        if self._pool is None:
            self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="graph")
        return list(self._pool.map(self._exchange, requests))

    def _exchange(self, request: Request) -> Answer:
        """Whoever keeps a connection may find it ended; what can be asked twice is then asked again."""
        try:
            return self._once(request)
        except _NOT_ANSWERED:
            if request.method == "POST":
                raise
            return self._once(request)

    def _once(self, request: Request) -> Answer:
        headers = {
            "Authorization": f"Bearer {self._token}",
            "Prefer": ", ".join(filter(None, (PREFER, request.prefer))),
        }
        if request.content:
            headers["Content-Type"] = "text/plain"
        options: dict[str, Any] = {"content": request.content} if request.content else {"json": request.body}
        with self._http.stream(
            request.method, self._address(request.url), headers=headers, **(options if request.method != "GET" else {})
        ) as response:
            body = bytearray()
            for part in response.iter_bytes():
                body += part
                if len(body) > request.limit:
                    break
            return Answer(response.status_code, response.headers, bytes(body), cut=len(body) > request.limit)

    def _address(self, url: str) -> str:
        if url.startswith("/"):
            return self._base + url
        if not self.follows(url):
            raise TransportError(
                "MAILCONGRAPH",
                f"{self.where} sends us on to another host ({urlsplit(url).hostname}), which is not asked.",
                temporary=False,
                stage="fetch",
            )
        return url

    @contextmanager
    def _faults(self, stage: str) -> Iterator[None]:
        """Turn what the library raises into a TransportError; ``uncertain`` where a mail may have been taken over."""
        try:
            yield
        except httpx2.TimeoutException as error:
            fault = timed_out(self.endpoint, stage)
            fault.uncertain = stage == "data" and isinstance(error, httpx2.ReadTimeout)
            raise fault from None
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise TransportError(
                "MAILCONREF",
                f"{self.where} ended the connection ({error or type(error).__name__}).",
                temporary=True,
                stage=stage,
                uncertain=stage == "data" and isinstance(error, httpx2.ReadError | httpx2.RemoteProtocolError),
            ) from None

    def close(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None
        self._http.close()
