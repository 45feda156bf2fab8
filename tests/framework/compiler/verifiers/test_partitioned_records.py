"""What cannot be partitioned by time is refused when the domain is compiled, with the ways out."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import pytest

from framework.compiler.domain import Domain, problems_of
from framework.declare.actions import Create, Update
from framework.declare.attributes import Attr, attribute, created_at, primary_key, updated_at
from framework.declare.relationships import One, belongs_to
from framework.declare.resource import Resource
from framework.declare.rules import exclude, identity, retention
from framework.sql.extension import SQL

DAY = timedelta(days=1)
AT = "_kept.partition_every: "


def says(*records: type[Resource]) -> list[str]:
    found = problems_of(Domain("notes", records, [SQL]))
    assert all(problem.at.line for problem in found)
    return [f"{problem.path}: {problem.says}" for problem in found]


def test_what_can_be_partitioned_is() -> None:
    class Note(Resource):
        id: Attr[UUID] = primary_key()
        slug: Attr[str] = attribute()
        at: Attr[datetime] = created_at()

        _once = identity(slug, at)
        _kept = retention(after=30 * DAY, since=at, partition_every=DAY)
        write = Create(accept=[slug])

    assert says(Note) == []


def test_the_moment_is_always_there_and_stays() -> None:
    class Note(Resource):
        id: Attr[UUID] = primary_key()
        at: Attr[datetime | None] = attribute(default=None)

        _kept = retention(after=30 * DAY, since=at, partition_every=DAY)
        close = Update(accept=[at])

    class Other(Resource):
        id: Attr[UUID] = primary_key()
        at: Attr[datetime] = updated_at()

        _kept = retention(after=30 * DAY, since=at, partition_every=DAY)

    changes = "`at` changes, and its record would have to move to another partition"
    assert says(Note) == [
        f"Note.{AT}`at` may be absent, and a record without it is in no partition",
        f"Note.{AT}{changes}",
    ]
    assert says(Other) == [f"Other.{AT}{changes}"]


def test_what_is_unique_says_in_which_partition_it_is() -> None:
    class Note(Resource):
        name: Attr[str] = attribute(primary_key=True)
        starts: Attr[datetime] = attribute()
        ends: Attr[datetime] = attribute()
        slug: Attr[str] = attribute()

        _once = identity(slug)
        _apart = exclude(overlapping=(starts, ends))
        _kept = retention(after=30 * DAY, since=starts, partition_every=DAY)
        write = Create(accept=[name, starts, ends, slug])

    assert says(Note) == [
        f"Note.{AT}its key `name` is given by callers, and is unique within a partition only",
        f"Note.{AT}`_once` is unique over all records, which partitions cannot keep",
        f"Note.{AT}`_apart` excludes over all records, which partitions cannot keep",
    ]


def test_nothing_links_to_partitions() -> None:
    class Note(Resource):
        id: Attr[UUID] = primary_key()
        at: Attr[datetime] = created_at()

        _kept = retention(after=30 * DAY, since=at, partition_every=DAY)
        write = Create()

    class Line(Resource):
        id: Attr[UUID] = primary_key()
        note: One[Note] = belongs_to()
        write = Create(accept=[note])

    assert says(Note, Line) == [f"Note.{AT}`Line.note` links to it, and no foreign key leads to partitions"]


@pytest.mark.parametrize(
    ("every", "told"),
    [
        (60 * DAY, f"Note.{AT}a partition is longer than records are kept"),
        (timedelta(hours=1), f"Note.{AT}makes more than 100 partitions of what is kept"),
        (timedelta(minutes=90), "Note._kept: `partition_every` is of whole hours"),
    ],
)
def test_there_are_some_partitions_and_not_too_many(every: timedelta, told: str) -> None:
    class Note(Resource):
        id: Attr[UUID] = primary_key()
        at: Attr[datetime] = created_at()

        _kept = retention(after=30 * DAY, since=at, partition_every=every)

    (said,) = says(Note)
    assert said.startswith(told)
