"""The two interfaces to a mail server, and the one error they raise.

``temporary`` is the only thing callers may decide on: retry later, or give up. ``code`` names the cause for people.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol, runtime_checkable

Security = Literal["none", "ssl", "tls"]
SOCKET_TIMEOUT = 60.0


class TransportError(Exception):
    """A mail server could not do what was asked.

    ``code`` is one of the MAIL* codes, ``message`` says what happened and quotes the server, ``smtp_code`` and
    ``enhanced`` are the server's (RFC 5321, 3463) where it gave them. ``stage`` names what was being done.
    ``uncertain`` is true when the mail may have been accepted all the same (no answer after the end of DATA).
    ``connection`` is true for faults of the server or the sign-in, false for a refusal of this one mail.
    ``retry_after`` is for how many seconds the server wants to be left alone, where it says so.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        temporary: bool,
        connection: bool = True,
        stage: str = "",
        smtp_code: int = 0,
        enhanced: str = "",
        uncertain: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.temporary = temporary
        self.connection = connection
        self.stage = stage
        self.smtp_code = smtp_code
        self.enhanced = enhanced
        self.uncertain = uncertain
        self.retry_after = retry_after


class DeltaLost(TransportError):
    """The server no longer knows how far a folder was read: everything in it is listed anew."""


