"""For whom a mail opens a request, who is copied on it, and whether an automatic answer is due."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta

from postroom.mail.model import Address, Forwarded, ParsedMail
from postroom.rules import loops
from postroom.rules.inbound.parties import (
    acts_as_technician,
    followed_up,
    is_automatic,
    is_ours,
    is_usable,
    sender_email,
    thread_of,
)
from postroom.rules.model import Facts, Preferences

# Addresses that nobody reads, and roles of mailing lists and mail systems (RFC 3834, section 2).
_UNREAD = re.compile(
    r"(no[-._]?reply|do[-._]?not[-._]?reply|mailer[-._]?daemon|bounces?|owner-.+|.+-request|.+-owner)([-._+].*)?@.*",
    re.IGNORECASE,
)


def requester_of(mail: ParsedMail, facts: Facts, prefs: Preferences) -> Address | None:
    """For whom a request is opened; None if the mail names nobody.

    A follow-up keeps the requester of the closed request; then "consider original sender as Requester",
    "Use Reply-To email address to create Requester?", and From.
    """
    closed = followed_up(mail, facts, prefs)
    if closed is not None and closed.requester_email and closed.requester_email != sender_email(mail):
        return Address(closed.requester_name, closed.requester_email)
    if closed is not None:
        return mail.sender
    forward = technician_forward(mail, facts, prefs)
    if forward is not None:
        return forward.sender
    return (_first_reply_to(mail, facts) if prefs.requester_from_reply_to else None) or mail.sender


def technician_forward(mail: ParsedMail, facts: Facts, prefs: Preferences) -> Forwarded | None:
    """The mail that a technician forwarded to open a request for its sender, or None.

    "For forwarded emails by Technicians, consider original sender as Requester."
    """
    forward = mail.forwarded
    if forward is None or not prefs.technician_forward_uses_original_sender:
        return None
    if thread_of(mail, facts) is not None or not acts_as_technician(mail, facts, prefs):
        return None
    return forward if is_usable(forward.sender) and not is_ours(forward.sender.email, facts) else None


def is_guest(requester: Address, mail: ParsedMail, facts: Facts, prefs: Preferences) -> bool:
    """Whether a requester has no user record, or one of a guest."""
    email = requester.email.strip().lower()
    closed, person = followed_up(mail, facts, prefs), facts.people.get(email)
    if person is None and closed is not None and email == closed.requester_email:
        return closed.requester_guest
    return person is None or person.is_guest


def copied(mail: ParsedMail, facts: Facts, prefs: Preferences) -> tuple[tuple[str, ...], int]:
    """The Cc Emails of a new request, and how many addresses the limit "cc_per_request" left out.

    "Select Recipient Type Considered as CC User for Requests": To and Cc by preference, without our own addresses, the
    requester, the technician who forwarded, and repetitions.
    """
    requester, forward = requester_of(mail, facts, prefs), technician_forward(mail, facts, prefs)
    source = forward or mail
    recipients = [
        # Whoever continues a closed request of somebody else was part of it, and stays so.
        *([mail.sender] if mail.sender and followed_up(mail, facts, prefs) else ()),
        *(source.to if "to" in prefs.cc_recipients else ()),
        *(source.cc if "cc" in prefs.cc_recipients else ()),
    ]
    left_out = {requester.email.strip().lower()} if requester else set()
    if forward is not None:
        left_out.add(sender_email(mail))
    wanted = list(_distinct(recipients, left_out, facts))
    limit = prefs.cc_per_request
    return tuple(wanted[:limit]), max(0, len(wanted) - limit)


def why_not_acknowledged(requester: Address | None, mail: ParsedMail, facts: Facts, prefs: Preferences) -> str:
    """Why a new request is not acknowledged by mail, or "" if an acknowledgement is due (RFC 3834, section 2)."""
    hours = prefs.acknowledge_within_hours
    acknowledged = facts.recent_acknowledgements >= prefs.acknowledgements_per_sender_per_hour
    email = requester.email.strip() if requester else ""
    reasons = (
        (not email, "there is nobody to write to"),
        (is_automatic(mail), "automatic mail"),
        (mail.auto == "bulk", "list mail"),
        (_asks_for_silence(mail), "the sender asked for no automatic answers"),
        (any(_UNREAD.fullmatch(address) for address in (sender_email(mail), email)), "nobody reads the address"),
        (is_ours(email, facts), "one of our own addresses"),
        (facts.authentication == "fail", "the sender could not be verified"),
        (facts.now is not None and facts.now - facts.received_at > timedelta(hours=hours), f"over {hours} hours old"),
        (loops.too_many(facts, prefs) is not None, "the sender's mail looks like a loop"),
        (acknowledged, f"{facts.recent_acknowledgements} acknowledgements within the hour"),
        (_too_many_guests(requester, mail, facts, prefs), "too many guests were answered within the hour"),
    )
    return next((reason for applies, reason in reasons if applies), "")


def _too_many_guests(requester: Address | None, mail: ParsedMail, facts: Facts, prefs: Preferences) -> bool:
    """Limit "acknowledgements_per_hour": strangers' requests cannot make us flood strangers (B-05)."""
    enough = facts.recent_guest_answers >= prefs.acknowledgements_per_hour
    return enough and requester is not None and is_guest(requester, mail, facts, prefs)


def _first_reply_to(mail: ParsedMail, facts: Facts) -> Address | None:
    return next((one for one in mail.reply_to if is_usable(one) and not is_ours(one.email, facts)), None)


def _distinct(recipients: Iterable[Address], left_out: set[str], facts: Facts) -> Iterable[str]:
    seen = set(left_out)
    for address in recipients:
        email = address.email.strip()
        if is_usable(address) and email.lower() not in seen and not is_ours(email, facts):
            seen.add(email.lower())
            yield email


def _asks_for_silence(mail: ParsedMail) -> bool:
    """A null reverse-path (RFC 5321, 4.5.5), or Exchange's X-Auto-Response-Suppress."""
    suppressed = re.split(r"[,;\s]+", (mail.header("x-auto-response-suppress") or "").lower())
    return (mail.header("return-path") or "").strip() == "<>" or not {"all", "autoreply"}.isdisjoint(suppressed)
