"""Mistakes that mypy and pyright both find: every line marked so, and no other."""

from __future__ import annotations

from uuid import UUID

from framework import (
    Attr,
    Create,
    Domain,
    Many,
    One,
    Query,
    Read,
    Resource,
    argument,
    attribute,
    belongs_to,
    check,
    count,
    has_many,
    identity,
    primary_key,
)


class Program(Resource):
    """A program."""

    id: Attr[UUID] = primary_key()
    name: Attr[str] = attribute(max_lenght=80)  # planted
    runs: Attr[int] = attribute(default="none")  # planted
    tags: Attr[list[str]] = attribute(default_factory=dict)  # planted
    size: Attr[str] = attribute("x")  # planted
    kind: str = attribute()  # planted
    trials: Many[Trial] = has_many()
    trial_count: Attr[str] = count(trials)  # planted
    good_trials: Attr[int] = count(trials, where=lambda t: t.scoer > 0.5)  # planted
    browse = Read(accept=[name])  # planted
    write = Create(accept=[nmae])  # planted
    rename = Create(accept=name)  # planted
    one_name = identity(name, were=None)  # planted
    named = check("name")  # planted
    parent: Attr[Program] = belongs_to()  # planted
    secret: Attr[str] = attribute(private="yes")  # planted


class Trial(Resource):
    """One try."""

    id: Attr[UUID] = primary_key()
    score: Attr[float] = attribute()
    program: One[Program] = belongs_to()
    other: One[Program | None] = belongs_to()


def records(record: Trial) -> None:
    record.scoer  # planted
    record.program.nmae  # planted
    record.other.name  # planted
    record.score = 1.0  # planted
    record.program = Program.of({})  # planted
    record.program.trials = []  # planted
    score: str = record.score  # planted
    print(score)


def expressions() -> None:
    Trial.scoer  # planted
    Trial.program.nmae  # planted
    Trial.program.name.ilike(3)  # planted
    Program.trials.any(lambda t: t.scoer > 0.5)  # planted
    Program.trials.score  # planted
    Query().where(True)  # planted
    Trial.deleet  # planted


DOMAIN = Domain("programs", [Program, str])  # planted
ARGUMENT = argument(str, defualt="x")  # planted
