"""What is worked out of known values, where every store comes to the same.

Left to the store: a division, which each store rounds in its own way; a product of decimals, whose places its column
rounds; days and moments; upper and lower case, which are the locale's; and whatever would be too large.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal, Inexact, localcontext
from typing import Any

from framework.expr.arithmetic import combine
from framework.expr.matching import matches
from framework.expr.nodes import FALSE, TRUE, Arithmetic, Call, Function, Match, Matching, Node, Operator, Value

LEAST, MOST = -(2**63), 2**63 - 1
ADDING = (Operator.ADD, Operator.SUBTRACT)


def calculated(node: Arithmetic) -> Node:
    """The result of known numbers or texts; the node itself where that is the store's to say."""
    match node:
        case Arithmetic(op, Value(left), Value(right)) if _exact(op, {type(left), type(right)}):
            found = _result(op, left, right)
            return node if found is None else Value(found)
        case _:
            return node


def called(node: Call) -> Node:
    """What a function gives for known values; the node itself where that is the store's to say."""
    match node:
        case Call(Function.COALESCE, args):
            return _first(node, [arg for arg in args if arg != Value(None)])
        case Call(Function.LENGTH, (Value(str() as text),)) if type(text) is str:
            return Value(len(text))
        case Call(Function.ABS, (Value(number),)) if type(number) in (int, float, Decimal) and number != LEAST:
            return Value(abs(number))
        case _:
            return node


def matched(node: Match) -> Node:
    """Whether a known text matches a known pattern; unknown where either is absent."""
    match node:
        case Match(_, Value(None), _) | Match(_, _, Value(None)):
            return Value(None)
        case Match(op, Value(str() as text), Value(str() as pattern)) if op is not Matching.ILIKE:
            return TRUE if matches(op, text, pattern) else FALSE
        case _:
            return node


def _exact(op: Operator, types: set[type]) -> bool:
    if op is Operator.DIVIDE:
        return False
    if types == {str}:
        return op is Operator.ADD
    return types <= {int, float} or (op in ADDING and types <= {int, Decimal})


def _result(op: Operator, left: Any, right: Any) -> Any:
    """The result; None where a store has none of that type."""
    with localcontext() as context:
        context.traps[Inexact] = True
        try:
            found = combine(op, left, right)
        except (Inexact, OverflowError):
            return None
    if isinstance(found, float):
        vanished = found == 0 and op is Operator.MULTIPLY and left != 0 != right
        return None if vanished or not math.isfinite(found) else found
    return None if isinstance(found, int) and not LEAST <= found <= MOST else found


def _first(node: Call, args: Sequence[Node]) -> Node:
    """The first value that is there; of those that could be of several types, all are kept, for they are made alike."""
    match args:
        case ():
            return Value(None)
        case (only,):
            return only
        case (Value(first), *others) if all(isinstance(o, Value) and type(o.value) is type(first) for o in others):
            return Value(first)
        case _:
            return Call(node.function, tuple(args))
