"""A position in the log: the writing transaction, then the sequence within it.

Sequence numbers alone follow neither the order of commits nor that of visibility: a transaction may take
number 8 and commit after number 9 was read. A reader therefore goes by (transaction, sequence) and reads only
transactions older than every one under way that may leave events: what it passed cannot change any more.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Self

from framework.errors import Invalid
from framework.expr.beyond import Beyond
from framework.expr.nodes import Call, Combine, Compare, Comparison, Function, Logic, Node, Ref, Value, every

LARGEST = 2**63 - 1
CURSOR = re.compile(r"(?:([0-9a-f]{8})\.)?([0-9]{1,19})\.([0-9]{1,19})")


@dataclass(frozen=True, slots=True, order=True)
class LogPosition:
    """Comparable within one epoch: a later position is a greater one. Without any, it is where the log begins."""

    transaction: int = 0
    seq: int = 0
    epoch: str = field(default="", compare=False)

    def __str__(self) -> str:
        place = f"{self.transaction}.{self.seq}"
        return f"{self.epoch}.{place}" if self.epoch else place

    @classmethod
    def of(cls, cursor: str) -> Self:
        """The position a cursor names; raises Invalid."""
        read = CURSOR.fullmatch(cursor)
        if read is None:
            raise Invalid("this is not a cursor of the event log", code="bad_cursor", path=("after",))
        position = cls(int(read[2]), int(read[3]), read[1] or "")
        if max(position.transaction, position.seq) > LARGEST:
            raise Invalid("this cursor lies beyond the end of any log", code="bad_cursor", path=("after",))
        return position

    @property
    def beyond(self) -> Node:
        """The condition of an event to be settled, and after this position."""
        transaction, seq = Ref("transaction"), Ref("seq")
        after = Beyond((transaction, seq), (Value(self.transaction), Value(self.seq)))
        return every(after, Compare(Comparison.LT, transaction, Call(Function.HORIZON)))

    @property
    def before(self) -> Node:
        """The condition of an event to be before this position, settled or not."""
        transaction, seq = Ref("transaction"), Ref("seq")
        earlier = Compare(Comparison.LT, transaction, Value(self.transaction))
        same = Compare(Comparison.EQ, transaction, Value(self.transaction))
        return Combine(Logic.OR, (earlier, every(same, Compare(Comparison.LT, seq, Value(self.seq)))))