class Untrusted(TransportError):
    """The server showed a certificate that cannot be trusted (RFC 5280, 6125)."""


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy for one connection, never process-wide. HTTP CONNECT, or SOCKS5 with names resolved by the proxy."""

    type: Literal["http", "socks5"]
    host: str
    port: int
    username: str = ""
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Auth:
    """How to sign in. ``token`` is asked for an access token when ``type`` is oauth (``force`` refreshes it first)."""

    type: Literal["none", "basic", "oauth"] = "none"
    username: str = ""
    password: str = field(default="", repr=False)
    token: Callable[[bool], str] | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a server is and how to reach it. ``security``: ssl = TLS from the first byte, tls = mandatory STARTTLS.

    ``verify_tls`` false: the server may show any certificate. ``url`` is where a protocol over HTTP begins (Graph);
    ``save_sent`` whether such a server, which sees to it itself, keeps what was sent in Sent Items.
    """

    host: str
    port: int
    security: Security
    auth: Auth = field(default_factory=Auth)
    ca_file: str = ""
    verify_tls: bool = True
    proxy: Proxy | None = None
    timeout: float = SOCKET_TIMEOUT
    url: str = ""
    save_sent: bool = True

    @property
    def implicit_tls(self) -> bool:
        """True where TLS starts with the first byte: chosen so, or a port where it always does (465, 993, 995)."""
        return self.security == "ssl" or self.port in (465, 993, 995)


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of Test Connection: dns, proxy, tcp, tls, capabilities, login, folder, sender, recipient, data."""

    name: str
    ok: bool
    ms: int
    detail: str


@dataclass(frozen=True, slots=True)
class Certificate:
    """Whose certificate a server shows (RFC 5280): names as people read them, ``expires`` in ISO 8601."""

    subject: str
    issuer: str
    expires: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TestResult:
    """What Test Connection found. ``code`` and ``message`` are empty when ``ok``; the rest is there where it is known.

    ``capabilities`` are the server's words, ``warnings`` sentences, ``messages`` and ``unseen`` the counts of the
    mailbox (None: it was not reached, or has no such count).
    """

    ok: bool
    stages: list[Stage]
    code: str = ""
    message: str = ""
    certificate: Certificate | None = None
    capabilities: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    messages: int | None = None
    unseen: int | None = None


OnStage = Callable[[Stage], None]


@dataclass(frozen=True, slots=True)
class FetchedMail:
    """One mail as the server gave it. ``key`` identifies it in its mailbox for ever: ``<uidvalidity>/<uid or uidl>``.

    ``raw`` is b"" and ``too_large`` true when it was over the limit: then ``header`` holds its header section.
    """

    key: str
    raw: bytes = field(repr=False)
    received_at: datetime
    size: int
    too_large: bool = False
    header: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class RecipientResult:
    """What the server said of one recipient (RFC 5321, 4.2; RFC 3463). ``code`` 250 = taken over."""

    address: str
    code: int
    enhanced: str
    text: str

    @property
    def accepted(self) -> bool:
        return 200 <= self.code < 300

    @property
    def temporary(self) -> bool:
        return 400 <= self.code < 500


class Sender(Protocol):
    """A kept connection to an outgoing server. Not thread-safe: one owner."""

    def open(self) -> None:
        """Connect and sign in where that is not done yet. Raises TransportError; sends nothing."""
        ...

    def send(
        self, mail_from: str, rcpt_to: list[str], raw: bytes, before_data: Callable[[], None] | None = None
    ) -> list[RecipientResult]:
        """Hand one mail over; ``before_data`` runs just before DATA, when at least one recipient was accepted.

        Returns a result per recipient, also when all were refused. Raises TransportError otherwise; after it the
        connection is closed and the next send opens a new one.
        """
        ...

    def test(self, mail_from: str, rcpt_to: str, raw: bytes, on_stage: OnStage | None = None) -> TestResult:
        """Go through the stages and send ``raw``; never raises. ``on_stage`` hears of each stage as it is done."""
        ...

    def close(self) -> None: ...


class Receiver(Protocol):
    """A connection to one mailbox. Not thread-safe: one owner at a time.

    It is a ``UidReceiver`` or a ``ListingReceiver``: how new mail is found differs, all the rest is the same.
    """

    uidvalidity: int

    def open(self) -> None:
        """Connect, sign in and open the folder. Then ``uidvalidity`` is known (RFC 9051, 2.3.1.1)."""
        ...

    def acknowledge(self, keys: list[str], after: str, folder: str = "") -> None:
        """Tell the server that these are kept: ``mark_seen``, ``keep``, ``delete`` or ``move`` (to ``folder``).

        Repeating it does no harm. Keys of another UIDVALIDITY are passed over. When it returns, it is done.
        """
        ...

    def test(self, on_stage: OnStage | None = None) -> TestResult:
        """Go through the stages and count the mails; reads nothing, marks nothing; never raises."""
        ...

    def close(self) -> None: ...


@runtime_checkable
class UidReceiver(Receiver, Protocol):
    """UIDs ascend for ever, and a session goes on while mail arrives (IMAP)."""

    uidnext: int

    def uids_since(self, moment: datetime) -> list[int]:
        """UIDs of the mails whose INTERNALDATE is later than ``moment``, ascending."""
        ...

    def fetch_new(self, after: int, known: frozenset[int], max_size: int) -> Iterator[list[FetchedMail]]:
        """Batches (100 mails or 8 MB) of mails with a UID above ``after``, or below and not ``known``; marks nothing.

        Below ``after`` only the gaps above the least of ``known`` count: an empty set asks for no sweep, and a 0 in it
        for everything that is not known. ``max_size`` in bytes: of a larger mail only the header is fetched.
        """
        ...

    def idle_socket(self) -> object | None:
        """Start IDLE (RFC 2177) and return the socket to wait on, or None where the server has none.

        The socket is for a selector, never to be read; it may be readable at once. Always ended by ``idle_done``.
        """
        ...

    def idle_done(self) -> bool:
        """End IDLE; true if the server said anything that may mean new mail."""
        ...


@runtime_checkable
class ListingReceiver(Receiver, Protocol):
    """Mails have keys without order, and a session shows what was there when it began (POP3).

    Each look is a session of its own: ``open``, ``listing``, ``fetch``, ``acknowledge``, ``close``.
    """

    def listing(self) -> list[str]:
        """The keys of all mails that are there."""
        ...

    def fetch(self, keys: Collection[str], max_size: int) -> Iterator[list[FetchedMail]]:
        """Batches of these mails, as ``UidReceiver.fetch_new`` gives them; those that are gone are left out."""
        ...


@dataclass(frozen=True, slots=True)
class Change:
    """A mail of which a server says that it is new or other than before. ``received_at`` is None if it does not say."""

    key: str
    received_at: datetime | None


@dataclass(frozen=True, slots=True)
class Changes:
    """One page of what has changed; ``link`` is where to go on. ``complete``: that is all there is by now."""

    changes: list[Change]
    link: str
    complete: bool


@runtime_checkable
class DeltaReceiver(Receiver, Protocol):
    """The server remembers how far a folder was read, by a link that it gives (Microsoft Graph). Keys stay for ever."""

    identity: str
    refused: frozenset[str]

    def changes(self, link: str) -> Iterator[Changes]:
        """The pages from ``link`` on, "" for all that is there. Raises DeltaLost for a link that is too old."""
        ...

    def dated(self, changes: Collection[Change]) -> list[Change]:
        """The same with their times, oldest first; those that are gone are left out."""
        ...

    def fetch_changed(self, changes: Collection[Change], max_size: int) -> Iterator[list[FetchedMail]]:
        """Batches of these mails, which have their times; those that are gone are left out.

        Those that the server does not hand out are ``refused`` afterwards: ask again at another time.
        """
        ...
