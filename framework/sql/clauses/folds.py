"""Aggregates over the values of many records."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from framework.expr.nodes import Fold
from framework.sql.clauses.binding import Clause
from framework.sql.clauses.columns import SqlType
from framework.sql.clauses.operations import by_code_point

FOLDS = {Fold.SUM: "sum", Fold.AVG: "avg", Fold.MIN: "min", Fold.MAX: "max"}


def folded(fold: Fold, value: Clause) -> Clause:
    """One value of many."""
    made: Clause = getattr(sa.func, FOLDS[fold])(by_code_point(value), type_=value.type)
    return made


def list_of(value: Clause, order: list[Clause]) -> Clause:
    """An array, of which the driver reads each value as its type; empty where there is none."""
    array: SqlType = postgresql.ARRAY(value.type)
    gathered = sa.func.array_agg(postgresql.aggregate_order_by(value, *order), type_=array)
    present = gathered.filter(value.is_not(sa.null()))
    return sa.func.coalesce(present, sa.cast(postgresql.array([]), array), type_=array)
