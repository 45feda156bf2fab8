"""Tables that are partitioned by time: what comes with making one, and what others have attached to it before it goes.

`op.create_default_partition("events")` after such a table was made, and `op.detach_partitions_of_others("events")`
before it is dropped, are known to every step that runs here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from alembic.operations import MigrateOperation, Operations, ops

from framework.errors import Invalid
from framework.sql.definitions.partitions import PARTITION_BY, STANDING, default_partition
from framework.sql.migrations.operations.renames import block, escaped, literal
from framework.sql.migrations.operations.table_operation import TableOperation, operation


@operation("create_default_partition")
@dataclass(frozen=True)
class DefaultPartitionOp(TableOperation):
    """That a table has a partition for what no other holds."""

    table_name: str
    schema: str | None = None

    def reverse(self) -> DetachPartitionsOp:
        """It goes with its table, which those of others do not."""
        return DetachPartitionsOp(self.table_name, self.schema)


@operation("detach_partitions_of_others")
@dataclass(frozen=True)
class DetachPartitionsOp(TableOperation):
    """That what others have attached to a table stands by itself, as it is to outlive that."""

    table_name: str
    schema: str | None = None

    def reverse(self) -> DefaultPartitionOp:
        """What comes with the table that is made on the way back."""
        return DefaultPartitionOp(self.table_name, self.schema)


@dataclass(frozen=True)
class PartitioningOp(TableOperation):
    """That a table is partitioned by something else than declared, or not at all: told, and done by hand."""

    table_name: str
    stands: str
    declared: str
    schema: str | None = None

    @property
    def says(self) -> str:
        """The difference, in words."""
        stands = f"is partitioned by {self.stands}" if self.stands else "is not partitioned"
        wanted = f"by {self.declared}" if self.declared else "not to be"
        return f"table {self.key} {stands}, and is declared {wanted}"

    def reverse(self) -> PartitioningOp:
        """The difference, seen from the other side."""
        return PartitioningOp(self.table_name, self.declared, self.stands, self.schema)


def refuse_partitioning(steps: Sequence[MigrateOperation]) -> None:
    """Raises Invalid where a table that stands would have to be partitioned, or no longer."""
    for step in steps:
        if isinstance(step, PartitioningOp):
            raise Invalid(
                f"{step.says}: PostgreSQL cannot change that of a table that stands",
                code="partitioned_otherwise",
                path=(step.key,),
                hint="write the step by hand, which makes another table in its place and keeps the records: "
                "dspex revision --empty (docs/migrations.md, Tables partitioned by time)",
            )


def with_partitions(steps: Sequence[MigrateOperation]) -> Iterator[MigrateOperation]:
    """The steps, and with each partitioned table that is made or dropped what belongs to that."""
    for step in steps:
        match step:
            case ops.CreateTableOp() if PARTITION_BY in step.kw:
                yield step
                yield DefaultPartitionOp(step.table_name, step.schema)
            case ops.DropTableOp() if PARTITION_BY in step.table_kw:
                yield DetachPartitionsOp(step.table_name, step.schema)
                yield step
            case _:
                yield step


@Operations.implementation_for(DefaultPartitionOp)
def make(operations: Operations, step: DefaultPartitionOp) -> None:
    """Makes it, unless an online step that ended half way has."""
    operations.execute(sa.text(escaped(default_partition(step.table_name, step.schema))))


@Operations.implementation_for(DetachPartitionsOp)
def detach(operations: Operations, step: DetachPartitionsOp) -> None:
    """Detaches them, by a block that looks for itself."""
    found = STANDING.replace("{table}", literal(step.qualified))
    change = literal(f"ALTER TABLE {step.qualified.replace('%', '%%')} DETACH PARTITION %I.%I")
    loop = f"FOR part IN SELECT * FROM ({found}) AS parts WHERE NOT ours LOOP"  # noqa: S608 - nothing is from elsewhere
    each = f"DECLARE part record; BEGIN {loop} EXECUTE format({change}, part.nspname, part.relname); END LOOP; END;"
    operations.execute(sa.text(escaped(block(each))))
