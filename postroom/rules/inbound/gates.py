"""The rules that keep a mail from becoming a request or a reply: known, automatic, blocked, held, looping, filtered.

Each rule answers with a ``Decision``, or with None to let the next one be asked.
"""

from __future__ import annotations

from dataclasses import replace

from postroom.mail.model import ParsedMail
from postroom.rules import filters, loops
from postroom.rules.inbound.parties import (
    acts_as_technician,
    is_allow_listed,
    is_automatic,
    is_ours,
    is_usable,
    opens_request,
    sender_email,
    thread_of,
)
from postroom.rules.inbound.replies import note
from postroom.rules.inbound.requester import requester_of
from postroom.rules.model import Decision, Facts, Preferences, Thread


def duplicate(mail: ParsedMail, facts: Facts, prefs: Preferences) -> Decision | None:
    """The same mail counts once, however often and in however many of our mailboxes it arrives."""
    if facts.duplicate_of is None:
        return None
    return Decision("duplicate", reason=f"The same mail as incoming mail {facts.duplicate_of}.")


def own(mail: ParsedMail, facts: Facts, prefs: Preferences) -> Decision | None:
    """What we sent ourselves, or what comes from one of our own addresses, never becomes a request."""
    if facts.from_ourselves:
        return Decision("own", code="sent_by_us", reason="We sent this mail ourselves.")
    if is_ours(sender_email(mail), facts):
        return Decision("own", code="own_address", reason=f"{sender_email(mail)} is one of our own addresses.")
    return None


def bounce(mail: ParsedMail, facts: Facts, prefs: Preferences) -> Decision | None:
    """A delivery status notification (RFC 3464) is about a mail that we sent: it makes no entry."""
    if mail.auto != "bounce" and mail.bounce is None:
        return None
    ticket_id = facts.thread.ticket_id if facts.thread else None
    return Decision("bounce", reason="A delivery status notification.", ticket_id=ticket_id)


def auto_reply(mail: ParsedMail, facts: Facts, prefs: Preferences) -> Decision | None:
    """Automatic mail (RFC 3834) is noted on its request; without one it needs "accept automated mail" to open it."""
    thread = thread_of(mail, facts)
    allowed = facts.mailbox.accept_automated or is_allow_listed(mail, prefs)
    if not is_automatic(mail) or (thread is None and allowed) or _floods(thread, mail, prefs):
        return None
    why = f"Automatic mail ({mail.auto_reason or mail.auto})"
    if thread is None or thread.deleted:
        return Decision("auto_reply", code=mail.auto, reason=f"{why} on no request.")
    return replace(note(thread, mail, facts, "auto", f"{why}."), outcome="auto_reply", code=mail.auto)


def blocked(mail: ParsedMail, facts: Facts, prefs: Preferences) -> Decision | None:
    """Mail of blocked and archived users, and of senders on the global block list, waits for an administrator."""
    for email in _everybody(mail, facts, prefs):
        person, entry = facts.people.get(email), filters.on_list(prefs.block_senders, email)
        if person and (person.blocked or person.archived):
            state = "blocked" if person.blocked else "archived"
            return Decision("blocked", code=f"{state}_user", reason=f"The user {person.email} is {state}.")
        if entry and not filters.on_list(prefs.allow_senders, email):
            return Decision("blocked", code="block_list", reason=f"{email} is on the block list: {entry}.")
    return None


def held(mail: ParsedMail, facts: Facts, prefs: Preferences) -> Decision | None:
    """Mail beyond the limit "message_size", blank mail and answers to deleted requests wait for a person."""
    thread = thread_of(mail, facts)
    causes = (
        (facts.malware, "malware", "Malware was found in the mail."),
        (facts.too_large or facts.size > prefs.message_size, "too_large", f"The mail has {facts.size:,} bytes."),
        (facts.too_many_parts, "too_many_parts", "The mail has too many parts."),
        (thread is not None and thread.deleted, "deleted_request", "The request that it answers was deleted."),
        (_is_blank(mail, thread), "blank", "The mail is blank: no text and no attachment."),
    )
    return next((Decision("held", code=code, reason=why) for applies, code, why in causes if applies), None)


def no_sender(mail: ParsedMail, facts: Facts, prefs: Preferences) -> Decision | None:
    """Without a usable From (RFC 5322, 3.6.2) there is nobody to open a request for."""
    if facts.released_as == "reply" or (mail.sender and is_usable(mail.sender)):
        return None
    return Decision("held", code="no_sender", reason="The mail has no From address that could be answered.")


def loop(mail: ParsedMail, facts: Facts, prefs: Preferences) -> Decision | None:
    """Limit "requests_per_sender_per_hour", and never the same words again: mail systems must not feed each other."""
    thread = thread_of(mail, facts)
    if _floods(thread, mail, prefs):
        return Decision("loop", code="too_many_auto_replies", reason="Too much automatic mail on one request.")
    if is_allow_listed(mail, prefs) or not opens_request(mail, facts, prefs):
        return None
    limit = loops.too_many(facts, prefs)
    return Decision("loop", code=limit[0], reason=limit[1]) if limit else None


def filtered(mail: ParsedMail, facts: Facts, prefs: Preferences) -> Decision | None:
    """The mailbox's "Filter Type", Emails, Domains and Keywords; on replies only ignored addresses and domains."""
    senders, reply = [sender_email(mail)], thread_of(mail, facts) is not None
    if mail.forwarded and not reply and acts_as_technician(mail, facts, prefs):
        senders.append(mail.forwarded.sender.email)
    why = filters.verdict(facts.mailbox.filter, senders, mail.subject, _visible_text(mail), reply=reply)
    return Decision("filtered", reason=f"Filter of {facts.mailbox.email}: {why}.") if why else None


def _floods(thread: Thread | None, mail: ParsedMail, prefs: Preferences) -> bool:
    """Whether automatic mail keeps coming on one request."""
    flooded = thread is not None and thread.auto_replies >= loops.AUTO_REPLIES_PER_REQUEST
    return flooded and is_automatic(mail) and not is_allow_listed(mail, prefs)


def _everybody(mail: ParsedMail, facts: Facts, prefs: Preferences) -> list[str]:
    """The addresses that a block concerns: the sender and, where a request would be opened, whom it is for."""
    requester = requester_of(mail, facts, prefs) if thread_of(mail, facts) is None else None
    return list(dict.fromkeys([sender_email(mail), *([requester.email.strip().lower()] if requester else [])]))


def _is_blank(mail: ParsedMail, thread: Thread | None) -> bool:
    """A new mail may say all in its subject, a reply may not: its subject is the old one."""
    shows_image = mail.html is not None and "<img" in mail.html
    said = mail.text.strip() or (thread is None and mail.subject.strip())
    return not (said or mail.attachments or shows_image or mail.encrypted != "no")


def _visible_text(mail: ParsedMail) -> str:
    """What keywords are looked up in: the new text and the forwarded one, not quoted history."""
    forwarded = mail.forwarded.text if mail.forwarded else ""
    return "\n".join((mail.reply_text or mail.text, mail.signature or "", forwarded))
