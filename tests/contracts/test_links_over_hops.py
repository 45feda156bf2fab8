"""A link that leads over the records of another resource reaches the same ends on every layer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from framework.actions.engine import Engine
from framework.actions.load import Loader
from framework.actions.query import LoadRelated, LoadValue, Query, Sort
from framework.data.protocols import Layer
from framework.data.selection import Ordering, Selection
from framework.errors import Source
from framework.expr.nodes import Aggregate, Compare, Comparison, Fold, Node, Ref, Some, Value, along, equals
from framework.spec.relationship import Hop, RelationshipSpec
from framework.spec.resource import ResourceSpec
from framework.testing.contract.rows import BOOK, LIBRARY, LOAN, SHELF, book, given, loan, shelf


def linked(spec: ResourceSpec, name: str, *hops: Hop, many: bool) -> ResourceSpec:
    """The resource with a link of several hops."""
    link = RelationshipSpec(name, hops, Source("here", 1), many)
    return replace(spec, relationships={**spec.relationships, name: link})


LOANS = linked(SHELF, "loans", Hop("Book", "id", "shelf_id"), Hop("Loan", "id", "book_id"), many=True)
PREQUELS = linked(SHELF, "prequels", Hop("Book", "id", "shelf_id"), Hop("Book", "prequel_id", "id"), many=True)
PLACED = linked(LOAN, "shelf", Hop("Book", "book_id", "id"), Hop("Shelf", "shelf_id", "id"), many=False)


@pytest.fixture
async def kept(layer: Layer) -> Layer:
    """Shelves a, b and c: two books on a with three loans, one on b with one; two of the three have one prequel."""
    a, b, c = shelf("a"), shelf("b"), shelf("c")
    await given(layer, SHELF, a, b, c)
    x = book(a, "x")
    await given(layer, BOOK, x)
    y, z = book(a, "y", prequel_id=x["id"]), book(b, "z", prequel_id=x["id"])
    w = book(a, "w", prequel_id=x["id"])
    await given(layer, BOOK, y, z, w)
    await given(layer, LOAN, loan(x, "ann", days=1), loan(x, "bob", days=2), loan(y, "cid", days=4))
    await given(layer, LOAN, loan(z, "dan", days=8))
    return layer


async def names(layer: Layer, spec: ResourceSpec, name: str, where: Node | None, *path: str) -> list[Any]:
    """One value of what is found, in the order of what is at the end of the path, or of the value."""
    order = Ordering(along(*path or (name,)), descending=bool(path))
    async with layer.snapshot_read() as reads:
        return [row[name] for row in await reads.read(Selection(spec, (name,), where, (order,)))]


async def test_a_filter_looks_at_the_ends(kept: Layer) -> None:
    assert await names(kept, LOANS, "name", Some("loans", equals(reader="cid"))) == ["a"]
    assert await names(kept, LOANS, "name", Some("loans", equals(reader="dan"))) == ["b"]


@pytest.mark.parametrize(
    ("spec", "folded", "found"),
    [
        (LOANS, Aggregate(Fold.COUNT, "loans"), {"a": 3, "b": 1, "c": 0}),
        (LOANS, Aggregate(Fold.SUM, "loans", Ref("days")), {"a": 7, "b": 8}),
        (LOANS, Aggregate(Fold.SUM, "loans", Ref("days"), equals(reader="bob")), {"a": 2}),
        (PREQUELS, Aggregate(Fold.COUNT, "prequels"), {"a": 1, "b": 1, "c": 0}),
    ],
)
async def test_an_aggregate_is_over_each_end_once(
    kept: Layer, spec: ResourceSpec, folded: Node, found: dict[str, int]
) -> None:
    for value in {*found.values(), 99}:
        with_it = [name for name, known in found.items() if known == value]
        assert await names(kept, spec, "name", Compare(Comparison.EQ, folded, Value(value))) == with_it


async def test_a_link_to_one_is_followed_to_its_end(kept: Layer) -> None:
    where = Compare(Comparison.EQ, along("shelf", "name"), Value("a"))
    assert await names(kept, PLACED, "reader", where) == ["ann", "bob", "cid"]
    assert (await names(kept, PLACED, "reader", None, "shelf", "name"))[0] == "dan"
    async with kept.transaction() as transaction:
        changed = await transaction.update(PLACED, where, {"days": 0})
    assert sorted(row["reader"] for row in changed) == ["ann", "bob", "cid"]


async def test_the_ends_are_loaded_in_order_and_cut_for_each_record(kept: Layer) -> None:
    readers = Query(sort=(Sort(("reader",)),)).selecting("reader")
    asked = Query(loads=(LoadValue("name"), LoadRelated("loans", replace(readers, limit=2, offset=1))))
    async with kept.snapshot_read() as reads:
        loader = Loader(Engine(LIBRARY, kept).session(), reads)
        shelves = await loader.records(LOANS, asked)
        prequels = await loader.records(PREQUELS, Query().selecting("name").loading(prequels=Query()))
        placed = await loader.records(PLACED, Query().selecting("reader").loading(shelf=Query()))
    found = {record["name"]: [end["reader"] for end in record["loans"]] for record in shelves}
    assert found == {"a": ["bob", "cid"], "b": [], "c": []}
    assert [[end["title"] for end in record["prequels"]] for record in prequels] == [["x"], ["x"], []]
    assert {record["reader"]: record["shelf"]["name"] for record in placed} == {
        "ann": "a",
        "bob": "a",
        "cid": "a",
        "dan": "b",
    }
