"""The suite that every layer passes, on PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import sqlalchemy as sa

from framework.data.protocols import Layer
from framework.sql.engine import create_tables, open_layer
from framework.sql.layer import SqlLayer
from framework.testing.contract.reading import ReadingContract
from framework.testing.contract.refusing import RefusingContract
from framework.testing.contract.rows import LIBRARY
from framework.testing.contract.transacting import TransactingContract
from framework.testing.contract.writing import WritingContract
from tests.conftest import MakeDatabase


@pytest.fixture(scope="module")
async def tables(make_database: MakeDatabase) -> AsyncIterator[SqlLayer]:
    """The library's tables, made once."""
    async with open_layer(LIBRARY, await make_database()) as layer:
        await create_tables(layer)
        yield layer


@pytest.fixture
async def layer(tables: SqlLayer) -> Layer:
    """An empty layer."""
    names = ", ".join(table.name for table in tables.schema.metadata.sorted_tables)
    async with tables.engine.begin() as connection:
        await connection.execute(sa.text(f"TRUNCATE {names} RESTART IDENTITY"))
    return tables


class TestReading(ReadingContract):
    """What a layer answers."""


class TestWriting(WritingContract):
    """What a layer keeps."""


class TestRefusing(RefusingContract):
    """What a layer refuses."""


class TestTransacting(TransactingContract):
    """What a layer does together or not at all."""
