"""Tables under names of their own: whoever decides something may speak of the resource, or of the table."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, Literal
from uuid import UUID

import psycopg
import pytest

from framework.declare.attributes import Attr, attribute, primary_key
from framework.declare.relationships import One, belongs_to
from framework.declare.resource import Resource
from framework.declare.rules import check, identity, index
from framework.errors import Conflict, Invalid
from framework.sql.migrations.operations.lock_policy import LockPolicy
from framework.sql.migrations.operations.renames import quoted
from framework.sql.migrations.plan.decided.decisions import Decisions, StepMode
from framework.sql.section import Table
from tests.migrations.conftest import MakeMigrations
from tests.migrations.test_own_domain import execute, started
from tests.migrations.test_partitions import Reading


class Shelf(Resource):
    id: Attr[UUID] = primary_key()


class Before(Resource):
    id: Attr[UUID] = primary_key()
    kind: Attr[Literal["a", "b"]] = attribute()
    note: Attr[str] = attribute()
    gone: Attr[int | None] = attribute()
    home: One[Shelf | None] = belongs_to()


class After(Resource):
    id: Attr[UUID] = primary_key()
    kind: Attr[Literal["c", "b"]] = attribute()
    remark: Attr[str] = attribute()


class Kept(Resource):
    id: Attr[UUID] = primary_key()


class Gone(Resource):
    id: Attr[UUID] = primary_key()
    gone: Attr[int | None] = attribute()


class Ruled(Resource):
    id: Attr[UUID] = primary_key()
    gone: Attr[int | None] = attribute()
    by_gone = index(gone, id)
    once = identity(gone)
    small = check(gone < 9)


class Straight(Resource):
    id: Attr[UUID] = primary_key()
    first: Attr[int] = attribute()
    second: Attr[str] = attribute()


class Crossed(Resource):
    id: Attr[UUID] = primary_key()
    first: Attr[str] = attribute()
    second: Attr[int] = attribute()


def named(name: str, like: type[Resource], *table: str, **words: Any) -> type[Resource]:
    """A resource of that name, in the table said."""
    sections = (Table(*table, **words),) if table or words else ()
    return type(name, (like,), {"__module__": __name__, "sections": sections})


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        (None, "Item"),
        (None, "own name"),
        ("crm", "Item"),
        ("crm", "crm.Item"),
        ("crm", "own name"),
        ("crm", "crm.own name"),
    ],
)
async def test_parts_are_spoken_of_by_the_resource(migrations: MakeMigrations, schema: str | None, said: str) -> None:
    old, new = (migrations(Shelf, named("Item", like, "own name", schema=schema)) for like in (Before, After))
    await started(old)
    table = '"own name"' if schema is None else f'{schema}."own name"'
    await execute(old, f"INSERT INTO {table} (id, kind, note, gone) VALUES (gen_random_uuid(), 'a', 'x', 1)")
    decisions = Decisions(renames=(f"{said}.note=remark", f"{said}.kind.a=c"), drops=(f"{said}.gone", f"{said}.home"))
    await new.revision("After", decisions)
    await new.upgrade()
    assert await new.check() == []
    assert await execute(new, f"SELECT kind, remark FROM {table}") == [("c", "x")]


async def test_a_table_of_another_resource_is_not_spoken_of(migrations: MakeMigrations) -> None:
    old = migrations(named("Item", Gone, "own name"), named("Thing", Gone, "items"))
    await started(old)
    new = migrations(named("Item", Gone, "own name"), named("Thing", Kept, "items"))
    with pytest.raises(Invalid, match=r"--drop Item\.gone: nothing of that name would be dropped") as refused:
        await new.revision("Gone", Decisions(drops=("Item.gone",)))
    assert refused.value.issues[0].hint == "there is --drop items.gone"
    assert await new.revision("Gone", Decisions(drops=("Thing.gone",))) is not None


async def test_a_resource_that_is_gone_is_spoken_of_by_its_table(migrations: MakeMigrations) -> None:
    await started(migrations(Shelf, named("Item", Kept, "own name")))
    new = migrations(Shelf)
    with pytest.raises(Invalid, match="--drop Item: nothing of that name would be dropped") as refused:
        await new.revision("Gone", Decisions(drops=("Item",)))
    assert refused.value.issues[0].hint == "there is --drop 'own name'"
    assert await new.revision("Gone", Decisions(drops=("own name",))) is not None


@pytest.mark.parametrize("said", ["own name=Article", "own name=crm.Article", "Item=other name", "Item=Item"])
async def test_a_table_gets_another_name_by_its_resource(migrations: MakeMigrations, said: str) -> None:
    """What a resource had before is known where its name was derived, or where it is the table's own."""
    old, _, new = said.partition("=")
    before = named("Item", Before, "own name") if old == "own name" else named("Item", Before)
    await started(migrations(Shelf, before))
    schema = "crm" if "." in new else None
    name = "Article" if "Article" in new else "Item"
    now = migrations(Shelf, named(name, Before, "other name", schema=schema))
    assert await now.revision("Renamed", Decisions(renames=(said,))) is not None
    await now.upgrade()
    assert await now.check() == []


