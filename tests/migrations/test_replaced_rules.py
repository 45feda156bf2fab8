"""Rules that take others' place in an online step: at no moment is what both forbid let in, there or back."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

import pytest

from framework.declare.attributes import Attr, attribute, primary_key
from framework.declare.relationships import One, belongs_to
from framework.declare.resource import Resource
from framework.declare.rules import check, identity, index
from framework.spec.relationship import OnDelete
from framework.sql.migrations.plan.decided.decisions import Decisions, StepMode
from tests.migrations.conftest import MakeMigrations
from tests.migrations.test_halted import DEFINITIONS, halted
from tests.migrations.test_own_domain import execute, started

ONLINE = Decisions(modes=frozenset({StepMode.ONLINE}))
# Another session's INSERT of what both rules forbid, as it were, at the very moment when a rule goes.
SLIPS_IN = """CREATE FUNCTION slips_in() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
    {0};
    RAISE EXCEPTION 'a record slipped in';
EXCEPTION WHEN integrity_constraint_violation OR unique_violation OR check_violation OR foreign_key_violation
    THEN NULL; END $$"""
NUMBERED = "INSERT INTO items (id, net, tax) SELECT gen_random_uuid(), n, 1 FROM generate_series(1, 9) n"
TWICE = "INSERT INTO items (id, net, tax) SELECT gen_random_uuid(), net, tax FROM items WHERE net = 1"


class Shelf(Resource):
    id: Attr[UUID] = primary_key()


class House(Resource):
    id: Attr[UUID] = primary_key()


class Item(Resource):
    id: Attr[UUID] = primary_key()
    net: Attr[int] = attribute()
    tax: Attr[int | None] = attribute()


def item(like: type[Resource], **words: Any) -> type[Resource]:
    return type("Item", (like,), {"__module__": __name__, **words})


class Once(Item):
    once = identity(Item.net)
    some = identity(Item.tax, where=Item.net > 90)


class OtherwiseOnce(Item):
    once = identity(Item.net, deferrable=False)
    twice = identity(Item.net, Item.tax)
    some = identity(Item.tax, where=Item.net > 80)


class OnceInCode(Item):
    code: Attr[int] = attribute(default=0)
    once = identity(Item.net, code)


class OnceFilled(Resource):
    id: Attr[UUID] = primary_key()
    net: Attr[int] = attribute()
    tax: Attr[int] = attribute(default=7)
    once = identity(net, tax)


class FewFilled(Resource):
    id: Attr[UUID] = primary_key()
    net: Attr[int] = attribute()
    tax: Attr[int] = attribute(default=70)
    few = check(tax < 90)


def kinds(*names: str, **words: Any) -> type[Resource]:
    class Kinds(Item):
        kind: Attr[Literal.__getitem__(names)] = attribute(**words)  # type: ignore[valid-type]

    return item(Kinds)


def at_home(home: type[Resource], on_delete: OnDelete) -> type[Resource]:
    class Housed(Item):
        home: One[home | None] = belongs_to(on_delete=on_delete)  # type: ignore[valid-type]

    return item(Housed)


def once(*columns: Any) -> dict[str, Any]:
    return {"once": identity(*columns)}


@dataclass(frozen=True)
class Case:
    """What is declared before and after, the records in between, and one that both forbid."""

    old: Callable[[], list[type[Resource]]]
    new: Callable[[], list[type[Resource]]]
    forbidden: str
    records: str = NUMBERED
    back: bool = True


def forbids(values: str, columns: str = "net, tax") -> str:
    return f"INSERT INTO items (id, {columns}) VALUES (gen_random_uuid(), {values})"


ABOVE = forbids("1, 100")
CASES = {
    "unique": Case(lambda: [item(Once)], lambda: [item(OtherwiseOnce)], TWICE),
    "unique, of a new column too": Case(lambda: [item(Item, **once(Item.net))], lambda: [item(OnceInCode)], TWICE),
    "unique, with values filled that it forbids": Case(
        lambda: [item(Item, **once(Item.tax))],
        lambda: [item(OnceFilled)],
        forbids("1, 7), (gen_random_uuid(), 1, 7"),
        "INSERT INTO items (id, net) SELECT gen_random_uuid(), n FROM generate_series(1, 9) n",
        back=False,
    ),
    "check": Case(
        lambda: [item(Item, few=check(Item.tax < 90))], lambda: [item(Item, few=check(Item.tax < 95))], ABOVE
    ),
    "check, with values filled that it forbids": Case(
        lambda: [item(Item, few=check(Item.tax < 60))],
        lambda: [item(FewFilled)],
        ABOVE,
        "INSERT INTO items (id, net) SELECT gen_random_uuid(), n FROM generate_series(1, 9) n",
        back=False,
    ),
    "members": Case(
        lambda: [kinds("a", "b")],
        lambda: [kinds("b", "c")],
        forbids("1, 1, 'z'", "net, tax, kind"),
        forbids("1, 1, 'b'", "net, tax, kind"),
    ),
    "members with other names": Case(
        lambda: [kinds("a", "b")],
        lambda: [kinds("c", "b", renamed_members={"a": "c"})],
        forbids("1, 1, 'z'", "net, tax, kind"),
        forbids("1, 1, 'a'", "net, tax, kind"),
    ),
    "link": Case(
        lambda: [Shelf, at_home(Shelf, OnDelete.RESTRICT)],
        lambda: [Shelf, at_home(Shelf, OnDelete.SET_NULL)],
        forbids("1, 1, gen_random_uuid()", "net, tax, home_id"),
    ),
    "link to what is new": Case(
        lambda: [Shelf, at_home(Shelf, OnDelete.RESTRICT)],
        lambda: [Shelf, House, at_home(House, OnDelete.RESTRICT)],
        forbids("1, 1, gen_random_uuid()", "net, tax, home_id"),
    ),
}


@pytest.mark.parametrize("name", CASES)
async def test_a_rule_goes_when_what_takes_its_place_holds(migrations: MakeMigrations, name: str) -> None:
    case = CASES[name]
    old, new = migrations(*case.old()), migrations(*case.new())
    await started(old)
    await execute(old, case.records, SLIPS_IN.format(case.forbidden))
    await execute(old, "CREATE EVENT TRIGGER slips_in ON sql_drop EXECUTE FUNCTION slips_in()")
    (written,) = await new.written("Otherwise", ONLINE)
    assert written.notes == ["the step is online, as asked for"]
    for _ in range(2):
        await new.upgrade()
        assert await new.check() == []
        if case.back:
            await new.downgrade("-1")
            assert [each for each in await old.check() if "not carried out" not in each] == []


class FilledTwice(Resource):
    id: Attr[UUID] = primary_key()
    net: Attr[int] = attribute()
    tax: Attr[int] = attribute(default=70)
    more: Attr[int] = attribute(default=80)
    few = check(tax + more < 160)


class Optional(Item):
    more: Attr[int | None] = attribute()
    few = check(Item.tax + more < 150)


async def test_where_neither_can_hold_for_a_while_that_is_told(migrations: MakeMigrations) -> None:
    old, new = migrations(item(Optional)), migrations(item(FilledTwice))
    await started(old)
    await execute(old, "INSERT INTO items (id, net, more) VALUES (gen_random_uuid(), 1, 1)")
    (written,) = await new.written("Filled", ONLINE)
    (told,) = written.notes[1:]
    assert re.fullmatch(
        r"`ck_items_few` of `items` goes before values are written that it need not allow, and what takes its place"
        r" holds only afterwards: in between neither refuses anything; change the rule in a step before .*",
        told,
    )
    await new.upgrade()
    assert await new.check() == []


class Quick(Item):
    by_tax = index(Item.tax)


async def test_an_index_goes_when_the_one_of_its_name_is_made(migrations: MakeMigrations) -> None:
    old, new = migrations(item(Quick)), migrations(item(Item, by_tax=index(Item.tax.desc())))
    await started(old)
    (written,) = await new.written("Otherwise", ONLINE)
    made, gone = (written.path.read_text().index(words) for words in ("op.create_index(", "op.drop_index("))
    assert made < gone
    await new.upgrade()
    assert await new.check() == []
    await new.downgrade("-1")
    assert [each for each in await old.check() if "not carried out" not in each] == []


class Ruled(Resource):
    id: Attr[UUID] = primary_key()
    net: Attr[int] = attribute()
    place: Attr[int | None] = attribute()
    slot: Attr[int | None] = attribute()
    kind: Attr[Literal["a", "b"]] = attribute()
    home: One[Shelf | None] = belongs_to()
    small = check(net < 900)
    placed = identity(place, net)
    once = identity(net)
    slotted = identity(slot, where=net > 3)
    by_slot = index(slot, net)


class RuledOtherwise(Resource):
    id: Attr[UUID] = primary_key()
    net: Attr[int] = attribute()
    place: Attr[int | None] = attribute()
    slot: Attr[int | None] = attribute()
    kind: Attr[Literal["c", "b"]] = attribute(renamed_members={"a": "c"})
    home: One[Shelf | None] = belongs_to(on_delete=OnDelete.SET_NULL)
    last: Attr[int] = attribute(default_factory=lambda: 1, backfill=net + 1)
    small = check(net < 999)
    placed = identity(place, net, where=net > 4)
    once = identity(net, deferrable=False)
    slotted = identity(slot)
    by_slot = index(slot.desc(), net)


async def test_rules_that_were_taking_the_place_of_others_go_on_to(migrations: MakeMigrations) -> None:
    old, new = migrations(Shelf, item(Ruled)), migrations(Shelf, item(RuledOtherwise))
    await started(old)
    filled = "SELECT gen_random_uuid(), n, n, n, 'a' FROM generate_series(1, 20) n"
    await execute(old, f"INSERT INTO items (id, net, place, slot, kind) {filled}")
    await new.written("Ruled", ONLINE)
    before = await execute(new, DEFINITIONS)
    await new.upgrade()
    unhalted = await execute(new, DEFINITIONS)
    assert await halted(new, back=True) > 20
    assert await execute(new, DEFINITIONS) == before
    assert await halted(new) > 20
    assert await execute(new, DEFINITIONS) == unhalted
    assert await new.check() == []
