"""Executes programs: record the question → ask, outside of any transaction → record the answer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import replace
from typing import Any
from uuid import UUID

from framework.actions.permission.can import refuse_forbidden
from framework.actions.query import Query
from framework.actions.request import Call
from framework.actions.request import Request as ActionRequest
from framework.actions.session import Session
from framework.data.protocols import Commit
from framework.declare.resource import Resource
from framework.errors import Failure, NotFound
from framework.expr.nodes import equals
from framework.lm.calls.call import Answer, CallContext
from framework.lm.calls.call import Call as LmCall
from framework.lm.models.spend import UsageCounter
from framework.processes.heartbeat import Heartbeat
from resources.accounts.project import DEFAULT_PROJECT
from resources.executions.ask import ask, interrupted
from resources.executions.end_executions import End, end_executions
from resources.executions.question import Question, questions_of
from resources.programs.declared_program import EXECUTION_ID, DeclaredProgram
from resources.programs.program import ExecutionResult


async def execute_program(calls: Sequence[Call], session: Session) -> list[ExecutionResult | Failure]:
    """The result of each call, or its failure; each is an execution on record unless its input was refused."""
    return await _answered(await questions_of(calls, session), session)


async def execute_declared(calls: Sequence[Call], session: Session) -> list[Any]:
    """The outputs of each call to a declared program, and the id of its execution; or its failure."""
    record = session.domain.resources[calls[0].action.resource].record
    if not issubclass(record, DeclaredProgram):
        raise LookupError(f"`{record.__name__}` is not a declared program")
    program = await _program_of(record, session)
    await refuse_forbidden(session, session.domain.action("Program", "execute"), [ActionRequest(id=program["id"])])
    asked = [Call(call.action, {"inputs": call.arguments}, program["id"], program) for call in calls]
    results = await _answered(await questions_of(asked, session), session)
    return [
        _bare(result) if isinstance(result, Failure) else {**result.outputs, EXECUTION_ID: str(result.execution_id)}
        for result in results
    ]


async def _program_of(record: type[DeclaredProgram], session: Session) -> Resource:
    where = equals(slug=record.slug(), project_id=DEFAULT_PROJECT)
    page = await session.page(session.domain.action("Program", "browse"), Query(where, limit=1))
    if not page.records:
        raise NotFound(f"the program `{record.slug()}` is declared but not stored yet", hint="run `dspex migrate`")
    found: Resource = page.records[0]
    return found


async def _answered(asked: Sequence[Question | Failure], session: Session) -> list[ExecutionResult | Failure]:
    sound = [item for item in asked if isinstance(item, Question)]
    async with _owner(sound, session) as owner:
        begun = await _begun(sound, owner, session)
        came_to = await _ended(sound, begun, session)
    if came_to is None:
        raise asyncio.CancelledError
    results = iter([_result(*each) for each in zip(sound, begun, came_to, strict=True)])
    return [item if isinstance(item, Failure) else next(results) for item in asked]


async def _ended(asked: Sequence[Question], begun: Sequence[Any], session: Session) -> list[Answer | Failure] | None:
    """What each came to, once that is on record; None when whoever asked has gone, which is on record as well."""
    counters = [UsageCounter() for _ in asked]
    started = time.perf_counter()

    def ends(answers: Sequence[Answer | Failure]) -> list[End]:
        took = (time.perf_counter() - started) * 1000
        each = zip(begun, answers, counters, strict=True)
        return [End(record["id"], answer, counter.total, took) for record, answer, counter in each]

    try:
        answers = await ask([_counted(*each) for each in zip(asked, counters, strict=True)], session)
    except asyncio.CancelledError:
        await asyncio.shield(end_executions(ends([interrupted() for _ in begun]), session))
        return None
    return await end_executions(ends(answers), session)


def _owner(asked: Sequence[Question], session: Session) -> AbstractAsyncContextManager[UUID | None]:
    """Who is asked whether executions are abandoned that have no end: this process, for as long as it sees to them."""
    heartbeat: Heartbeat | None = session.services.get(Heartbeat)
    return nullcontext() if heartbeat is None or not asked else heartbeat.work()


async def _begun(asked: Sequence[Question], owner: UUID | None, session: Session) -> list[Any]:
    """The executions on record, each with its question."""
    begin = session.domain.action("Execution", "begin")
    requests = [ActionRequest({**_begin(item), "owner_id": owner}) for item in asked]

    async def write(inner: Session) -> list[Any]:
        return await inner.perform(begin, requests)

    # Nothing is answered before the end is on disk, and that brings the beginning with it.
    return await session.with_transaction(write, Commit.SOON)


def _bare(failure: Failure) -> Failure:
    """The failure as a caller knows it whose inputs are the arguments themselves."""
    paths = [issue.path[1:] if issue.path[:1] == ("inputs",) else issue.path for issue in failure.issues]
    return type(failure).of(replace(issue, path=path) for issue, path in zip(failure.issues, paths, strict=True))


def _begin(question: Question) -> Mapping[str, Any]:
    return {
        "program_id": question.program_id,
        "version_id": question.version.id,
        "model_id": question.model_id,
        "inputs": question.call.inputs,
    }


def _counted(question: Question, counter: UsageCounter) -> LmCall:
    """The call, its usage counted: what was asked for is paid for, whether or not the answer can be read."""
    return replace(question.call, context=CallContext(on_usage=counter.add))


def _result(question: Question, record: Any, answer: Answer | Failure) -> ExecutionResult | Failure:
    if isinstance(answer, Failure):
        # Whoever wants to know more reads the execution.
        found = {EXECUTION_ID: str(record["id"])}
        return type(answer).of(replace(issue, params={**issue.params, **found}) for issue in answer.issues)
    return ExecutionResult(
        execution_id=record["id"],
        outputs=dict(answer.outputs),
        details=dict(answer.details),
        version=question.version.number,
        model=answer.model,
        latency_ms=answer.latency_ms,
        tokens_in=answer.tokens_in,
        tokens_out=answer.tokens_out,
        cost_usd=answer.cost_usd,
    )
