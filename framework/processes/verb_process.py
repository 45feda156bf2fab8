"""Work in a process of its own: a verb that would keep the event loop of this one from getting its turn.

Threads are no way out: each reads its file with the interpreter in hand, and the loop waits for it after every system
call.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self
from uuid import UUID

import orjson
from pydantic_core import to_jsonable_python

from framework.context import Actor, Context
from framework.errors import Conflict, Failure, Forbidden, Invalid, Issue, NotFound, Unauthenticated, Unavailable
from framework.package_name import FRAMEWORK, finding_ours
from framework.settings import Settings
from framework.spec.action import VerbRef

KINDS = (Invalid, NotFound, Unauthenticated, Forbidden, Conflict, Unavailable)


@dataclass(frozen=True, slots=True)
class Order:
    """What such a process is to do: a function that is given the arguments, which are JSON, and a session for whoever
    asks."""

    verb: VerbRef
    arguments: Mapping[str, Any]
    context: Context

    def to_json(self, settings: Settings) -> bytes:
        """As it is handed over, with what the process is set up by."""
        actor = self.context.actor
        return orjson.dumps(
            {
                "verb": [self.verb.module, self.verb.function],
                "arguments": self.arguments,
                "actor": actor and [actor.kind, actor.id, to_jsonable_python(dict(actor.facts))],
                "request_id": self.context.request_id,
                "tenant": self.context.tenant,
                "settings": settings.model_dump(mode="json"),
                "parent": os.getpid(),
            }
        )

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> Self:
        """As it was handed over."""
        actor = Actor(*said["actor"]) if said["actor"] else None
        return cls(VerbRef(*said["verb"]), said["arguments"], Context(actor, UUID(said["request_id"]), said["tenant"]))


@dataclass(frozen=True, slots=True)
class VerbProcesses:
    """Among the services of a process that answers many: has orders carried out by others, set up as it is."""

    settings: Settings
    module: str = f"{FRAMEWORK}.cli.verb_process"
    # The event loop holds its tasks weakly; one that is asked to end is listened to until it has.
    _under_way: set[asyncio.Task[Any]] = field(default_factory=set, init=False, repr=False, compare=False)

    async def carry_out(self, order: Order) -> Any:
        """What the function gives, as JSON; raises its failure, and Unavailable when its process dies.

        Where nobody waits for it any more it is asked to end, and has its time to take back what it did.
        """
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", self.module),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env=finding_ours(os.environ),
            start_new_session=True,
        )
        talking = asyncio.create_task(process.communicate(order.to_json(self.settings)))
        self._under_way.add(talking)
        talking.add_done_callback(self._under_way.discard)
        try:
            said, _ = await asyncio.shield(talking)
        except asyncio.CancelledError:
            if process.returncode is None:
                process.terminate()
            raise
        return given(said)


def told(result: Any) -> bytes:
    """What came of an order, as it is handed back."""
    if not isinstance(result, Failure):
        return orjson.dumps({"given": to_jsonable_python(result)})
    kind = next(each.__name__ for each in KINDS if isinstance(result, each))
    return orjson.dumps({"failed": kind, "issues": to_jsonable_python(result.issues)})


def given(said: bytes) -> Any:
    """What was handed back; raises the failure that was."""
    if not said:
        hint = "try again; if it happens anew, look whether memory is short"
        raise Unavailable("the process that carried this out has died", code="process_died", hint=hint)
    result = orjson.loads(said)
    if "failed" not in result:
        return result["given"]
    (kind,) = (each for each in KINDS if each.__name__ == result["failed"])
    raise kind.of(Issue(**{**issue, "path": tuple(issue["path"])}) for issue in result["issues"])
