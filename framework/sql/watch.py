"""Looking on while statements are sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine


@contextmanager
def watched(engine: AsyncEngine, note: Callable[[str], None]) -> Iterator[None]:
    """Tells of every statement while the block runs, without those that open and close transactions."""

    def told(_: Any, __: Any, statement: str, *___: Any) -> None:
        note(statement)

    sa.event.listen(engine.sync_engine, "before_cursor_execute", told)
    try:
        yield
    finally:
        sa.event.remove(engine.sync_engine, "before_cursor_execute", told)
