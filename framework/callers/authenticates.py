"""The hook from a request to a context: named once by a domain, asked by every transport and by jobs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import replace

from framework.actions.engine import Engine
from framework.callers.caller import Caller
from framework.context import Actor, Context
from framework.errors import Invalid, Unauthenticated
from framework.telemetry import log

# Of what the installation does by itself; nobody who calls is that.
SYSTEM = "system"


class Authenticates(ABC):
    """Says who calls. One is made for a process: `Domain("shop", …, authenticates=verb("shop.callers:Callers"))`."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @abstractmethod
    async def context_of(self, caller: Caller) -> Context:
        """The context of a request, with whoever calls as its actor; raises Unauthenticated for a stranger."""

    @abstractmethod
    async def actor_again(self, kind: str, id: str) -> Actor | None:  # noqa: A002 - what it is
        """Who is called so, with the facts of this moment; None when they are gone or may do nothing any more.

        Asked when a job runs that they started, while a stream goes on that they opened, and with each operation over a
        WebSocket: what differs from what was said when it was opened ends the one, and refuses the other.
        """

    async def holds(self, credential: str) -> bool:
        """Whether what somebody showed, as their context names it, still lets them in.

        Asked while a stream goes on that was opened with it, and with each operation over a WebSocket.
        """
        return True

    async def belongs(self, actor: Actor, tenant: str) -> bool:
        """Whether they may act in the tenant; nobody may, where a hook gives a context one and does not say so here.

        Asked with every request that is in one, when a job runs that was started in it, and while a stream goes on.
        """
        return False

    async def ready(self) -> None:  # noqa: B027 - most are at once
        """Returns when other machines may be served; raises Invalid with what has to be done before."""

    async def first_run(self) -> Sequence[str]:
        """Lets a first one in, where an installation that other machines reach has nobody: what they have to know,
        which is told this once to whoever starts it."""
        return ()

    async def changed(self) -> None:  # noqa: B027 - most remember nothing
        """Told when somebody may do less than before: what is remembered of callers counts no more, in any process."""

    async def close(self) -> None:  # noqa: B027 - most hold nothing
        """Lets go of what it holds, when the process ends."""


class Anybody(Authenticates):
    """The hook of a domain that names none: nobody is asked who they are, so this machine alone is served."""

    async def context_of(self, caller: Caller) -> Context:
        """A context of nobody."""
        return Context()

    async def actor_again(self, kind: str, id: str) -> Actor | None:  # noqa: A002 - what it is
        """As it was said, without facts."""
        return Actor(kind, id)

    async def ready(self) -> None:
        """Raises Invalid."""
        raise Invalid(
            "no domain says who calls, so whoever reached the API could do everything",
            code="nobody_authenticates",
            path=("DSPEX_HOST",),
            hint="listen on 127.0.0.1, or name a hook: Domain(…, authenticates=verb(…))",
        )


async def context_of(callers: Authenticates, caller: Caller) -> Context:
    """What the hook says; raises Unauthenticated for a tenant that its actor does not belong to, and TypeError when it
    takes a caller for the installation itself."""
    try:
        return await _context_of(callers, caller)
    except Unauthenticated:
        log.warning("caller.refused", address=caller.address, path=caller.path)
        raise


async def _context_of(callers: Authenticates, caller: Caller) -> Context:
    context = await callers.context_of(caller)
    if context.address is None:
        context = replace(context, address=caller.address)
    if context.actor is not None and context.actor.kind == SYSTEM:
        raise TypeError(
            f"{type(callers).__name__} takes a caller for the system: an actor of theirs is of another kind"
        )
    if context.tenant is not None and not await _belongs(callers, context.actor, context.tenant):
        raise Unauthenticated
    return context


async def actor_of_today(callers: Authenticates, actor: Actor, tenant: str | None = None) -> Actor | None:
    """The actor with the facts of this moment; None when there is no such actor any more, or not in the tenant."""
    if actor.kind == SYSTEM:
        return actor
    today = await callers.actor_again(actor.kind, actor.id)
    return today if tenant is None or await _belongs(callers, today, tenant) else None


async def caller_of_today(callers: Authenticates, context: Context) -> Actor | None:
    """Whoever acts in the context, with the facts of this moment; None once they, or what they showed, may not."""
    if context.actor is None or (context.credential is not None and not await callers.holds(context.credential)):
        return None
    return await actor_of_today(callers, context.actor, context.tenant)


async def _belongs(callers: Authenticates, actor: Actor | None, tenant: str) -> bool:
    return actor is not None and await callers.belongs(actor, tenant)
