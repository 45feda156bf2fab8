"""Refuses whoever asks too often, and tells everybody how much is left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.authentication import context_in, is_open
from api.rate_limits import Budget, RateLimits, headers_of, refusal
from framework.context import Actor
from framework.rest.problems import problem_response
from framework.settings import Settings
from framework.wire.failures import present

# Whoever sits at the machine has it for themselves.
UNLIMITED = "local"
COUNTED = frozenset({"http", "websocket"})


@dataclass(frozen=True, slots=True)
class RateLimiting:
    """Middleware, behind the one that knows who asks: a budget for each actor, and one for each address."""

    app: ASGIApp
    limits: RateLimits
    settings: Settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers 429 where there is no room; a WebSocket too, which is somebody's once it is open."""
        kind = scope["type"]
        if kind not in COUNTED or (kind == "http" and is_open(scope)):
            await self.app(scope, receive, send)
            return
        actor = context_in(scope).actor if kind == "http" else None
        left = await self.limits.taken(budgets_of(actor, scope.get("client"), self.settings))
        headers, refused = headers_of(left), refusal(left)
        if refused is not None:
            await problem_response(present(refused), scope["path"], headers=headers)(scope, receive, send)
            return
        await self.app(scope, receive, _telling(headers, send) if headers else send)


def budgets_of(actor: Actor | None, client: Sequence[Any] | None, known: Settings) -> list[Budget]:
    """What a request of that actor, from that address, is taken from."""
    found = []
    if actor is not None and actor.kind != UNLIMITED and known.rate_per_actor:
        found.append(Budget("actor", f"{actor.kind}:{actor.id}", known.rate_per_actor))
    if client and known.rate_per_address and not known.is_local:
        found.append(Budget("address", str(client[0]), known.rate_per_address))
    return found


def _telling(headers: Mapping[str, str], send: Send) -> Send:
    async def told(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update(headers)
        await send(message)

    return told
