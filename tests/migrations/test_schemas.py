"""Tables in schemas: made there, linked over them, moved with their rows, and nothing else of a schema is ours."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from framework.compiler.domain import Domain, compile_domain
from framework.declare.attributes import Attr, attribute, primary_key, sequence_key
from framework.declare.relationships import Many, One, belongs_to, has_many
from framework.declare.resource import Resource
from framework.declare.rules import check, identity, index
from framework.errors import Conflict, Failure, Invalid
from framework.expr.nodes import Compare, Comparison, Ref, Value
from framework.sql.engine import open_layer
from framework.sql.migrations.ddl import ddl_of
from framework.sql.migrations.migrations import Migrations
from framework.sql.migrations.plan.decided.decisions import Decisions
from framework.sql.section import Table
from tests.migrations.test_own_domain import execute, started

ODD = 'Ord"er 50%'


class Maker(Resource):
    sections = (Table("select", schema=ODD),)
    id: Attr[UUID] = primary_key()
    name: Attr[str] = attribute(max_length=9)
    things: Many[Thing] = has_many()
    once = identity(name)


class Thing(Resource):
    """In the schema of its domain, with a sequence, a circle and rules."""

    id: Attr[int] = sequence_key()
    size: Attr[int] = attribute()
    maker: One[Maker] = belongs_to()
    next: One[Thing | None] = belongs_to()
    small = check(size < 10, message="it is too large")
    by_size = index(size.desc(), where=size > 3)


class Other(Resource):
    """A table of the same name as another one, in another schema."""

    sections = (Table("things", schema="public"),)
    id: Attr[UUID] = primary_key()
    thing: One[Thing] = belongs_to()


def of(url: str, folder: Path, *resources: type[Resource], schema: str | None = "group") -> Migrations:
    """The migrations of these, in a schema whose name is a word of SQL's own."""
    return Migrations(compile_domain(Domain("test", resources, schema=schema)), url, {"test": folder})


async def test_tables_in_schemas_are_made_compared_and_taken_back(fresh_database_url: str, tmp_path: Path) -> None:
    own = of(fresh_database_url, tmp_path, Maker, Thing, Other)
    await execute(own, 'CREATE SCHEMA "group"', 'CREATE TABLE "group".foreign_one (id int)', "CREATE SCHEMA third")
    await execute(own, "CREATE TABLE third.things (id int)")
    await started(own)
    assert await own.check() == []
    assert await own.revision("Nothing") is None
    await own.downgrade("base")
    left = "SELECT count(*) FROM pg_tables WHERE schemaname = 'group' OR schemaname LIKE 'Ord%' OR schemaname = 'third'"
    assert await execute(own, left) == [(2,)]
    await own.upgrade()
    assert await own.check() == []
    await execute(own, 'ALTER TABLE "group".things DROP CONSTRAINT ck_things_small')
    assert await own.check() == ["constraint ck_things_small is missing or differs"]
    await execute(own, 'DROP INDEX "group".ix_things_size_desc_partial')
    assert await own.revision("Mended") is not None
    await own.upgrade()
    assert await own.check() == []


async def test_breaches_in_schemas_are_told_of_the_right_table(fresh_database_url: str, tmp_path: Path) -> None:
    own = of(fresh_database_url, tmp_path, Maker, Thing, Other)
    await started(own)
    maker, thing, other = (own.domain.resources[name] for name in ("Maker", "Thing", "Other"))
    async with open_layer(own.domain, fresh_database_url, connections=2) as layer:

        async def refused(kind: type[Failure], spec: object, *rows: Mapping[str, object]) -> tuple[str, object]:
            with pytest.raises(kind) as caught:
                async with layer.transaction() as tx:
                    await tx.insert(spec, rows)  # type: ignore[arg-type]  # a spec of either
            return caught.value.issues[0].message, caught.value.issues[0].path

        one = uuid4()
        async with layer.transaction() as tx:
            await tx.insert(maker, [{"id": one, "name": "Ann"}])
            (row,) = await tx.insert(thing, [{"size": 4, "maker_id": one, "next_id": None}])
        assert await refused(Conflict, maker, {"id": uuid4(), "name": "Ann"}) == (
            "another maker has this `name`",
            ("name",),
        )
        sizes = [{"size": size, "maker_id": one, "next_id": None} for size in (5, 10)]
        assert await refused(Invalid, thing, *sizes) == ("it is too large", (1,))
        assert (await refused(Invalid, other, {"id": one, "thing_id": 99}))[1] == ("thing_id",)
        async with layer.transaction() as tx:
            await tx.insert(other, [{"id": one, "thing_id": row["id"]}])
        with pytest.raises(Conflict, match="some other still uses the thing"):
            async with layer.transaction() as tx:
                await tx.delete(thing, Compare(Comparison.EQ, Ref("id"), Value(row["id"])))


