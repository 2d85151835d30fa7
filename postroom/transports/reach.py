"""Addresses at which no mail server is: a connection there would serve somebody who looks around in a network.

Link-local addresses (RFC 3927, RFC 4291) are where clouds keep the credentials of a machine; multicast and unspecified
ones are no host at all. Loopback and private addresses are where many mail servers live.
"""

from __future__ import annotations

import ipaddress

_METADATA = {  # instance metadata outside the link-local ranges
    ipaddress.ip_address("100.100.100.200"),
    ipaddress.ip_address("168.63.129.16"),
    ipaddress.ip_address("fd00:ec2::254"),
}


def off_limits(host: str) -> bool:
    """True for an IP address that is never connected to; False for a name.

    >>> off_limits("169.254.169.254"), off_limits("::ffff:169.254.0.1"), off_limits("127.0.0.1"), off_limits("mx.test")
    (True, True, False, False)
    """
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    address = getattr(address, "ipv4_mapped", None) or address
    return address.is_link_local or address.is_multicast or address.is_unspecified or address in _METADATA
