"""A revision in two: old and new code write beside each other in between, and nothing is lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from framework.compiler.domain import Domain, compile_domain
from framework.declare.attributes import Attr, attribute, primary_key
from framework.declare.relationships import One, belongs_to
from framework.declare.resource import Resource
from framework.declare.rules import check, exclude, identity, index
from framework.errors import Invalid
from framework.sql.migrations.migrations import Migrations
from framework.sql.migrations.operations.exclusions import AlterAction, Excluded, ExclusionOp
from framework.sql.migrations.plan.decided.decisions import Decisions, StepMode
from framework.sql.migrations.plan.split.rules import is_loosened
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


SPLIT_ONLY = Decisions(modes=frozenset({StepMode.SPLIT}))
SPLIT = Decisions(drops=("Item.gone",), modes=frozenset({StepMode.SPLIT}))
OLD = "INSERT INTO items (id, note, net, tax, gone, kind) VALUES ('{0}', '{1}', {2}, NULL, 1, 'small')"
NEW = (
    "INSERT INTO items (id, remark, net, tax, kind, code, state, gross)"
    " VALUES ('{0}', '{1}', {2}, 4, 'large', gen_random_uuid(), 'x', 7)"
)


def item(like: type[Resource]) -> type[Resource]:
    return type("Item", (like,), {"__module__": __name__})


@pytest.mark.parametrize("mode", ["plain", "online"])
async def test_old_and_new_code_write_in_between(migrations: MakeMigrations, mode: str) -> None:
    old = migrations(item(Before), Shelf)
    await started(old)
    keys = [UUID(int=number) for number in range(9)]
    await execute(old, OLD.format(keys[0], "first", 1))
    new = migrations(item(After), Shelf)
    how = replace(SPLIT, modes=SPLIT.modes | ({StepMode.ONLINE} if mode == "online" else set()))
    expand, contract = await new.written("Grown", how)
    assert "expands = True" in expand.path.read_text()
    assert "contracts = True" in contract.path.read_text()
    late = "once it is taken back, the expand before it is not while `items` holds records: `gone` was required"
    assert [[late in note for note in each.notes].count(True) for each in (expand, contract)] == [0, 1]
    assert not any("`note` was required" in note for note in contract.notes)
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
        await migrations(moved, Shelf).revision("Moved", Decisions(modes=frozenset({StepMode.SPLIT})))
    retyped = type(
        "Item", (Before,), {"__module__": __name__, "__annotations__": {"tax": Attr[str | None]}, "tax": attribute()}
    )
    with pytest.raises(Invalid, match=r"--split: the type of `items.tax` changes"):
        await migrations(retyped, Shelf).revision("Text", Decisions(modes=frozenset({StepMode.SPLIT})))


class Noted(Resource):
    id: Attr[UUID] = primary_key()
    note: Attr[str] = attribute()


class Remarked(Resource):
    id: Attr[UUID] = primary_key()
    remark: Attr[str | None] = attribute(renamed_from="note")


class Counted(Resource):
    id: Attr[UUID] = primary_key()
    remark: Attr[int] = attribute(renamed_from="note")


async def test_a_column_that_is_renamed_and_no_longer_required_takes_nothing_from_new_code(
    migrations: MakeMigrations,
) -> None:
    old = migrations(item(Noted))
    await started(old)
    keys = [UUID(int=number) for number in range(3)]
    add = "INSERT INTO items (id, {}) VALUES ('{}', {})"
    await execute(old, add.format("note", keys[0], "'a'"))
    with pytest.raises(Invalid, match=r"--split: the type of `items.remark` changes"):
        await migrations(item(Counted)).revision("Counted", SPLIT_ONLY)
    new = migrations(item(Remarked))
    assert len(await new.written("Remarked", SPLIT_ONLY)) == 2
    await new.expand()
    await execute(new, add.format("remark", keys[1], "NULL"), add.format("note", keys[2], "'b'"))
    assert await execute(new, "SELECT note, remark FROM items ORDER BY id") == [("a", "a"), (None, None), ("b", "b")]
    await new.upgrade()
    assert await new.check() == []
    await new.downgrade("-1")
    assert await execute(new, "SELECT note FROM items ORDER BY id") == [("a",), (None,), ("b",)]
    with pytest.raises(Invalid, match="1 record of `items` have no `note`, which is required"):
        await new.downgrade("-1")
    await execute(new, "UPDATE items SET remark = '-' WHERE remark IS NULL")
    await new.downgrade("-1")
    assert [each for each in await old.check() if "not carried out" not in each] == []


class Once(Resource):
    id: Attr[UUID] = primary_key()
    remark: Attr[str] = attribute(renamed_from="note")
    once = identity(remark)


async def test_new_code_writes_on_where_an_online_contract_has_stopped(migrations: MakeMigrations) -> None:
    await started(migrations(item(Noted)))
    new = migrations(item(Once))
    await new.revision("Once", Decisions(modes=frozenset({StepMode.SPLIT, StepMode.ONLINE})))
    await new.expand()
    add = "INSERT INTO items (id, remark) VALUES (gen_random_uuid(), 'a')"
    await execute(new, add, add)
    with pytest.raises(Invalid, match="2 records of `items` share their remark"):
        await new.upgrade()
    await execute(new, "DELETE FROM items", add)
    await new.upgrade()
    assert await new.check() == []
    await new.downgrade("-1")
    assert await execute(new, "SELECT note FROM items") == [("a",)]


class Insisted(Resource):
    id: Attr[UUID] = primary_key()
    note: Attr[str] = attribute(default="-", renamed_from="remark")


async def test_a_column_that_is_renamed_and_comes_to_be_required_is_refused(migrations: MakeMigrations) -> None:
    await started(migrations(item(Remarked)))
    with pytest.raises(Invalid, match=r"`items.note` is required, and `items.remark`, which it was, is not: old code"):
        await migrations(item(Insisted)).revision("Insisted", SPLIT_ONLY)


class Marked(Resource):
    id: Attr[UUID] = primary_key()
    kind: Attr[Kind] = attribute(renamed_members={"tiny": Kind.SMALL})


class Tiny(StrEnum):
    TINY = "tiny"


class Unmarked(Resource):
    id: Attr[UUID] = primary_key()
    kind: Attr[Tiny] = attribute()


async def test_members_that_have_other_names_are_refused(migrations: MakeMigrations) -> None:
    await started(migrations(item(Unmarked)))
    with pytest.raises(
        Invalid, match=r"--split: members of `items.kind` have other names now, which old code does not"
    ):
        await migrations(item(Marked)).revision("Marked", SPLIT_ONLY)


async def test_each_domain_is_split_by_itself(fresh_database_url: str, tmp_path: Path) -> None:
    def both(*core: type[Resource], shop: Sequence[type[Resource]]) -> Migrations:
        domains = compile_domain(Domain("core", core), Domain("shop", shop))
        return Migrations(domains, fresh_database_url, {name: tmp_path / name for name in ("core", "shop")})

    class Order(Resource):
        id: Attr[UUID] = primary_key()
        code: Attr[str] = attribute()

    class Ordered(Resource):
        id: Attr[UUID] = primary_key()
        sign: Attr[str] = attribute(renamed_from="code")
        shelf: One[Shelf | None] = belongs_to()

    old = both(item(Noted), shop=[Order])
    await started(old)
    await execute(
        old, f"INSERT INTO items VALUES ('{UUID(int=1)}', 'a')", f"INSERT INTO orders VALUES ('{UUID(int=1)}', 'b')"
    )
    ordered = type("Order", (Ordered,), {"__module__": __name__})
    new = both(item(Remarked), Shelf, shop=[ordered])
    written = await new.written("Grown", SPLIT_ONLY)
    told = [(each.path.parent.name, "contracts = True" in each.path.read_text()) for each in written]
    assert told == [("core", False), ("core", True), ("shop", False), ("shop", True)]
    assert [each.partition(": ")[2] for each in await new.expand()] == ["Grown."] * 2
    assert [each.partition(": ")[2] for each in await new.pending()] == ["Grown, contract."] * 2
    await execute(new, "UPDATE items SET note = 'c'", "UPDATE orders SET sign = 'd'")
    assert await execute(new, "SELECT note, remark, code, sign FROM items, orders") == [("c", "c", "d", "d")]
    await new.upgrade()
    assert await new.check() == []
    await execute(new, "DROP SCHEMA public CASCADE", "CREATE SCHEMA public")
    await new.upgrade()
    assert await new.check() == []


async def test_a_new_label_of_an_enum_of_the_database_comes_with_the_expand(migrations: MakeMigrations) -> None:
    def sized(kinds: type[StrEnum]) -> type[Resource]:
        body = {"__annotations__": {"kind": Attr[kinds]}, "kind": attribute(column_type="size")}  # type: ignore[valid-type]
        return type("Item", (Shelf,), {"__module__": __name__, **body})

    old, new = migrations(sized(Kind)), migrations(sized(Kinds))
    await started(old)
    await new.written("Larger", Decisions(modes=frozenset({StepMode.SPLIT})))
    await new.expand()
    assert await new.pending() == []
    await execute(new, "INSERT INTO items VALUES (gen_random_uuid(), 'large')")
    assert await new.check() == []


class Booking(Resource):
    id: Attr[UUID] = primary_key()
    room: Attr[int] = attribute()
    begins: Attr[int] = attribute()
    ends: Attr[int] = attribute()
    looser = exclude(overlapping=(begins, ends))
    ended = exclude(overlapping=(begins, ends), where=room < 9)
    tighter = exclude(overlapping=(begins, ends), where=room == 1)


class Rebooked(Resource):
    id: Attr[UUID] = primary_key()
    room: Attr[int] = attribute()
    begins: Attr[int] = attribute()
    ends: Attr[int] = attribute()
    looser = exclude(overlapping=(begins, ends), where=room > 3)
    tighter = exclude(overlapping=(begins, ends), where=room <= 3)
    fresh = exclude(overlapping=(ends, begins), where=room == 7)


class Visit(Resource):
    id: Attr[UUID] = primary_key()
    begins: Attr[int] = attribute()
    ends: Attr[int] = attribute()
    alone = exclude(overlapping=(begins, ends))


async def test_exclusions_that_bind_old_code_less_come_with_the_expand(migrations: MakeMigrations) -> None:
    def booking(like: type[Resource]) -> type[Resource]:
        return type("Booking", (like,), {"__module__": __name__})

    old, new = migrations(booking(Booking)), migrations(booking(Rebooked), Visit)
    await started(old)
    await new.written("Looser", SPLIT_ONLY)
    await new.expand()
    said = "substring(pg_get_constraintdef(oid) FROM 'room [^)]*')"
    rules = f"SELECT conname, {said} FROM pg_constraint WHERE contype = 'x' ORDER BY 1"
    expanded = {"ex_bookings_looser": "room > 3", "ex_bookings_tighter": "room = 1", "ex_visits_alone": None}
    assert await execute(new, rules) == [*expanded.items()]
    await new.upgrade()
    assert await new.check() == []
    assert len(await execute(new, rules)) == 4
    await new.downgrade("-2")
    assert [each for each in await old.check() if "not carried out" not in each] == []


@pytest.mark.parametrize(
    ("before", "after", "loosened"),
    [
        ("(a WITH &&)", "(room WITH =, a WITH &&)", True),
        ("(room WITH =, a WITH &&)", "(a WITH &&)", False),
        ("(a WITH &&)", "(a WITH &&) WHERE ((x > 1))", True),
        ("(a WITH &&) WHERE ((x > 1))", "(room WITH =, a WITH &&) WHERE ((x > 1))", True),
        ("(a WITH &&) WHERE ((x > 1))", "(a WITH &&) WHERE ((x > 2))", False),
        ("(a WITH &&) WHERE ((x > 1))", "(a WITH &&)", False),
    ],
)
def test_an_exclusion_is_loosened_where_it_refuses_nothing_more(before: str, after: str, *, loosened: bool) -> None:
    drop, add = (
        ExclusionOp(action, Excluded("items", "ex_items", f"EXCLUDE USING gist {said}"))
        for action, said in ((AlterAction.DROP, before), (AlterAction.ADD, after))
    )
    assert is_loosened(drop, add) is is_loosened(add, drop) is loosened
