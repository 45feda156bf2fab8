"""What an operation of ours is: the words that a step says, in the order of its fields, about one table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, fields
from typing import Any, TypeVar

from alembic.autogenerate.api import AutogenContext
from alembic.autogenerate.render import renderers
from alembic.operations import MigrateOperation, Operations

from framework.sql.migrations.operations.renames import qualified, table_key

Kind = TypeVar("Kind", bound="type[TableOperation]")


class TableOperation(MigrateOperation):
    """An operation on a table, named as Alembic's own name theirs; a frozen dataclass."""

    table_name: str
    schema: str | None

    @property
    def key(self) -> str:
        """The table as it is spoken of."""
        return table_key(self.table_name, self.schema)

    @property
    def qualified(self) -> str:
        """The table as a statement has it."""
        return qualified(self.schema, self.table_name)

    @classmethod
    def invoked(cls, operations: Operations, *words: Any, **named: Any) -> Any:
        """Carries it out, with what its fields are."""
        return operations.invoke(cls(*words, **named))


def operation(name: str) -> Callable[[Kind], Kind]:
    """Has steps know a class of operations as `op.NAME(…)`, and revisions write it so."""

    def registered(kind: Kind) -> Kind:
        @renderers.dispatch_for(kind)
        def render(_: AutogenContext, step: Any) -> str:
            return f"op.{name}({', '.join(_words(step))})"

        Operations.register_operation(name, "invoked")(kind)
        return kind

    return registered


def _words(step: Any) -> list[str]:
    """What it says, without what goes without saying and what is not shown."""
    said = [(each, getattr(step, each.name)) for each in fields(step) if each.repr]
    return [
        repr(value) if each.default is MISSING else f"{each.name}={value!r}"
        for each, value in said
        if value != each.default
    ]
