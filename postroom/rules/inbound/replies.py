"""What a mail on an existing request becomes there: a reply, a collaboration or a note.

Each rule answers with a ``Decision``, or with None to let the next one be asked.
"""

from __future__ import annotations

from dataclasses import replace

from postroom.mail.model import ParsedMail
from postroom.rules.inbound.parties import (
    acts_as_technician,
    followed_up,
    is_automatic,
    part_taken,
    sender_id,
    within_grace,
)
from postroom.rules.model import Decision, Facts, Flag, Preferences, Thread


def note(thread: Thread, mail: ParsedMail, facts: Facts, flag: Flag, reason: str) -> Decision:
    """Keep a mail on its request where only technicians see it. A sender who was not verified is not its author."""
    kept = replace(_reply(thread, mail, facts, reason), outcome="collaborated", flag=flag)
    author_id = None if flag == "sender_not_verified" else kept.author_id
    return replace(kept, entry_kind="note", direction="internal", author_id=author_id)


def technician_not_verified(mail: ParsedMail, facts: Facts, prefs: Preferences) -> Decision | None:
    """Technicians answer a mail sent to their own address; "technicians by mail need an authenticated sender"."""
    thread = part_taken(mail, facts, "technician")
    if thread is None:
        return None
    answers_own = thread.to_sender and thread.matched_by != "subject"
    if answers_own and acts_as_technician(mail, facts, prefs):
        return None
    why = "could not be verified" if answers_own else "does not answer a mail that we sent to them"
    return note(thread, mail, facts, "sender_not_verified", f"A technician who {why}.")


def assignee_reply(mail: ParsedMail, facts: Facts, prefs: Preferences) -> Decision | None:
    """The assigned technician's mail is always a reply, and goes out to the requester."""
    thread = part_taken(mail, facts, "technician")
    if thread is None or thread.assignee_id != sender_id(mail, facts):
        return None
    reply = _reply(thread, mail, facts, "By the assigned technician.")
    return replace(reply, direction="out", mailed=True)


def other_technician_reply(mail: ParsedMail, facts: Facts, prefs: Preferences) -> Decision | None:
    """On reply email received from other than assigned technician on request: add as collaboration, or as reply."""
    thread = part_taken(mail, facts, "technician")
    if thread is None:
        return None
    reply = _reply(thread, mail, facts, "By a technician other than the assigned one.")
    if prefs.other_technician_reply == "reply":
        return replace(reply, direction="out", mailed=True)
    return replace(reply, outcome="collaborated", entry_kind="collaboration", direction="internal")


def reply_to_closed(mail: ParsedMail, facts: Facts, prefs: Preferences) -> Decision | None:
    """On reply received from requester for closed request: add, reopen within "Grace Period", or open a new one."""
    thread = part_taken(mail, facts, "requester", "participant")
    if thread is None or thread.status != "closed" or followed_up(mail, facts, prefs):
        return None
    reopen = prefs.closed_action == "reopen" and within_grace(thread, facts, prefs)
    return _reply_that_may_reopen(thread, mail, facts, "On a closed request.", reopen=reopen)


def reply_of_participant(mail: ParsedMail, facts: Facts, prefs: Preferences) -> Decision | None:
    """A reply of the requester or of somebody copied is a reply; it reopens a resolved request."""
    thread = part_taken(mail, facts, "requester", "participant")
    if thread is None or thread.status == "closed":
        return None
    return _reply_that_may_reopen(
        thread, mail, facts, "By somebody who takes part.", reopen=thread.status == "resolved"
    )


def answer_of_third_party(mail: ParsedMail, facts: Facts, prefs: Preferences) -> Decision | None:
    """Whoever a technician forwarded the request to answers the technicians, never the requester."""
    thread = part_taken(mail, facts, "third_party")
    if thread is None:
        return None
    return note(thread, mail, facts, "third_party", "By somebody the request was forwarded to.")


def mail_of_stranger(mail: ParsedMail, facts: Facts, prefs: Preferences) -> Decision | None:
    """Somebody who takes no part in the request is noted for the technicians, who may let them take part."""
    thread = part_taken(mail, facts, "stranger")
    if thread is None:
        return None
    return note(thread, mail, facts, "unknown_sender", "By somebody who takes no part in it.")


def _reply(thread: Thread, mail: ParsedMail, facts: Facts, reason: str) -> Decision:
    return Decision(
        "replied",
        reason=f"{reason} Request #{thread.number} was found by {thread.matched_by}.",
        ticket_id=thread.ticket_id,
        entry_kind="reply",
        author_id=sender_id(mail, facts),
    )


def _reply_that_may_reopen(thread: Thread, mail: ParsedMail, facts: Facts, reason: str, *, reopen: bool) -> Decision:
    """A reply for all to see; automatic mail never reopens."""
    reply = _reply(thread, mail, facts, reason)
    return replace(reply, outcome="reopened", reopen=True) if reopen and not is_automatic(mail) else reply
