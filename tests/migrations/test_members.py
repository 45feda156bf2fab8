"""A member of an enum that has another name now keeps its records, there and back."""

from __future__ import annotations

from enum import IntEnum, StrEnum
from typing import Any, Literal

import pytest

from framework.declare.actions import Create, Update
from framework.declare.attributes import Attr, attribute, sequence_key
from framework.declare.machine import state_machine
from framework.declare.resource import Resource
from framework.declare.rules import check, identity
from framework.errors import Invalid
from framework.sql.migrations.migrations import Migrations
from framework.sql.migrations.plan.decided.decisions import Decisions, StepMode
from tests.migrations.conftest import MakeMigrations
from tests.migrations.test_halted import Killed, killed_before_it_is_counted
from tests.migrations.test_own_domain import execute, started
from tests.migrations.test_renames import RULES


class Old(StrEnum):
    OPEN = "open"
    ITS = "it's 100% :x"
    DONE = "done"


class New(StrEnum):
    WAITING = "waiting"
    OURS = "ours"
    DONE = "done"


class OldLevel(IntEnum):
    LOW = 1
    HIGH = 2


class NewLevel(IntEnum):
    LOW = 10
    HIGH = 2


class Item(Resource):
    id: Attr[int] = sequence_key()
    state: Attr[Old] = state_machine(Old.OPEN, finish=(Old.OPEN, Old.DONE))
    kind: Attr[Old | None] = attribute(default=Old.OPEN)
    level: Attr[OldLevel] = attribute()
    many: Attr[list[Old]] = attribute()
    named: Attr[dict[str, Old] | None] = attribute()
    add = Create(accept=[kind, level, many, named])
    finish = Update()
    once = identity(level, where=kind == Old.OPEN)
    leveled = check((kind == Old.OPEN) | (level != OldLevel.LOW))


def item(**words: Any) -> type[Resource]:
    renamed = {"open": New.WAITING, Old.ITS: "ours"} if not words else {}

    class Item(Resource):
        id: Attr[int] = sequence_key()
        state: Attr[New] = state_machine(New.WAITING, renamed_members=renamed, finish=(New.WAITING, New.DONE))
        sort: Attr[New | None] = attribute(default=New.WAITING, renamed_members=renamed, renamed_from="kind")
        level: Attr[NewLevel] = attribute(renamed_members={1: NewLevel.LOW} if not words else None)
        many: Attr[list[New]] = attribute(renamed_members=renamed)
        named: Attr[dict[str, New] | None] = attribute(renamed_members=renamed)
        add = Create(accept=[sort, level, many, named])
        finish = Update()
        once = identity(level, where=sort == New.WAITING)
        leveled = check((sort == New.WAITING) | (level != NewLevel.LOW))

    return Item


FILLED = (
    "INSERT INTO items (state, kind, level, many, named) VALUES"
    """ ('open', 'open', 1, '["done", "open", "it''s 100% :x", "open"]', '{"a": "open", "b": "done"}'),"""
    " ('done', 'it''s 100% :x', 2, '[]', NULL), ('open', NULL, 2, '[\"done\"]', '{}')"
)
HELD = "SELECT * FROM items ORDER BY id"


@pytest.mark.parametrize("told", ["in the declaration", "where the step is asked for"])
async def test_members_are_renamed_alone_and_in_lists_and_maps(migrations: MakeMigrations, told: str) -> None:
    await started(old := migrations(Item))
    await execute(old, FILLED)
    before, rules = await execute(old, HELD), set(await execute(old, RULES))
    pairs = ("open=waiting", "it's 100% :x=ours")
    columns = ("state", "sort", "many", "named")
    renames = (*(f"Item.{column}.{pair}" for column in columns for pair in pairs), "items.level.1=10")
    new = migrations(item(said=True) if "step" in told else item())
    path = await new.revision("Renamed", Decisions(renames if "step" in told else ()))
    assert path is not None
    await new.upgrade()
    assert await execute(new, HELD) == [
        (1, "waiting", "waiting", 10, ["done", "waiting", "ours", "waiting"], {"a": "waiting", "b": "done"}),
        (2, "done", "ours", 2, [], None),
        (3, "waiting", None, 2, ["done"], {}),
    ]
    after = await execute(new, HELD)
    assert await new.check() == []
    await new.downgrade("-1")
    assert (await execute(old, HELD), set(await execute(old, RULES))) == (before, rules)
    await new.upgrade()
    assert await execute(new, HELD) == after
    # What was renamed once is not renamed again, though the declaration says it still.
    assert await new.revision("Nothing more") is None


