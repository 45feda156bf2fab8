"""What a declaration says may go, and steps that cannot be taken back."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from uuid import UUID

import pytest

from framework.compiler.domain import Domain, compile_domain
from framework.declare.attributes import Attr, attribute, primary_key, sequence_key
from framework.declare.relationships import One, belongs_to
from framework.declare.resource import Resource
from framework.errors import Invalid
from framework.sql.migrations.migrations import Migrations
from framework.sql.migrations.plan.decided.decisions import Decisions
from framework.sql.section import Table
from tests.migrations.conftest import MakeMigrations
from tests.migrations.test_own_domain import execute, started


class Old(StrEnum):
    A = "a"
    B = "b"
    C = "c"


class New(StrEnum):
    C = "c"


class Maker(Resource):
    id: Attr[int] = sequence_key()


class Item(Resource):
    id: Attr[int] = sequence_key()
    note: Attr[str | None] = attribute()
    kind: Attr[Old] = attribute()
    maker: One[Maker] = belongs_to()


Whole = Item


def smaller() -> type[Resource]:
    class Item(Resource):
        dropped = ("note", "maker", "gone_long_ago")

        id: Attr[int] = sequence_key()
        kind: Attr[New] = attribute(renamed_members={"a": "c", "b": "c"})

    return Item


FILLED = (
    "INSERT INTO makers DEFAULT VALUES",
    "INSERT INTO items (note, kind, maker_id) VALUES ('x', 'a', 1), (NULL, 'b', 1), ('y', 'c', 1)",
)


async def test_what_the_declaration_says_may_go_goes_and_is_told(
    migrations: MakeMigrations, fresh_database_url: str, tmp_path: Path
) -> None:
    await started(old := migrations(Item, Maker))
    await execute(old, *FILLED)
    domain = compile_domain(Domain("test", [smaller()], dropped=("Maker",)))
    new = Migrations(domain, fresh_database_url, {"test": tmp_path / "versions"})
    (written,) = await new.written("Smaller")
    assert written.notes == [
        "`makers` is dropped, and with it what 1 record of this database had there",
        "`items.maker_id` is dropped, and with it what 3 records of this database had there",
        "`items.note` is dropped, and with it what 2 records of this database had there",
    ]
    await new.upgrade()
    assert await new.check() == []
    assert await execute(new, "SELECT kind FROM items") == [("c",)] * 3
    # The marks may stay.
    assert await new.written("Nothing more") == []
    (_, last) = await new.history()
    assert last.irreversible == (
        "while `items` holds records: which of them had the `kind` a, b is not kept; "
        "`maker_id` was required, and what it held is gone"
    )
    with pytest.raises(Invalid) as refused:
        await new.downgrade("base")
    (issue,) = refused.value.issues
    assert (issue.code, issue.params["rows"], issue.params["table"]) == ("rows_in_the_way", 3, "items")
    assert issue.message == f"the step {last.revision} (Smaller) cannot be taken back {last.irreversible}".replace(
        "holds records", "holds 3 records"
    )
    # Without records nothing is lost that was there.
    await execute(new, "DELETE FROM items")
    await new.downgrade("-1")
    await execute(old, *FILLED)
    assert [line for line in await old.check() if not line.startswith("not carried out")] == []


async def test_a_step_that_says_it_cannot_be_taken_back_is_not(migrations: MakeMigrations) -> None:
    class Renamed(Resource):
        renamed_from = "Maker"
        id: Attr[int] = sequence_key()

    await started(own := migrations(Item, Maker))
    path = await own.empty_revision("Letters sent")
    path.write_text(f'{path.read_text()}\nirreversible = "letters are in the post"\n')
    await own.upgrade()
    statement = "SELECT version_num FROM alembic_version"
    stands = await execute(own, statement)
    with pytest.raises(Invalid, match=r"\(Letters sent\) cannot be taken back: letters are in the post") as refused:
        await own.downgrade("base")
    assert refused.value.issues[0].code == "irreversible_step"
    assert "takes the word `irreversible` out" in str(refused.value.issues[0].hint)
    assert await execute(own, statement) == stands
    # To write down where a database stands takes nothing back.
    await own.stamp("base")


async def test_a_table_is_looked_at_under_the_name_that_it_has_by_now(migrations: MakeMigrations) -> None:
    class Item(Resource):
        id: Attr[int] = sequence_key()
        note: Attr[str | None] = attribute()
        kind: Attr[Old] = attribute()

    class Thing(Item):
        sections = (Table("things", schema="crm"),)
        renamed_from = "Item"

    class Entry(Item):
        renamed_from = "Thing"

    class Other(Resource):
        sections = (Table("items"),)
        id: Attr[int] = sequence_key()

    async def step(name: str, *resources: type[Resource], drops: tuple[str, ...] = ()) -> Migrations:
        own = migrations(*resources)
        assert await own.revision(name, Decisions(drops=drops)) is not None
        await own.upgrade()
        return own

    await step("Begin", Whole, Maker)
    await step("Alone", Item, Maker, drops=("Item.maker",))
    # Its name and its schema in one step, and then another table comes to have the name that it had.
    await step("Moved", Thing, Maker)
    last = await step("Back", Entry, Maker, Other)
    await execute(last, "INSERT INTO entries (kind) VALUES ('a')", "INSERT INTO items DEFAULT VALUES")
    with pytest.raises(Invalid, match=r"\(Alone\) cannot be taken back while `items` holds 1 record: `maker_id` was"):
        await last.downgrade("base")
    assert await execute(last, "SELECT count(*) FROM entries") == [(1,)]
    gone = await step("Gone", Maker, Other, drops=("Entry",))
    # What was dropped comes back without records.
    await gone.downgrade("base")


def test_what_may_go_is_declared_no_longer() -> None:
    class Thing(Resource):
        dropped = ("note", "price", 5)  # type: ignore[assignment]  # wrong on purpose

        id: Attr[UUID] = primary_key()
        note: Attr[str] = attribute()
        cost: Attr[int] = attribute(renamed_from="price")

    with pytest.raises(Exception, match="declared still") as refused:
        compile_domain(Domain("test", [Thing], dropped=("Thing",)))
    told = str(refused.value)
    for says in (
        "`Thing.dropped`: `note` is declared still",
        "`Thing.dropped`: `price` has another name now, by `renamed_from`",
        "`Thing.dropped`: `5` is no name",
        "`dropped`: `Thing` is declared still",
    ):
        assert says in told
