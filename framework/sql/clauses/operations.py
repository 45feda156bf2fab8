"""Arithmetic and matching over clauses, with the meaning that expressions have everywhere."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql import visitors

from framework.expr.nodes import Comparison, Matching, Operator
from framework.sql.clauses.binding import Clause, bound
from framework.sql.clauses.columns import BY_CODE_POINT, PLAIN, TEXT, is_text
from framework.sql.clauses.parameters import Parameter
from framework.sql.clauses.patterns import ESCAPE, like_pattern
from framework.types.type import Kind, Type

SYMBOLS = {
    Comparison.EQ: "=",
    Comparison.NE: "<>",
    Comparison.LT: "<",
    Comparison.LE: "<=",
    Comparison.GT: ">",
    Comparison.GE: ">=",
}
# As SQLAlchemy ranks its own comparisons: a condition that is itself compared is put in parentheses.
COMPARING = 5
# What lower and upper case are depends on the locale; code points know only ASCII.
LOCALE = "default"
TIGHTEST = 15
ONE_DAY = sa.literal_column("interval '1 day'", PLAIN[Kind.DURATION])


def compared(op: Comparison, left: Clause, right: Clause) -> Clause:
    """Whether the comparison holds."""
    return left.op(SYMBOLS[op], precedence=COMPARING, is_comparison=True)(right)


def arithmetic_clause(op: Operator, left: tuple[Clause, Type | None], right: tuple[Clause, Type | None]) -> Clause:
    """Two values made one."""
    (first, one), (second, other) = left, right = _widened(left), _widened(right)
    if op is Operator.DIVIDE:
        return _divided(left, right)
    if op is Operator.MULTIPLY:
        lengthened = is_kind(one, Kind.DURATION) or is_kind(other, Kind.DURATION)
        product: Clause = first.op("*", return_type=PLAIN[Kind.DURATION])(second) if lengthened else first * second
        return product
    if op is Operator.SUBTRACT:
        difference = _as(first.op("-")(second), one)
        if is_kind(one, Kind.DATE) and is_kind(other, Kind.DATE):
            return sa.type_coerce(difference, PLAIN[Kind.INTEGER]).op("*", return_type=PLAIN[Kind.DURATION])(ONE_DAY)
        return _date(difference, one)
    if is_kind(one, Kind.STRING, Kind.ENUM, Kind.LITERAL):
        joined: Clause = first.concat(second)
        return joined
    return _date(_date(first.op("+")(second), one), other)


def widened(clause: Clause) -> Clause:
    """A number that is kept in fewer bits, with as many as every whole number has where something is made of it."""
    narrow = isinstance(clause.type, sa.Integer) and not isinstance(clause.type, sa.BigInteger)
    return sa.cast(clause, PLAIN[Kind.INTEGER]) if narrow else clause


def _widened(part: tuple[Clause, Type | None]) -> tuple[Clause, Type | None]:
    return widened(part[0]), part[1]


def folded_case(text: Clause, function: str) -> Clause:
    """`lower` or `upper`, for every alphabet the database knows."""
    folded: Clause = getattr(sa.func, function)(_collated(text, LOCALE), type_=TEXT)
    return folded


def by_code_point(value: Clause) -> Clause:
    """A text ordered by code point: a column of ours is so by itself, all else is told where it is compared."""
    return _collated(value, BY_CODE_POINT) if is_text(value.type) and not _by_itself(value) else value


def _by_itself(value: Clause) -> bool:
    return isinstance(value, sa.Column) and getattr(value.type, "collation", None) == BY_CODE_POINT


def _collated(text: Clause, collation: str) -> Clause:
    # SQLAlchemy's own `collate` does not put a concatenation in parentheses, and would collate its last part alone.
    return text.op("COLLATE", precedence=TIGHTEST, return_type=text.type)(sa.literal_column(f'"{collation}"'))


def as_columns_sort(clause: Clause) -> Clause:
    """The clause without a word about the collation that its columns have by themselves, as others write it."""
    plain: Clause = visitors.replacement_traverse(clause, {}, _sorted_anyway)
    return plain


def _sorted_anyway(element: Any, **_: Any) -> Any:
    """The text that is said to have the database's collation, where it has it anyway; else None."""
    found, collation = _uncollated(element)
    column = found.clause if isinstance(found, sa.Cast) else found
    own = isinstance(column, sa.Column) and is_text(column.type) and getattr(column.type, "collation", None) is None
    return found if own and collation == LOCALE else None


