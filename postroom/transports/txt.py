"""TXT records (RFC 1035, 3.3.14) for those who check signatures: each answer is kept for as long as it says."""

from __future__ import annotations

import time

import dns.exception
import dns.resolver

from postroom.mail.authentication import ResolverError

LOOKUP_SECONDS = 3.0
_ANSWERS = dns.resolver.LRUCache(10_000)


class TxtResolver:
    """The name service of this machine, asked until ``until`` (of ``time.monotonic``) and no longer.

    ``at``: address and port of a name server that is asked instead.
    """

    def __init__(self, until: float, at: tuple[str, int] | None = None) -> None:
        self._until = until
        self._at = at

    def __call__(self, name: str) -> list[str]:
        """The records of ``name``, each as one string; [] where there is none. Raises ResolverError."""
        left = min(LOOKUP_SECONDS, self._until - time.monotonic())
        if left <= 0:
            raise ResolverError(f"No time was left to look {name} up.")
        try:
            resolver = self._resolver()
            answers = resolver.resolve(name, "TXT", lifetime=left)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except (dns.exception.DNSException, OSError, ValueError) as error:
            raise ResolverError(f"{name} could not be looked up: {error}") from error
        return [b"".join(answer.strings).decode("utf-8", "replace") for answer in answers]

    def _resolver(self) -> dns.resolver.Resolver:
        if self._at is None:
            resolver = dns.resolver.Resolver()
            resolver.cache = _ANSWERS
        else:
            resolver = dns.resolver.Resolver(configure=False)
            resolver.nameservers, resolver.port = [self._at[0]], self._at[1]
        return resolver
