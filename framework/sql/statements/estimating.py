"""How many rows there are about: counted up to a bound, and what PostgreSQL expects of a statement beyond it."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from framework.expr.nodes import Node
from framework.spec.resource import ResourceSpec
from framework.sql.clauses.table_scope import Schema
from framework.sql.statements.building import LIMIT, rows_statement


class Explained(sa.sql.Executable, sa.sql.ClauseElement):
    """What PostgreSQL would do for a statement, as JSON; it is not carried out."""

    inherit_cache = False

    def __init__(self, statement: sa.Select[Any]) -> None:
        self.statement = statement


@compiles(Explained)
def _explained(element: Explained, compiler: SQLCompiler, **words: Any) -> str:
    return f"EXPLAIN (FORMAT JSON) {compiler.process(element.statement, **words)}"


def count_up_to_statement(resource: ResourceSpec, where: Node | None, schema: Schema) -> sa.Select[Any]:
    """How many records satisfy the condition, of which no more are looked at than it is run with."""
    limit = sa.bindparam(LIMIT, type_=sa.BigInteger())
    return sa.select(sa.func.count()).select_from(rows_statement(resource, where, schema).limit(limit).subquery())


def expected_statement(resource: ResourceSpec, where: Node | None, schema: Schema) -> Explained:
    """What PostgreSQL expects of the records that satisfy the condition."""
    return Explained(rows_statement(resource, where, schema))


def expected_rows(explained: Any) -> int:
    """How many rows it expects."""
    return int(explained[0]["Plan"]["Plan Rows"])
