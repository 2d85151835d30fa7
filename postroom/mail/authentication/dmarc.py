"""DMARC: the policy of the domain in From, and who may speak for that domain (RFC 7489; the DNS tree walk of its
successor, so that no list of public suffixes is needed)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from postroom.mail.authentication.tags import Resolver, read_tags
from postroom.mail.authentication.verdict import is_related

Policy = Literal["", "none", "quarantine", "reject"]
_MAX_QUERIES = 8
_POLICIES: dict[str, Policy] = {"none": "none", "quarantine": "quarantine", "reject": "reject"}


@dataclass(frozen=True, slots=True)
class DmarcRecord:
    """What a domain wants done with mail in its name that does not pass; ``policy`` is '' without a record."""

    policy: Policy
    organisation: str
    strict_dkim: bool = False
    strict_spf: bool = False

    def is_aligned(self, signer: str, domain: str, *, strict: bool) -> bool:
        """Whether a domain that passed speaks for the domain in From."""
        if signer == domain:
            return True
        if strict or not signer:
            return False
        if not self.policy:
            return is_related(signer, domain)
        return signer == self.organisation or signer.endswith("." + self.organisation)


def find_record(domain: str, resolver: Resolver) -> DmarcRecord:
    """The record that holds for a domain. Raises ResolverError where nobody could say."""
    found: dict[str, dict[str, str]] = {}
    organisation = ""
    for name in _walk(domain):
        tags = _record_at(name, resolver)
        if tags is None:
            continue
        found[name] = tags
        psd = tags.get("psd", "u").lower()
        if psd == "y":
            # The domain of a registry: the organisation is the one just below it.
            organisation = organisation if name != domain else domain
            organisation = organisation or ".".join(domain.split(".")[-name.count(".") - 2 :])
            break
        organisation = name
        if psd == "n":
            break
    if not found:
        return DmarcRecord("", domain)
    own = found.get(domain)
    tags = own or found.get(organisation) or found[next(iter(found))]
    wish = tags.get("p", "none") if own else tags.get("sp", tags.get("p", "none"))
    policy = _POLICIES.get(wish.lower(), "none")
    return DmarcRecord(policy, organisation or domain, tags.get("adkim") == "s", tags.get("aspf") == "s")


def _walk(domain: str) -> list[str]:
    """The domain and those above it, with the middle of a very long one left out (at most eight queries)."""
    labels = domain.split(".")
    names = [domain]
    labels = labels[1:] if len(labels) <= _MAX_QUERIES else labels[-(_MAX_QUERIES - 1) :]
    while labels:
        names.append(".".join(labels))
        labels = labels[1:]
    return names[:_MAX_QUERIES]


def _record_at(name: str, resolver: Resolver) -> dict[str, str] | None:
    """The only DMARC record at a name; several count as none (RFC 7489, 6.6.3)."""
    texts = [text for text in list(resolver(f"_dmarc.{name}"))[:20] if text.strip().lower().startswith("v=dmarc1")]
    return {key.lower(): value for key, value in read_tags(texts[0]).items()} if len(texts) == 1 else None
