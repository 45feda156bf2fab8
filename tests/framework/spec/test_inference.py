from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from framework.compiler.domain import Domain, compile_domain
from framework.declare.attributes import Attr, attribute, primary_key
from framework.declare.relationships import Many, One, belongs_to, has_many
from framework.declare.resource import Resource
from framework.expr.build import Expr, actor, moment, node_of
from framework.expr.nodes import Aggregate, Arithmetic, Call, Case, Fold, Function, Operator, Outer, Ref, Value
from framework.spec.inference import Inference
from framework.types.type import Kind


class Program(Resource):
    id: Attr[UUID] = primary_key()
    name: Attr[str] = attribute()
    note: Attr[str | None] = attribute()
    runs: Attr[int] = attribute()
    tried: Many[Trial] = has_many("program")


class Trial(Resource):
    id: Attr[UUID] = primary_key()
    score: Attr[float] = attribute()
    program: One[Program] = belongs_to()
    other: One[Program | None] = belongs_to()


class Plain(Resource):
    id: Attr[UUID] = primary_key()


DOMAIN = compile_domain(Domain("test", [Program, Trial, Plain]))
T: Any = Trial


def told(expression: object, resource: str) -> tuple[Kind | None, bool]:
    spec = DOMAIN.resources[resource]
    found = Inference(DOMAIN).infer(node_of(expression), (spec,))
    return found.kind, found.nullable


@pytest.mark.parametrize(
    ("expression", "kind", "nullable"),
    [
        (T.score, Kind.FLOAT, False),
        (T.program.note, Kind.STRING, True),
        (T.other.name, Kind.STRING, True),
        (T.program.missing, None, False),
        (T.program.runs + 1, Kind.INTEGER, False),
        (T.program.runs + T.score, Kind.FLOAT, False),
        (T.program.runs * Decimal(2), Kind.DECIMAL, False),
        (T.score * Decimal(2), Kind.FLOAT, False),
        (T.program.runs / 2, Kind.FLOAT, True),
        (T.program.name + "x", Kind.STRING, False),
        (T.score > 1, Kind.BOOLEAN, False),
        (T.program.note == "x", Kind.BOOLEAN, True),
        (T.program.note.is_null(), Kind.BOOLEAN, False),
        (~(T.program.note == "x") & (T.score > 1), Kind.BOOLEAN, True),
        (T.program.name.length(), Kind.INTEGER, False),
        (T.program.note.or_else("x"), Kind.STRING, False),
        (T.program.note.or_else(T.other.name), Kind.STRING, True),
        (T.program.note.lower(), Kind.STRING, True),
        (Expr(lambda: Call(Function.ABS, (Ref("score"),))), Kind.FLOAT, False),
        (Expr(lambda: Case(Value(True), Value(1), Value(None))), Kind.INTEGER, True),
        (Expr(lambda: Case(Value(True), Value(1), Value(1.5))), Kind.FLOAT, False),
        (Expr(lambda: Call(Function.COALESCE, (Value(None), Value(2), Ref("score")))), Kind.FLOAT, False),
        (moment(), Kind.DATETIME, False),
        (moment() - timedelta(1), Kind.DATETIME, False),
        (moment() - moment(), Kind.DURATION, False),
        (actor("id"), None, True),
        (None, None, True),
        (3, Kind.INTEGER, False),
    ],
)
def test_what_can_be_told_of_an_expression(expression: object, kind: Kind | None, nullable: object) -> None:
    assert told(expression, "Trial") == (kind, nullable)


@pytest.mark.parametrize(
    ("fold", "kind", "nullable"),
    [
        (Fold.COUNT, Kind.INTEGER, False),
        (Fold.EXISTS, Kind.BOOLEAN, False),
        (Fold.LIST, Kind.LIST, False),
        (Fold.SUM, Kind.FLOAT, True),
        (Fold.AVG, Kind.FLOAT, True),
        (Fold.FIRST, Kind.FLOAT, True),
    ],
)
def test_what_can_be_told_of_an_aggregate(fold: Fold, kind: Kind, nullable: object) -> None:
    of = None if fold in (Fold.COUNT, Fold.EXISTS) else Ref("score")
    assert told(Aggregate(fold, "tried", of), "Program") == (kind, nullable)


def test_a_part_may_be_of_a_record_further_out() -> None:
    node = Aggregate(Fold.MAX, "tried", Arithmetic(Operator.ADD, Ref("score"), Outer(1, Ref("runs"))))
    assert told(node, "Program") == (Kind.FLOAT, True)
