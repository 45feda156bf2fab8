"""What may not be said about stored resources, in the words it is refused with."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal
from uuid import UUID

from framework.compiler.domain import Domain, problems_of
from framework.declare.attributes import Attr, attribute, primary_key
from framework.declare.resource import Resource
from framework.declare.rules import check, exclude, identity, index
from framework.sql.extension import SQL
from framework.sql.section import Table
from framework.types.resolve import Vector


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


def test_an_exclusion_is_of_spans_and_of_what_is_compared() -> None:
    class Visit(Resource):
        id: Attr[UUID] = primary_key()
        name: Attr[str] = attribute()
        begins: Attr[int] = attribute()
        until: Attr[int] = attribute()
        ends: Attr[Decimal] = attribute()
        word: Attr[str] = attribute()
        tags: Attr[list[str]] = attribute()
        fine = exclude(name.lower(), overlapping=(begins, until))
        mixed = exclude(overlapping=(begins, ends))
        words = exclude(overlapping=(name, word))
        listed = exclude(tags, overlapping=(begins, until))

    types = "both are of one of the types datetime, date, integer, decimal"
    assert problems(Visit) == [
        f"`Visit.mixed`: there is no span from integer to decimal ({types})",
        f"`Visit.words`: there is no span from string to string ({types})",
        "`Visit.listed`: values of the type list are not compared by an exclusion",
    ]


def test_an_index_is_of_a_kind_that_there_is_for_its_values() -> None:
    class Note(Resource):
        id: Attr[UUID] = primary_key()
        title: Attr[str] = attribute()
        size: Attr[int] = attribute()
        place: Attr[Vector] = attribute(dimensions=2)
        tags: Attr[list[str]] = attribute()
        i1 = index(size, kind="gin")
        i2 = index(title, kind="hnsw", operators="vector_l2_ops")
        i3 = index(title, kind="gin")
        i4 = index(tags, kind="gin", operators="jsonb_pth_ops")
        i5 = index(place, kind="hnsw")
        i6 = index(size.desc(), kind="brin", include=[title], options={"pages": 2, "pages_per_range": 0})
        i7 = index(title, size, kind="hash")
        i8 = index(title.lower(), kind="gin", operators="gin_trgm_ops")
        i9 = index(size, operators="int8_ops")

    at = "`Note.index`: "
    assert problems(Note) == [
        at + "there is no gin index over `size`, of the type integer (it is for json, list, map, model, string)",
        at + "there is no hnsw index over `title`, of the type string (it is for vector)",
        at + "a gin index over `title` says by which operators (operators='gin_trgm_ops')",
        at + "a gin index over `tags` has no operators 'jsonb_pth_ops' (say 'jsonb_ops' or 'jsonb_path_ops')",
        at + "a hnsw index over `place` says by which operators (operators='vector_cosine_ops')",
        at + "a brin index has no order, so nothing in it descends (leave out `.desc()`)",
        at + "a brin index keeps nothing besides (leave out `include`)",
        at + "a brin index has no option `pages` (it has `pages_per_range`)",
        at + "the option `pages_per_range` is a number from 1 on, not 0",
        at + "a hash index is of one attribute (declare one for each)",
        at + "a btree index over `size` has no operators 'int8_ops' (leave out `operators`)",
    ]