def _uncollated(part: Any) -> tuple[Any, str | None]:
    """What a text is before it is collated, and the collation that it has in the end."""
    collation: str | None = None
    while isinstance(part, sa.BinaryExpression | sa.TypeCoerce):
        if isinstance(part, sa.BinaryExpression):
            if getattr(part.operator, "opstring", None) != "COLLATE":
                break
            collation = collation or str(part.right).strip('"')
            part = part.left
        else:
            part = part.clause
    return part, collation


def matched(op: Matching, text: Clause, pattern: Clause) -> Clause:
    """Whether a text matches a pattern that is itself worked out."""
    match op:
        case Matching.LIKE:
            return text.op("LIKE", is_comparison=True)(_whole(pattern))
        case Matching.ILIKE:
            return _collated(text, LOCALE).op("ILIKE", is_comparison=True)(_whole(pattern))
        case Matching.CONTAINS:
            return sa.func.strpos(text, pattern) > 0
        case Matching.STARTS_WITH:
            return sa.func.left(text, sa.func.char_length(pattern)) == pattern
        case Matching.ENDS_WITH:
            return sa.func.right(text, sa.func.char_length(pattern)) == pattern


def _whole(pattern: Clause) -> Clause:
    """A lone escape at the end stands for itself; PostgreSQL would refuse it."""
    if isinstance(pattern, sa.BindParameter):
        return pattern
    escapes = sa.func.substring(pattern, sa.literal(r"\\*$"), type_=TEXT)
    return sa.case((sa.func.char_length(escapes) % 2 == 1, pattern.concat(sa.literal(ESCAPE))), else_=pattern)


def matched_known(op: Matching, text: Clause, pattern: str | Parameter) -> Clause:
    """Whether a text matches a pattern that is known; a parameter is the pattern of a LIKE already."""
    known = bound(like_pattern(op, pattern) if isinstance(pattern, str) else pattern)
    return matched(op if op is Matching.ILIKE else Matching.LIKE, text, known)


def _divided(left: tuple[Clause, Type | None], right: tuple[Clause, Type | None]) -> Clause:
    """Exact, and unknown by zero."""
    (first, one), (second, other) = left, right
    if is_kind(one, Kind.DURATION) and is_kind(other, Kind.DURATION):
        first, second = (_as_float(sa.extract("epoch", part)) for part in (first, second))
    elif not (is_kind(one, Kind.DECIMAL, Kind.DURATION) or is_kind(other, Kind.DECIMAL)):
        first, second = _as_float(first), _as_float(second)
    elif is_kind(one, Kind.DURATION):
        second = _as_float(second)
    return first.op("/", return_type=first.type)(sa.func.nullif(second, 0, type_=second.type))


def is_kind(kind: Type | None, *kinds: Kind) -> bool:
    """Whether the type is known and one of these."""
    return kind is not None and kind.kind in kinds


def _as_float(clause: Clause) -> Clause:
    return sa.cast(clause, PLAIN[Kind.FLOAT])


def _as(clause: Clause, kind: Type | None) -> Clause:
    return clause if kind is None or kind.kind not in PLAIN else sa.type_coerce(clause, PLAIN[kind.kind])


def _date(clause: Clause, kind: Type | None) -> Clause:
    """A date moved by a duration is a date, not a time of it."""
    return sa.cast(clause, PLAIN[Kind.DATE]) if is_kind(kind, Kind.DATE) else clause
