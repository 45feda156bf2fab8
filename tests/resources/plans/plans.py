"""What PostgreSQL would do for the statements that the data layer sends."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from framework.sql.layer import SqlLayer
from tests.resources.plans.seeding import small_tables

# So many rows may be sorted, and so much may be read for them: a hundredth of a table, by PostgreSQL's own measure.
FEW_ROWS, LITTLE = 10_000, 2_000
PLANNED = ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")
EMPTY_PARTITIONS = "SELECT relname FROM pg_class WHERE relispartition AND relkind = 'r' AND relpages = 0"
READS_ALL = ("Seq Scan", "Sample Scan")


@dataclass(frozen=True, slots=True)
class Sent:
    """A statement as it was sent."""

    text: str
    values: Any


@contextmanager
def sent_by(layer: SqlLayer) -> Iterator[list[Sent]]:
    """The statements that the block sends, as they are sent."""
    found: list[Sent] = []

    def told(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
        found.append(Sent(statement, parameters))

    for engine in layer.engines:
        sa.event.listen(engine.sync_engine, "before_cursor_execute", told)
    try:
        yield found
    finally:
        for engine in layer.engines:
            sa.event.remove(engine.sync_engine, "before_cursor_execute", told)


async def faults_of(layer: SqlLayer, sent: Sequence[Sent]) -> list[str]:
    """Each statement that reads a table from end to end, or sorts much of one; with its plan."""
    faults = []
    async with layer.engine.connect() as connection:
        empty = (await connection.exec_driver_sql(EMPTY_PARTITIONS)).scalars()
        small = small_tables(layer) | {*empty}
        for each in dict.fromkeys((one.text, repr(one.values)) for one in sent):
            statement = next(one for one in sent if (one.text, repr(one.values)) == each)
            if not statement.text.startswith(PLANNED):
                continue
            explained = await connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement.text}", statement.values)
            plan = explained.scalar_one()[0]["Plan"]
            if wrong := [*_wrong(plan, small)]:
                faults.append(f"{'; '.join(wrong)} in\n  {' '.join(statement.text.split())}\n  {_shown(plan)}")
    return faults


def _wrong(plan: Any, small: Collection[str]) -> Iterator[str]:
    if plan["Total Cost"] > LITTLE:
        yield f"costs {plan['Total Cost']}"
    for node in _nodes(plan):
        # What PostgreSQL keeps about itself is small, and not ours.
        ours = not node.get("Relation Name", "").startswith("pg_")
        if ours and node["Node Type"] in READS_ALL and node["Relation Name"] not in small:
            yield f"reads all of {node['Relation Name']}"
        if node["Node Type"] == "Sort" and node["Plans"][0]["Plan Rows"] > FEW_ROWS:
            yield f"sorts {node['Plans'][0]['Plan Rows']} rows"


def _nodes(plan: Any) -> Iterator[Any]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from _nodes(part)


def _shown(plan: Any) -> str:
    words = [plan["Node Type"], plan.get("Index Name") or plan.get("Relation Name") or ""]
    inner = ", ".join(_shown(part) for part in plan.get("Plans", ()))
    return f"{' '.join(filter(None, words))}{f' ({inner})' if inner else ''}"
