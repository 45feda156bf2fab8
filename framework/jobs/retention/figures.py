"""Figures of retention: what was removed, and what waits to be."""

from __future__ import annotations

from datetime import UTC, datetime

from framework.actions.engine import Engine
from framework.data.selection import Selection
from framework.figures import Figure
from framework.jobs.retention.retention_rule import RetentionRule


async def retention_figures(engine: Engine) -> list[Figure]:
    """For each rule the records removed so far, since when it was not seen to, and whether more is left."""
    names = ("resource", "removed", "looked_at", "caught_up")
    async with engine.layer.autocommit_read() as reader:
        rows = await reader.read(Selection(engine.domain.of(RetentionRule), names))
    return [
        figure for row in rows for figure in _of(row["resource"], row["removed"], row["looked_at"], row["caught_up"])
    ]


def _of(resource: str, removed: int, looked_at: datetime, caught_up: bool) -> list[Figure]:  # noqa: FBT001 - a fact
    labels = {"resource": resource}
    ago = max((datetime.now(UTC) - looked_at).total_seconds(), 0.0)
    return [
        Figure("dspex_retention_removed", "Records removed because they are kept no longer.", removed, labels),
        Figure("dspex_retention_left", "Whether some were left to be removed.", float(not caught_up), labels),
        Figure("dspex_retention_looked_seconds", "How long ago a rule was seen to.", ago, labels),
    ]
