"""Where language models may be asked: the kinds of addresses, and the networks, that an installation allows.

The address of a model is data that a user may set, and we are the ones who go there. What a cloud tells a machine about
itself, its credentials among it, is answered at addresses that no model has; those are never asked.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Self
from urllib.parse import urlsplit

from framework.errors import Invalid
from framework.setting_forms import ModelPlace, listed
from framework.settings import Settings

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# Of the link alone, and where clouds say who a machine is.
NEVER = tuple(
    map(
        ip_network,
        (
            "169.254.0.0/16", "fe80::/10", "fd00:ec2::/64", "fd20:ce::/64",
            "100.100.100.200/32", "168.63.129.16/32", "192.0.0.192/32",
        ),
    )
)  # fmt: skip
NAMED_NEVER = frozenset({"metadata", "metadata.google.internal", "instance-data", "instance-data.ec2.internal"})
NAT64 = IPv6Network("64:ff9b::/96")


class AddressNotAllowed(Exception):
    """A model is at an address that is not asked here. Not one of DSPy's errors that it asks again after."""


class Standing(StrEnum):
    """What is known of a host without asking anybody."""

    ALLOWED = "allowed"
    REFUSED = "refused"
    A_NAME = "a name"


@dataclass(frozen=True, slots=True)
class ModelNetworks:
    """The places, and the networks beside them, at which models may be asked."""

    places: frozenset[ModelPlace] = frozenset(ModelPlace)
    networks: tuple[Network, ...] = ()

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Those of an installation: all places while nobody else is served, who could have us look around in them."""
        own = tuple(ModelPlace) if settings.is_local else (ModelPlace.PUBLIC,)
        return cls.named(listed(settings.model_networks) or own)

    @classmethod
    def named(cls, given: Sequence[str]) -> Self:
        """By the words of a setting: `public`, `private`, `loopback`, and networks."""
        known = {place.value: place for place in ModelPlace}
        networks = tuple(ip_network(word, strict=False) for word in given if word not in known)
        return cls(frozenset(known[word] for word in given if word in known), networks)

    def check(self, api_base: str) -> None:
        """Raises Invalid for an address that is not allowed; a name is looked up once it is asked, not before."""
        if self.standing(_host_of(api_base)) is Standing.REFUSED:
            raise Invalid(
                "`api_base` of the model: models are not asked at this address here",
                code="address_not_allowed",
                path=("api_base",),
                hint="whoever runs the installation says in DSPEX_MODEL_NETWORKS where models may be",
            )

    def standing(self, host: str) -> Standing:
        """What is known of a host by how it is written."""
        if host.rstrip(".").lower() in NAMED_NEVER:
            return Standing.REFUSED
        written = _written(host)
        if written is None:
            return Standing.A_NAME
        return Standing.ALLOWED if self.allows(written) else Standing.REFUSED

    def allows(self, address: Address) -> bool:
        """Whether a model may be asked at this very address."""
        found = _meant(address)
        if any(found in network for network in NEVER if network.version == found.version):
            return False
        if any(found in network for network in self.networks if network.version == found.version):
            return True
        return not found.is_multicast and _place(found) in self.places

    async def refuse_unless_allowed(self, host: str, port: int) -> None:
        """Returns where a host is at allowed addresses alone, or at none; raises AddressNotAllowed."""
        if self.standing(host) is Standing.A_NAME:
            try:
                found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
            except OSError:
                return  # whoever connects says so
            self._refuse(each[4][0] for each in found)
        else:
            self._refuse([host])

    def refuse_unless_allowed_here(self, host: str, port: int) -> None:
        """The same, in a thread."""
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError:
            return
        self._refuse([host] if self.standing(host) is Standing.REFUSED else (each[4][0] for each in found))

    def refuse_peer(self, address: str) -> None:
        """Returns if whoever answered is at an allowed address, whatever was looked up; raises AddressNotAllowed."""
        self._refuse([address])

    def _refuse(self, addresses: Iterable[str | int]) -> None:
        for each in addresses:
            if self.standing(str(each).partition("%")[0]) is not Standing.ALLOWED:
                raise AddressNotAllowed


def _host_of(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _written(host: str) -> Address | None:
    """The address that a host is written as, also in the short and odd ways that a resolver takes."""
    try:
        return ip_address(host.partition("%")[0])
    except ValueError:
        pass
    try:
        return IPv4Address(socket.inet_aton(host))
    except (OSError, ValueError):
        return None


def _meant(address: Address) -> Address:
    """The address that is reached by one that holds another."""
    if isinstance(address, IPv4Address):
        return address
    if address in NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def _place(address: Address) -> ModelPlace:
    if address.is_loopback or address.is_unspecified:
        return ModelPlace.LOOPBACK
    return ModelPlace.PUBLIC if address.is_global else ModelPlace.PRIVATE
