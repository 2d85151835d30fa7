"""By which tricks a sender who is not known passes for somebody else: facts for the rules, in words for people."""

from __future__ import annotations

from functools import lru_cache

from postroom.accounts.models import User
from postroom.mail.addresses import domain_of
from postroom.mail.model import ParsedMail
from postroom.mail.senders import IMITATIONS, TRICKS, borrowed_name, looks_like, sender_tricks

Named = tuple[tuple[str, str], ...]


def tricks(mail: ParsedMail, sender: User | None, own: frozenset[str], technicians: Named) -> tuple[str, ...]:
    """The sentences of ``mail.senders`` that hold. ``own``: our addresses; ``technicians``: (name, address) of each.

    A registered sender is known and may well bear the name of a technician.
    """
    if mail.sender is None or (sender is not None and sender.kind != User.Kind.GUEST):
        return ()
    found = [TRICKS[word] for word in sorted(sender_tricks(mail))]
    return (*found, *_imitations(mail.sender.name, mail.sender.email, own, technicians))


@lru_cache(maxsize=2048)  # the same people write again and again
def _imitations(name: str, email: str, own: frozenset[str], technicians: Named) -> tuple[str, ...]:
    domains = sorted({domain_of(address) for address in own if "@" in address})
    found = {
        "domain_like_ours": looks_like(domain_of(email), domains),
        "name_of_technician": borrowed_name(name, email, technicians),
    }
    return tuple(f"{IMITATIONS[word]} ({whom})" for word, whom in found.items() if whom)
