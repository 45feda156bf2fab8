from __future__ import annotations

from collections.abc import Callable
from typing import Literal
from uuid import UUID

from pydantic import BaseModel

from framework.declare.actions import Create, argument
from framework.declare.attributes import Attr, attribute, primary_key
from framework.declare.resource import Resource
from framework.expr.build import actor

Problems = Callable[..., list[str]]


class Budget(BaseModel):
    calls: int = 5


def test_a_default_is_a_value_of_its_own_type_within_its_own_limits(problems: Problems) -> None:
    class Note(Resource):
        id: Attr[UUID] = primary_key()
        size: Attr[int] = attribute(default=0, ge=1)
        title: Attr[str] = attribute(default="too long", max_length=3)
        level: Attr[Literal["low", "high"]] = attribute(default="medium")  # type: ignore[arg-type]  # on purpose
        gone: Attr[str] = attribute(default=None)  # type: ignore[arg-type]  # wrong on purpose
        tags: Attr[str] = attribute(default_factory=list)  # type: ignore[arg-type]  # wrong on purpose
        write = Create(arguments={"times": argument(int, default="many")})

    assert problems(Note) == [
        "`Note.size`: the default breaks its own type: has to be 1 or more",
        "`Note.title`: the default breaks its own type: has at most 3 characters",
        "`Note.level`: the default breaks its own type: has to be 'low' or 'high'",
        "`Note.gone`: the default is None, which the type leaves out (write `... | None`)",
        "`Note.tags`: the default breaks its own type: has to be a text",
        "`Note.write.arguments.times`: the default breaks its own type: has to be a whole number",
    ]


def test_what_records_get_that_stand_already_fits_its_attribute(problems: Problems) -> None:
    class Note(Resource):
        id: Attr[UUID] = primary_key()
        size: Attr[int] = attribute(backfill=0, ge=1)
        gone: Attr[str] = attribute(backfill=None)
        subject: Attr[str | None] = attribute()
        count: Attr[int] = attribute(backfill=subject)
        title: Attr[str] = attribute(backfill=subject)
        owner: Attr[str] = attribute(backfill=actor("name"))
        fine: Attr[str] = attribute(backfill=subject.or_else("none"))

    assert problems(Note) == [
        "`Note.size`: the backfill breaks its own type: has to be 1 or more",
        "`Note.gone`: the backfill is None, which the type leaves out (write `... | None`)",
        "`Note.count`: is of the type integer, but its backfill gives string",
        "`Note.title`: its backfill may give None (end it in `.or_else(...)`)",
        "`Note.owner`: a migration has no actor, so its backfill knows none",
    ]


def test_defaults_that_fit(problems: Problems) -> None:
    class Note(Resource):
        id: Attr[UUID] = primary_key()
        size: Attr[int | None] = attribute(default=None, ge=1)
        budget: Attr[Budget] = attribute(default_factory=Budget)
        tags: Attr[list[str]] = attribute(default_factory=list)
        made: Attr[str] = attribute(default_factory=lambda: "later")

    assert problems(Note) == []
