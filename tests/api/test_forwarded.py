"""Whose word is taken for where a request comes from: that of our proxies, and nobody else's."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from api.forwarded import Forwarded, networks

OURS = networks(("10.0.0.7", "192.168.0.0/24", "fd00::/8"))
Headers = list[tuple[str, str]]


async def seen(peer: str | None, headers: Headers, kind: str = "http") -> tuple[str | None, str]:
    """Address and scheme of a request, as the application sees them."""
    found: list[Scope] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        found.append(scope)

    async def nothing() -> Message:
        return {}

    async def nobody(message: Any) -> None: ...

    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers]
    client = None if peer is None else (peer, 1234)
    scheme = {"http": "http", "websocket": "ws"}[kind]
    scope = {"type": kind, "scheme": scheme, "client": client, "headers": raw}
    await Forwarded(app, OURS)(scope, nothing, nobody)
    client = found[0]["client"]
    return (client[0] if client else None, found[0]["scheme"])


FOR, PROTO = "x-forwarded-for", "x-forwarded-proto"


@pytest.mark.parametrize(
    ("headers", "address", "scheme"),
    [
        ([(FOR, "203.0.113.9")], "203.0.113.9", "http"),
        ([(FOR, "203.0.113.9"), (PROTO, "https")], "203.0.113.9", "https"),
        # What the client itself has sent stands before what the proxy has seen.
        ([(FOR, "127.0.0.1, 203.0.113.9")], "203.0.113.9", "http"),
        ([(FOR, "127.0.0.1"), (FOR, "203.0.113.9")], "203.0.113.9", "http"),
        ([(FOR, "10.0.0.7, 203.0.113.9")], "203.0.113.9", "http"),
        ([(FOR, "198.51.100.1, 203.0.113.9, 192.168.0.3")], "203.0.113.9", "http"),
        ([(FOR, "127.0.0.1, unknown")], "10.0.0.7", "http"),
        ([(FOR, "203.0.113.9, ")], "203.0.113.9", "http"),
        ([(FOR, "203.0.113.9:4711")], "10.0.0.7", "http"),
        ([(FOR, "")], "10.0.0.7", "http"),
        ([(FOR, "2001:db8::1")], "2001:db8::1", "http"),
        ([("X-Forwarded-For", "203.0.113.9")], "203.0.113.9", "http"),
        ([("x_forwarded_for", "203.0.113.9")], "10.0.0.7", "http"),
        ([("forwarded", "for=203.0.113.9;proto=https")], "10.0.0.7", "http"),
        ([(PROTO, "https, http")], "10.0.0.7", "http"),
        ([(PROTO, "https"), (PROTO, "http")], "10.0.0.7", "http"),
        ([(PROTO, "wss")], "10.0.0.7", "http"),
        ([(PROTO, "javascript")], "10.0.0.7", "http"),
        ([("x-forwarded-host", "evil.example")], "10.0.0.7", "http"),
    ],
)
async def test_what_our_proxy_adds_is_believed_and_what_it_was_sent_is_not(
    headers: Headers, address: str, scheme: str
) -> None:
    assert await seen("10.0.0.7", headers) == (address, scheme)


@pytest.mark.parametrize("peer", ["203.0.113.9", "127.0.0.1", "10.0.0.8", None, "testclient"])
async def test_nobody_else_is_believed(peer: str | None) -> None:
    assert await seen(peer, [(FOR, "127.0.0.1"), (PROTO, "https")]) == (peer, "http")


async def test_a_websocket_comes_over_tls_as_well() -> None:
    assert await seen("192.168.0.3", [(FOR, "203.0.113.9"), (PROTO, "https")], "websocket") == ("203.0.113.9", "wss")
