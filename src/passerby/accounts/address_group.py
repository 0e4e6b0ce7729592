"""Whose address it is: which addresses count as one visitor."""

from __future__ import annotations

import ipaddress
from typing import Final

_HOME_BITS: Final = 64  # whoever has one IPv6 address can usually take any of its /64 (RFC 6177, RFC 8981)


def address_group(address: str) -> str:
    """Return the addresses that one visitor can choose from: an IPv4 address, or the /64 of an IPv6 address.

    Args:
        address: An IP address; anything else is a group of its own.

    >>> address_group("192.0.2.7"), address_group("2001:db8::7"), address_group("::ffff:192.0.2.7")
    ('192.0.2.7', '2001:db8::/64', '192.0.2.7')
    """
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.IPv6Network((found, _HOME_BITS), strict=False))
