"""A look at what no API shows."""

from __future__ import annotations

import psycopg

from framework.embedded.data_paths import data_paths
from framework.embedded.postgres_server import PostgresServer
from framework.embedded.server import Durability
from tests.faults.system import System


async def recorded_calls(system: System, optimization: str) -> int:
    """How many answers of models are on record for a search."""
    url = PostgresServer(data_paths(system.data), Durability.DURABLE).url
    async with await psycopg.AsyncConnection.connect(url) as connection:
        question = "SELECT count(*) FROM recorded_calls WHERE optimization_id = %s"
        found = await connection.execute(question, [optimization])
        row = await found.fetchone()
    assert row is not None
    return int(row[0])
