"""A domain that says by itself who calls, and whose records are shown to their owners alone."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from framework import (
    STANDARD,
    Actor,
    Attr,
    Authenticates,
    Caller,
    Context,
    Create,
    Domain,
    Job,
    Read,
    Resource,
    Unauthenticated,
    Update,
    actor,
    attribute,
    enqueue,
    primary_key,
    verb,
)
from framework.jobs.job_run import JobRun

TOKENS = {"ada's": "ada", "bob's": "bob"}
TEAM: dict[str, dict[str, Any]] = {"ada": {"role": "lead"}, "bob": {"role": "guest"}}


class Callers(Authenticates):
    """Whoever has a token of the team."""

    async def context_of(self, caller: Caller) -> Context:
        who = await self.actor_again("user", TOKENS.get(caller.given("x-token") or "", ""))
        if who is None:
            raise Unauthenticated
        return Context(who)

    async def actor_again(self, kind: str, id: str) -> Actor | None:  # noqa: A002
        return Actor(kind, id, TEAM[id]) if id in TEAM else None


class Memo(Resource):
    """Something that its owner alone can read."""

    id: Attr[UUID] = primary_key()
    title: Attr[str] = attribute(max_length=80)
    owner: Attr[str | None] = attribute(default=actor("id"))
    filed_by: Attr[str | None] = attribute(default=None)
    browse = Read(where=owner == actor("id"))
    write = Create(accept=[title], then=enqueue("file"))
    note = Update(accept=[filed_by])
    file = Job(verb("tests.api.team:file"), queue="memos")


MEMOS = Domain("memos", [Memo], STANDARD, authenticates=verb("tests.api.team:Callers"))


async def file(run: JobRun) -> None:
    """Says as whom it was done."""
    who = run.session.context.actor
    says = None if who is None else f"{who.kind} {who.id}, {who.facts['role']}"
    await run.session.update(Memo.note, run.target_id, {"filed_by": says})
