"""A revision in two: old and new code write beside each other in between, and nothing is lost."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from uuid import UUID, uuid4

import pytest

from framework.declare.attributes import Attr, attribute, primary_key
from framework.declare.resource import Resource
from framework.declare.rules import check, identity, index
from framework.errors import Invalid
from framework.sql.migrations.plan.decisions import Decisions, Manner
from tests.migrations.conftest import MakeMigrations
from tests.migrations.test_own_domain import execute, started


class Kind(StrEnum):
    SMALL = "small"


class Kinds(StrEnum):
    SMALL = "small"
    LARGE = "large"


class Shelf(Resource):
    id: Attr[UUID] = primary_key()


class Before(Resource):
    id: Attr[UUID] = primary_key()
    note: Attr[str] = attribute(max_length=9)
    net: Attr[int] = attribute()
    tax: Attr[int | None] = attribute()
    gone: Attr[int] = attribute()
    kind: Attr[Kind] = attribute()
    once = identity(net)


class After(Resource):
    id: Attr[UUID] = primary_key()
    remark: Attr[str] = attribute(max_length=9, renamed_from="note")
    net: Attr[int] = attribute(ge=0)
    tax: Attr[int] = attribute(default=3)
    kind: Attr[Kinds] = attribute()
    code: Attr[UUID] = attribute(default_factory=uuid4)
    state: Attr[str] = attribute(default="new")
    gross: Attr[int] = attribute(backfill=net + 1)
    maybe: Attr[int | None] = attribute()
    by_state = index(state)
    some = check(maybe > 0)


SPLIT = Decisions(drops=("Item.gone",), manners=frozenset({Manner.SPLIT}))
OLD = "INSERT INTO items (id, note, net, tax, gone, kind) VALUES ('{0}', '{1}', {2}, NULL, 1, 'small')"
NEW = (
    "INSERT INTO items (id, remark, net, tax, kind, code, state, gross)"
    " VALUES ('{0}', '{1}', {2}, 4, 'large', gen_random_uuid(), 'x', 7)"
)


def item(like: type[Resource]) -> type[Resource]:
    return type("Item", (like,), {"__module__": __name__})


@pytest.mark.parametrize("manner", ["plain", "online"])
async def test_old_and_new_code_write_in_between(migrations: MakeMigrations, manner: str) -> None:
    old = migrations(item(Before), Shelf)
    await started(old)
    keys = [UUID(int=number) for number in range(9)]
    await execute(old, OLD.format(keys[0], "first", 1))
    new = migrations(item(After), Shelf)
    how = replace(SPLIT, manners=SPLIT.manners | ({Manner.ONLINE} if manner == "online" else set()))
    expand, contract = await new.written("Grown", how)
    assert "expands = True" in expand.path.read_text()
    assert "contracts = True" in contract.path.read_text()
    assert len(await new.expand()) == 1
    await execute(old, OLD.format(keys[1], "second", 2), f"UPDATE items SET note = 'third' WHERE id = '{keys[0]}'")
    await execute(old, NEW.format(keys[2], "fourth", 3), f"UPDATE items SET remark = 'fifth' WHERE id = '{keys[1]}'")
    found = await execute(old, "SELECT note, remark, net, tax, state, gross, code IS NULL FROM items ORDER BY id")
    assert found == [
        ("third", "third", 1, 3, "new", 2, False),
        ("fifth", "fifth", 2, 3, "new", 3, False),
        ("fourth", "fourth", 3, 4, "x", 7, False),
    ]
    assert [step.partition(": ")[2] for step in await new.pending()] == ["Grown, contract."]
    await new.upgrade()
    assert await new.check() == []
    assert await execute(new, "SELECT count(*) FROM pg_proc WHERE proname LIKE 'dspex%'") == [(0,)]
    await new.downgrade("-1")
    found = await execute(old, "SELECT note = remark FROM items")
    assert found == [(True,)] * 3
    await new.upgrade()
    assert await new.check() == []
    await execute(new, "DELETE FROM items")
    await new.downgrade("-1")
    await new.downgrade("-1")
    assert [each for each in await old.check() if "not carried out" not in each] == []


async def test_what_old_code_cannot_live_beside_is_refused(migrations: MakeMigrations) -> None:
    old = migrations(item(Before), Shelf)
    await started(old)
    moved = type("Thing", (Before,), {"__module__": __name__, "renamed_from": "Item"})
    with pytest.raises(Invalid, match="--split: table items of things is renamed things, and old code cannot live"):
        await migrations(moved, Shelf).revision("Moved", Decisions(manners=frozenset({Manner.SPLIT})))
    retyped = type(
        "Item", (Before,), {"__module__": __name__, "__annotations__": {"tax": Attr[str | None]}, "tax": attribute()}
    )
    with pytest.raises(Invalid, match=r"--split: the type of `items.tax` changes"):
        await migrations(retyped, Shelf).revision("Text", Decisions(manners=frozenset({Manner.SPLIT})))