async def test_a_table_declared_in_another_schema_moves_with_its_rows(fresh_database_url: str, tmp_path: Path) -> None:
    def crate(*sections: Table, name: str = "Crate", **words: object) -> type[Resource]:
        annotations = {"id": "Attr[int]", "note": "Attr[str | None]", "behind": f"One[{name} | None]"}
        body = {"__module__": __name__, "__annotations__": annotations, "sections": sections, **words}
        parts = {"id": sequence_key(), "note": attribute(), "behind": belongs_to()}
        return type(name, (Resource,), {**body, **parts})

    first = of(fresh_database_url, tmp_path, crate(), schema=None)
    await started(first)
    await execute(first, "INSERT INTO crates (note) VALUES ('kept'), ('too')")
    moved = of(fresh_database_url, tmp_path, crate(), schema="Depot")
    assert (await moved.check())[0] == "table crates moves to the schema Depot"
    path = await moved.revision("Moved")
    assert path is not None
    assert "create_table" not in path.read_text()
    await moved.upgrade()
    assert await moved.check() == []
    box = crate(Table("boxes", schema="shelf"), name="Box", renamed_from="Crate", note=attribute(renamed_from="text"))
    again = of(fresh_database_url, tmp_path, box, schema="Depot")
    assert await again.revision("Moved and renamed") is not None
    await again.upgrade()
    assert await again.check() == []
    assert await execute(again, "SELECT note FROM shelf.boxes ORDER BY id") == [("kept",), ("too",)]
    await execute(again, "INSERT INTO shelf.boxes (behind_id) VALUES (1)")
    await again.downgrade("-1")
    await again.downgrade("-1")
    assert await execute(first, "SELECT count(*) FROM crates") == [(3,)]
    assert await first.check() != []
    await again.upgrade()
    assert await again.check() == []
    back = of(fresh_database_url, tmp_path, crate(name="Box"), schema=None)
    assert await back.revision("Back") is not None
    await back.upgrade()
    assert await back.check() == []
    assert await execute(back, "SELECT count(*) FROM boxes") == [(3,)]


def test_the_golden_tables_begin_with_their_schemas() -> None:
    text = ddl_of(compile_domain(Domain("test", [Maker, Thing, Other], schema="group")))
    assert text.startswith('CREATE SCHEMA IF NOT EXISTS "Ord""er 50%";\n\nCREATE SCHEMA IF NOT EXISTS "group";')
    assert 'CREATE TABLE "group".things' in text


def table_of_items(name: str, schema: str | None, *columns: str) -> type[Resource]:
    """A resource whose table is called items."""
    body: dict[str, object] = {"sections": (Table("items", schema=schema),), "id": primary_key()}
    kinds = {"id": Attr[UUID], **dict.fromkeys(columns, Attr[str | None])}
    body |= {column: attribute() for column in columns}
    return type(name, (Resource,), {"__module__": __name__, "__annotations__": kinds, **body})


async def test_a_drop_means_the_table_of_one_schema(fresh_database_url: str, tmp_path: Path) -> None:
    item, other = table_of_items("Item", None, "note"), table_of_items("CrmItem", "crm", "note")
    await started(of(fresh_database_url, tmp_path, item, other, schema=None))
    none = of(fresh_database_url, tmp_path, table_of_items("Kept", "shop"), schema=None)
    for said, left in (("Item", "crm.items"), ("items", "crm.items"), ("crm.items", "items")):
        with pytest.raises(Invalid, match=f"^`{left}` is no longer declared"):
            await none.revision("Gone", Decisions(drops=(said,)))
    bare = of(fresh_database_url, tmp_path, item, table_of_items("CrmItem", "crm"), schema=None)
    for said in ("Item.note", "items.note"):
        with pytest.raises(Invalid, match=f"--drop {said}: nothing of that name would be dropped"):
            await bare.revision("Bare", Decisions(drops=(said,)))


async def test_a_drop_that_several_schemas_have_asks_for_the_schema(fresh_database_url: str, tmp_path: Path) -> None:
    crm, shop = table_of_items("CrmItem", "crm"), table_of_items("ShopItem", "shop")
    await started(of(fresh_database_url, tmp_path, crm, shop, schema=None))
    left = of(fresh_database_url, tmp_path, shop, schema=None)
    with pytest.raises(
        Invalid, match=r"--drop items: several tables are called so, crm\.items, shop\.items"
    ) as refused:
        await left.revision("Gone", Decisions(drops=("items",)))
    assert refused.value.issues[0].hint == "say it with the schema"
