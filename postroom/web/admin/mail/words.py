"""What outcomes, states, rules, deeds and objects are called on the pages of mail and audit, and their tones."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

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
    "created": Word(_("Request created"), "good"),
    "replied": Word(_("Reply"), "good"),
    "reopened": Word(_("Request reopened"), "good"),
    "collaborated": Word(_("Collaboration"), "good"),
    "held": Word(_("Held"), "warning"),
    "failed": Word(_("Failed"), "bad"),
    "filtered": Word(_("Filtered"), "warning"),
    "blocked": Word(_("Blocked"), "warning"),
    "guest_not_allowed": Word(_("Guest refused"), "warning"),
    "email_to_request_off": Word(_("Email to Ticket off"), "warning"),
    "loop": Word(_("Loop"), "warning"),
    "auto_reply": Word(_("Automatic reply"), "quiet"),
    "bounce": Word(_("Bounce"), "quiet"),
    "duplicate": Word(_("Duplicate"), "quiet"),
    "own": Word(_("Own mail"), "quiet"),
}
CHOICES = {code: word.text for code, word in OUTCOMES.items()} | {
    DISCARDED: _("Discarded"),
    UNDECIDED: _("Not decided yet"),
}
# The rules by what they look at, in the words of the settings that they obey.
STEPS = {
    "duplicate": _("Duplicate"),
    "own": _("Own mail"),
    "bounce": _("Bounce"),
    "auto_reply": _("Automatic mail"),
    "blocked": _("Block list"),
    "held": _("Size and content"),
    "no_sender": _("Sender"),
    "loop": _("Loop"),
    "filtered": _("Filter of the mailbox"),
    "technician_not_verified": _("Technician verified"),
    "assignee_reply": _("Reply of the assignee"),
    "other_technician_reply": _("Reply of another technician"),
    "reply_to_closed": _("Reply to a closed request"),
    "reply_of_participant": _("Reply of a participant"),
    "answer_of_third_party": _("Answer of a third party"),
    "mail_of_stranger": _("Mail of a stranger"),
    "email_to_request_off": _("Email to Ticket"),
    "guest_not_allowed": _("Guests"),
    "created": _("New request"),
    "acknowledgement": _("Acknowledgement"),
    "failed": _("Processing"),
}
DEEDS = {
    "released": _("released it"),
    "reprocessed": _("had it decided anew"),
    "discarded": _("discarded it"),
    "retried": _("tried it again"),
    "cancelled": _("cancelled it"),
    "resent": _("sent it once more"),
}
# The names of the tabs stand with their queries; the catalogue finds them here.
TABS = (_("Needs attention"), _("Guests refused"), _("Loops"), _("All"))
NONE = _("none")


def outcome(row: InboundEmail) -> Word:
    """What became of an incoming mail."""
    if row.state != InboundEmail.State.DONE:
        return Word(_("Being decided") if row.state == InboundEmail.State.PROCESSING else _("Waiting"), "waiting")
    if row.reason_code == DISCARDED:
        return Word(_("Discarded"), "quiet")
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
    return gettext(STEPS[name]) if name in STEPS else name.replace("_", " ").capitalize()


def verdict_tone(verdict: str) -> str:
    """The tone of one step: pass, none (nothing was to be done), or an outcome."""
    if verdict in ("pass", "none"):
        return verdict
    return OUTCOMES[verdict].tone if verdict in OUTCOMES else "warning"


def deed(entry: AuditEntry) -> str:
    """What somebody did with a mail, as the end of a sentence that their name begins."""
    target = next((change.get("new") for change in entry.changes if change.get("field") == "released_as"), None)
    if entry.action == "released" and target:
        if target == "request":
            return gettext("released it as a request")
        return gettext("added it to request %(number)s") % {"number": target}
    return gettext(DEEDS.get(entry.action, entry.action))


def object_kind(stored: str) -> str:
    """What a kind of audited object is called: outgoingserver is Outgoing server."""
    return TYPES.get(stored, stored).replace("_", " ").capitalize()


def field(path: str) -> str:
    """A field of the configuration as people read it: auth.client_id is Auth, client id."""
    return path.replace(".", ", ").replace("_", " ").capitalize()


def value(given: Any) -> str:
    """An audited value on one line."""
    if given is None or given in ("", []):
        return gettext(NONE)
    if isinstance(given, bool):
        return gettext("on") if given else gettext("off")
    if isinstance(given, list):
        return ", ".join(value(item) for item in given)
    if isinstance(given, dict):
        return json.dumps(given, ensure_ascii=False)
    return str(given)