async def test_members_of_what_is_new_are_not_renamed(migrations: MakeMigrations) -> None:
    await started(own := migrations(item()))
    assert (await own.check(), await own.revision("Nothing more")) == ([], None)


def sized(*names: str, **words: Any) -> type[Resource]:
    class Item(Resource):
        id: Attr[int] = sequence_key()
        size: Attr[Literal.__getitem__(names)] = attribute(**words)  # type: ignore[valid-type]

    return Item


async def test_one_that_goes_while_one_comes_is_asked_about(migrations: MakeMigrations) -> None:
    await started(old := migrations(sized("small", "large")))
    await execute(old, "INSERT INTO items (size) VALUES ('large'), ('small'), ('large')")
    new = migrations(sized("small", "big"))
    with pytest.raises(Invalid) as refused:
        await new.revision("Big")
    (issue,) = refused.value.issues
    assert (issue.code, dict(issue.params)) == (
        "undecided_member",
        {"name": "items.size.large", "rows": 2, "renames": ["items.size.large=big"]},
    )
    assert issue.message == (
        "`items.size.large` is no longer declared, which 2 records of this database hold, and `big` is new"
    )
    assert await new.revision("Big", Decisions(drops=("Item.size.large",))) is not None
    with pytest.raises(Invalid, match=r"2 records of `items` have a `size` that is no longer one: large \(one with"):
        await new.upgrade()
    await execute(new, "DELETE FROM items WHERE size = 'large'")
    await new.upgrade()
    await execute(new, "INSERT INTO items (size) VALUES ('big')")
    with pytest.raises(Invalid, match="1 record of `items` have a `size` that is no longer one: big"):
        await new.downgrade("-1")


# In either order: to Python, `Attr[Literal["a", "b"]]` is the `Attr[Literal["b", "a"]]` that another test wrote first.
@pytest.mark.parametrize(
    ("said", "says"),
    [
        ("Item.size.small=big", "`small` is a member still"),
        ("Item.size.large=huge", "`huge` is none of the members: (small, big|big, small)"),
        ("Item.size.middle=big", r"`items.size` has had no member middle so far; it has (small, large|large, small)"),
    ],
)
async def test_a_rename_of_no_member_is_refused(migrations: MakeMigrations, said: str, says: str) -> None:
    await started(migrations(sized("small", "large")))
    with pytest.raises(Invalid, match=says) as refused:
        await migrations(sized("small", "big")).revision("Big", Decisions((said,)))
    assert refused.value.issues[0].code == "unknown_rename"


Before = Literal["a", "b", "c"]


def kept(kind: Any, **words: Any) -> type[Resource]:
    class Item(Resource):
        id: Attr[int] = sequence_key()
        text: Attr[kind] = attribute(**words)
        varchar: Attr[kind] = attribute(column_type="varchar(9)", **words)
        char: Attr[kind] = attribute(column_type="char(5)", **words)
        listed: Attr[list[kind]] = attribute(**words)
        mapped: Attr[dict[str, kind]] = attribute(**words)
        json: Attr[dict[str, kind]] = attribute(column_type="json", **words)
        array: Attr[list[kind]] = attribute(column_type="text[]", **words)

    return Item


COLUMNS = ("text", "varchar", "char", "listed", "mapped", "json", "array")
SELECTED = 'SELECT text, varchar, char, listed, mapped, json, "array" FROM items ORDER BY id'


async def fill(own: Migrations, *members: str) -> None:
    for each in members:
        document = f'{{"x": "c", "y": "{each}"}}'
        values = f"'{each}', '{each}', '{each}', '[\"c\", \"{each}\"]', '{document}', '{document}', '{{c,{each}}}'"
        await execute(own, f'INSERT INTO items (text, varchar, char, listed, mapped, json, "array") VALUES ({values})')


