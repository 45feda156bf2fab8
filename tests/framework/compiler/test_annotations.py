from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from types import ModuleType
from typing import TYPE_CHECKING
from uuid import UUID

from pydantic import BaseModel

from framework.compiler.domain import Domain, compile_domain, problems_of
from framework.declare.attributes import Attr, attribute, primary_key
from framework.declare.derived import count
from framework.declare.relationships import Many, One, belongs_to, has_many
from framework.declare.resource import Resource
from framework.spec.domain import DomainSpec
from framework.types.type import Kind

if TYPE_CHECKING:
    from shop import Customer  # type: ignore[import-not-found]  # a name that only a type checker sees

Problems = Callable[..., list[str]]


def compiled(*records: type[Resource]) -> DomainSpec:
    return compile_domain(Domain("test", records))


def test_a_resource_may_speak_of_one_declared_after_it() -> None:
    class Program(Resource):
        id: Attr[UUID] = primary_key()
        trials: Many[Trial] = has_many()
        trial_count: Attr[int] = count(trials)

    class Trial(Resource):
        id: Attr[UUID] = primary_key()
        program: One[Program] = belongs_to()

    spec = compiled(Program, Trial)
    assert spec.resources["Program"].relationships["trials"].target == "Trial"


def test_types_local_to_a_function_are_in_sight() -> None:
    class Color(StrEnum):
        RED = "red"

    class Budget(BaseModel):
        calls: int

    class Note(Resource):
        id: Attr[UUID] = primary_key()
        color: Attr[Color] = attribute()
        colors: Attr[list[Color] | None] = attribute()
        budget: Attr[Budget] = attribute()

    attributes = compiled(Note).resources["Note"].attributes
    assert attributes["color"].type.python is Color
    assert attributes["colors"].type.nullable
    assert attributes["budget"].type.python is Budget


def test_types_made_in_the_class_body_are_in_sight() -> None:
    class Note(Resource):
        class Color(StrEnum):
            RED = "red"

        id: Attr[UUID] = primary_key()
        color: Attr[Color] = attribute()

    assert compiled(Note).resources["Note"].attributes["color"].type.choices == ("red",)


def test_a_mixin_local_to_a_function_brings_its_local_types() -> None:
    class Color(StrEnum):
        RED = "red"

    class Colored:
        color: Attr[Color] = attribute()

    class Note(Colored, Resource):
        id: Attr[UUID] = primary_key()

    assert compiled(Note).resources["Note"].attributes["color"].type.python is Color


def test_a_field_may_be_named_as_its_type() -> None:
    class Note(Resource):
        id: Attr[UUID] = primary_key()
        UUID_: Attr[UUID] = attribute()
        str: Attr[str] = attribute()

    # The first name is refused for its spelling, not for its type.
    assert [problem.path for problem in problems_of(Domain("test", [Note]))] == ["Note.UUID_"]


def test_a_name_that_only_a_type_checker_sees_is_found_among_the_resources() -> None:
    class Order(Resource):
        id: Attr[UUID] = primary_key()
        customer: One[Customer] = belongs_to()

    customer = type("Customer", (Resource,), {"__annotations__": {"id": "Attr[UUID]"}, "id": primary_key()})
    assert compiled(Order, customer).resources["Order"].attributes["customer_id"].type.kind is Kind.UUID


def test_annotations_that_were_evaluated_at_once_are_read_as_well() -> None:
    module = ModuleType("eager")
    source = """
from uuid import UUID
from framework import *
class Program(Resource):
    id: Attr[UUID] = primary_key()
    trials: Many["Trial"] = has_many()
    tags: Attr[list["str"]] = attribute()
class Trial(Resource):
    id: Attr[UUID] = primary_key()
    program: "One[Program]" = belongs_to()
"""
    exec(compile(source, "eager.py", "exec", dont_inherit=True), vars(module))
    spec = compiled(module.Program, module.Trial)
    assert spec.resources["Program"].relationships["trials"].target == "Trial"
    item = spec.resources["Program"].attributes["tags"].type.item
    assert item is not None
    assert item.kind is Kind.STRING


def test_a_name_out_of_sight_is_told_with_a_way_out(problems: Problems) -> None:
    class Note(Resource):
        id: Attr[UUID] = primary_key()
        color: Attr[Colour] = attribute()  # type: ignore[name-defined]  # noqa: F821 - out of sight on purpose
        author: One[Note2] = belongs_to()  # type: ignore[name-defined]  # noqa: F821 - out of sight on purpose

    assert problems(Note) == [
        (
            "`Note.color`: `Colour` is neither a name in sight of `Note` nor a resource of the domain "
            "(import it, or list it in the domain)"
        ),
        (
            "`Note.author`: `Note2` is neither a name in sight of `Note` nor a resource of the domain "
            "(did you mean `Note`?)"
        ),
    ]


def test_a_word_needs_its_own_annotation(problems: Problems) -> None:
    class Note(Resource):
        id: Attr[UUID] = primary_key()
        title: str = attribute()  # type: ignore[assignment]  # wrong on purpose
        parent: Attr[UUID] = belongs_to()  # type: ignore[assignment]  # wrong on purpose
        notes: One[Note] = has_many()  # type: ignore[assignment]  # wrong on purpose
        body = attribute()

    assert problems(Note) == [
        "`Note.title`: `str` is not the annotation of this word (write `Attr[...]`)",
        "`Note.parent`: `Attr[UUID]` is not the annotation of this word (write `One[...]`)",
        "`Note.notes`: `One[Note]` is not the annotation of this word (write `Many[...]`)",
        "`Note.body`: has no annotation (write `body: Attr[...] = ...`)",
    ]


def test_an_annotation_without_a_word_is_told(problems: Problems) -> None:
    class Note(Resource):
        id: Attr[UUID] = primary_key()
        title: Attr[str]
        remark: str

    assert problems(Note) == ["`Note.title`: was annotated but not declared (write `= attribute()`)"]


def test_an_annotation_that_makes_no_sense_is_told(problems: Problems) -> None:
    class Note(Resource):
        id: Attr[UUID] = primary_key()
        title: Attr[UUID.missing] = attribute()  # type: ignore[name-defined]  # wrong on purpose
        body: Attr[str | 3] = attribute()  # type: ignore[valid-type]  # wrong on purpose

    assert [problem.partition(": ")[0] for problem in problems(Note)] == ["`Note.title`", "`Note.body`"]
