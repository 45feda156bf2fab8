"""Rules that hold where columns have nothing: of a comparison with an absent value nobody can say that it does not."""

from __future__ import annotations

import sqlalchemy as sa
from alembic.operations import ops
from sqlalchemy.sql import elements, operators, visitors

from framework.sql.migrations.compare.indexes import parts_of
from framework.sql.migrations.operations.exclusions import AlterAction, ExclusionOp

Step = ops.MigrateOperation
# What gives nothing where one side has nothing; `IS NULL` gives an answer, and so may a function.
STRICT = frozenset(
    {
        *(operators.eq, operators.ne, operators.lt, operators.le, operators.gt, operators.ge),
        *(operators.add, operators.sub, operators.mul, operators.truediv, operators.collate),
        *(operators.in_op, operators.not_in_op),
        *(operators.like_op, operators.not_like_op, operators.ilike_op, operators.not_ilike_op),
    }
)
SYMBOLS = frozenset({"=", "<>", "<", "<=", ">", ">=", "~"})
PLAIN = (elements.Grouping, elements.Cast, elements.TypeClause, elements.TypeCoerce, elements.CollationClause)
COMBINED = (elements.BooleanClauseList, elements.UnaryExpression)
KNOWN = (*PLAIN, elements.ColumnClause, elements.BindParameter, elements.ClauseList)


def holds_when_absent(step: Step, columns: set[str]) -> bool:
    """Whether a rule holds in every record in which these columns have nothing, whatever the others hold."""
    match step:
        case ops.CreateForeignKeyOp():
            return bool({*step.local_cols} & columns)
        case ops.CreateCheckConstraintOp(condition=sa.ClauseElement() as condition):
            return _says_nothing(condition, columns)
        case ops.CreateUniqueConstraintOp() | ops.CreateIndexOp(unique=True):
            apart = not step.kw.get("postgresql_nulls_not_distinct")
            return apart and any(getattr(part, "name", part) in columns for part in step.columns)
        case ExclusionOp(action=AlterAction.ADD, excluded=rule):
            alike = (part.rpartition(" WITH ") for part in parts_of(rule.definition))
            return any(operator == "=" and part.strip('"') in columns for part, _, operator in alike)
        case _:
            return False


def _says_nothing(condition: sa.ClauseElement, columns: set[str]) -> bool:
    """Whether a condition is neither true nor false of a record in which these columns have nothing."""
    parts = [*visitors.iterate(condition)]
    named = {part.name for part in parts if isinstance(part, sa.ColumnClause)}
    if not named or not all(map(_is_strict, parts)):
        return False
    # One part of several may be false by itself, unless all of them are about what is absent.
    return named <= columns if any(isinstance(part, COMBINED) for part in parts) else bool(named & columns)


def _is_strict(part: object) -> bool:
    match part:
        case sa.BinaryExpression(operator=operator):
            return operator in STRICT or (isinstance(operator, operators.custom_op) and operator.opstring in SYMBOLS)
        case elements.BooleanClauseList():
            return True
        case elements.ExpressionClauseList(operator=operator):
            return operator in STRICT
        case sa.UnaryExpression(operator=operator):
            return operator in (operators.inv, operators.neg)
        case _:
            return isinstance(part, KNOWN)
