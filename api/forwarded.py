"""Who really sent a request that came through a proxy: told by the proxies that the settings name, and no others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from starlette.types import ASGIApp, Receive, Scope, Send

FOR, PROTO = b"x-forwarded-for", b"x-forwarded-proto"
SCHEMES = {"http": {"http": "http", "https": "https"}, "websocket": {"http": "ws", "https": "wss"}}
Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class Forwarded:
    """Middleware: the address and the scheme of a request are what the nearest proxies of ours say.

    Each adds to the end of `X-Forwarded-For` whom it was asked by, so it is read from there, and what stands before the
    first address that is no proxy of ours is anybody's invention. Of anybody else's request nothing is believed.
    """

    app: ASGIApp
    proxies: tuple[Network, ...]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hands it on, seen through the proxies."""
        if scope["type"] in SCHEMES and _is_ours(_peer(scope), self.proxies):
            scope = {**scope, "scheme": self._scheme(scope), "client": (self._client(scope), 0)}
        await self.app(scope, receive, send)

    def _client(self, scope: Scope) -> str:
        believed = _peer(scope)
        for address in reversed(_listed(scope, FOR)):
            if not _is_address(address):
                break
            believed = address
            if not _is_ours(address, self.proxies):
                break
        return believed

    def _scheme(self, scope: Scope) -> str:
        said = _listed(scope, PROTO)
        return SCHEMES[scope["type"]].get(said[-1] if said else "", str(scope["scheme"]))


def networks(proxies: Sequence[str]) -> tuple[Network, ...]:
    """The addresses and networks of proxies, as they are set."""
    return tuple(ip_network(each, strict=False) for each in proxies)


def _peer(scope: Scope) -> str:
    client = scope.get("client")
    return str(client[0]) if client else ""


def _listed(scope: Scope, name: bytes) -> list[str]:
    """Several headers of one name are one list (RFC 9110 §5.3)."""
    text = ",".join(value.decode("latin-1") for given, value in scope["headers"] if given.lower() == name)
    return [part.strip() for part in text.split(",") if part.strip()]


def _is_ours(address: str, proxies: tuple[Network, ...]) -> bool:
    return _is_address(address) and any(ip_address(address) in network for network in proxies)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
