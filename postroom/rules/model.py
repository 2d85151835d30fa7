"""The facts that decisions are made from, and the decisions: frozen data, no behaviour.

``inbox.facts`` gathers the facts of a whole batch, ``rules.inbound.decide`` turns them into one ``Decision`` a mail.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from postroom.mail.model import Address

Outcome = Literal[
    "created",
    "replied",
    "collaborated",
    "reopened",
    "filtered",
    "blocked",
    "guest_not_allowed",
    "email_to_request_off",
    "auto_reply",
    "bounce",
    "loop",
    "duplicate",
    "own",
    "held",
    "failed",
]
EntryKind = Literal["description", "reply", "forward", "collaboration", "note", "event"]
Direction = Literal["in", "out", "internal"]
Flag = Literal["", "unknown_sender", "third_party", "sender_not_verified", "suspicious_sender", "auto"]
MatchedBy = Literal["token", "references", "footer", "subject"]
Verdict = Literal["pass", "fail", "none"]


@dataclass(frozen=True, slots=True)
class Person:
    """A user record that an address belongs to. ``role``: admin (a technician too), technician or requester."""

    id: int
    email: str
    name: str
    role: str
    kind: str = "registered"
    blocked: bool = False
    archived: bool = False

    @property
    def is_technician(self) -> bool:
        return self.role in ("admin", "technician")

    @property
    def is_guest(self) -> bool:
        return self.kind == "guest"


@dataclass(frozen=True, slots=True)
class Thread:
    """The request that a mail refers to, and how the reference was found (THR-02). Addresses are lower-cased.

    ``to_sender`` is true when the reference is to a mail that we sent to the sender's own address (R8).
    ``participants`` are requester, Cc, watchers; ``third_parties`` those a technician forwarded to (R24).
    ``requester_name`` and ``requester_guest`` describe the requester for a follow-up that somebody else's reply opens.
    """

    ticket_id: int
    number: int
    status: str
    requester_id: int | None
    requester_email: str
    assignee_id: int | None
    participants: frozenset[str]
    third_parties: frozenset[str]
    matched_by: MatchedBy
    to_sender: bool = False
    closed_at: datetime | None = None
    deleted: bool = False
    auto_replies: int = 0
    requester_name: str = ""
    requester_guest: bool = False


@dataclass(frozen=True, slots=True)
class Filter:
    """The Allow or Ignore lists of an incoming server (FLT-01..07)."""

    type: Literal["allow", "ignore"] = "ignore"
    emails: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mailbox:
    """The incoming server that a mail arrived at. ``addresses`` are its address and aliases, lower-cased."""

    id: int
    email: str
    addresses: frozenset[str]
    accept_automated: bool = False
    plus_addressing: bool = False
    filter: Filter = field(default_factory=Filter)


@dataclass(frozen=True, slots=True)
class Preferences:
    """Email Preference, Support Portal, Security and Limits, as far as decisions read them. Sizes in bytes."""

    email_to_request: bool = True
    allow_guests: bool = True
    cc_recipients: tuple[str, ...] = ("cc",)
    requester_from_reply_to: bool = False
    technician_forward_uses_original_sender: bool = True
    closed_action: Literal["add", "reopen", "new"] = "reopen"
    grace_days: int = 7
    other_technician_reply: Literal["collaboration", "reply"] = "collaboration"
    allow_guest_requests: bool = True
    technicians_need_authentication: bool = False
    allow_senders: tuple[str, ...] = ()
    block_senders: tuple[str, ...] = ()
    message_size: int = 35_000_000
    requests_per_sender_per_hour: int = 20
    acknowledgements_per_sender_per_hour: int = 5
    acknowledgements_per_hour: int = 10_000
    cc_per_request: int = 50
    acknowledge_within_hours: int = 24


@dataclass(frozen=True, slots=True)
class Facts:
    """All that is known about one mail besides the mail: gathered before, never looked up by a rule.

    ``people`` maps lower-cased addresses (From, Reply-To, forwarded sender) to records; ``thread`` is the match by
    token, References or footer, ``subject_thread`` the match by the subject tag alone; with ``released_as`` "reply",
    ``thread`` is the request that the administrator chose. ``recent_requests`` counts new requests by this sender in
    the hour before ``received_at``, ``recent_same`` the same sender, subject and body within 5 minutes, and
    ``recent_acknowledgements`` what we answered them within the hour, and ``recent_guest_answers`` what we answered
    unverified guests altogether. ``tricks`` are the ways in which an unknown sender passes for somebody else, in words.
    ``now`` is the moment of deciding: without it
    no mail is too old to be acknowledged.
    """

    mailbox: Mailbox
    received_at: datetime
    size: int
    own_addresses: frozenset[str]
    people: dict[str, Person]
    thread: Thread | None = None
    subject_thread: Thread | None = None
    duplicate_of: int | None = None
    from_ourselves: bool = False
    bounced_outbound_id: int | None = None
    authentication: Verdict = "none"
    tricks: tuple[str, ...] = ()
    recent_requests: int = 0
    recent_same: int = 0
    too_large: bool = False
    too_many_parts: bool = False
    released_as: Literal["", "request", "reply"] = ""
    malware: bool = False
    recent_acknowledgements: int = 0
    recent_guest_answers: int = 0
    now: datetime | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the trace: which rule was asked, what it said (pass or the outcome), and why."""

    step: str
    verdict: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of one mail. ``because`` names the rule; ``code`` and ``reason`` are stored and shown.

    For ``created``: ``requester`` and ``cc`` are set, ``follow_up_of`` where it continues a closed request,
    ``mentions`` where it names a request that it is not added to (both are ids of requests), and ``forwarded_by`` is
    the technician whose forward it was (then the forwarded mail is the description, and the text above it a note).
    For entries: ``ticket_id``, ``entry_kind``, ``direction``, ``flag``; ``reopen`` where the status goes back to open;
    ``author_id`` is the acting person, ``mailed`` true where a technician's mail goes out to the requester.
    ``acknowledge`` says whether an automatic answer is due, and ``no_acknowledgement`` why not.
    """

    outcome: Outcome
    because: str = ""
    code: str = ""
    reason: str = ""
    ticket_id: int | None = None
    entry_kind: EntryKind | None = None
    direction: Direction = "in"
    flag: Flag = ""
    reopen: bool = False
    mailed: bool = False
    author_id: int | None = None
    requester: Address | None = None
    cc: tuple[str, ...] = ()
    follow_up_of: int | None = None
    forwarded_by: int | None = None
    mentions: int | None = None
    acknowledge: bool = False
    no_acknowledgement: str = ""
    trace: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """An outgoing server as the choice sees it. ``healthy`` is false while its circuit is open."""

    id: int
    name: str
    email: str
    enabled: bool = True
    primary: bool = False
    healthy: bool = True


@dataclass(frozen=True, slots=True)
class RuleFacts:
    """One outgoing rule. ``conditions``: {field, operator, value} and nested {match, conditions} of the contract."""

    name: str
    enabled: bool
    server_id: int
    match: Literal["all", "any"]
    conditions: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """Which outgoing server, and why (R2). ``server_id`` None = none can send now: the mail waits."""

    server_id: int | None
    reason: str
    wanted_id: int | None = None
    failover: bool = False
