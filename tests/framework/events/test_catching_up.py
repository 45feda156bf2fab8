"""Catching up costs what is read, in however few transactions it was written: rows as PostgreSQL counts them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from framework.actions.session import Session
from framework.events.entry import Interest
from framework.events.log import Log
from framework.events.log_position import LogPosition
from framework.sql.layer import SqlLayer

MANY, ALONE, PAGE = 100_000, 50, 500
FILL = sa.text(
    "INSERT INTO events (transaction, type, target_type, target_id, request_id, data, at)"
    " SELECT greatest(1, n - :in_one), 'note.write', 'Note', (n % 2)::text, gen_random_uuid(), '{}', now()"
    " FROM generate_series(1, :number) AS n"
)


async def filled(postgres: tuple[Session, Log], in_one: int) -> Log:
    """A log with so many events of one transaction, then some of a transaction each."""
    async with sql_layer(postgres[1]).engine.begin() as connection:
        await connection.execute(FILL, {"in_one": in_one, "number": in_one + ALONE})
        await connection.execute(sa.text("ANALYZE events"))
    return postgres[1]


async def test_a_page_reads_no_rows_but_its_own_wherever_it_begins(postgres: tuple[Session, Log]) -> None:
    log = await filled(postgres, MANY)
    for interest in (Interest(frozenset({"note.write"})), Interest(frozenset({"note.write"}), "1")):
        for seq in (0, MANY // 2, MANY - 3 * PAGE):
            # By the index of types it passes over every other record, which is as good as that of records.
            assert PAGE <= await rows_read(log, LogPosition(1, seq), interest) <= 2 * PAGE
        assert 0 < await rows_read(log, LogPosition(1, MANY), interest) <= ALONE


async def test_all_is_told_once_over_the_border_of_a_transaction(postgres: tuple[Session, Log]) -> None:
    log = await filled(postgres, 2 * PAGE)
    position, told = LogPosition(1, PAGE), list[int]()
    while entries := await log.after(position, limit=PAGE - 1):
        told += [entry.position.seq for entry in entries]
        position = entries[-1].position
    assert told == [*range(PAGE + 1, 2 * PAGE + ALONE + 1)]


async def rows_read(log: Log, position: LogPosition, interest: Interest) -> int:
    """How many rows PostgreSQL looks at for the next page."""
    asked: list[tuple[str, Any]] = []

    def note(_: Any, __: Any, statement: str, values: Any, *___: Any) -> None:
        asked.append((statement, values))

    engine = sql_layer(log).reads
    sa.event.listen(engine.sync_engine, "before_cursor_execute", note)
    await log.after(position, interest, PAGE)
    sa.event.remove(engine.sync_engine, "before_cursor_execute", note)
    ((statement, values),) = asked
    async with engine.connect() as connection:
        found = await connection.exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", values)
        (plan,) = found.scalar_one()
    return sum(looked_at(plan["Plan"]))


def looked_at(plan: dict[str, Any]) -> Iterator[int]:
    """What each scan looked at."""
    inner = plan.get("Plans", [])
    if not inner:
        yield int(plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0))
    for part in inner:
        yield from looked_at(part)


def sql_layer(log: Log) -> SqlLayer:
    assert isinstance(log.layer, SqlLayer)
    return log.layer
