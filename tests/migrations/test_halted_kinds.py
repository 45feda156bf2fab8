"""Every kind of thing that an online step does, ended wherever that is, up to its being counted: done once."""

from __future__ import annotations

from typing import Literal

import pytest

from framework.declare.attributes import Attr, attribute, primary_key, sequence_key
from framework.declare.derived import calculate
from framework.declare.relationships import One, belongs_to
from framework.declare.resource import Resource
from framework.declare.rules import check, exclude, identity, index
from framework.sql.migrations.plan.decided.decisions import Decisions, StepMode
from framework.sql.section import Table
from tests.migrations.conftest import MakeMigrations
from tests.migrations.test_halted import DEFINITIONS, halted
from tests.migrations.test_own_domain import execute, started
from tests.migrations.test_partitions import Reading


class Shelf(Resource):
    id: Attr[int] = sequence_key()


class Counted(Resource):
    id: Attr[int] = sequence_key()
    net: Attr[int] = attribute()


class Uncounted(Resource):
    id: Attr[int] = primary_key()  # type: ignore[assignment]  # whatever makes it, but not the database
    net: Attr[int] = attribute()


class Excluding(Resource):
    id: Attr[int] = sequence_key()
    net: Attr[int] = attribute()
    tax: Attr[int] = attribute(default=1000)
    gross: Attr[int] = calculate(net + 1, stored=True)
    apart = exclude(overlapping=(net, tax))


class Allowing(Resource):
    id: Attr[int] = sequence_key()
    net: Attr[int] = attribute()
    tax: Attr[int] = attribute(default=1000)


class Lettered(Resource):
    id: Attr[int] = sequence_key()
    net: Attr[int] = attribute()
    kind: Attr[Literal["a", "b"]] = attribute(default="a")


class Relettered(Resource):
    id: Attr[int] = sequence_key()
    net: Attr[int] = attribute()
    kind: Attr[Literal["c", "b"]] = attribute(default="c", renamed_members={"a": "c"})


class Leading(Resource):
    id: Attr[int] = sequence_key()
    net: Attr[int] = attribute()
    home: One[Shelf | None] = belongs_to()
    small = check(net < 900)
    once = identity(net)
    by_home = index(home, net)


class Renamed(Resource):
    id: Attr[int] = sequence_key()
    sum: Attr[int] = attribute(renamed_from="net")
    shelf: One[Shelf | None] = belongs_to(renamed_from="home")
    small = check(sum < 900)
    once = identity(sum)
    by_home = index(shelf, sum)
    least = check(sum > -9)
    more: Attr[int] = attribute(backfill=sum + 1)


def in_table(like: type[Resource], table: str | None = None, schema: str | None = None) -> type[Resource]:
    return type("Item", (like,), {"__module__": __name__, "sections": (Table(table, schema=schema),)})


@pytest.mark.parametrize(
    ("old", "new", "rows"),
    [
        ([in_table(Counted)], [in_table(Uncounted)], "items (net) SELECT 5"),
        ([in_table(Excluding)], [in_table(Allowing)], "items (net, tax) SELECT 5, 1000"),
        ([in_table(Lettered)], [in_table(Relettered)], "items (kind, net) SELECT 'a', 5"),
        ([Shelf, in_table(Leading)], [Shelf, in_table(Renamed)], "items (net) SELECT 5"),
        ([Shelf, in_table(Leading)], [Shelf, in_table(Renamed, schema="crm")], "items (net) SELECT 5"),
        ([Shelf, in_table(Leading, schema="crm")], [Shelf, in_table(Renamed)], "crm.items (net) SELECT 5"),
        ([Shelf, in_table(Leading, "50% off")], [Shelf, in_table(Renamed, "50% off")], '"50% off" (net) SELECT 5'),
        ([Shelf, in_table(Leading)], [Shelf], "items (net) SELECT 5"),
        ([Shelf], [Shelf, in_table(Leading), Reading], None),
    ],
    ids=["counts", "excludes", "members", "renames", "moves", "moves back", "percent", "goes", "comes"],
)
async def test_it_goes_on_both_ways(
    migrations: MakeMigrations, old: list[type[Resource]], new: list[type[Resource]], rows: str | None
) -> None:
    before, after = migrations(*old), migrations(*new)
    await started(before)
    if rows is not None:
        await execute(before, f"INSERT INTO {rows} FROM generate_series(1, 1)")
    stood = await execute(before, DEFINITIONS)
    drops = ("Item",) if len(new) < len(old) else ()
    (written,) = await after.written("After", Decisions(drops=drops, modes=frozenset({StepMode.ONLINE})))
    assert "online = True" in written.path.read_text()
    assert await halted(after) > 0
    assert await after.check() == []
    stands = await execute(after, DEFINITIONS)
    assert await halted(after, back=True) > 0
    assert await execute(before, DEFINITIONS) == stood
    await after.upgrade()
    assert await execute(after, DEFINITIONS) == stands
