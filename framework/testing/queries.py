"""Counting statements: `with assert_queries(1, layer): ...` fails when more, or fewer, were sent."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from framework.sql.layer import SqlLayer
from framework.sql.watch import watched


@contextmanager
def assert_queries(number: int, layer: SqlLayer) -> Iterator[list[str]]:
    """Fails unless the block sends exactly so many statements, and then shows them; gives them as they are sent."""
    sent: list[str] = []
    with watched(layer, sent.append):
        yield sent
    listed = "\n".join(f"  {place}. {' '.join(text.split())}" for place, text in enumerate(sent, 1))
    assert len(sent) == number, f"{number} statements were expected, {len(sent)} were sent:\n{listed}"
