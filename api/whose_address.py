"""Whose an address is, for what is counted by addresses."""

from __future__ import annotations

from ipaddress import IPv6Address, IPv6Network, ip_address

# What one customer of a provider is given at the least (RFC 6177).
PREFIX = 64


def whose_address(address: str) -> str:
    """The address of IPv4, also one that is written as IPv6; of IPv6 the network, any of whose addresses they may take.

    What is no address, as of a socket of this machine, is itself.
    """
    try:
        known = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if not isinstance(known, IPv6Address):
        return str(known)
    if known.ipv4_mapped is not None:
        return str(known.ipv4_mapped)
    return str(IPv6Network((known, PREFIX), strict=False))
