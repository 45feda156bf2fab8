"""Executes programs: record the question → ask, outside of any transaction → record the answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from pydantic_core import to_jsonable_python

from framework.actions.query import Query
from framework.actions.request import Call
from framework.actions.request import Request as ActionRequest
from framework.actions.session import Session
from framework.data.protocols import Commit
from framework.errors import Failure, Invalid, NotFound
from framework.expr.nodes import Among, Ref, equals
from framework.lm.calls.call import Answer
from framework.lm.calls.call import Call as Question
from framework.lm.payloads.payloads import plain, validate_inputs
from resources.accounts.project import DEFAULT_PROJECT
from resources.executions.programs_at_work import KnownVersion, lm_layer, versions
from resources.language_models.language_model import LanguageModel
from resources.language_models.sound_model import definition_of
from resources.programs.declared_program import DeclaredProgram
from resources.programs.program import ExecutionResult


@dataclass(frozen=True, slots=True)
class Asked:
    """A sound question: to which version, of which model, with which inputs."""

    program_id: UUID
    version: KnownVersion
    model_id: UUID
    question: Question


async def execute_program(calls: Sequence[Call], session: Session) -> list[ExecutionResult | Failure]:
    """The result of each call, or its failure; each is an execution on record unless its input was refused."""
    programs = await _programs(Among(Ref("id"), tuple({call.id for call in calls})), session)
    by_id = {program["id"]: program for program in programs}
    asked = [await _or_failure(_asked(call, by_id.get(call.id), session)) for call in calls]
    return await _answered(asked, session)


async def execute_declared(calls: Sequence[Call], session: Session) -> list[Any]:
    """The outputs of each call to a declared program, or its failure."""
    record = session.domain.resources[calls[0].action.resource].record
    if not issubclass(record, DeclaredProgram):
        raise LookupError(f"`{record.__name__}` is not a declared program")
    where = equals(slug=record.slug(), project_id=DEFAULT_PROJECT)
    programs = await _programs(where, session)
    if not programs:
        raise NotFound(f"the program `{record.slug()}` is declared but not stored yet", hint="run `dspex migrate`")
    (program,) = programs
    asked = [
        await _or_failure(_asked(Call(call.action, {"inputs": call.arguments}, program["id"]), program, session))
        for call in calls
    ]
    results = await _answered(asked, session)
    return [_bare(result) if isinstance(result, Failure) else result.outputs for result in results]


async def _programs(where: Any, session: Session) -> list[Any]:
    query = Query(filter=where, limit=100).selecting("id", "live_number", "model_id").loading(model=Query())
    return (await session.page(session.domain.action("Program", "browse"), query)).records


async def _asked(call: Call, program: Any, session: Session) -> Asked:
    if program is None:
        raise NotFound(f"there is no Program with id {call.id}", path=("id",), params={"id": str(call.id)})
    wanted = call.arguments.get("version")
    number = program["live_number"] if wanted is None else wanted
    version = await versions().get(program["id"], number, session)
    model = program["model"]
    if (other := call.arguments.get("model_id")) is not None:
        model = await _model(other, session)
    inputs = plain(validate_inputs(version.definition.signature, _json(call.arguments["inputs"])))
    question = Question(version.definition, inputs, definition_of(model), version.state)
    return Asked(program["id"], version, model["id"], question)


async def _model(model_id: UUID, session: Session) -> LanguageModel:
    try:
        return await session.get(LanguageModel, model_id)
    except NotFound as failure:
        raise Invalid(str(failure), code="no_such_record", path=("model_id",)) from None


async def _answered(asked: Sequence[Asked | Failure], session: Session) -> list[ExecutionResult | Failure]:
    sound = [item for item in asked if isinstance(item, Asked)]
    # Nothing is answered before the end is on disk, and that brings the beginning with it.
    async with session.transaction(Commit.SOON) as inner:
        begun = await inner.perform(
            session.domain.action("Execution", "begin"), [ActionRequest(_begin(item)) for item in sound]
        )
    answers = await lm_layer().execute([item.question for item in sound])
    ends = [_end(record["id"], answer) for record, answer in zip(begun, answers, strict=True)]
    async with session.transaction() as inner:
        for name in ("succeed", "fail"):
            requests = [request for kind, request in ends if kind == name]
            await inner.perform(session.domain.action("Execution", name), requests)
    results = iter(
        [
            answer if isinstance(answer, Failure) else _result(item, record["id"], answer)
            for item, record, answer in zip(sound, begun, answers, strict=True)
        ]
    )
    return [item if isinstance(item, Failure) else next(results) for item in asked]


async def _or_failure(asking: Any) -> Asked | Failure:
    try:
        found: Asked = await asking
    except Failure as failure:
        return failure
    return found


def _bare(failure: Failure) -> Failure:
    """The failure as a caller knows it whose inputs are the arguments themselves."""
    paths = [issue.path[1:] if issue.path[:1] == ("inputs",) else issue.path for issue in failure.issues]
    return type(failure).of(replace(issue, path=path) for issue, path in zip(failure.issues, paths, strict=True))


def _begin(asked: Asked) -> Mapping[str, Any]:
    return {
        "program_id": asked.program_id,
        "version_id": asked.version.id,
        "model_id": asked.model_id,
        "inputs": asked.question.inputs,
    }


def _end(execution_id: UUID, answer: Answer | Failure) -> tuple[str, ActionRequest]:
    if isinstance(answer, Failure):
        first = answer.issues[0]
        return "fail", ActionRequest({"error": {"code": first.code, "message": str(answer)}}, execution_id)
    values = {
        "outputs": dict(answer.outputs),
        "details": dict(answer.details),
        "latency_ms": answer.latency_ms,
        "tokens_in": answer.tokens_in,
        "tokens_out": answer.tokens_out,
        "cost_usd": answer.cost_usd,
    }
    return "succeed", ActionRequest(values, execution_id)


def _result(asked: Asked, execution_id: UUID, answer: Answer) -> ExecutionResult:
    return ExecutionResult(
        execution_id=execution_id,
        outputs=dict(answer.outputs),
        details=dict(answer.details),
        version=asked.version.number,
        model=answer.model,
        latency_ms=answer.latency_ms,
        tokens_in=answer.tokens_in,
        tokens_out=answer.tokens_out,
        cost_usd=answer.cost_usd,
    )


def _json(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Arguments that were typed already, as JSON again: the signature's own validation has the last word."""
    plain_values: Mapping[str, Any] = to_jsonable_python(dict(values))
    return plain_values
