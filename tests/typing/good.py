"""What authors and callers write; mypy and pyright find nothing to say, and tell each type exactly."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from decimal import Decimal
from typing import Any, assert_type
from uuid import UUID

from framework import (
    ActionKind,
    Attr,
    Create,
    Domain,
    Expr,
    Many,
    One,
    Query,
    Read,
    Resource,
    Update,
    actor,
    allow,
    attribute,
    belongs_to,
    bypass,
    calculate,
    changing,
    check,
    count,
    created_at,
    exists,
    field,
    forbid,
    given,
    group,
    has_many,
    identity,
    maximum,
    moment,
    primary_key,
    state_machine,
)
from framework.declare.actions import CreateRef, ReadRef, UpdateRef
from framework.expr.build import Related


class State(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    FAILED = "failed"


@dataclass(frozen=True)
class OwnedByActor:
    """A check of an author's own."""

    def says(self) -> str:
        return "the actor owns it"

    def condition(self, record: type[Document]) -> Expr[bool]:
        return record.owner == actor("id")


class Document(Resource):
    """Something that not everybody may see."""

    id: Attr[UUID] = primary_key()
    title: Attr[str] = attribute()
    owner: Attr[str | None] = attribute()
    hidden: Attr[bool] = attribute(default=False)

    browse = Read()
    bin = Read(past=["shown"])
    write = Create(accept=[title])
    edit = Update(accept=[title])

    policies = [
        bypass(actor("role") == "admin"),
        allow(browse, bin).when(OwnedByActor()),
        allow(ActionKind.CREATE, "edit").when(owner == actor("id"), given("title") != "x").because("it is theirs"),
        group(when=actor("kind") == "user", unless=OwnedByActor())[allow(browse), group(when=hidden)[allow(edit)]],
        forbid(edit).when(changing(title, from_=None, to=["y"])).unless(hidden),
        field(title).readable_when(OwnedByActor()).writable_when(actor("role") == "editor"),
    ]
    base = {"shown": ~hidden, "owned": OwnedByActor()}


DOCUMENTS = Domain("documents", [Document], policies=[allow(ActionKind.READ), bypass(actor("id") == "x")])


class Program(Resource):
    """A program."""

    id: Attr[UUID] = primary_key()
    name: Attr[str] = attribute(max_length=80)
    optimizations: Many[Optimization] = has_many("program")


class Optimization(Resource):
    """One run of an optimizer."""

    id: Attr[UUID] = primary_key()
    state: Attr[State] = state_machine(
        State.QUEUED,
        begin=(State.QUEUED, State.RUNNING),
        fail=((State.QUEUED, State.RUNNING), State.FAILED),
    )
    budget: Attr[dict[str, int]] = attribute(default_factory=dict)
    baseline_score: Attr[float | None] = attribute()
    best_score: Attr[float | None] = attribute(default=None)
    created_at: Attr[datetime] = created_at()
    seen_at: Attr[datetime] = attribute(default=moment())

    program: One[Program] = belongs_to()
    parent: One[Program | None] = belongs_to()
    trials: Many[Trial] = has_many()

    trial_count: Attr[int] = count(trials, where=lambda t: t.score > 0.5)
    best: Attr[float | None] = maximum(trials, lambda t: t.score)
    gain: Attr[float | None] = calculate(best_score - baseline_score)
    program_name: Attr[str] = calculate(program.name)
    tried: Attr[bool] = exists(trials, where=lambda t: t.score > 0.5)

    browse = Read()
    start = Create(accept=[program, budget])
    begin = Update()
    fail = Update()

    once = identity(program, created_at)
    sane = check(best_score >= 0)


class Trial(Resource):
    """One try."""

    id: Attr[UUID] = primary_key()
    score: Attr[float] = attribute()
    optimization: One[Optimization] = belongs_to()


DOMAIN = Domain("optimizations", [Program, Optimization, Trial])


def records(record: Optimization, trial: Trial) -> None:
    assert_type(record.id, UUID)
    assert_type(record.best_score, float | None)
    assert_type(record.gain, float | None)
    assert_type(record.state, State)
    assert_type(record.created_at, datetime)
    assert_type(record.budget, dict[str, int])
    assert_type(record.trial_count, int)
    assert_type(record.program, Program)
    assert_type(record.program.name, str)
    assert_type(record.parent, Program | None)
    assert_type(record.trials, list[Trial])
    assert_type(record.trials[0].score, float)
    assert_type(trial.optimization.program.name, str)
    assert_type(record["anything"], Any)
    if record.parent is not None:
        assert_type(record.parent.name, str)


def expressions() -> None:
    assert_type(Optimization.best_score, Expr[float | None])
    assert_type(Optimization.best_score > 0.5, Expr[bool])
    assert_type(Optimization.state == State.RUNNING, Expr[bool])
    assert_type(Optimization.program.name.ilike("%qa%"), Expr[bool])
    assert_type(Optimization.parent.name == "qa", Expr[bool])
    assert_type(Optimization.trials, Related[Trial])
    assert_type(Optimization.trials.any(lambda t: t.score > 0.5), Expr[bool])
    assert_type(Optimization.trials.none(lambda t: t.optimization.program.name == "x"), Expr[bool])
    assert_type((Optimization.best_score > 0.5) & ~Optimization.gain.is_null(), Expr[bool])
    assert_type(Optimization.best_score - Optimization.baseline_score, Expr[float | None])
    assert_type(Optimization.trial_count / 2, Expr[float | None])
    assert_type(Optimization.trial_count + 2, Expr[int])
    assert_type(Optimization.trial_count * Decimal(2), Expr[Decimal])
    assert_type(Optimization.trial_count * 0.5, Expr[float])
    assert_type(Optimization.best_score.or_else(0.0), Expr[float])
    assert_type(Optimization.program.name.or_else(""), Expr[str])
    assert_type(Optimization.program.name.length(), Expr[int])
    assert_type(Query().where(Optimization.best_score > 0.5).sorted_by(Optimization.created_at.desc()), Query)


def actions() -> None:
    assert_type(Optimization.browse, ReadRef[Optimization])
    assert_type(Optimization.start, CreateRef[Optimization])
    assert_type(Optimization.begin, UpdateRef[Optimization])
    assert_type(Optimization.start.record, type[Optimization])