async def test_what_exchanged_its_names_is_spoken_of_by_the_resources(migrations: MakeMigrations) -> None:
    old = migrations(named("Draft", Before, "the drafts"), named("Post", Gone, "the posts"), Shelf)
    await started(old)
    await execute(old, 'INSERT INTO "the posts" (id, gone) VALUES (gen_random_uuid(), 7)')
    new = migrations(named("Draft", Gone, "the drafts"), named("Post", Before, "the posts"), Shelf)
    await new.revision("Exchanged", Decisions(renames=("Draft=Post", "Post=Draft")))
    await new.upgrade()
    assert await new.check() == []
    assert await execute(new, 'SELECT gone FROM "the drafts"') == [(7,)]


async def test_columns_that_exchanged_their_names_are_spoken_of_by_the_resource(migrations: MakeMigrations) -> None:
    await started(migrations(named("Item", Straight, "own name")))
    new = migrations(named("Item", Crossed, "own name"))
    with pytest.raises(Invalid, match="did the two exchange their names"):
        await new.revision("Crossed")
    assert await new.revision("Crossed", Decisions(renames=("Item.first=second", "Item.second=first"))) is not None


STRANGE = ["50% off", ":name", 'a "b"', "it's", "a\\b", "50%% off", "%(x)s", "x{0}y", "$dspex$"]


@pytest.mark.parametrize("name", STRANGE)
async def test_rules_too_many_are_told_whatever_the_table_is_called(migrations: MakeMigrations, name: str) -> None:
    old, new = (migrations(named("Item", like, name)) for like in (Ruled, Gone))
    await started(old)
    assert await old.check() == []
    assert len(await new.check()) == 3
    await new.revision("Unruled")
    await new.upgrade()
    assert (await new.check(), len(await old.check())) == ([], 3)
    await new.downgrade("-1")
    (path,) = new.folders["test"].glob("*unruled*.py")
    path.unlink()
    assert await old.check() == []


@pytest.mark.parametrize("name", STRANGE)
async def test_who_holds_a_table_is_told_whatever_it_is_called(migrations: MakeMigrations, name: str) -> None:
    old, new = (migrations(named("Item", like, name)) for like in (Ruled, Gone))
    await started(old)
    await new.revision("Unruled")
    async with await psycopg.AsyncConnection.connect(old.url) as other:
        await other.execute(f"LOCK TABLE {quoted(name)} IN ACCESS SHARE MODE".encode())
        with pytest.raises(Conflict) as failed:
            await replace(new, lock_policy=LockPolicy(lock=0.2, tries=1)).upgrade()
        assert f"process {other.info.backend_pid} " in str(failed.value)


@pytest.mark.parametrize("name", STRANGE)
async def test_an_index_that_is_left_is_told_whatever_its_table_is_called(
    migrations: MakeMigrations, name: str
) -> None:
    old, new = (migrations(named("Item", like, name)) for like in (Gone, Ruled))
    await started(old)
    (written,) = await new.written("Ruled", Decisions(modes=frozenset({StepMode.ONLINE})))
    text = written.path.read_text()
    written.path.write_text(re.sub(r"op\.refuse_rows\(.*", "pass", text))
    await execute(old, f"INSERT INTO {quoted(name)} (id, gone) VALUES (gen_random_uuid(), 1), (gen_random_uuid(), 1)")
    with pytest.raises(Conflict, match="is left INVALID"):
        await new.upgrade()
    await execute(old, f"UPDATE {quoted(name)} SET gone = NULL")
    await new.upgrade()
    assert await new.check() == []


async def test_a_partitioned_table_goes_whatever_it_is_called(migrations: MakeMigrations) -> None:
    old, new = migrations(named("Reading", Reading, "50% 'off'"), Shelf), migrations(Shelf)
    await started(old)
    await new.revision("Gone", Decisions(drops=("50% 'off'",)))
    await execute(
        old,
        """CREATE TABLE archive (LIKE "50% 'off'" INCLUDING CONSTRAINTS)""",
        """ALTER TABLE "50% 'off'" ATTACH PARTITION archive FOR VALUES FROM ('2020-01-01') TO ('2021-01-01')""",
    )
    await new.upgrade()
    assert await execute(new, "SELECT count(*) FROM archive") == [(0,)]
    assert await new.check() == []
