"""Partitions made and dropped beside those who write.

One is made apart, and then attached: that locks the default partition and nobody else's. What is waited for is waited
for shortly, since whoever comes after us waits behind us.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
import sqlalchemy as sa

from framework.data.partitions import Partition
from framework.errors import Conflict, Forbidden
from framework.sql.definitions.partitions import STANDING, partition_name
from framework.sql.definitions.quoting import PREPARER

# So long others may wait behind us: while we wait for them, and while a statement of ours is at work.
LOCK, WORK = "SET LOCAL lock_timeout = 200", "SET LOCAL statement_timeout = 1000"
TAKEN, NOT_ALLOWED, NOT_PARTITIONED = "42P07", "42501", "42809"
Run = Callable[[str, Mapping[str, Any]], Awaitable[Sequence[sa.Row[Any]]]]


@dataclass(frozen=True, slots=True)
class SqlPartitions:
    """The partitions of a table, by the statements of a transaction."""

    table: sa.Table
    run: Run

    async def all(self) -> Sequence[Partition]:
        """Those that hold moments of their own, the earliest first."""
        asked = STANDING.replace("{table}", ":table") + " ORDER BY b.starts NULLS FIRST, c.relname"
        found = await self.run(asked, {"table": self._parent})
        return [Partition(_qualified(row.nspname, row.relname), row.starts, row.ends, row.ours) for row in found]

    async def add(self, start: datetime, end: datetime) -> None:
        """Makes one; raises Conflict where its name is taken."""
        name = partition_name(self.table.name, start)
        child = PREPARER.quote(name) if self.table.schema is None else _qualified(self.table.schema, name)
        parts = "INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING GENERATED INCLUDING STORAGE"
        bounds = f"FOR VALUES FROM ('{start.isoformat()}') TO ('{end.isoformat()}')"
        await self._change(f"CREATE TABLE {child} (LIKE {self._parent} {parts})", name)
        # PostgreSQL reads all of the default partition, lest it holds what is to be in this one.
        await self.run(WORK, {})
        await self._change(f"ALTER TABLE {self._parent} ATTACH PARTITION {child} {bounds}", name)

    async def hold(self, partition: Partition) -> None:
        """Has nobody write to it until the transaction ends."""
        await self._change(f"LOCK TABLE {partition.name} IN SHARE MODE", partition.name)

    async def drop(self, partition: Partition) -> None:
        """Has it gone, with all it holds."""
        await self.run(WORK, {})
        await self._change(f"DROP TABLE {partition.name}", partition.name)

    @property
    def _parent(self) -> str:
        return PREPARER.format_table(self.table)

    async def _change(self, statement: str, name: str) -> None:
        await self.run(LOCK, {})
        try:
            await self.run(statement.replace(":", r"\:"), {})
        except sa.exc.DBAPIError as error:
            state = error.orig.sqlstate if isinstance(error.orig, psycopg.Error) else None
            if state == TAKEN:
                says = f"the partition `{name}` cannot be made: something else has its name"
                raise Conflict(says, code="partition_name_taken", hint="call that otherwise, or drop it") from error
            if state == NOT_ALLOWED:
                says = f"the partition `{name}` cannot be made or dropped: the tables belong to another role"
                hint = "have workers use the role that migrates; until then records go one by one"
                raise Forbidden(says, code="partitions_of_another_role", hint=hint) from error
            if state == NOT_PARTITIONED:
                says = f"the partition `{name}` cannot be made: the table is not partitioned"
                raise Conflict(says, code="not_partitioned", hint="see dspex check") from error
            raise


def _qualified(schema: str, name: str) -> str:
    return f"{PREPARER.quote_schema(schema)}.{PREPARER.quote(name)}"
