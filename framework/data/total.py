"""How many records there are, counted or estimated."""

from __future__ import annotations

from dataclasses import dataclass

# Beyond that many, counting takes the longer the more there are, and nobody reads all digits.
COUNTED = 10_000


@dataclass(frozen=True, slots=True)
class Total:
    """A number of records: exact, or what the store takes it for without looking at them."""

    number: int
    is_exact: bool
