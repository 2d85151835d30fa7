"""What outcomes, states, rules, deeds and objects are called on the pages of mail and audit, and their tones."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from postroom.audit.models import AuditEntry
from postroom.audit.queries import TYPES
from postroom.inbox.models import InboundEmail
from postroom.inbox.queries import UNDECIDED
from postroom.inbox.services.manual import DISCARDED
from postroom.outbox.models import OutboundEmail
from postroom.web.words import TONES


@dataclass(frozen=True, slots=True)
class Word:
    """A coloured word: ``tone`` is good, warning, bad, waiting or quiet."""

    text: str
    tone: str


OUTCOMES = {
    "created": Word("Request created", "good"),
    "replied": Word("Reply", "good"),
    "reopened": Word("Request reopened", "good"),
    "collaborated": Word("Collaboration", "good"),
    "held": Word("Held", "warning"),
    "failed": Word("Failed", "bad"),
    "filtered": Word("Filtered", "warning"),
    "blocked": Word("Blocked", "warning"),
    "guest_not_allowed": Word("Guest refused", "warning"),
    "email_to_request_off": Word("Email to Ticket off", "warning"),
    "loop": Word("Loop", "warning"),
    "auto_reply": Word("Automatic reply", "quiet"),
    "bounce": Word("Bounce", "quiet"),
    "duplicate": Word("Duplicate", "quiet"),
    "own": Word("Own mail", "quiet"),
}
CHOICES = {code: word.text for code, word in OUTCOMES.items()} | {
    DISCARDED: "Discarded",
    UNDECIDED: "Not decided yet",
}
# The rules by what they look at, in the words of the settings that they obey.
STEPS = {
    "duplicate": "Duplicate",
    "own": "Own mail",
    "bounce": "Bounce",
    "auto_reply": "Automatic mail",
    "blocked": "Block list",
    "held": "Size and content",
    "no_sender": "Sender",
    "loop": "Loop",
    "filtered": "Filter of the mailbox",
    "technician_not_verified": "Technician verified",
    "assignee_reply": "Reply of the assignee",
    "other_technician_reply": "Reply of another technician",
    "reply_to_closed": "Reply to a closed request",
    "reply_of_participant": "Reply of a participant",
    "answer_of_third_party": "Answer of a third party",
    "mail_of_stranger": "Mail of a stranger",
    "email_to_request_off": "Email to Ticket",
    "guest_not_allowed": "Guests",
    "created": "New request",
    "acknowledgement": "Acknowledgement",
    "failed": "Processing",
}
DEEDS = {
    "released": "released it",
    "reprocessed": "had it decided anew",
    "discarded": "discarded it",
    "retried": "tried it again",
    "cancelled": "cancelled it",
    "resent": "sent it once more",
}
NONE = "none"


def outcome(row: InboundEmail) -> Word:
    """What became of an incoming mail."""
    if row.state != InboundEmail.State.DONE:
        return Word("Being decided" if row.state == InboundEmail.State.PROCESSING else "Waiting", "waiting")
    if row.reason_code == DISCARDED:
        return Word("Discarded", "quiet")
    return OUTCOMES.get(row.outcome, Word(row.outcome, "quiet"))


def state(mail: OutboundEmail) -> Word:
    """How an outgoing mail is doing."""
    return Word(mail.get_state_display(), TONES[OutboundEmail.State(mail.state)])


def recipient_tone(code: str) -> str:
    """The tone of one recipient's state, which is one of the mail's."""
    known = code in OutboundEmail.State.values
    return TONES[OutboundEmail.State(code)] if known else "quiet"


def step(name: str) -> str:
    """What a rule of the trace is called."""
    return STEPS.get(name, name.replace("_", " ").capitalize())


def verdict_tone(verdict: str) -> str:
    """The tone of one step: pass, none (nothing was to be done), or an outcome."""
    if verdict in ("pass", "none"):
        return verdict
    return OUTCOMES[verdict].tone if verdict in OUTCOMES else "warning"


def deed(entry: AuditEntry) -> str:
    """What somebody did with a mail, as the end of a sentence that their name begins."""
    target = next((change.get("new") for change in entry.changes if change.get("field") == "released_as"), None)
    if entry.action == "released" and target:
        return "released it as a request" if target == "request" else f"added it to request {target}"
    return DEEDS.get(entry.action, entry.action)


def object_kind(stored: str) -> str:
    """What a kind of audited object is called: outgoingserver is Outgoing server."""
    return TYPES.get(stored, stored).replace("_", " ").capitalize()


def field(path: str) -> str:
    """A field of the configuration as people read it: auth.client_id is Auth, client id."""
    return path.replace(".", ", ").replace("_", " ").capitalize()


def value(given: Any) -> str:
    """An audited value on one line."""
    if given is None or given in ("", []):
        return NONE
    if isinstance(given, bool):
        return "on" if given else "off"
    if isinstance(given, list):
        return ", ".join(value(item) for item in given)
    if isinstance(given, dict):
        return json.dumps(given, ensure_ascii=False)
    return str(given)
