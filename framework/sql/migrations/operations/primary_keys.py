"""A primary key as an operation of a step, `op.create_primary_key("pk_items", "items", ["code"])`.

Alembic knows it, and does not write it, as it compares no keys.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic.autogenerate.api import AutogenContext
from alembic.autogenerate.render import renderers
from alembic.operations import ops


def create_primary_key(key: sa.PrimaryKeyConstraint) -> ops.CreatePrimaryKeyOp:
    """What makes the key of a table that stands."""
    return ops.CreatePrimaryKeyOp(str(key.name), key.table.name, names_of(key), schema=key.table.schema)


def names_of(key: sa.PrimaryKeyConstraint) -> list[str]:
    """Its columns, as the database calls them."""
    return [column.name for column in key.columns]


@renderers.dispatch_for(ops.CreatePrimaryKeyOp, replace=True)
def render(_: AutogenContext, step: ops.CreatePrimaryKeyOp) -> str:
    """The line of a step that makes it."""
    schema = "" if step.schema is None else f", schema={step.schema!r}"
    names = [*map(str, step.columns)]
    return f"op.create_primary_key({step.constraint_name!r}, {step.table_name!r}, {names!r}{schema})"
