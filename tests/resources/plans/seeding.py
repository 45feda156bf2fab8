"""Tables of the platform with records of which PostgreSQL believes that there are a million.

So many rows take minutes to write. So a few thousand stand in each table, spread as those of a busy installation, and
what PostgreSQL knows of them by ANALYZE is kept but for their number: plans follow that, whatever the tables hold.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from framework.spec.attribute import AttributeSpec, Origin
from framework.spec.resource import ResourceSpec
from framework.spec.retention import spans
from framework.sql.layer import SqlLayer
from framework.sql.migrations.operations.renames import DIALECT
from framework.types.type import Kind

BELIEVED = 1_000_000
ROWS = 5_000
PARENTS = 500
# One row for each schedule, process or database, however many jobs they have: such a table is read from end to end.
SMALL = frozenset({"JobSchedule", "LogEpoch", "ProcessHeartbeat"})
# One parent has a third of all records, the others share the rest.
PARENT = f"CASE WHEN i % 3 = 0 THEN 1 ELSE i % {PARENTS} + 1 END"
KEY = "(lpad(to_hex({}), 8, '0') || '-0000-7000-8000-000000000000')::uuid"
MOMENT = f"now() - interval '1 day' - ({ROWS} - i) * interval '1 second'"
PLAIN: Mapping[Kind, str] = {
    Kind.UUID: KEY.format("i"),
    Kind.STRING: "'t' || lpad(i::text, 8, '0')",
    Kind.INTEGER: "i",
    Kind.FLOAT: "i / 7.0",
    Kind.BOOLEAN: "i % 2 = 0",
    Kind.DATETIME: MOMENT,
}
# What is not spread by its type alone: of many jobs few are live, of many events few types are there.
SPREAD: Mapping[tuple[str, str], str] = {
    ("Job", "state"): "CASE i % 500 WHEN 0 THEN 'queued' WHEN 1 THEN 'running' WHEN 2 THEN 'failed' "
    "ELSE 'succeeded' END",
    ("Job", "queue"): "(ARRAY['default', 'evaluations', 'optimizations'])[i % 3 + 1]",
    ("Job", "target_id"): f"({KEY.format(PARENT)})::text",
    ("Job", "context"): '\'{"request_id": "01900000-0000-7000-8000-000000000003"}\'',
    ("Execution", "status"): "CASE i % 1000 WHEN 0 THEN 'running' WHEN 1 THEN 'failed' ELSE 'succeeded' END",
    ("Execution", "evaluation_id"): KEY.format(f"i % {PARENTS} + 1"),
    ("Event", "type"): "CASE i % 1000 WHEN 0 THEN 'program.promote' ELSE 'execution.succeed' END",
    ("Event", "transaction"): "i / 3",
    ("Event", "at"): f"now() - ({ROWS} - i) * interval '90 days' / {ROWS}",
    ("Event", "target_id"): f"({KEY.format(f'i % {PARENTS} + 1')})::text",
}


# Itself, where it is not partitioned.
LEAVES = (
    "SELECT relid::text FROM pg_partition_tree('{0}') WHERE isleaf"
    " UNION SELECT oid::regclass::text FROM pg_class WHERE oid = '{0}'::regclass AND relkind = 'r'"
)


def small_tables(layer: SqlLayer) -> frozenset[str]:
    """Their names."""
    return frozenset(layer.schema.tables[name].name for name in SMALL)


async def seed(layer: SqlLayer) -> None:
    """Fills every table, as one who asks for no link and no rule."""
    filled = [spec for spec in layer.domain.stored if spec.name not in SMALL]
    for spec in filled:
        await _partition(layer, spec)
    async with layer.engine.begin() as connection:
        await connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        for spec in filled:
            table = layer.schema.tables[spec.name]
            for statement in _filled(spec, table):
                await connection.exec_driver_sql(statement.replace("%", "%%"))
            if spec.key.origin is Origin.SEQUENCE:
                counter = f"pg_get_serial_sequence('{table.name}', '{spec.key.column_name}')"
                await connection.exec_driver_sql(f"SELECT setval({counter}, {ROWS})")
    async with layer.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        # Nobody counts anew behind our back.
        for spec in filled:
            named = layer.schema.tables[spec.name].name
            for (leaf,) in (await connection.exec_driver_sql(LEAVES.format(named))).all():
                await connection.exec_driver_sql(f"ALTER TABLE {leaf} SET (autovacuum_enabled = false)")
            await connection.exec_driver_sql(f"VACUUM ANALYZE {named}")
        await connection.exec_driver_sql(
            f"UPDATE pg_class SET reltuples = reltuples * {BELIEVED // ROWS}"
            " WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'i')"
        )


async def _partition(layer: SqlLayer, spec: ResourceSpec) -> None:
    """Makes the partitions of all that is kept."""
    rule = spec.retention
    if rule is not None and rule.partition_every is not None:
        count = rule.after // rule.partition_every + 4
        for start, end in spans(rule.partition_every, datetime.now(UTC) - rule.after, count):
            async with layer.transaction() as tx:
                partitions = tx.partitions(spec)
                assert partitions is not None
                await partitions.add(start, end)


def _filled(spec: ResourceSpec, table: sa.Table) -> Iterator[str]:
    for rule in table.constraints:
        if isinstance(rule, sa.CheckConstraint):
            yield f"ALTER TABLE {table.name} DROP CONSTRAINT {rule.name}"
    columns = ", ".join(column.name for column in table.c)
    values = ", ".join(_value(spec, attribute, table.c[name]) for name, attribute in spec.attributes.items())
    yield f"INSERT INTO {table.name} ({columns}) SELECT {values} FROM generate_series(1, {ROWS}) i"


def _value(spec: ResourceSpec, attribute: AttributeSpec, column: sa.Column[Any]) -> str:
    """What an attribute is in the record of the number `i`."""
    spread = SPREAD.get((spec.name, attribute.name))
    if spread is not None:
        return spread
    if any(link.holds_key and link.attribute == attribute.name for link in spec.relationships.values()):
        return KEY.format(PARENT)
    if spec.machine is not None and spec.machine.attribute == attribute.name:
        return _state(spec.machine.live, spec.machine.states)
    if attribute.type.choices:
        return f"({_array(attribute.type.choices)})[i % {len(attribute.type.choices)} + 1]"
    value = PLAIN.get(attribute.type.kind) or _structured(attribute, column)
    return f"CASE WHEN i % 4 = 0 THEN NULL ELSE {value} END" if attribute.type.nullable else value


def _structured(attribute: AttributeSpec, column: sa.Column[Any]) -> str:
    empty = "[]" if attribute.type.kind is Kind.LIST and not isinstance(column.type, sa.ARRAY) else "{}"
    return f"'{empty}'::{column.type.compile(DIALECT)}"


def _state(live: tuple[str, ...], states: tuple[str, ...]) -> str:
    final = [state for state in states if state not in live]
    return f"CASE WHEN i % 500 = 0 THEN ({_array(live)})[i / 500 % {len(live)} + 1] ELSE '{final[0]}' END"


def _array(choices: tuple[Any, ...]) -> str:
    return f"ARRAY[{', '.join(repr(str(choice)) for choice in choices)}]"
