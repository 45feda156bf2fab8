"""A program: a signature, the module that answers it, and the version of it that is live."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from uuid import UUID

from pydantic import BaseModel

from framework.declare.actions import Action, Create, Read, Update, argument
from framework.declare.attributes import Attr, attribute, created_at, primary_key, updated_at
from framework.declare.derived import count
from framework.declare.relationships import Many, One, belongs_to, has_many
from framework.declare.resource import Resource
from framework.declare.rules import identity
from framework.declare.verbs import verb
from framework.types.whole_numbers import Ordinal
from resources.accounts.project import DEFAULT_PROJECT, SLUG, Project
from resources.accounts.roles import DEVELOPERS, OPERATORS, USERS, in_project, members_read
from resources.language_models.language_model import OFFLINE_MODEL, LanguageModel
from resources.programs.first_version import first_version
from resources.programs.go_live import go_live
from resources.programs.signature import Signature

if TYPE_CHECKING:
    from resources.programs.version import ProgramVersion


class ModuleKind(StrEnum):
    """How a program comes to its answer."""

    PREDICT = "predict"
    CHAIN_OF_THOUGHT = "chain_of_thought"
    REACT = "react"
    BEST_OF_N = "best_of_n"
    MULTI_CHAIN_COMPARISON = "multi_chain_comparison"
    PIPELINE = "pipeline"
    CUSTOM = "custom"


class ExecutionResult(BaseModel):
    """What an execution gave, and what it took."""

    execution_id: UUID
    outputs: dict[str, Any]
    details: dict[str, Any]
    version: Ordinal
    model: str
    latency_ms: float
    tokens_in: int | None
    tokens_out: int | None
    cost_usd: float | None


class CarriedIn(BaseModel):
    """The version that was made, which is not live yet, and what of its source was not taken over."""

    number: Ordinal
    notes: list[str]


class Program(Resource):
    """Something that answers: made of a signature, a module and a model, improved version by version."""

    id: Attr[UUID] = primary_key()
    slug: Attr[str] = attribute(max_length=80, pattern=SLUG)
    name: Attr[str] = attribute(min_length=1, max_length=200)
    kind: Attr[ModuleKind] = attribute(default=ModuleKind.PREDICT)
    module: Attr[dict[str, Any]] = attribute(default_factory=dict, doc="Settings of the module: max_iters, n, steps, …")
    tools: Attr[list[str]] = attribute(default_factory=list, doc="Python functions it may use, from the allow-list.")
    settings: Attr[dict[str, Any]] = attribute(
        default_factory=dict, doc="How it asks its model: adapter, temperature, max_tokens, top_p, seed."
    )
    live_number: Attr[Ordinal] = attribute(default=1, doc="The number of the version that answers.")
    created_at: Attr[datetime] = created_at()
    updated_at: Attr[datetime] = updated_at()

    project_id: Attr[UUID] = attribute(default=DEFAULT_PROJECT)
    project: One[Project] = belongs_to()
    signature: One[Signature] = belongs_to()
    model_id: Attr[UUID] = attribute(default=OFFLINE_MODEL)
    model: One[LanguageModel] = belongs_to()
    versions: Many[ProgramVersion] = has_many()
    version_count: Attr[int] = count(versions)

    browse = Read()
    create = Create(
        accept=[project_id, slug, name, kind, module, tools, settings, signature, model_id],
        steps=[first_version()],
        doc="Makes a program, with a first version that has learned nothing yet.",
    )
    update = Update(accept=[name, model_id])
    promote = Update(
        arguments={"number": argument(Ordinal, doc="The version to go live.")},
        steps=[go_live()],
        doc="Makes another version the one that answers; taking it back is promoting the one before.",
    )
    execute = Action(
        verb("resources.executions.execute_program"),
        arguments={
            "inputs": argument(dict[str, Any], doc="A value for each input of the signature."),
            "version": argument(Ordinal | None, default=None, doc="Another version than the live one."),
            "model_id": argument(UUID | None, default=None, doc="Another model than the program's own."),
        },
        returns=ExecutionResult,
        doc="Answers, and records the execution.",
    )

    import_ = Action(
        verb("resources.programs.carry_state:import_states"),
        arguments={
            "state": argument(dict[str, Any], doc='What DSPy\'s `program.save("x.json")` wrote.'),
            "version": argument(
                Ordinal | None, default=None, doc="The version whose definition it is for; the live one."
            ),
        },
        returns=CarriedIn,
        doc=(
            "Makes a version that knows what a program of DSPy has learned: instructions and demonstrations, and "
            "nothing else of the file. A file of another program is refused, with each part and field that differs."
        ),
    )
    swap_parts = Action(
        verb("resources.programs.carry_state:swap_parts"),
        arguments={
            "parts": argument(list[str], doc="The parts to take, such as `generate`."),
            "from_version": argument(Ordinal, doc="The version to take them from."),
            "version": argument(Ordinal | None, default=None, doc="The version to put them into; the live one."),
        },
        returns=CarriedIn,
        doc="Makes a version with some parts as another version has learned them; the rest stays to the byte.",
    )

    policies = [
        *members_read(project),
        in_project(project, DEVELOPERS, create, update, import_, swap_parts),
        in_project(project, OPERATORS, promote),
        in_project(project, USERS, execute),
    ]

    unique_slug = identity(project_id, slug, message="another program has this slug")
