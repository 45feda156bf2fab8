"""Looking on while statements are sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from framework.sql.layer import SqlLayer


@contextmanager
def watched(layer: SqlLayer, note: Callable[[str], None]) -> Iterator[None]:
    """Tells of every statement while the block runs, without those that open and close transactions."""

    def told(_: Any, __: Any, statement: str, *___: Any) -> None:
        note(statement)

    for engine in layer.engines:
        sa.event.listen(engine.sync_engine, "before_cursor_execute", told)
    try:
        yield
    finally:
        for engine in layer.engines:
            sa.event.remove(engine.sync_engine, "before_cursor_execute", told)
