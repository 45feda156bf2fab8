"""A step that takes over tables which stand already, and makes them where they do not.

`op.stands("film", "language")` is known to every step that runs here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import indent
from typing import Any

import sqlalchemy as sa
from alembic.autogenerate.api import AutogenContext
from alembic.autogenerate.render import render_op, renderers
from alembic.operations import MigrateOperation, Operations, ops
from alembic.runtime.migration import MigrationContext

from framework.errors import Invalid

STANDING = "standing"


@Operations.register_operation("stands")
class StandsOp(MigrateOperation):
    """Whether tables stand, each named with its schema where it is in one of its own, and lead on by these links."""

    def __init__(self, tables: Sequence[str], links: Sequence[str]) -> None:
        self.tables, self.links = tables, links

    @classmethod
    def stands(cls, operations: Operations, *tables: str, links: Sequence[str] = ()) -> Any:
        """True where all of them stand, with the links; raises Invalid where only some of the tables do."""
        return operations.invoke(cls(tables, links))


@Operations.implementation_for(StandsOp)
def look(operations: Operations, step: StandsOp) -> bool:
    """Looks in the database; for a script, in what was seen of it before."""
    context = operations.get_context()
    if context.as_sql:
        environment = context.environment_context
        config = None if environment is None else environment.config
        seen: frozenset[str] = frozenset() if config is None else config.attributes.get(STANDING, frozenset())
        missing = [table for table in step.tables if table not in seen]
    else:
        missing = [table for table in step.tables if not _stands(operations.get_bind(), table)]
    if missing and len(missing) < len(step.tables):
        raise Invalid(
            f"of the tables that this step adopts, some are not there: {', '.join(missing)}",
            code="half_adopted",
            path=("migrations",),
            hint="begin with all of them, as they were when it was written, or with none in an empty database",
        )
    return not missing and (context.as_sql or _linked(operations.get_bind(), step) >= {*step.links})


def standing_tables(context: MigrationContext) -> Iterator[str]:
    """The tables of the database, as the steps speak of them: a script cannot look."""
    assert context.connection is not None
    there = sa.inspect(context.connection)
    for schema in there.get_schema_names():
        for table in there.get_table_names(schema):
            yield f"{schema}.{table}"
            if schema == there.default_schema_name:
                yield table


def _stands(connection: sa.Connection, table: str) -> bool:
    schema, _, name = table.rpartition(".")
    return sa.inspect(connection).has_table(name, schema or None)


def _linked(connection: sa.Connection, step: StandsOp) -> set[str]:
    """The foreign keys of the tables."""
    found, places = sa.inspect(connection), (table.rpartition(".") for table in step.tables)
    return {str(link["name"]) for schema, _, name in places for link in found.get_foreign_keys(name, schema or None)}


class AdoptOp(MigrateOperation):
    """The steps where the tables stand, which is what differs, and those where they do not, which make all of it.

    Where an earlier step has made the tables it goes by `links`, which are all that is left to make.
    """

    def __init__(
        self,
        tables: Sequence[str],
        there: Sequence[ops.MigrateOperation],
        fresh: Sequence[ops.MigrateOperation],
        links: Sequence[str] = (),
    ) -> None:
        self.tables, self.there, self.fresh, self.links = tables, there, fresh, links


@renderers.dispatch_for(AdoptOp)
def render(context: AutogenContext, step: AdoptOp) -> str:
    """Both, as lines of a step."""
    there = [line for each in step.there for line in render_op(context, each)]
    fresh = [line for each in step.fresh for line in render_op(context, each)]
    links = [f"links={step.links!r}"] if step.links else []
    head = f"if op.stands({', '.join([*map(repr, step.tables), *links])}):"
    return "\n".join([head, indent("\n".join([*there, "return"]), "    "), *fresh])
