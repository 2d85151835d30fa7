"""From a mail address to its servers (B-35): providers that everybody uses, SRV records (RFC 6186, 8314), and MX.

Names are looked up through a resolver that is handed in, so that nothing here depends on a network. Nothing is
connected to: what is found are suggestions, and Test Connection says whether they hold.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal, Protocol

import dns.exception
import dns.resolver

from postroom.transports.base import Security
from postroom.transports.providers import BY_DOMAIN, BY_EXCHANGE, Place, Provider

LOOKUP_SECONDS = 4.0
_SERVICES: tuple[tuple[str, str, Security], ...] = (
    ("imaps", "imap", "ssl"),
    ("imap", "imap", "tls"),
    ("pop3s", "pop3", "ssl"),
    ("pop3", "pop3", "tls"),
    ("submissions", "smtp", "ssl"),
    ("submission", "smtp", "tls"),
)


class Resolver(Protocol):
    """What is asked of the name service; an empty list where there is no answer."""

    def mx(self, domain: str) -> list[str]:
        """Names of the mail exchangers, the preferred one first, lower-cased and without the last dot."""
        ...

    def srv(self, name: str) -> list[tuple[str, int]]:
        """(host, port) of a service, the preferred one first; a host "" says that there is no such service."""
        ...


class DnsResolver:
    """The name service of this machine. ``seconds``: the longest that one question takes."""

    def __init__(self, seconds: float = LOOKUP_SECONDS) -> None:
        self._seconds = seconds

    def mx(self, domain: str) -> list[str]:
        answers = sorted(self._ask(domain, "MX"), key=lambda answer: int(answer.preference))
        return [_host(answer.exchange) for answer in answers if _host(answer.exchange)]

    def srv(self, name: str) -> list[tuple[str, int]]:
        answers = sorted(self._ask(name, "SRV"), key=lambda answer: (int(answer.priority), -int(answer.weight)))
        return [(_host(answer.target), int(answer.port)) for answer in answers]

    def _ask(self, name: str, kind: str) -> list[Any]:
        try:
            return list(dns.resolver.resolve(name, kind, lifetime=self._seconds))
        except (dns.exception.DNSException, OSError, ValueError):  # no such name, no answer, no name service
            return []


def _host(name: Any) -> str:
    return str(name).rstrip(".").lower()


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A server that may be the right one; ``source`` says how it was found, ``note`` what to know about it."""

    direction: Literal["incoming", "outgoing"]
    protocol: str
    host: str
    port: int | None
    security: Security
    username: str
    source: Literal["preset", "srv", "mx"]
    note: str = ""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def discover(email: str, resolver: Resolver) -> list[Suggestion]:
    """What is known of the servers of ``email``, the best first in each direction; an empty list if nothing is.

    Providers first, since they know of sign-ins; then what the domain says of itself; then whose exchangers it uses.
    """
    email = email.strip().lower()
    local, _, domain = email.rpartition("@")
    if not local or not domain:
        return []
    try:
        domain = domain.encode("idna").decode()
    except UnicodeError:
        return []
    provider = BY_DOMAIN.get(domain)
    if provider is not None:
        return _by_provider(provider, email, "preset")
    said = _by_srv(email, domain, resolver)
    exchangers = resolver.mx(domain)
    provider = next((found for host in exchangers if (found := _by_exchange(host)) is not None), None)
    if provider is not None:
        told = {(suggestion.protocol, suggestion.host) for suggestion in said}
        known = _by_provider(provider, email, "mx")
        said += [suggestion for suggestion in known if (suggestion.protocol, suggestion.host) not in told]
    return said or _by_guess(email, domain, exchangers)


def _by_exchange(host: str) -> Provider | None:
    return next((who for ending, who in BY_EXCHANGE if host == ending or host.endswith(f".{ending}")), None)


def _by_provider(provider: Provider, email: str, source: Literal["preset", "mx"]) -> list[Suggestion]:
    username = email.partition("@")[0] if provider.local_part else email
    return [_suggestion(place, username, source, provider.note) for place in provider.places]


def _suggestion(place: Place, username: str, source: Literal["preset", "mx"], note: str) -> Suggestion:
    direction: Literal["incoming", "outgoing"] = "outgoing" if place.direction == "outgoing" else "incoming"
    return Suggestion(direction, place.protocol, place.host, place.port, place.security, username, source, note)


def _by_srv(email: str, domain: str, resolver: Resolver) -> list[Suggestion]:
    """The domain's own word (RFC 6186, 3): every service it names; a target "." means that there is none."""
    found = []
    for service, protocol, security in _SERVICES:
        for host, port in resolver.srv(f"_{service}._tcp.{domain}")[:1]:
            if host:
                direction: Literal["incoming", "outgoing"] = "outgoing" if protocol == "smtp" else "incoming"
                note = f"The domain names this server (_{service}._tcp)."
                found.append(Suggestion(direction, protocol, host, port, security, email, "srv", note))
    return found


def _by_guess(email: str, domain: str, exchangers: list[str]) -> list[Suggestion]:
    """A domain that keeps its mail on a machine of its own often reads and sends there too."""
    host = next((host for host in exchangers if host == domain or host.endswith(f".{domain}")), "")
    if not host:
        return []
    note = "A guess: mail for the domain arrives at this machine. Test Connection shows whether it is right."
    return [
        Suggestion("incoming", "imap", host, 993, "ssl", email, "mx", note),
        Suggestion("outgoing", "smtp", host, 587, "tls", email, "mx", note),
    ]
