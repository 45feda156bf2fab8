"""One operator and its operand as a condition: `{"ilike": "%qa%"}` on a value."""

from __future__ import annotations

from typing import Any

from framework.errors import Issue, Path
from framework.expr.nodes import Among, Compare, Comparison, IsNull, Match, Node, Not, Value
from framework.types.type import Type
from framework.wire.operands import FLAG, TEXT, cast_operand
from framework.wire.operators import COMPARISONS, MATCHES

MAX_LISTED = 1000
EQUALITY = {Comparison.EQ: True, Comparison.NE: False}

Outcome = tuple[Node | None, tuple[Issue, ...]]


def condition(item: Node, kind: Type, *, operator: str, operand: Any, path: Path) -> Outcome:
    """The condition, or the issues its operand has. The operator is one of `operators_of(kind)`."""
    if operator == "is_null":
        return _is_null(item, operand, path)
    if operator in ("in", "not_in"):
        return _among(item, kind, operator=operator, operand=operand, path=path)
    if operator in MATCHES:
        text, issues = cast_operand(operand, TEXT, path)
        return (None, issues) if issues else (Match(MATCHES[operator], item, Value(text)), ())
    comparison = COMPARISONS[operator]
    if operand is None and comparison in EQUALITY:
        absent = IsNull(item)
        return (absent if EQUALITY[comparison] else Not(absent)), ()
    value, issues = cast_operand(operand, kind, path)
    return (None, issues) if issues else (Compare(comparison, item, Value(value)), ())


def _is_null(item: Node, operand: Any, path: Path) -> Outcome:
    wanted, issues = cast_operand(operand, FLAG, path)
    if issues:
        return None, issues
    return (IsNull(item) if wanted else Not(IsNull(item))), ()


def _among(item: Node, kind: Type, *, operator: str, operand: Any, path: Path) -> Outcome:
    if not isinstance(operand, (list, tuple)):
        return None, (Issue("list_expected", f"`{operator}` takes a list of values", path),)
    if len(operand) > MAX_LISTED:
        says = f"`{operator}` takes at most {MAX_LISTED} values, got {len(operand)}"
        return None, (Issue("too_many_values", says, path, {"maximum": MAX_LISTED}),)
    cast = [cast_operand(value, kind, (*path, place)) for place, value in enumerate(operand)]
    issues = tuple(issue for _, found in cast for issue in found)
    if issues:
        return None, issues
    among = Among(item, tuple(value for value, _ in cast))
    return (among if operator == "in" else Not(among)), ()
