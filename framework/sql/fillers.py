"""What the records that stand already hold in a column that is new."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from framework.spec.attribute import ABSENT, AttributeSpec
from framework.types.type import STRUCTURED, Kind

FILLER = "filler"


def note_filler(column: sa.Column[Any], attribute: AttributeSpec) -> None:
    """Keeps the attribute's default with the column, where it is one value for all records."""
    default = attribute.default
    if default is None or default.node is not None or attribute.type.kind is Kind.VECTOR:
        return
    # What a factory makes is a value for each record, except for the empty lists and models it is there for.
    made = default.make() if default.make is not None and attribute.type.kind in STRUCTURED else default.value
    if made is not ABSENT and made is not None:
        column.info[FILLER] = _literal(made, column.type)


def filler_of(column: sa.Column[Any]) -> str | None:
    """The literal to fill the column with, if there is one."""
    found: str | None = column.info.get(FILLER)
    return found


def _literal(value: Any, kind: sa.types.TypeEngine[Any]) -> str:
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped
    return str(sa.literal(value, kind).compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
