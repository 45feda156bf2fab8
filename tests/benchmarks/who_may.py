"""Bench `who_may`: what one call costs for who sent it and whether they may, once warm; with no database asked."""

from __future__ import annotations

import hmac
import time
from collections.abc import Awaitable, Callable, Sequence
from uuid import uuid4

from framework.actions.request import Request
from framework.callers.authenticates import Authenticates
from framework.callers.caller import Caller
from framework.context import Actor, Context
from framework.expr.nodes import TRUE
from framework.policy.decisions import Decisions
from framework.runtime.runtime import Runtime
from resources.accounts.api_key import ApiKey, IssuedKey
from resources.accounts.callers.actors import LOCAL
from resources.accounts.user import User
from tests.benchmarks.figure import Figure, Peer
from tests.benchmarks.installation import Installation

ROUNDS, EACH = 9, 2_000
OWNER = {"is_owner": True}


async def who_may(place: Installation) -> Sequence[Figure]:
    """A decision that hangs on the actor alone, and a key that was seen before."""
    async with place.runtime() as runtime:
        return [_decided(runtime), await _checked(runtime)]


def _decided(runtime: Runtime) -> Figure:
    domain = runtime.engine.domain
    decisions, action = Decisions.of(domain), domain.action("Project", "create")
    context = Context(Actor("user", str(uuid4()), OWNER))

    def ours() -> None:
        assert decisions.decided(action, context) == TRUE

    def by_hand() -> None:
        assert context.actor is not None
        assert context.actor.facts.get("is_owner") is True

    took: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS):
        for kept, one in zip(took, (ours, by_hand), strict=True):
            begun = time.perf_counter()
            for _ in range(EACH):
                one()
            kept.append((time.perf_counter() - begun) * 1000 / EACH)
    figure = Figure("who_may_decision", took[0], Peer("the same rule, an `if` by hand", took[1]), "ms")
    return figure.aiming("at most 0.05 ms", met=figure.value <= 0.05)


async def _checked(runtime: Runtime) -> Figure:
    session = runtime.engine.session(Context(LOCAL))
    owner = await session.create(User.register, {"email": f"{uuid4().hex}@example.com", **OWNER})
    given = {"name": "a key", "user_id": owner.id, "scopes": ["*"]}
    (issued,) = await session.perform(session.spec(ApiKey.issue), [Request(given)])
    assert isinstance(issued, IssuedKey)
    callers = runtime.engine.services[Authenticates]
    caller = Caller((("authorization", f"Bearer {issued.key}"),), "192.0.2.1", path="/api/projects")
    secret, text = b"0123456789abcdef" * 2, issued.key.encode()
    digest = hmac.digest(secret, text, "sha256").hex()

    async def ours() -> None:
        assert (await callers.context_of(caller)).actor is not None

    async def by_hand() -> None:
        assert hmac.compare_digest(hmac.digest(secret, text, "sha256").hex(), digest)

    figure = Figure(
        "who_may_key", await _lasting(ours), Peer("HMAC-SHA256 and a comparison", await _lasting(by_hand)), "ms"
    )
    return figure.aiming("at most 0.1 ms", met=figure.value <= 0.1)


async def _lasting(one: Callable[[], Awaitable[None]]) -> list[float]:
    await one()
    took = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        for _ in range(EACH):
            await one()
        took.append((time.perf_counter() - begun) * 1000 / EACH)
    return took
