"""A position in the log: the writing transaction, then the sequence within it.

Sequence numbers alone follow neither the order of commits nor that of visibility: a transaction may take
number 8 and commit after number 9 was read. A reader therefore goes by (transaction, sequence) and reads only
transactions older than every one still running (`pg_snapshot_xmin`): what it passed cannot change any more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from framework.errors import Invalid
from framework.expr.beyond import Beyond
from framework.expr.nodes import Call, Compare, Comparison, Function, Node, Ref, Value, every

LARGEST = 2**63 - 1


@dataclass(frozen=True, slots=True, order=True)
class LogPosition:
    """Comparable: a later position is a greater one."""

    transaction: int = 0
    seq: int = 0

    def __str__(self) -> str:
        return f"{self.transaction}.{self.seq}"

    @classmethod
    def of(cls, cursor: str) -> Self:
        """The position a cursor names; raises Invalid."""
        left, dot, right = cursor.partition(".")
        if not (dot and left.isascii() and right.isascii() and left.isdigit() and right.isdigit() and len(cursor) < 40):
            raise Invalid("this is not a cursor of the event log", code="bad_cursor", path=("after",))
        position = cls(int(left), int(right))
        if max(position.transaction, position.seq) > LARGEST:
            raise Invalid("this cursor lies beyond the end of any log", code="bad_cursor", path=("after",))
        return position

    @property
    def beyond(self) -> Node:
        """The condition of an event to be settled, and after this position."""
        transaction, seq = Ref("transaction"), Ref("seq")
        after = Beyond((transaction, seq), (Value(self.transaction), Value(self.seq)))
        return every(after, Compare(Comparison.LT, transaction, Call(Function.HORIZON)))
