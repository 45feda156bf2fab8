"""Names that would meet in the schema are mistakes of the declaration."""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel

from framework.compiler.domain import Domain, problems_of
from framework.declare.actions import Action, Create, Read, argument
from framework.declare.attributes import Attr, attribute, primary_key
from framework.declare.resource import Resource
from framework.declare.verbs import verb
from framework.graphql.extension import GRAPHQL
from framework.graphql.section import Graphql
from framework.spec.action import Scope

RUN = verb("tests.framework.graphql.library:forget")


class Colour(StrEnum):
    """Of paint."""

    RED = "red"


class Paint(BaseModel):
    """What is on the wall."""

    colour: Colour


def said(*resources: type[Resource]) -> list[str]:
    return [f"`{problem.path}`: {problem.says}" for problem in problems_of(Domain("test", resources, [GRAPHQL]))]


def test_an_argument_with_the_name_of_one_that_is_there_anyway() -> None:
    class Wall(Resource):
        id: Attr[UUID] = primary_key()
        browse = Read(arguments={"first": argument(str)})

    assert said(Wall) == [
        "`Wall.browse.first`: its GraphQL name `first` is also that of `the argument `first` of every such field`"
    ]


def test_two_reads_of_one_name() -> None:
    class Wall(Resource):
        id: Attr[UUID] = primary_key()
        browse = Read()
        old = Read()

    class OldWall(Resource):
        id: Attr[UUID] = primary_key()
        browse = Read()

    assert said(Wall, OldWall) == ["`OldWall.browse`: its GraphQL name `oldWalls` is also that of `Wall.old`"]


def test_an_enum_and_a_resource_of_one_name() -> None:
    class Wall(Resource):
        id: Attr[UUID] = primary_key()
        colour: Attr[Colour] = attribute()

    class Colour_(Resource):
        id: Attr[UUID] = primary_key()

    Colour_.__name__ = "Colour"
    assert said(Wall, Colour_) == ["`Colour`: its GraphQL name `Colour` is also that of `Wall.colour`"]


def test_a_model_inside_of_which_names_meet() -> None:
    class Wall(Resource):
        id: Attr[UUID] = primary_key()
        paint: Attr[Paint] = attribute()

    class Paint_(Resource):
        id: Attr[UUID] = primary_key()
        colour: Attr[Colour] = attribute()

    Paint_.__name__ = "Paint"
    assert said(Wall, Paint_) == ["`Paint`: its GraphQL name `Paint` is also that of `Wall.paint`"]


def test_a_resource_with_the_name_of_a_type_of_ours() -> None:
    class PageInfo(Resource):
        id: Attr[UUID] = primary_key()

    assert said(PageInfo) == ["`PageInfo`: its GraphQL name `PageInfo` is also that of `the schema itself`"]


def test_a_function_and_another_mutation_of_one_name() -> None:
    class Wall(Resource):
        id: Attr[UUID] = primary_key()
        colour: Attr[str] = attribute()
        paint = Create(accept=[colour])

    class PaintOver(Resource):
        stored = False
        sections = (Graphql(mutation="paintWall"),)
        run = Action(RUN, scope=Scope.RESOURCE)

    assert said(Wall, PaintOver) == ["`PaintOver.run`: its GraphQL name `paintWall` is also that of `Wall.paint`"]


def test_a_function_is_one_generic_action() -> None:
    class Nothing(Resource):
        stored = False
        sections = (Graphql(mutation="doNothing"),)

    class Both(Resource):
        stored = False
        sections = (Graphql(mutation="doBoth"),)
        this = Action(RUN, scope=Scope.RESOURCE)
        that = Action(RUN, scope=Scope.RESOURCE)

    assert said(Nothing)[0] == "`Nothing.sections`: `mutation` names the field of one generic action, and there are 0"
    assert said(Both)[0] == "`Both.sections`: `mutation` names the field of one generic action, and there are 2"
