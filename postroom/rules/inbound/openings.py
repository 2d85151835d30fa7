"""The last rules: whether a mail may open a request, and the request that it opens.

Each rule answers with a ``Decision``, or with None to let the next one be asked.
"""

from __future__ import annotations

from postroom.mail.model import ParsedMail
from postroom.rules.inbound.parties import (
    acts_as_technician,
    followed_up,
    reply_to_technician,
    sender_id,
    sender_of,
)
from postroom.rules.inbound.requester import (
    copied,
    is_guest,
    requester_of,
    technician_forward,
    why_not_acknowledged,
)
from postroom.rules.model import Decision, Facts, Flag, Preferences


def email_to_request_off(mail: ParsedMail, facts: Facts, prefs: Preferences) -> Decision | None:
    """Enable Email to Ticket: off, mail opens no request; replies keep flowing."""
    if prefs.email_to_request:
        return None
    return Decision("email_to_request_off", reason="Email to Ticket is off: the mail waits to be released.")


def guest_not_allowed(mail: ParsedMail, facts: Facts, prefs: Preferences) -> Decision | None:
    """Allow Guest User to generate request from E-mail to Ticket, and Allow Guest Requester to report a Request."""
    requester = requester_of(mail, facts, prefs)
    if requester is None or not is_guest(requester, mail, facts, prefs):
        return None
    if not prefs.allow_guests:
        return Decision("guest_not_allowed", code="guests_off", reason=f"Guests may not write: {requester.email}.")
    if not prefs.allow_guest_requests:
        return Decision("guest_not_allowed", code="portal_off", reason="The Support Portal lets guests report nothing.")
    return None


def created(mail: ParsedMail, facts: Facts, prefs: Preferences) -> Decision:
    """Everything else opens a request."""
    requester = requester_of(mail, facts, prefs)
    cc, beyond = copied(mail, facts, prefs)
    closed, mentions = followed_up(mail, facts, prefs), _mentioned(mail, facts, prefs)
    silence = why_not_acknowledged(requester, mail, facts, prefs)
    return Decision(
        "created",
        code="follow_up" if closed else "",
        reason=_reason(mail, facts, prefs, beyond),
        entry_kind="description",
        flag=_flag(mail, facts, prefs),
        author_id=sender_id(mail, facts),
        requester=requester,
        cc=cc,
        follow_up_of=closed.ticket_id if closed else None,
        forwarded_by=sender_id(mail, facts) if technician_forward(mail, facts, prefs) else None,
        mentions=mentions,
        acknowledge=not silence,
        no_acknowledgement=silence,
    )


def _mentioned(mail: ParsedMail, facts: Facts, prefs: Preferences) -> int | None:
    """The request that the mail names without being added to it."""
    named = facts.thread or facts.subject_thread
    if named is None or named.deleted or followed_up(mail, facts, prefs):
        return None
    return named.ticket_id


def _flag(mail: ParsedMail, facts: Facts, prefs: Preferences) -> Flag:
    """Mark what claims to come from a technician, or is to be answered to one, without proof."""
    person = sender_of(mail, facts)
    unproved = person is not None and person.is_technician and not acts_as_technician(mail, facts, prefs)
    return "sender_not_verified" if unproved or reply_to_technician(mail, facts) else ""


def _reason(mail: ParsedMail, facts: Facts, prefs: Preferences, beyond: int) -> str:
    closed, forward = followed_up(mail, facts, prefs), technician_forward(mail, facts, prefs)
    sentences = [f"It continues the closed request #{closed.number}." if closed else "It belongs to no request."]
    if facts.released_as:
        sentences.append("An administrator released it.")
    if forward is not None:
        sentences.append(f"A technician forwarded it for {forward.sender.email}.")
    elif mail.forwarded is not None and acts_as_technician(mail, facts, prefs):
        sentences.append("It is a technician's forward; the technician is the requester.")
    if _mentioned(mail, facts, prefs):
        sentences.append("It names another request.")
    if beyond:
        sentences.append(f"Only {prefs.cc_per_request} addresses were copied; {beyond} more were left out.")
    return " ".join(sentences)
