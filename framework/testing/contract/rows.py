"""Rows of the library, with what a test does not care about filled in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from framework.data.protocols import Layer, Row
from framework.data.selection import Ordering, Selection
from framework.expr.build import Expr
from framework.expr.nodes import Node, along
from framework.identifiers import uuid7
from framework.spec.resource import ResourceSpec
from framework.testing.contract.library import library

LIBRARY = library()
SHELF, BOOK, LOAN, VISIT = LIBRARY.stored
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def shelf(name: str = "a", **values: Any) -> Row:
    """A shelf to insert."""
    return {"id": uuid7(), "name": name, **values}


def book(on: Row, title: str = "Dune", **values: Any) -> Row:
    """A book to insert."""
    plain = {"id": uuid7(), "title": title, "pages": 100, "withdrawn": False, "tags": [], "added_at": NOON}
    return {**plain, "shelf_id": on["id"], **values}


def loan(of: Row, reader: str = "ann", **values: Any) -> Row:
    """A loan to insert; the layer numbers it."""
    return {"reader": reader, "days": 7, "book_id": of["id"], **values}


def visit(card: str, desk: int, **values: Any) -> Row:
    """A visit to insert."""
    return {"id": uuid7(), "card": card, "desk": desk, "guided": False, **values}


async def given(layer: Layer, resource: ResourceSpec, *rows: Row) -> list[Row]:
    """The rows, committed."""
    async with layer.transaction() as transaction:
        return await transaction.insert(resource, rows)


async def found(
    layer: Layer, resource: ResourceSpec, value: str, where: Expr[bool] | None = None, *, sort: Sequence[str] = ()
) -> list[Any]:
    """One value of the records found; sorted by the names given, of which a leading `-` descends."""
    order = tuple(Ordering(along(*name.lstrip("-").split(".")), name.startswith("-")) for name in sort)
    condition: Node | None = None if where is None else where.node
    async with layer.snapshot_read() as reads:
        rows = await reads.read(Selection(resource, (value,), condition, order))
    return [row[value] for row in rows]
