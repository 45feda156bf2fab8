"""Whole numbers that every client has: of 32 bits, so an `Int` in GraphQL. What may be larger is an `int`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

LARGEST_COUNT = 2**31 - 1
Count = Annotated[int, Field(ge=0, le=LARGEST_COUNT)]
"""How many there are of something, or how often it was done."""
Ordinal = Annotated[int, Field(ge=1, le=LARGEST_COUNT)]
"""Which one it is of several, the first of them being 1."""
