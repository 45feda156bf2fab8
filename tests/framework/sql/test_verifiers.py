"""What may not be said about stored resources, in the words it is refused with."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from framework.compiler.domain import Domain, problems_of
from framework.declare.attributes import Attr, attribute, primary_key
from framework.declare.resource import Resource
from framework.declare.rules import check, identity
from framework.sql.extension import SQL
from framework.sql.section import Table


def problems(*resources: type[Resource]) -> list[str]:
    """What is wrong with them, without the places."""
    return [str(problem) for problem in problems_of(Domain("test", resources, extensions=(SQL,)))]


def test_a_plain_resource_is_fine() -> None:
    class Note(Resource):
        id: Attr[UUID] = primary_key()
        title: Attr[str] = attribute()
        filled = check(title.length() > 0)

    assert problems(Note) == []


def test_two_resources_cannot_share_a_table() -> None:
    class Note(Resource):
        id: Attr[UUID] = primary_key()

    class Memo(Resource):
        sections = (Table("notes"),)
        id: Attr[UUID] = primary_key()

    assert problems(Note, Memo) == [
        '`Memo`: its table `notes` is that of `Note` already (give it another: `sections = (Table("..."),)`)'
    ]


def test_a_name_that_postgresql_would_cut() -> None:
    class Note(Resource):
        id: Attr[UUID] = primary_key()

    name = "x" * 64
    long = type(
        "Long",
        (Resource,),
        {
            "__annotations__": {"id": "Attr[UUID]", name: "Attr[str]"},
            "__module__": __name__,
            "id": primary_key(),
            name: attribute(),
        },
    )
    assert problems(Note, long) == [
        f"`Long.{name}`: `{name}` is longer than the 63 bytes that PostgreSQL keeps of a name"
    ]


def test_two_rules_cannot_lead_to_one_name() -> None:
    class Note(Resource):
        id: Attr[UUID] = primary_key()
        title: Attr[str] = attribute()
        one = identity(title)
        two = identity(title)

    assert problems(Note) == [
        "`Note.two`: another rule of the resource leads to the name `uq_notes_title` as well (leave one of them out)"
    ]


def test_choices_are_of_one_type() -> None:
    class Note(Resource):
        id: Attr[UUID] = primary_key()
        size: Attr[Literal["s", 1]] = attribute()

    assert problems(Note) == ["`Note.size`: its choices are of several types: int, str (use text for all of them)"]
