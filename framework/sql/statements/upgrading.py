"""Stored documents rewritten in their newest form, so that conditions on them and later versions meet no other."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from framework.spec.attribute import AttributeSpec
from framework.spec.domain import DomainSpec
from framework.spec.resource import ResourceSpec
from framework.sql.clauses.columns import JSON
from framework.sql.clauses.storage import raw_stored, write_stored
from framework.sql.clauses.table_scope import Schema
from framework.types.type import UNLIMITED, Kind

DOCUMENTS = frozenset({Kind.LIST, Kind.MAP, Kind.MODEL})
BATCH = 500


@dataclass(frozen=True, slots=True)
class Upgraded:
    """What became of the documents of one attribute: how many were rewritten, and how many do not read."""

    resource: str
    attribute: str
    rewritten: int
    unreadable: int


async def upgrade_documents(schema: Schema, engine: AsyncEngine) -> AsyncIterator[Upgraded]:
    """Rewrites every document that is not in its newest form, in batches, each a transaction of its own.

    A document that somebody has changed since it was read is left to them; one that does not read is left as it is,
    and so is every table of others.
    """
    for spec in schema.domain.stored:
        for attribute in _documents(spec) if spec.managed else ():
            yield await _of_attribute(spec, attribute, schema.tables[spec.name], engine)


def left_to_others(domain: DomainSpec) -> list[str]:
    """The resources with documents in tables of others, who rewrite them if anybody does."""
    return [spec.name for spec in domain.stored if not spec.managed and _documents(spec)]


def _documents(spec: ResourceSpec) -> list[AttributeSpec]:
    """The attributes kept as documents: none that the database works out, and no array, which has one form only."""
    return [
        attribute
        for attribute in spec.attributes.values()
        if attribute.type.kind in DOCUMENTS
        and attribute.computed is None
        and not (attribute.column_type is not None and attribute.column_type.array)
    ]


async def _of_attribute(spec: ResourceSpec, attribute: AttributeSpec, table: sa.Table, engine: AsyncEngine) -> Upgraded:
    kind = replace(attribute.type, limits=UNLIMITED, nullable=False)
    key, stored = table.c[spec.key.name], raw_stored(attribute, table.c[attribute.name])
    last: Any = None
    rewritten = unreadable = 0
    while True:
        batch = sa.select(key, stored).where(stored.is_not(None)).order_by(key).limit(BATCH)
        async with engine.begin() as connection:
            rows = (await connection.execute(batch if last is None else batch.where(key > last))).all()
            for at, form in rows:
                value, issues = kind.read_kept(form)
                newest = form if issues else kind.dump_to_keep(value)
                unreadable += bool(issues)
                if newest != form:
                    change = sa.update(table).where(key == at, stored == sa.literal(form, JSON))
                    value = write_stored(attribute, sa.literal(newest, JSON))
                    changed = await connection.execute(change.values({attribute.name: value}))
                    rewritten += changed.rowcount
        if not rows:
            return Upgraded(spec.name, attribute.name, rewritten, unreadable)
        last = rows[-1][0]
