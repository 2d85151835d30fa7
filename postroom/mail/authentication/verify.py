"""Our own check of a mail, for mailboxes whose server leaves no Authentication-Results that can be trusted.

A pure function: the DNS is asked through the resolver that the caller brings. SPF is about the connection over which
a mail arrived, which a mailbox does not tell; whoever knows its result may say so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from postroom.mail.addresses import domain_of, parse_addresses
from postroom.mail.authentication.dkim import Field, Result, Signature, check_signatures, split_message
from postroom.mail.authentication.dmarc import DmarcRecord, Policy, find_record
from postroom.mail.authentication.tags import Resolver, ResolverError, ascii_domain
from postroom.mail.authentication.verdict import Verdict
from postroom.mail.words import raw_text


@dataclass(frozen=True, slots=True)
class Verification:
    """What was found out about a mail.

    ``dkim`` sums up ``signatures``: pass where any passed. ``dmarc`` is pass where ``aligned_domain`` speaks for
    ``from_domain``; none where the domain has no policy, or where no signature passed and SPF is not known: then the
    mail may still be genuine. ``policy`` is what the domain in From wants done with a mail that fails.
    """

    from_domain: str = ""
    dkim: Result = "none"
    dmarc: Result = "none"
    aligned_domain: str = ""
    policy: Policy = ""
    signatures: tuple[Signature, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """The same word that a trusted server's results give."""
        if self.dmarc == "fail":
            return "fail"
        return "pass" if self.aligned_domain else "none"


def verify(
    raw: bytes, resolver: Resolver, *, now: datetime | None = None, spf: tuple[str, str] | None = None
) -> Verification:
    """Check the DKIM signatures of a mail and the DMARC policy of the domain in From (RFC 6376, RFC 7489).

    ``resolver`` gives the TXT records of a name, or raises ``ResolverError``: then the result is temperror. ``now``
    (aware) is what expiry is measured against; without it no signature expires. ``spf`` is the result and the domain
    that the receiving server found, if known: ``("pass", "example.test")``. Never raises for anything in ``raw``, and
    takes time linear in its size and at most five key and eight policy look-ups.
    """
    fields, body = split_message(raw)
    domains = _from_domains(fields)
    signatures = tuple(check_signatures(fields, body, resolver, now))
    dkim = _sum([each.result for each in signatures])
    if len(domains) != 1:
        # Several authors of several domains: no policy can hold for all of them (RFC 7489, 6.6.1).
        return Verification(dkim=dkim, dmarc="fail" if domains else "none", signatures=signatures)
    domain = domains.pop()
    try:
        record = find_record(domain, resolver)
    except ResolverError:
        return Verification(domain, dkim, "temperror", signatures=signatures)
    aligned = _aligned(record, domain, signatures, spf)
    return Verification(domain, dkim, _dmarc(record, aligned, dkim, spf), aligned, record.policy, signatures)


def _from_domains(fields: list[Field]) -> set[str]:
    found: set[str] = set()
    for name, value in fields:
        if name.strip().lower() == b"from":
            text = raw_text(value.replace(b"\r\n", b""))
            found.update(ascii_domain(domain_of(address.email)) for address in parse_addresses(text))
    return found - {""}


def _sum(results: list[Result]) -> Result:
    return next((each for each in ("pass", "temperror", "fail") if each in results), "none")


def _aligned(record: DmarcRecord, domain: str, signatures: tuple[Signature, ...], spf: tuple[str, str] | None) -> str:
    for each in signatures:
        if each.result == "pass" and record.is_aligned(each.domain, domain, strict=record.strict_dkim):
            return each.domain
    if spf is not None and spf[0].lower() == "pass":
        sender = ascii_domain(spf[1].rpartition("@")[2])
        if record.is_aligned(sender, domain, strict=record.strict_spf):
            return sender
    return ""


def _dmarc(record: DmarcRecord, aligned: str, dkim: Result, spf: tuple[str, str] | None) -> Result:
    if not record.policy:
        return "none"
    if aligned:
        return "pass"
    if dkim == "temperror":
        return "temperror"
    return "none" if spf is None else "fail"
