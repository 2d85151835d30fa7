"""Facts about who a mail says it comes from, and the tricks by which a name or a domain passes for another.

These are facts, not verdicts: what follows from them is for the rules. Nothing here knows the people of a desk; whoever
does brings their names and domains.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from postroom.mail.addresses import domain_of, is_valid, normalise, parse_addresses
from postroom.mail.model import Address, ParsedMail

# The word, what it means to a technician. This table is the documentation of ``SenderFacts.tricks``.
TRICKS = {
    "address_in_name": "the display name shows an address that is not the sender's",
    "hidden_characters": "name or address hold characters that are not seen or turn the reading direction round",
    "mixed_scripts": "the domain mixes letters of several alphabets, as look-alikes do",
    "several_senders": "the mail names more than one author",
}
# What only whoever knows the desk can find out, by ``looks_like`` and ``borrowed_name``.
IMITATIONS = {
    "domain_like_ours": "the domain looks like one of ours and is not",
    "name_of_technician": "it bears the name of a technician and comes from another address",
}
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0"
    "\U000e0000-\U000e007f]"
)
_IN_NAME = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,10}")
# Letters of other alphabets, and digits, that are drawn like Latin ones (after Unicode TR 39, only what fits names).
_LOOKALIKES = str.maketrans(
    "аеорсухіјѕԁһӏԛԝвкмнтзбпгαερονκτυχιϲ0135ıɡɑⅼ|",
    "aeopcyxijsdhlqwbkmhtebnraepovktuxicoleslgall",
)
_MARKS = re.compile(r"[\W_]+")
_MAX_NAME = 500


@dataclass(frozen=True, slots=True)
class SenderFacts:
    """Who a mail comes from, as the header tells it.

    ``reply_to_differs``: answers would go to an address that is no author's. ``reply_to_elsewhere``: even to another
    domain. ``authors`` counts the addresses in all From fields. ``tricks`` holds words of ``TRICKS``.
    """

    reply_to_differs: bool
    reply_to_elsewhere: bool
    authors: int
    tricks: frozenset[str]


def sender_facts(mail: ParsedMail) -> SenderFacts:
    """The facts of one mail. Never raises."""
    authors = _authors(mail)
    answers = {normalise(address.email) for address in mail.reply_to}
    domains = {domain_of(address) for address in authors}
    return SenderFacts(
        reply_to_differs=bool(answers - authors),
        reply_to_elsewhere=any(domain_of(address) not in domains for address in answers),
        authors=len(authors),
        tricks=frozenset(_tricks(mail, authors)),
    )


def sender_tricks(mail: ParsedMail) -> frozenset[str]:
    """The tricks of a mail's sender alone, words of ``TRICKS``. Never raises."""
    sender, fields = mail.sender, [value for name, value in mail.headers if name == "from"]
    if sender is not None and len(fields) == 1 and _is_plain(fields[0], sender):
        return frozenset()
    return frozenset(_tricks(mail, _authors(mail)))


def _is_plain(field: str, sender: Address) -> bool:
    """Whether there is nothing to play a trick with, as in nearly every mail."""
    return field.isascii() and "," not in field and "@" not in sender.name and "xn--" not in sender.email


def _authors(mail: ParsedMail) -> set[str]:
    """The addresses of all From fields: a second field is a trick by itself, since programs show either."""
    values = [value for name, value in mail.headers if name == "from"]
    found = {normalise(address.email) for value in values[:20] for address in parse_addresses(value)}
    # A decoded name may look like an address of its own; with one field the parser's word holds.
    if mail.sender and len(values) == 1 and not any("," in value for value in values):
        found = {normalise(mail.sender.email)}
    return {address for address in found if is_valid(address)} or (
        {normalise(mail.sender.email)} if mail.sender else set()
    )


def _tricks(mail: ParsedMail, authors: set[str]) -> Iterable[str]:
    if len(authors) > 1 or sum(name == "from" for name, _value in mail.headers) > 1:
        yield "several_senders"
    if mail.sender is None:
        return
    name, email = mail.sender.name[:_MAX_NAME], mail.sender.email
    if address_in_name(name, email):
        yield "address_in_name"
    if _INVISIBLE.search(name) or _INVISIBLE.search(email):
        yield "hidden_characters"
    if has_mixed_scripts(domain_of(email)):
        yield "mixed_scripts"


def address_in_name(name: str, email: str) -> str:
    """An address that a display name shows and that is not ``email``, lower-cased, or ''."""
    shown = (
        normalise(found)
        for found in _IN_NAME.findall(_INVISIBLE.sub("", unicodedata.normalize("NFKC", name[:_MAX_NAME])))
    )
    return next((address for address in shown if address != normalise(email)), "")


def has_mixed_scripts(domain: str) -> bool:
    """Whether one label of a domain mixes Latin letters with those of an alphabet that has look-alikes of them."""
    for label in _readable(domain).split("."):
        scripts = {_script(character) for character in label if character.isalpha()}
        if "LATIN" in scripts and scripts & {"CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE"}:
            return True
    return False


def looks_like(domain: str, known: Collection[str]) -> str:
    """The domain of ``known`` that ``domain`` can be mistaken for and is not, or below which it is not, else ''.

    ``examp1e.test``, ``exarnple.test`` and a Cyrillic spelling of ``example.test`` all look like ``example.test``.
    """
    own = _readable(domain)
    for each in known:
        other = _readable(each)
        if own == other or own.endswith("." + other):
            return ""
    shape = _shape(own)
    return next((each for each in known if _shape(_readable(each)) == shape), "")


def borrowed_name(name: str, email: str, people: Iterable[tuple[str, str]]) -> str:
    """The address of the person whose name a mail bears though it does not come from that address, or ''.

    ``people`` are pairs of name and address, a technician's several addresses as several pairs. Case, order of words
    (``Technician, Tess``), accents, punctuation, hidden characters and look-alike letters make no difference. Of two
    people with one name, either is right.
    """
    own = _words(name)
    if not own:
        return ""
    owners = [normalise(address) for known, address in people if _words(known) == own]
    return "" if normalise(email) in owners else next(iter(owners), "")


def _words(name: str) -> tuple[str, ...]:
    text = unicodedata.normalize("NFKD", _INVISIBLE.sub("", name[:_MAX_NAME])).casefold()
    text = "".join(character for character in text if not unicodedata.combining(character))
    return tuple(sorted(word for word in _MARKS.split(text.translate(_LOOKALIKES)) if word))


def _readable(domain: str) -> str:
    """A domain as a person sees it: labels in their IDNA form decoded."""
    labels = []
    for label in domain.strip().strip(".").lower()[:253].split("."):
        try:
            labels.append(label[4:].encode("ascii").decode("punycode") if label.startswith("xn--") else label)
        except UnicodeError:
            labels.append(label)
    return ".".join(labels)


def _shape(domain: str) -> str:
    """What a domain looks like at a glance."""
    text = unicodedata.normalize("NFKD", domain).casefold()
    text = "".join(character for character in text if not unicodedata.combining(character))
    text = _INVISIBLE.sub("", text).translate(_LOOKALIKES)
    return text.replace("rn", "m").replace("vv", "w").replace("cl", "d").replace("-", "").replace("i", "l")


def _script(character: str) -> str:
    return unicodedata.name(character, "").partition(" ")[0]
