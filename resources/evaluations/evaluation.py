"""An evaluation: a version of a program scored on the examples of one split."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from framework.declare.actions import Create, Job, Read, Update, argument
from framework.declare.attributes import Attr, attribute, created_at, primary_key
from framework.declare.derived import calculate
from framework.declare.machine import state_machine
from framework.declare.relationships import One, belongs_to
from framework.declare.resource import Resource
from framework.declare.verbs import verb
from framework.jobs.control import cancel_job, pause_job, resume_job
from framework.jobs.enqueue import enqueue
from framework.types.whole_numbers import Count, Ordinal
from resources.accounts.roles import DEVELOPERS, USERS, by_the_system_alone, in_project, members_read
from resources.datasets.dataset import Dataset
from resources.datasets.example import Split
from resources.evaluations.metric import Metric
from resources.evaluations.pin_versions import pin_versions
from resources.evaluations.run_state import MOVES, RunState
from resources.evaluations.some_examples import some_examples
from resources.language_models.language_model import LanguageModel
from resources.programs.program import Program
from resources.programs.version import ProgramVersion


class EvaluationProgress(BaseModel):
    """How far an evaluation has come."""

    done: Count
    total: Count
    failed: Count
    mean: float | None


class Evaluation(Resource):
    """How good a version is: the mean score with its 95 % confidence interval, and an execution for each example."""

    id: Attr[UUID] = primary_key()
    split: Attr[Split] = attribute(default=Split.TEST)
    concurrency: Attr[int] = attribute(default=128, ge=1, le=512)
    dataset_version: Attr[Count] = attribute(doc="The dataset as it was when the evaluation was asked for.")
    n: Attr[Count | None] = attribute(default=None, doc="How many examples were scored.")
    failed: Attr[Count | None] = attribute(default=None, doc="How many of them broke; each counts as zero.")
    score: Attr[float | None] = attribute(default=None)
    score_low: Attr[float | None] = attribute(default=None)
    score_high: Attr[float | None] = attribute(default=None)
    interval_method: Attr[str | None] = attribute(default=None)
    latency_p50_ms: Attr[float | None] = attribute(default=None)
    latency_p95_ms: Attr[float | None] = attribute(default=None)
    tokens_in: Attr[int | None] = attribute(default=None)
    tokens_out: Attr[int | None] = attribute(default=None)
    cost_usd: Attr[float | None] = attribute(default=None)
    error: Attr[dict[str, Any] | None] = attribute(default=None)
    created_at: Attr[datetime] = created_at()

    program: One[Program] = belongs_to()
    project_id: Attr[UUID] = calculate(program.project_id, private=True)
    version: One[ProgramVersion] = belongs_to()
    dataset: One[Dataset] = belongs_to()
    metric: One[Metric] = belongs_to()
    model: One[LanguageModel] = belongs_to()
    state: Attr[RunState] = state_machine(RunState.QUEUED, **MOVES)

    browse = Read(orders=[created_at.desc()])
    start = Create(
        accept=[program, dataset, metric, split, concurrency],
        arguments={
            "version": argument(Ordinal | None, default=None, doc="Another version than the live one."),
        },
        steps=[pin_versions(), some_examples()],
        then=enqueue("run"),
        doc="Scores a program on a split of a dataset, in the background.",
    )
    begin = Update(private=True)
    finish = Update(
        accept=[
            n, failed, score, score_low, score_high, interval_method,
            latency_p50_ms, latency_p95_ms, tokens_in, tokens_out, cost_usd, error,
        ],
        private=True,
    )  # fmt: skip
    record_spend = Update(accept=[tokens_in, tokens_out, cost_usd], private=True, quiet=True)
    fail = Update(accept=[error], private=True)
    cancel = Update(then=cancel_job("run"), doc="Stops the evaluation.")
    stop = Update(private=True)
    pause = Update(then=pause_job("run"), doc="Stops the evaluation for a while; what was scored so far is kept.")
    hold = Update(private=True)
    resume = Update(then=resume_job("run"), doc="Goes on where it was paused.")
    run = Job(
        verb("resources.evaluations.evaluate_program"),
        queue="evaluations",
        fair_by=project_id,
        progress=EvaluationProgress,
        on_failed="fail",
        on_cancelled="stop",
        on_paused="hold",
        on_resumed="resume",
    )

    policies = [
        *members_read(program.project),
        in_project(program.project, DEVELOPERS, start, begin, finish, record_spend, run),
        in_project(program.project, USERS, cancel, pause, resume),
        by_the_system_alone(fail, stop, hold),
    ]
