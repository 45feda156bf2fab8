"""What records that stand already get in a column that has to hold something: the attribute's `backfill` or default."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from enum import Enum
from functools import partial
from typing import Any, Self, get_origin
from uuid import uuid4

import orjson
import sqlalchemy as sa
from pydantic import BaseModel
from sqlalchemy.sql import visitors

from framework.expr.nodes import ActorFact, Aggregate, Along, Arg, Ref, Some, walk
from framework.expr.reduce import reduced
from framework.identifiers import uuid7
from framework.spec.attribute import ABSENT, AttributeSpec, Default
from framework.spec.domain import DomainSpec
from framework.spec.resource import ResourceSpec
from framework.sql.clauses.binding import Clause
from framework.sql.clauses.expressions import clause_of
from framework.sql.clauses.storage import write_stored
from framework.sql.clauses.table_scope import Schema
from framework.sql.definitions.lazy_tables import LazyTables
from framework.sql.migrations.operations.renames import DIALECT, escaped, quoted
from framework.types.type import STRUCTURED, Kind, Type

FILLER = "filler"
OF_RECORD = (Ref, Along, Some, Aggregate)
RANDOM = (uuid4, uuid7)
EMPTY = (list, dict, set, frozenset, tuple, str, int, float, bool, Decimal, timedelta)


@dataclass(frozen=True, slots=True)
class Filler:
    """What fills a column: the expression in SQL, and where it can be a DEFAULT as well, a value or an expression.

    `needs` are the columns that it is worked out of, each with its table, whose record it may be or one that links lead
    to; `asked` where it was said for this (`backfill`), so that an optional column is filled as well.
    """

    value: str
    default: str | sa.TextClause | None = None
    needs: frozenset[tuple[str, str]] = frozenset()
    asked: bool = False


@dataclass(frozen=True, slots=True)
class Fillers:
    """What fills the columns of a domain, worked out for those that are asked about: few ever are."""

    schema: Schema

    @classmethod
    def over(cls, domain: DomainSpec) -> Self:
        """Those of the domain, by tables of their own: those of a migration have types that write no value of ours."""
        metadata = sa.MetaData()
        return cls(Schema(domain, metadata, LazyTables(domain, metadata)))

    def of(self, attribute: AttributeSpec, spec: ResourceSpec) -> Filler | None:
        """What fills the attribute's column, if that is known."""
        column = self.schema.tables[spec.name].c[attribute.name]
        for said in (attribute.backfill, attribute.default):
            clause = None if said is None else _clause(said, attribute, self.schema, spec)
            if said is not None and clause is not None:
                written = write_stored(attribute, clause)
                change = _written(sa.update(column.table).values({column: written}))
                value = change.partition(f" SET {quoted(column.name)}=")[2]
                # A DEFAULT is read as the column's type, which may have it written in another way.
                plain = attribute.column_type is None or written is clause
                default = _default(said, clause, attribute.type) if plain else None
                return Filler(value, default, _needs(clause), said is attribute.backfill)
        return None


def note_filler(column: sa.Column[Any], attribute: AttributeSpec, spec: ResourceSpec, fillers: Fillers) -> None:
    """Keeps with the column whom to ask what fills it."""
    column.info[FILLER] = partial(fillers.of, attribute, spec)


def filler_of(column: sa.Column[Any]) -> Filler | None:
    """What fills the column, if that is known."""
    found: Filler | Callable[[], Filler | None] | None = column.info.get(FILLER)
    return found() if callable(found) else found


def _clause(said: Default, attribute: AttributeSpec, schema: Schema, spec: ResourceSpec) -> Clause | None:
    if said.node is not None:
        if any(isinstance(part, ActorFact | Arg) for part in walk(said.node)):
            return None
        return clause_of(reduced(said.node), schema.target(spec), attribute.type)
    if said.make in RANDOM:
        return sa.func.gen_random_uuid()
    if said.make is not None and not _is_constant(said.make):
        return None
    value = said.fresh()
    if value is ABSENT or value is None or attribute.type.kind is Kind.VECTOR:
        return None
    return sa.literal_column(_written(sa.literal(_text_of(value, attribute.type))))


def _needs(clause: Clause) -> frozenset[tuple[str, str]]:
    """The columns of tables that it reads, by whatever name it calls these."""
    parts = [part for part in visitors.iterate(clause) if isinstance(part, sa.ColumnElement)]
    columns = {column for part in parts for column in part.base_columns if isinstance(column, sa.Column)}
    return frozenset((column.table.key, column.name) for column in columns)


def _default(said: Default, clause: Clause, kind: Type) -> str | sa.TextClause | None:
    """As a DEFAULT, which sees no value of the record."""
    if said.node is None and said.make not in RANDOM:
        return _text_of(said.fresh(), kind)
    text = _written(clause)
    of_record = said.node is not None and any(isinstance(part, OF_RECORD) for part in walk(said.node))
    return None if of_record else sa.text(escaped(text))


def _written(clause: Any) -> str:
    return str(clause.compile(dialect=DIALECT, compile_kwargs={"literal_binds": True}))


def _is_constant(make: Callable[[], Any]) -> bool:
    """Whether it makes the same each time: an empty value, or a model of nothing but such and constants.

    Of no other function can that be told, and one value that is meant for one record may not get into all.
    """
    if (get_origin(make) or make) in EMPTY:
        return True
    if not (isinstance(make, type) and issubclass(make, BaseModel)):
        return False
    plain = make.__init__ is BaseModel.__init__ and make.model_post_init is BaseModel.model_post_init
    fields = make.model_fields.values()
    return plain and all(
        not each.is_required() and (each.default_factory is None or _is_constant(each.default_factory))  # type: ignore[arg-type]
        for each in fields
    )


def _text_of(value: Any, kind: Type) -> str:
    """The value as text that PostgreSQL reads as the column's type, whichever that is."""
    plain = value.value if isinstance(value, Enum) else value
    if kind.kind in STRUCTURED:
        return orjson.dumps(kind.dump_to_keep(value)).decode()
    if isinstance(plain, timedelta):
        return f"{plain / timedelta(microseconds=1):.0f} microseconds"
    return str(plain).lower() if isinstance(plain, bool) else str(plain)
