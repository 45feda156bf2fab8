"""An execution: one question to one version of a program, and what became of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from framework.declare.actions import Create, Job, Read, Update
from framework.declare.attributes import Attr, attribute, created_at, primary_key
from framework.declare.machine import state_machine
from framework.declare.relationships import One, belongs_to
from framework.declare.resource import Resource
from framework.declare.rules import index, retention
from framework.declare.verbs import verb
from framework.spec.action import Scope
from resources.accounts.roles import DEVELOPERS, USERS, by_the_system_alone, in_project, members_read
from resources.executions.final_status import final_status
from resources.language_models.language_model import LanguageModel
from resources.programs.program import Program
from resources.programs.version import ProgramVersion


class ExecutionStatus(StrEnum):
    """What became of it."""

    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class Execution(Resource):
    """What was asked, what was answered, by what, how long it took and what it cost; a fact, never edited."""

    id: Attr[UUID] = primary_key()
    inputs: Attr[dict[str, Any]] = attribute()
    outputs: Attr[dict[str, Any] | None] = attribute(default=None)
    details: Attr[dict[str, Any] | None] = attribute(default=None, doc="What the module gave besides: reasoning, …")
    error: Attr[dict[str, Any] | None] = attribute(default=None, doc="Code and message, when it failed.")
    latency_ms: Attr[float | None] = attribute(default=None)
    tokens_in: Attr[int | None] = attribute(default=None)
    tokens_out: Attr[int | None] = attribute(default=None)
    cost_usd: Attr[float | None] = attribute(default=None, doc="None when the model's prices are not known.")
    evaluation_id: Attr[UUID | None] = attribute(default=None, doc="The evaluation it was part of.")
    example_key: Attr[str | None] = attribute(default=None)
    owner_id: Attr[UUID | None] = attribute(default=None, private=True, doc="The process that asks.")
    score: Attr[float | None] = attribute(default=None, doc="How good it was, 0 to 1, in an evaluation.")
    created_at: Attr[datetime] = created_at()

    program: One[Program] = belongs_to()
    version: One[ProgramVersion] = belongs_to()
    model: One[LanguageModel] = belongs_to()
    status: Attr[ExecutionStatus] = state_machine(
        ExecutionStatus.RUNNING,
        succeed=(ExecutionStatus.RUNNING, ExecutionStatus.SUCCEEDED),
        fail=(ExecutionStatus.RUNNING, ExecutionStatus.FAILED),
    )

    browse = Read(orders=[created_at.desc(), (program, created_at.desc()), (status, created_at.desc())])
    begin = Create(
        accept=[program, version, model, inputs, owner_id],
        private=True,
        quiet=True,
        doc="Records a question before it is asked; what became of it is told once it is known.",
    )
    record = Create(
        accept=[
            program, version, model, inputs, outputs, details, error, latency_ms,
            tokens_in, tokens_out, cost_usd, evaluation_id, example_key, score,
        ],
        steps=[final_status()],
        private=True,
        quiet=True,
        doc="Records an execution that is over; an evaluation, which has many, tells of them all at once.",
    )  # fmt: skip
    succeed = Update(accept=[outputs, details, latency_ms, tokens_in, tokens_out, cost_usd], private=True)
    fail = Update(accept=[error, latency_ms, tokens_in, tokens_out, cost_usd], private=True)
    give_up_abandoned = Job(
        verb("resources.executions.give_up_abandoned"),
        scope=Scope.RESOURCE,
        every=60.0,
        doc="Fails what a process began and never ended, because it died.",
    )

    policies = [
        *members_read(program.project),
        in_project(program.project, USERS, begin, succeed, fail),
        in_project(program.project, DEVELOPERS, record),
        by_the_system_alone(give_up_abandoned),
    ]

    # Those of an evaluation are its results, which somebody asked for.
    _kept = retention(
        after=timedelta(days=90),
        since=created_at,
        where=(status != ExecutionStatus.RUNNING) & evaluation_id.is_null(),
    )
    _of_an_evaluation = index(evaluation_id, example_key)
