"""Arrays as they are written for PostgreSQL: the same as by the driver, whatever stands in them."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.adapt import PyFormat, Transformer
from psycopg.types.array import ListDumper

from framework.sql.array_text import ArrayDumper
from framework.sql.engine import open_engine

TEXTS = st.text(st.sampled_from("\\\"'{},NUL \tnulaé\u2028\u3000"), max_size=8)


def written(by: type[ListDumper], values: list[Any]) -> Any:
    """The array as text."""
    return by(list, Transformer()).upgrade(values, PyFormat.TEXT).dump(values)


@given(st.lists(TEXTS | st.none(), max_size=5))
def test_an_array_is_written_as_the_driver_writes_it(values: list[str | None]) -> None:
    assert written(ArrayDumper, values) == written(ListDumper, values)


@pytest.mark.parametrize("values", [[[1, 2], [3, 4]], [b'\\"', None], [True], [], [['a"b', "c\\d"]]])
def test_arrays_of_other_things_are_too(values: list[Any]) -> None:
    assert written(ArrayDumper, values) == written(ListDumper, values)


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(TEXTS | st.none(), min_size=1, max_size=20))
async def test_postgresql_reads_what_was_meant(database_url: str, values: list[str | None]) -> None:
    engine = open_engine(database_url)
    try:
        async with engine.connect() as connection:
            given_back = await connection.execute(
                sa.select(sa.cast(sa.bindparam("them", values, sa.ARRAY(sa.Text())), sa.ARRAY(sa.Text())))
            )
            assert given_back.scalar() == values
    finally:
        await engine.dispose()
