from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from framework.compiler.domain import Domain, compile_domain
from framework.compiler.kinds import Known, known_of
from framework.declare.attributes import Attr, attribute, primary_key
from framework.declare.relationships import Many, One, belongs_to, has_many
from framework.declare.resource import Resource
from framework.expr.build import Expr, actor, moment, node_of
from framework.expr.nodes import Aggregate, Call, Case, Fold, Function, Node, Ref, Value
from framework.types.type import Kind


class Program(Resource):
    id: Attr[UUID] = primary_key()
    name: Attr[str] = attribute()
    note: Attr[str | None] = attribute()
    runs: Attr[int] = attribute()
    trials: Many[Trial] = has_many()


class Trial(Resource):
    id: Attr[UUID] = primary_key()
    score: Attr[float] = attribute()
    program: One[Program] = belongs_to()
    other: One[Program | None] = belongs_to()


class Plain(Resource):
    id: Attr[UUID] = primary_key()


DOMAIN = compile_domain(
    Domain("test", [type("Program", (Program,), {"trials": None}), Trial, Plain])  # `trials` would be ambiguous
)
T: Any = Trial


@pytest.mark.parametrize(
    ("expression", "known"),
    [
        (T.score, Known(Kind.FLOAT, False)),
        (T.program.note, Known(Kind.STRING, True)),
        (T.other.name, Known(Kind.STRING, True)),
        (T.program.missing, Known(None, None)),
        (T.program.runs + 1, Known(Kind.INTEGER, False)),
        (T.program.runs + T.score, Known(Kind.FLOAT, False)),
        (T.program.runs / 2, Known(Kind.FLOAT, True)),
        (T.program.name + "x", Known(None, False)),
        (T.score > 1, Known(Kind.BOOLEAN, False)),
        (T.program.note == "x", Known(Kind.BOOLEAN, True)),
        (T.program.note.is_null(), Known(Kind.BOOLEAN, False)),
        (~(T.program.note == "x") & (T.score > 1), Known(Kind.BOOLEAN, True)),
        (T.program.name.length(), Known(Kind.INTEGER, False)),
        (T.program.note.or_else("x"), Known(Kind.STRING, False)),
        (T.program.note.lower(), Known(Kind.STRING, True)),
        (Expr(lambda: Call(Function.ABS, (Ref(("score",)),))), Known(Kind.FLOAT, False)),
        (Expr(lambda: Case(Value(True), Value(1), Value(None))), Known(None, True)),
        (moment(), Known(Kind.DATETIME, False)),
        (actor("id"), Known(None, None)),
        (None, Known(None, True)),
        (3, Known(Kind.INTEGER, False)),
    ],
)
def test_what_can_be_told_of_an_expression(expression: object, known: Known) -> None:
    assert known_of(node_of(expression), DOMAIN.resources["Trial"], DOMAIN) == known


@pytest.mark.parametrize(
    ("fold", "known"),
    [
        (Fold.COUNT, Known(Kind.INTEGER, False)),
        (Fold.EXISTS, Known(Kind.BOOLEAN, False)),
        (Fold.LIST, Known(Kind.LIST, False)),
        (Fold.SUM, Known(None, True)),
    ],
)
def test_what_can_be_told_of_an_aggregate(fold: Fold, known: Known) -> None:
    node: Node = Aggregate(fold, "missing", Ref(("score",)))
    assert known_of(node, DOMAIN.resources["Program"], DOMAIN) == known
