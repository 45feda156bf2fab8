"""An optimization: one run of a DSPy optimizer over a program and a dataset."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from framework.declare.actions import Create, Job, Read, Update, argument
from framework.declare.attributes import Attr, attribute, created_at, primary_key
from framework.declare.derived import calculate, count
from framework.declare.machine import state_machine
from framework.declare.relationships import Many, One, belongs_to, has_many
from framework.declare.resource import Resource
from framework.declare.verbs import verb
from framework.jobs.control import cancel_job, pause_job, resume_job
from framework.jobs.enqueue import enqueue
from framework.types.whole_numbers import Count, Ordinal
from resources.accounts.roles import DEVELOPERS, USERS, by_the_system_alone, in_project, members_read
from resources.datasets.dataset import Dataset
from resources.evaluations.metric import Metric
from resources.evaluations.pin_versions import pin_versions
from resources.evaluations.run_state import MOVES, RunState
from resources.language_models.language_model import LanguageModel
from resources.optimizations.validate_optimizer_params import validate_optimizer_params
from resources.programs.program import Program
from resources.programs.version import ProgramVersion

if TYPE_CHECKING:
    from resources.optimizations.trial import Trial


class Optimizer(StrEnum):
    """The DSPy optimizers that can be run."""

    LABELED_FEW_SHOT = "labeled_few_shot"
    BOOTSTRAP_FEW_SHOT = "bootstrap_few_shot"
    BOOTSTRAP_FEW_SHOT_WITH_RANDOM_SEARCH = "bootstrap_few_shot_with_random_search"
    MIPROV2 = "miprov2"
    GEPA = "gepa"


class Budget(BaseModel):
    """What the run may spend, scoring before and after the search included; None is no limit.

    A search that has spent its part stops with the best it has.
    """

    model_config = ConfigDict(extra="forbid")

    calls: Annotated[Count, Field(ge=1)] | None = None
    tokens: Annotated[int, Field(ge=1)] | None = None
    usd: Annotated[float, Field(gt=0)] | None = None
    seconds: Annotated[float, Field(gt=0)] | None = None


class OptimizationProgress(BaseModel):
    """How far a run has come: the phase, the trial that was scored last, the best so far, and what was spent."""

    phase: str
    trial: Count
    trials: Count
    fidelity: str | None = None
    score: float | None = None
    size: Count | None = None
    best_score: float | None = None
    calls: Count = 0
    tokens: int | None = 0
    cost_usd: float | None = 0.0


class Optimization(Resource):
    """A search for a better version. It is judged on test examples that the optimizer never saw."""

    id: Attr[UUID] = primary_key()
    optimizer: Attr[Optimizer] = attribute(default=Optimizer.BOOTSTRAP_FEW_SHOT)
    params: Attr[dict[str, Any]] = attribute(default_factory=dict, doc="Settings of the optimizer.")
    targets: Attr[list[str]] = attribute(
        default_factory=list, max_length=50, doc="The parts of the program to improve, such as `generate`; none is all."
    )
    budget: Attr[Budget] = attribute(default_factory=Budget)
    seed: Attr[int] = attribute(default=0, ge=0, le=2**31 - 1)
    concurrency: Attr[int] = attribute(default=8, ge=1, le=64)
    dataset_version: Attr[Count] = attribute(doc="The dataset as it was when the run was asked for.")
    baseline_score: Attr[float | None] = attribute(default=None, doc="On the test split, before.")
    baseline_low: Attr[float | None] = attribute(default=None)
    baseline_high: Attr[float | None] = attribute(default=None)
    optimized_score: Attr[float | None] = attribute(default=None, doc="On the test split, after.")
    optimized_low: Attr[float | None] = attribute(default=None)
    optimized_high: Attr[float | None] = attribute(default=None)
    gain: Attr[float | None] = calculate(optimized_score - baseline_score)
    best_score: Attr[float | None] = attribute(default=None, doc="On the validation split, by which the search chose.")
    holdout_n: Attr[Count | None] = attribute(default=None)
    result_number: Attr[Ordinal | None] = attribute(
        default=None, doc="The version it made; none when nothing was better."
    )
    stop_reason: Attr[str | None] = attribute(default=None)
    notes: Attr[list[str]] = attribute(default_factory=list, doc="What is worth knowing about how it went.")
    calls: Attr[Count | None] = attribute(default=None)
    tokens_in: Attr[int | None] = attribute(default=None)
    tokens_out: Attr[int | None] = attribute(default=None)
    cost_usd: Attr[float | None] = attribute(default=None)
    error: Attr[dict[str, Any] | None] = attribute(default=None)
    created_at: Attr[datetime] = created_at()

    program: One[Program] = belongs_to()
    project_id: Attr[UUID] = calculate(program.project_id, private=True)
    version: One[ProgramVersion] = belongs_to(doc="The version it began with.")
    dataset: One[Dataset] = belongs_to()
    metric: One[Metric] = belongs_to()
    model: One[LanguageModel] = belongs_to()
    trials: Many[Trial] = has_many()
    trial_count: Attr[int] = count(trials)
    state: Attr[RunState] = state_machine(RunState.QUEUED, **MOVES)

    browse = Read(orders=[created_at.desc()])
    start = Create(
        accept=[program, dataset, metric, optimizer, params, targets, budget, seed, concurrency],
        arguments={
            "version": argument(Ordinal | None, default=None, doc="Another version to begin with than the live one."),
        },
        steps=[pin_versions(), validate_optimizer_params()],
        then=enqueue("run"),
        doc="Searches for a better version, in the background.",
    )
    begin = Update(private=True)
    finish = Update(
        accept=[
            baseline_score, baseline_low, baseline_high, optimized_score, optimized_low, optimized_high,
            best_score, holdout_n, result_number, stop_reason, notes, calls, tokens_in, tokens_out, cost_usd, error,
        ],
        private=True,
    )  # fmt: skip
    record_spend = Update(accept=[calls, tokens_in, tokens_out, cost_usd], private=True, quiet=True)
    fail = Update(accept=[error], private=True)
    cancel = Update(then=cancel_job("run"), doc="Stops the search; the best candidate so far stays on its trial.")
    stop = Update(private=True)
    pause = Update(then=pause_job("run"), doc="Stops the search for a while; what was asked so far is not asked again.")
    hold = Update(private=True)
    resume = Update(then=resume_job("run"), doc="Goes on where it was paused.")
    run = Job(
        verb("resources.optimizations.optimize_program"),
        queue="optimizations",
        fair_by=project_id,
        progress=OptimizationProgress,
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
