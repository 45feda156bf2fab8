"""Calls made into sound questions: which version answers, by which model, with which inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from pydantic_core import to_jsonable_python

from framework.actions.request import Call
from framework.actions.session import Session
from framework.declare.resource import Resource
from framework.errors import Failure, Invalid
from framework.lm.calls.call import Call as LmCall
from framework.lm.payloads.payloads import plain, validate_inputs
from resources.executions.known_version import KnownVersion, known_version
from resources.language_models.language_model import LanguageModel
from resources.language_models.validate_model import definition_of


@dataclass(frozen=True, slots=True)
class Question:
    """A sound question to a program, and what is put on record of it."""

    program_id: UUID
    version: KnownVersion
    model_id: UUID
    call: LmCall


async def questions_of(calls: Sequence[Call], session: Session) -> list[Question | Failure]:
    """The question of each call to a program, or what is wrong with it."""
    models = await _models(calls, session)
    found: list[Question | Failure] = []
    for call in calls:
        try:
            found.append(await _question(call, models, session))
        except Failure as failure:
            found.append(failure)
    return found


async def _question(call: Call, models: Mapping[UUID, LanguageModel], session: Session) -> Question:
    program, model_id = _program(call), _model_id(call)
    wanted = call.arguments.get("version")
    version = await known_version(program["id"], program["live_number"] if wanted is None else wanted, session)
    if (model := models.get(model_id)) is None:
        message = f"there is no LanguageModel with id {model_id}"
        raise Invalid(message, code="no_such_record", path=("model_id",), params={"id": str(model_id)})
    # Arguments that were typed already, as JSON again: the signature's own validation has the last word.
    inputs = plain(validate_inputs(version.definition.signature, to_jsonable_python(dict(call.arguments["inputs"]))))
    asked = LmCall(version.definition, inputs, definition_of(model), version.state)
    return Question(program["id"], version, model_id, asked)


async def _models(calls: Sequence[Call], session: Session) -> Mapping[UUID, LanguageModel]:
    """The models that there are of those the calls want, in one statement."""
    wanted = list(dict.fromkeys(map(_model_id, calls)))
    found = await session.find(session.domain.action("LanguageModel", "browse"), wanted)
    return {model["id"]: model for model in found if model is not None}


def _model_id(call: Call) -> UUID:
    other: UUID | None = call.arguments.get("model_id")
    own: UUID = _program(call)["model_id"]
    return own if other is None else other


def _program(call: Call) -> Resource:
    if call.record is None:
        raise LookupError(f"`{call.action.resource}.{call.action.name}` is not about a program")
    return call.record
