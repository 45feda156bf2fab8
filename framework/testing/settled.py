"""Waiting until readers of the log may see all of it: others write to the same server, and may hold them back."""

from __future__ import annotations

from framework.data.selection import Ordering, Selection
from framework.events.log import Log
from framework.events.log_position import LogPosition
from framework.expr.nodes import Ref
from framework.testing.until import until

NEWEST = (Ordering(Ref("transaction"), descending=True), Ordering(Ref("seq"), descending=True))


async def until_settled(log: Log) -> None:
    """Returns once everything that is committed by now is settled."""
    async with log.layer.autocommit_read() as reader:
        rows = await reader.read(Selection(log.resource, ("transaction", "seq"), None, NEWEST, limit=1))
    newest = LogPosition(rows[0]["transaction"], rows[0]["seq"]) if rows else LogPosition()

    async def reached() -> bool:
        return await log.end() >= newest

    await until(reached)
