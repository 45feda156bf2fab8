"""Refuses whoever asks too often, and tells everybody how much is left."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.authentication import context_in, is_open
from api.rate_limits import Budget, RateLimits, headers_of, refusal
from api.whose_address import whose_address
from framework.context import Actor
from framework.rest.problems import problem_response
from framework.settings import Settings
from framework.wire.failures import present

# Whoever sits at the machine has it for themselves.
UNLIMITED = "local"
# Asked by whoever sees to the process, and never kept waiting for that.
UNCOUNTED = frozenset({"/healthz"})
Budgets = Callable[[Scope, Settings], Sequence[Budget]]


@dataclass(frozen=True, slots=True)
class RateLimiting:
    """Middleware: each request takes one from its budgets, the opening of a WebSocket too."""

    app: ASGIApp
    limits: RateLimits
    settings: Settings
    budgets: Budgets

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers 429 where there is no room."""
        if scope["type"] == "lifespan" or not (budgets := self.budgets(scope, self.settings)):
            await self.app(scope, receive, send)
            return
        left = await self.limits.taken(budgets)
        headers, refused = headers_of(left), refusal(left)
        if refused is not None:
            await problem_response(present(refused), scope["path"], headers=headers)(scope, receive, send)
            return
        await self.app(scope, receive, _telling(headers, send) if headers else send)


def budgets_by_address(scope: Scope, settings: Settings) -> Sequence[Budget]:
    """What is asked before anybody is known: of an address, whatever it says and whatever it asks for."""
    return () if scope["path"] in UNCOUNTED else budgets_of_address(scope.get("client"), settings)


def budgets_by_actor(scope: Scope, settings: Settings) -> Sequence[Budget]:
    """What is asked of whoever is known by then; over a WebSocket nobody is, before its first message."""
    known = scope["type"] == "http" and not is_open(scope)
    return budgets_of_actor(context_in(scope).actor, settings) if known else ()


def budgets_of_actor(actor: Actor | None, settings: Settings) -> Sequence[Budget]:
    """Of somebody, wherever they are."""
    if actor is None or actor.kind == UNLIMITED or not settings.rate_per_actor:
        return ()
    return (Budget("actor", f"{actor.kind}:{actor.id}", settings.rate_per_actor),)


def budgets_of_address(client: Sequence[Any] | None, settings: Settings) -> Sequence[Budget]:
    """Of whoever is there, where others than this machine are served."""
    if not client or not settings.rate_per_address or settings.is_local:
        return ()
    return (Budget("address", whose_address(str(client[0])), settings.rate_per_address),)


def _telling(headers: Mapping[str, str], send: Send) -> Send:
    """Tells of these budgets beside those that were told further in."""

    async def told(message: Message) -> None:
        if message["type"] == "http.response.start":
            said = MutableHeaders(scope=message)
            for name, value in headers.items():
                said[name] = f"{said[name]}, {value}" if name in said else value
        await send(message)

    return told
