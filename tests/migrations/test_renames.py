"""A rename keeps the records, and all that was said of them, there and back."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

import pytest

from framework.declare.attributes import Attr, attribute, created_at, primary_key, sequence_key
from framework.declare.relationships import One, belongs_to
from framework.declare.resource import Resource
from framework.declare.rules import check, identity, index
from framework.errors import Invalid
from framework.sql.migrations.migrations import Migrations
from framework.sql.migrations.plan.decided.decisions import UNDECIDED, Decisions
from framework.sql.section import Table
from tests.migrations.conftest import MakeMigrations
from tests.migrations.test_own_domain import execute, started


class Item(Resource):
    id: Attr[int] = sequence_key()
    note: Attr[str | None] = attribute(max_length=20)
    price: Attr[int] = attribute(ge=0)
    made: Attr[datetime] = created_at()
    once = identity(note)
    dear = check(price < 1000)
    by_price = index(price.desc())


class Review(Resource):
    id: Attr[UUID] = primary_key()
    item: One[Item] = belongs_to()


FILLED = (
    "INSERT INTO items (note, price, made) VALUES ('a', 1, now()), ('b', 2, now())",
    "INSERT INTO reviews (id, item_id) SELECT gen_random_uuid(), id FROM items",
)
RULES = (
    "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace "
    "AND contype <> 'n' UNION SELECT relname, coalesce(pg_get_indexdef(oid), '') FROM pg_class "
    "WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'i', 'S')"
)


async def renamed(old: Migrations, new: Migrations, decisions: Decisions = UNDECIDED) -> str:
    """What the step says that leads from the one to the other; it is carried out, there, back and there."""
    before = set(await execute(old, RULES))
    path = await new.revision("Renamed", decisions)
    assert path is not None
    text = path.read_text()
    assert "drop_" not in text.partition("def upgrade")[2].partition("\n\n\n#")[0]
    await new.upgrade()
    assert await new.check() == []
    await new.downgrade("-1")
    assert set(await execute(old, RULES)) == before
    await new.upgrade()
    assert await new.check() == []
    assert await new.revision("Nothing more") is None
    return text


def article(**words: str) -> tuple[type[Resource], ...]:
    """The same under other names, of which the declaration tells or not."""

    class Article(Resource):
        renamed_from = words.get("resource")

        id: Attr[int] = sequence_key()
        remark: Attr[str | None] = attribute(max_length=20, renamed_from=words.get("field"))
        price: Attr[int] = attribute(ge=0)
        made: Attr[datetime] = created_at()
        once = identity(remark)
        dear = check(price < 1000)
        by_price = index(price.desc())

    class Review(Resource):
        id: Attr[UUID] = primary_key()
        article: One[Article] = belongs_to(renamed_from=words.get("link"))

    return Article, Review


async def test_what_is_declared_to_be_renamed_is_one_rename(migrations: MakeMigrations) -> None:
    old = migrations(Item, Review)
    await started(old)
    await execute(old, *FILLED)
    new = migrations(*article(resource="Item", field="note", link="item"))
    text = await renamed(old, new)
    assert "ALTER TABLE items RENAME TO articles" in text
    assert "ALTER TABLE reviews RENAME COLUMN item_id TO article_id" in text
    assert await execute(new, "SELECT remark, price FROM articles ORDER BY id") == [("a", 1), ("b", 2)]
    assert await execute(new, "SELECT count(*) FROM reviews JOIN articles ON articles.id = article_id") == [(2,)]
    names = {str(name) for name, _ in await execute(new, RULES)}
    assert not {name for name in names if "item" in name or "note" in name}


async def test_a_renamed_table_has_the_names_of_a_new_one(migrations: MakeMigrations, fresh_database_url: str) -> None:
    old = migrations(Item, Review)
    await started(old)
    resources = article(resource="Item", field="note", link="item")
    await renamed(old, migrations(*resources))
    found = set(await execute(old, RULES))
    await execute(old, "DROP SCHEMA public CASCADE", "CREATE SCHEMA public")
    other = Migrations(migrations(*resources).domain, fresh_database_url, {"test": old.folders["test"] / "anew"})
    await started(other)
    assert set(await execute(other, RULES)) == found


async def test_a_rename_can_be_said_where_the_revision_is_asked_for(migrations: MakeMigrations) -> None:
    old = migrations(Item, Review)
    await started(old)
    await execute(old, *FILLED)
    new = migrations(*article())
    said = Decisions(("Item=Article", "Article.note=remark", "Review.item=article"))
    await renamed(old, new, said)
    assert await execute(new, "SELECT remark, price FROM articles ORDER BY id") == [("a", 1), ("b", 2)]


async def test_what_is_declared_of_the_parts_of_a_table_is_done_with_a_rename_that_is_said(
    migrations: MakeMigrations,
) -> None:
    old = migrations(Item, Review)
    await started(old)
    await execute(old, *FILLED)
    new = migrations(*article(field="note", link="item"))
    text = await renamed(old, new, Decisions(("Item=Article",)))
    assert "ALTER TABLE items RENAME COLUMN" not in text
    assert await execute(new, "SELECT remark, price FROM articles ORDER BY id") == [("a", 1), ("b", 2)]
    assert await execute(new, "SELECT count(*) FROM reviews JOIN articles ON articles.id = article_id") == [(2,)]


def before_in(table: Table) -> type[Resource]:
    class Before(Resource):
        sections = (table,)

        id: Attr[UUID] = primary_key()
        label: Attr[str] = attribute()
        kind: Attr[Literal["big", "small"]] = attribute()
        gone: Attr[str | None] = attribute()
        within: One[Before | None] = belongs_to()

    return Before


def after_in(table: Table) -> type[Resource]:
    class After(Resource):
        sections = (table,)
        dropped = ("gone",)

        id: Attr[UUID] = primary_key()
        name: Attr[str] = attribute(renamed_from="label")
        kind: Attr[Literal["large", "small"]] = attribute(renamed_members={"big": "large"})
        holder: One[After | None] = belongs_to(renamed_from="within")

    return After


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (Table("one"), Table("two"), "one=two"),
        (Table("one"), Table("one", schema="crm"), "one=crm.one"),
        (Table("one"), Table("two", schema="crm"), "one=two"),
        (Table("one", schema="crm"), Table("two"), "crm.one=two"),
        (Table("one"), Table("two"), "one=After"),
    ],
)
async def test_every_mark_in_a_table_is_acted_on_where_its_rename_is_said(
    migrations: MakeMigrations, before: Table, after: Table, said: str
) -> None:
    old = migrations(before_in(before))
    await started(old)
    stood, stands = (f"{table.schema or 'public'}.{table.name}" for table in (before, after))
    await execute(old, f"INSERT INTO {stood} VALUES (gen_random_uuid(), 'a', 'big', 'x', NULL)")
    await execute(old, f"UPDATE {stood} SET within_id = id")
    new = migrations(after_in(after))
    assert await new.revision("Moved", Decisions((said,))) is not None
    await new.upgrade()
    assert await new.check() == []
    found = await execute(new, f"SELECT name, kind, holder_id = id FROM {stands}")
    assert found == [("a", "large", True)]
    assert await new.revision("Nothing more") is None


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ("Itme=Article", "`Itme` is no table of ours that is no longer declared"),
        ("Item=Artikel", "`Artikel` is not newly declared"),
        ("Review=Article", "`reviews` is declared still"),
        ("Review.id=article", "`reviews.id` is declared still"),
        ("Review.itme=article", "`itme` is nothing of `Review` that is no longer declared"),
        ("Review.item=id", "`id` is not newly declared in `Review`"),
        ("Nothing.item=id", "`Nothing` is no resource that has a table already"),
        ("Item", "says no old name and new one"),
    ],
)
async def test_a_rename_of_what_is_not_there_is_refused(migrations: MakeMigrations, said: str, says: str) -> None:
    await started(migrations(Item, Review))
    new = migrations(*article())
    with pytest.raises(Invalid, match=says) as refused:
        await new.revision("Renamed", Decisions((said,)))
    assert refused.value.issues[0].code == "unknown_rename"


async def test_what_somebody_renamed_by_hand_is_not_renamed_again(migrations: MakeMigrations) -> None:
    old = migrations(Item, Review)
    await started(old)
    await execute(old, "ALTER TABLE items RENAME COLUMN note TO remark")

    class Article(Resource):
        id: Attr[int] = sequence_key()
        remark: Attr[str | None] = attribute(max_length=20, renamed_from="note")
        price: Attr[int] = attribute(ge=0)
        made: Attr[datetime] = created_at()
        once = identity(remark)
        dear = check(price < 1000)
        by_price = index(price.desc())

    new = migrations(type("Item", (Article,), {"__module__": __name__}), Review)
    path = await new.revision("Rules")
    assert path is not None
    assert "RENAME COLUMN" not in path.read_text()
    await new.upgrade()
    assert await new.check() == []
    assert await new.revision("Nothing more") is None


async def test_a_column_added_on_another_line_is_still_ours_after_a_rename(migrations: MakeMigrations) -> None:
    """Two people: one renames the table, one adds to it, and the second step is put before the first."""

    class Kept(Resource):
        renamed_from = "Thing"
        id: Attr[UUID] = primary_key()

    class Thing(Resource):
        id: Attr[UUID] = primary_key()

    class Grown(Resource):
        id: Attr[UUID] = primary_key()
        added: Attr[int | None] = attribute()

    first = migrations(Thing)
    begin = await started(first)
    renaming = await migrations(Kept).revision("Rename")
    assert renaming is not None
    aside = renaming.rename(begin.parent.parent / renaming.name)
    adding = await migrations(type("Thing", (Grown,), {"__module__": __name__})).revision("Add")
    assert adding is not None
    begun, added = (path.read_text().partition("revision = '")[2].partition("'")[0] for path in (begin, adding))
    after = aside.read_text().replace(f"down_revision = '{begun}'", f"down_revision = '{added}'")
    # Not under the same name: Python would take what it kept of the file that was there.
    (begin.parent / f"later_{aside.name}").write_text(after)
    now = migrations(Kept)
    await now.upgrade()
    assert await now.check() == ["column kepts.added is not declared"]


async def test_a_step_that_renames_and_changes_more_is_taken_back(migrations: MakeMigrations) -> None:
    """What speaks of the new names is undone before the names are."""
    old = migrations(Item, Review)
    await started(old)
    await execute(old, *FILLED)
    before = set(await execute(old, RULES))

    class Article(Resource):
        renamed_from = "Item"

        id: Attr[int] = sequence_key()
        remark: Attr[str] = attribute(max_length=30, renamed_from="note", backfill="none")
        price: Attr[int] = attribute(ge=0, le=100)
        extra: Attr[int] = attribute(backfill=price + 1)
        more: Attr[str | None] = attribute()
        once = identity(remark)
        dear = check(price < 500)

    class Review2(Resource):
        id: Attr[UUID] = primary_key()
        article: One[Article] = belongs_to(renamed_from="item")

    new = migrations(Article, type("Review", (Review2,), {"__module__": __name__}))
    assert await new.revision("Much", Decisions(drops=("Article.made",))) is not None
    await new.upgrade()
    assert await new.check() == []
    assert await execute(new, "SELECT remark, extra FROM articles ORDER BY id") == [("a", 2), ("b", 3)]
    await execute(new, "DELETE FROM reviews", "DELETE FROM articles")
    await new.downgrade("-1")
    assert set(await execute(old, RULES)) == before
    await new.upgrade()
    assert await new.check() == []
