"""How many records one call from outside makes at once: the same over every transport."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from framework.errors import Invalid, Path

MAX_RECORDS = 1000

T = TypeVar("T")


def bounded(inputs: Sequence[T], path: Path = ()) -> Sequence[T]:
    """The inputs, if they are 1 to 1,000; raises Invalid under the path of the list."""
    if not inputs:
        raise Invalid("the list is empty: there is nothing to make", code="too_few_records", path=path)
    if len(inputs) > MAX_RECORDS:
        says = f"at most {MAX_RECORDS} records are made at once, got {len(inputs)}"
        raise Invalid(says, code="too_many_records", path=path, params={"maximum": MAX_RECORDS})
    return inputs
