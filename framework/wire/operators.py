"""The comparisons that clients may write, by the kind of value they are about."""

from __future__ import annotations

from framework.expr.nodes import Comparison, Matching
from framework.types.type import ORDERED, STRUCTURED, Kind, Type

COMPARISONS = {op.value: op for op in Comparison}
MATCHES = {op.value: op for op in Matching}
ORDER = ("lt", "le", "gt", "ge")
# Their names are kept in alphabetical order, which is no order of theirs.
CHOICES = frozenset({Kind.ENUM, Kind.LITERAL})


def operators_of(kind: Type) -> tuple[str, ...]:
    """The names of the operators that apply to values of this type."""
    if kind.kind is Kind.VECTOR:
        return ("is_null",)
    if kind.kind in STRUCTURED:
        return ("eq", "is_null")
    if kind.kind is Kind.BOOLEAN:
        return ("eq", "ne", "is_null")
    order = ORDER if kind.kind in ORDERED - CHOICES else ()
    matches = tuple(MATCHES) if kind.kind is Kind.STRING else ()
    return ("eq", "ne", "in", "not_in", *order, "is_null", *matches)
