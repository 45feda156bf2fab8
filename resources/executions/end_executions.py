"""Writes what became of questions on record: together, and where that is refused, each for itself."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from framework.actions.request import Request
from framework.actions.session import Session
from framework.errors import Conflict, Failure, Invalid, NotFound, Unavailable
from framework.lm.calls.call import Answer
from framework.lm.models.spend import Spend
from resources.executions.recorded_error import recorded_error


@dataclass(frozen=True, slots=True)
class End:
    """How one execution ended, what was spent on it, and how long it took."""

    execution_id: UUID
    answer: Answer | Failure
    spent: Spend
    took: float


async def end_executions(ends: Sequence[End], session: Session) -> list[Answer | Failure]:
    """What each came to. An end that the store refuses fails its own execution and undoes no other."""

    async def write(inner: Session) -> None:
        for name in ("succeed", "fail"):
            requests = [_request(end) for end in ends if _name(end) == name]
            await inner.perform(session.domain.action("Execution", name), requests)

    try:
        await session.with_transaction(write)
    except Unavailable:
        raise
    except Failure:
        return [await _alone(end, session) for end in ends]
    return [end.answer for end in ends]


async def _alone(end: End, session: Session) -> Answer | Failure:
    try:
        await _write(end, session)
    except Unavailable:
        raise
    except Failure as refused:
        answer = _for_the_caller(refused)
        await _refused(replace(end, answer=answer), session)
        return answer
    return end.answer


def _for_the_caller(refused: Failure) -> Failure:
    """The refusal for whoever asked the question, in which nothing was wrong."""
    kind = Unavailable if isinstance(refused, Invalid) else type(refused)
    return kind.of(replace(issue, path=()) for issue in refused.issues)


async def _refused(end: End, session: Session) -> None:
    """Puts the refusal on record; an execution that somebody has ended meanwhile stays as it is."""
    with suppress(Conflict, NotFound):
        await _write(end, session)


async def _write(end: End, session: Session) -> None:
    async def write(inner: Session) -> None:
        async with inner.savepoint():
            await inner.perform(session.domain.action("Execution", _name(end)), [_request(end)])

    await session.with_transaction(write)


def _name(end: End) -> str:
    return "fail" if isinstance(end.answer, Failure) else "succeed"


def _request(end: End) -> Request:
    return Request(_failed(end, end.answer) if isinstance(end.answer, Failure) else _kept(end.answer), end.execution_id)


def _kept(answer: Answer) -> dict[str, Any]:
    return {
        "outputs": dict(answer.outputs),
        "details": dict(answer.details),
        "latency_ms": answer.latency_ms,
        "tokens_in": answer.tokens_in,
        "tokens_out": answer.tokens_out,
        "cost_usd": answer.cost_usd,
    }


def _failed(end: End, failure: Failure) -> dict[str, Any]:
    # Where nothing was answered at all, nothing is known of what it cost.
    spent = end.spent if end.spent.calls else Spend(tokens_in=None, tokens_out=None, cost_usd=None)
    return {
        "error": recorded_error(failure),
        "latency_ms": end.took,
        "tokens_in": spent.tokens_in,
        "tokens_out": spent.tokens_out,
        "cost_usd": spent.cost_usd,
    }
