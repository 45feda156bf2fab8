"""What a caller expects of a record that it writes: looked at under lock, in the transaction of the write."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from framework.actions.query import Query


@dataclass(frozen=True, slots=True)
class Precondition:
    """`query` says what is read of the record; `check` raises the Failure of one that is not as expected.

    It is asked last, of a call that is allowed and sound: no other version of the record would help any other.
    """

    query: Query
    check: Callable[[Any], None]
