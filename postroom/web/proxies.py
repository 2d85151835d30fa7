"""Reverse proxies whose word about the caller is believed (POSTROOM_TRUSTED_PROXIES; RFC 7239 and X-Forwarded-For).

The headers are read from the right: every hop that is trusted names the one before it, and the first that is not
trusted is the caller. What stands further left anybody could have written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

Network = IPv4Network | IPv6Network
Hop = tuple[str, str]  # address and scheme, "" where it is not said
_PAIR = r"[!#$%&'*+.^_`|~\w-]+=(?:\"(?:[^\"\\]|\\.)*\"|[^\s;,\"]+)"
_PAIRS = re.compile(r"([!#$%&'*+.^_`|~\w-]+)=(\"(?:[^\"\\]|\\.)*\"|[^\s;,\"]+)")
_LAST = re.compile(rf"(?:^|,)\s*({_PAIR}(?:\s*;\s*{_PAIR})*)\s*$")


class TrustedProxies:
    """Put the caller's address and scheme where everybody looks for them; without such a proxy, change nothing."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        networks = trusted_networks(tuple(settings.POSTROOM_TRUSTED_PROXIES))
        if networks and _is_trusted(request.META.get("REMOTE_ADDR", ""), networks):
            address, scheme = caller(_hops(request), networks)
            if address:
                request.META["REMOTE_ADDR"] = address
            if scheme in ("http", "https"):
                request.META["wsgi.url_scheme"] = scheme
        return self.get_response(request)


@lru_cache(maxsize=4)
def trusted_networks(written: tuple[str, ...]) -> tuple[Network, ...]:
    """Addresses and networks (CIDR) as they stand in the environment."""
    return tuple(ip_network(item, strict=False) for item in written)


def caller(hops: Sequence[Hop], networks: Sequence[Network]) -> Hop:
    """The caller's address and scheme among ``hops``, the nearest last; an address that is none ends the search."""
    found: Hop = ("", "")
    for address, scheme in reversed(hops):
        plain = _plain(address)
        if plain is None:
            break
        found = (str(plain), scheme or found[1])
        if not _is_trusted(str(plain), networks):
            break
    return found


def _hops(request: HttpRequest) -> list[Hop]:
    """What the headers say, the nearest hop last. Forwarded counts where both are there."""
    forwarded = request.headers.get("Forwarded", "")
    if forwarded:
        return [_hop(element) for element in _elements(forwarded)]
    addresses = _list(request.headers.get("X-Forwarded-For", ""))
    schemes = _list(request.headers.get("X-Forwarded-Proto", ""))
    if len(schemes) != len(addresses):
        schemes = [schemes[-1] if schemes else ""] * len(addresses)
    return list(zip(addresses, (scheme.lower() for scheme in schemes), strict=True))


def _list(header: str) -> list[str]:
    return [item.strip() for item in header.split(",") if item.strip()]


def _elements(header: str) -> list[dict[str, str]]:
    """The elements of a Forwarded field (RFC 7239, 4), peeled off from the right; left of a fault nothing is known."""
    elements: list[dict[str, str]] = []
    while match := _LAST.search(header):
        pairs = {name.lower(): value for name, value in _PAIRS.findall(match[1])}
        elements.insert(0, {name: _unquoted(value) for name, value in pairs.items()})
        header = header[: match.start()]
    return elements


def _unquoted(value: str) -> str:
    return re.sub(r"\\(.)", r"\1", value[1:-1]) if value.startswith('"') else value


def _hop(element: dict[str, str]) -> Hop:
    return element.get("for", ""), element.get("proto", "").lower()


def _plain(node: str) -> IPv4Address | IPv6Address | None:
    """The address in a node such as 192.0.2.1:47011 or [2001:db8::1]:80; None for "unknown" and hidden names."""
    text = node.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _is_trusted(address: str, networks: Sequence[Network]) -> bool:
    plain = _plain(address)
    return plain is not None and any(plain.version == one.version and plain in one for one in networks)
