"""The tables themselves, as no API shows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

from framework.embedded.data_paths import data_paths
from framework.embedded.postgres_server import PostgresServer
from framework.embedded.server import Durability


@dataclass(frozen=True, slots=True)
class Tables:
    """The database of an installation, for as long as its servers run."""

    data: Path

    async def rows(self, question: str, *values: Any) -> Sequence[dict[str, Any]]:
        """What a statement gives."""
        async with await self.connected() as connection:
            found = await connection.execute(question.encode(), values)
            return await found.fetchall()

    async def connected(self) -> psycopg.AsyncConnection[dict[str, Any]]:
        """A connection of one's own."""
        url = PostgresServer(data_paths(self.data), Durability.DURABLE).url
        return await psycopg.AsyncConnection.connect(url, row_factory=dict_row)

    async def one(self, question: str, *values: Any) -> Any:
        """The one value that it gives."""
        (row,) = await self.rows(question, *values)
        (value,) = row.values()
        return value