async def test_members_that_become_one_are_told_apart_by_nobody(migrations: MakeMigrations) -> None:
    await started(old := migrations(kept(Before)))
    await fill(old, "a", "b")
    new = migrations(kept(Literal["b", "c"], renamed_members={"a": "b"}))
    assert await new.revision("One") is not None
    await new.upgrade()
    one, other = await execute(new, SELECTED)
    assert one == other == ("b", "b", "b    ", ["c", "b"], *([{"x": "c", "y": "b"}] * 2), ["c", "b"])
    with pytest.raises(Invalid, match="cannot be taken back while `items` holds 2 records: which") as refused:
        await new.downgrade("-1")
    assert refused.value.issues[0].code == "rows_in_the_way"
    await execute(new, "DELETE FROM items")
    await new.downgrade("-1")
    await fill(old, "a")


async def test_members_within_lists_that_nothing_else_was_come_back(migrations: MakeMigrations) -> None:
    await started(old := migrations(kept(Before)))
    await fill(old, "a", "c")
    held = await execute(old, SELECTED)
    new = migrations(kept(Literal["b", "c", "d"], renamed_members={"a": "d"}))
    assert await new.revision("Renamed") is not None
    await new.upgrade()
    one, _ = await execute(new, SELECTED)
    assert one == ("d", "d", "d    ", ["c", "d"], *([{"x": "c", "y": "d"}] * 2), ["c", "d"])
    await new.downgrade("-1")
    assert await execute(old, SELECTED) == held
    # The next time there is one that the others would be told apart from by nobody, in a list alone.
    await execute(old, "UPDATE items SET listed = '[\"d\"]' WHERE text = 'c'")
    await new.upgrade()
    with pytest.raises(Invalid, match="holds 2 records: which of them had the `listed` a is not kept"):
        await new.downgrade("-1")


async def test_what_a_step_that_was_cut_off_met_of_its_own_is_forgotten(migrations: MakeMigrations) -> None:
    class Item(Resource):
        id: Attr[int] = sequence_key()
        listed: Attr[list[Before]] = attribute()

    await started(old := migrations(Item))
    await execute(old, 'INSERT INTO items (listed) VALUES (\'["c", "a"]\')')
    body = {"id": sequence_key(), "listed": attribute(renamed_members={"a": "d"})}
    kinds = {"id": Attr[int], "listed": Attr[list[Literal["b", "c", "d"]]]}
    new = migrations(type("Item", (Resource,), {"__module__": __name__, "__annotations__": kinds, **body}))
    assert await new.revision("Renamed", Decisions(modes=frozenset({StepMode.ONLINE}))) is not None
    with pytest.raises(Killed), killed_before_it_is_counted():
        await new.upgrade()
    await new.upgrade()
    with pytest.raises(Invalid, match="is not kept, unless the step, which is online, was cut off") as refused:
        await new.downgrade("-1")
    await execute(new, str(refused.value.issues[0].hint).partition("forgotten: ")[2])
    await new.downgrade("-1")
    assert await execute(old, "SELECT listed FROM items") == [(["c", "a"],)]


async def test_a_check_of_a_column_by_another_names_no_members(migrations: MakeMigrations) -> None:
    class Item(Resource):
        id: Attr[int] = sequence_key()
        kind: Attr[str] = attribute()
        other: Attr[str] = attribute()
        same = check(kind == other)

    await started(migrations(Item))
    body = {"kind": attribute(), "other": attribute(), "id": sequence_key()}
    kinds = {"id": Attr[int], "kind": Attr[New], "other": Attr[str]}
    new = migrations(type("Item", (Resource,), {"__module__": __name__, "__annotations__": kinds, **body}))
    assert await new.revision("Kinds") is not None
    await new.upgrade()
    assert await new.check() == []


async def test_a_member_that_no_rule_tells_of_is_not_dropped_nor_renamed_by_a_word(migrations: MakeMigrations) -> None:
    class Item(Resource):
        id: Attr[int] = sequence_key()
        many: Attr[list[Old]] = attribute()
        mood: Attr[Old] = attribute(column_type="mood")

    await started(migrations(Item))
    kinds = {"id": Attr[int], "many": Attr[list[New]], "mood": Attr[New]}
    body = {"id": sequence_key(), "many": attribute(), "mood": attribute(column_type="mood")}
    new = migrations(type("Item", (Resource,), {"__module__": __name__, "__annotations__": kinds, **body}))
    for said in (
        Decisions(drops=("Item.many.open",)),
        Decisions(drops=("Item.mood.open",)),
        Decisions(("Item.mood.open=waiting",)),
    ):
        with pytest.raises(Invalid, match=r"`items\.\w+`: no step can do that to open, as") as refused:
            await new.revision("New", said)
        assert refused.value.issues[0].code == "unknown_rename"
