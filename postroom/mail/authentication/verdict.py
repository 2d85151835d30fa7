"""One word about the sender, out of a trusted server's results."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from postroom.mail.addresses import domain_of
from postroom.mail.authentication.results import MethodResult, method_results
from postroom.mail.authentication.tags import ascii_domain
from postroom.mail.model import ParsedMail

Verdict = Literal["pass", "fail", "none"]

_DOMAINS = {"dkim": ("header.d", "header.i"), "spf": ("smtp.mailfrom", "smtp.from", "smtp.helo")}
_FAILED = {"fail", "hardfail", "softfail", "policy", "permerror"}


def verdict(mail: ParsedMail, trusted: Sequence[str]) -> Verdict:
    """The sender's authentication, by the topmost Authentication-Results of a trusted server.

    DMARC decides where it was evaluated for the domain in From. Else a pass of DKIM or SPF counts for the domain that
    passed and for no other: anybody can sign for a domain of his own. A pass that names no domain says nothing.
    """
    results = method_results(mail, trusted)
    domain = ascii_domain(domain_of(mail.sender.email)) if mail.sender else ""
    dmarc = [each for each in results if each.method == "dmarc"]
    if any(each.result == "fail" for each in dmarc):
        return "fail"
    if any(each.result in ("pass", "bestguesspass") and _is_about(each, domain) for each in dmarc):
        return "pass"
    return _without_dmarc([each for each in results if each.method in _DOMAINS], domain)


def _without_dmarc(results: list[MethodResult], domain: str) -> Verdict:
    passed = [each.domain(*_DOMAINS[each.method]) for each in results if each.result == "pass"]
    if any(is_related(each, domain) for each in passed):
        return "pass"
    if passed and not all(passed):
        return "none"
    return "fail" if any(each.result in _FAILED for each in results) else "none"


def _is_about(result: MethodResult, domain: str) -> bool:
    named = result.domain("header.from")
    return not named or named == domain


def is_related(one: str, other: str) -> bool:
    """Whether two domains are the same or one lies below the other; a domain of one label is nobody's."""
    one, other = one.strip(".").lower(), other.strip(".").lower()
    if "." not in one or "." not in other:
        return False
    return one == other or one.endswith("." + other) or other.endswith("." + one)
