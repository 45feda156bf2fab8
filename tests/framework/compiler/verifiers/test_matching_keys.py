from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from framework.compiler.domain import Domain, compile_domain
from framework.declare.actions import Create, Update
from framework.declare.attributes import Attr, attribute, primary_key
from framework.declare.derived import calculate
from framework.declare.relationships import One, belongs_to
from framework.declare.resource import Resource

Problems = Callable[..., list[str]]


class Program(Resource):
    id: Attr[UUID] = primary_key()


def test_a_key_that_the_author_declared_is_the_link_s_own() -> None:
    class Run(Resource):
        id: Attr[UUID] = primary_key()
        program_id: Attr[UUID] = attribute(doc="Which one.", private=True)
        program: One[Program] = belongs_to()
        start = Create(accept=[program_id], private=True)
        again = Create(accept=[program], private=True)

    spec = compile_domain(Domain("test", [Run, Program])).of(Run)
    assert spec.attributes["program_id"].doc == "Which one."
    assert spec.actions["start"].accept == spec.actions["again"].accept == ("program_id",)


def test_a_key_that_does_not_fit_its_link_is_told(problems: Problems) -> None:
    class Run(Resource):
        id: Attr[UUID] = primary_key()
        program_id: Attr[str] = attribute()
        program: One[Program] = belongs_to()
        other_id: Attr[UUID] = attribute()
        other: One[Program | None] = belongs_to()
        third: One[Program] = belongs_to()
        third_id: Attr[UUID] = calculate(id)
        fourth: One[Program] = belongs_to()
        fourth_id = Update()

    assert problems(Run, Program) == [
        "`Run.program_id`: is of the type string, but the key of `Program` is of the type uuid",
        "`Run.other_id`: the key and `other` do not agree on None (write `One[Program]`, or change the key)",
        "`Run.third_id`: is the name of the key of `third` (rename one of them)",
        "`Run.fourth_id`: is the name of the key of `fourth` (rename one of them)",
    ]
