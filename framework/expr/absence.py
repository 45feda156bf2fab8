"""What is absent whatever the record is: an absent value makes most of what is worked out of it absent.

A store is asked for none of these: to PostgreSQL a NULL that meets nothing is a text, and the sum of it no number.
"""

from __future__ import annotations

from framework.expr.nodes import Aggregate, Along, Arithmetic, Call, Case, Fold, Function, Node, Outer, Value

ABSENT = Value(None)
# Over no value at all these have none; a list is empty, and a count counts records.
ABSENT_OF_NOTHING = frozenset({Fold.FIRST, Fold.MIN, Fold.MAX, Fold.SUM, Fold.AVG})


def is_absent(node: Node) -> bool:
    """Whether the expression, the parts of which are reduced already, has no value for any record."""
    match node:
        case Value(None) | Along(_, Value(None)) | Outer(_, Value(None)) | Case(_, Value(None), Value(None)):
            return True
        case Arithmetic(_, left, right):
            return ABSENT in (left, right)
        case Call(function, args):
            return bool(args) and function is not Function.COALESCE and ABSENT in args
        case Aggregate(fold, _, of):
            return fold in ABSENT_OF_NOTHING and of == ABSENT
        case _:
            return False
