"""Who wrote a mail, which request it belongs to, and what part its sender takes there.

Rights come from From alone (RFC 5322, 3.6.2), never from Reply-To or text inside the mail: anybody can write those.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from postroom.mail.model import Address, ParsedMail
from postroom.rules import filters
from postroom.rules.model import Facts, Person, Preferences, Thread

Role = Literal["requester", "participant", "technician", "third_party", "stranger"]


def sender_email(mail: ParsedMail) -> str:
    """The lower-cased address of From, or "" where there is none."""
    return mail.sender.email.strip().lower() if mail.sender else ""


def sender_of(mail: ParsedMail, facts: Facts) -> Person | None:
    """The user record of the sender, or None."""
    return facts.people.get(sender_email(mail))


def sender_id(mail: ParsedMail, facts: Facts) -> int | None:
    """The id of the sender's user record, or None."""
    person = sender_of(mail, facts)
    return person.id if person else None


def is_usable(address: Address) -> bool:
    """Whether mail can be sent to an address: one word before and one after an @ (undisclosed groups are not)."""
    local, _, domain = address.email.strip().rpartition("@")
    return bool(local and domain) and not any(character.isspace() for character in address.email.strip())


def is_ours(email: str, facts: Facts) -> bool:
    """Whether an address is one of our own, also in its plus form (RFC 5233)."""
    local, _, domain = email.strip().lower().rpartition("@")
    return f"{local}@{domain}" in facts.own_addresses or f"{local.partition('+')[0]}@{domain}" in facts.own_addresses


def is_automatic(mail: ParsedMail) -> bool:
    """Whether no human sent the mail (RFC 3834). List mail is not meant: people write it."""
    return mail.auto in ("auto-replied", "auto-generated", "read-receipt", "bounce")


def is_allow_listed(mail: ParsedMail, prefs: Preferences) -> bool:
    """Whether the sender is one that no automatic check holds back."""
    return filters.on_list(prefs.allow_senders, sender_email(mail)) is not None


def reply_to_technician(mail: ParsedMail, facts: Facts) -> Person | None:
    """A technician other than the sender whom Reply-To names: whoever wrote that may be borrowing their rights."""
    named = (facts.people.get(address.email.strip().lower()) for address in mail.reply_to)
    return next((one for one in named if one and one.is_technician and one.id != sender_id(mail, facts)), None)


def acts_as_technician(mail: ParsedMail, facts: Facts, prefs: Preferences) -> bool:
    """Whether the sender is an active technician whom the authentication of the mail does not disprove."""
    person = sender_of(mail, facts)
    if person is None or not person.is_technician or person.blocked or person.archived:
        return False
    proven = facts.authentication == "pass" or (
        facts.authentication == "none" and not prefs.technicians_need_authentication
    )
    return proven and reply_to_technician(mail, facts) is None


def role_in(thread: Thread, mail: ParsedMail, facts: Facts) -> Role:
    """The part that the sender takes in a request. A technician on their own request is its requester."""
    email, person = sender_email(mail), sender_of(mail, facts)
    names = {email, person.email.lower()} if person else {email}
    if email and (email == thread.requester_email or (person is not None and person.id == thread.requester_id)):
        return "requester"
    if person is not None and person.is_technician:
        return "technician"
    if names & thread.participants:
        return "participant"
    if names & thread.third_parties:
        return "third_party"
    return "participant" if facts.released_as == "reply" else "stranger"


def thread_of(mail: ParsedMail, facts: Facts) -> Thread | None:
    """The request that the mail belongs to: by token, References, footer, or the subject tag of somebody in it."""
    if facts.released_as == "request":
        return None
    tagged = facts.subject_thread
    if facts.thread is None and tagged is not None and role_in(tagged, mail, facts) != "stranger":
        return tagged
    return facts.thread


def part_taken(mail: ParsedMail, facts: Facts, *roles: Role) -> Thread | None:
    """The request that the mail belongs to, if its sender has one of the roles there."""
    thread = thread_of(mail, facts)
    return thread if thread is not None and role_in(thread, mail, facts) in roles else None


def within_grace(thread: Thread, facts: Facts, prefs: Preferences) -> bool:
    """Whether the mail reached the mailbox no later than the close of the request plus the grace period."""
    return thread.closed_at is None or facts.received_at <= thread.closed_at + timedelta(days=prefs.grace_days)


def followed_up(mail: ParsedMail, facts: Facts, prefs: Preferences) -> Thread | None:
    """The closed request that the mail continues in a new one; what is released as a reply continues none."""
    thread = part_taken(mail, facts, "requester", "participant")
    if thread is None or thread.status != "closed" or facts.released_as == "reply":
        return None
    late = prefs.closed_action == "reopen" and not within_grace(thread, facts, prefs)
    return thread if late or prefs.closed_action == "new" else None


def opens_request(mail: ParsedMail, facts: Facts, prefs: Preferences) -> bool:
    """Whether the mail would open a request, a new one or a follow-up."""
    return thread_of(mail, facts) is None or followed_up(mail, facts, prefs) is not None
