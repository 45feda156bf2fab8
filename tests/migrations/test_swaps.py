"""Two columns or tables that exchange their names keep what they hold, and are noticed where nobody says so."""

from __future__ import annotations

from typing import Literal

import pytest

from framework.declare.attributes import Attr, attribute, sequence_key
from framework.declare.relationships import One, belongs_to
from framework.declare.resource import Resource
from framework.declare.rules import identity, index
from framework.errors import Invalid
from framework.sql.migrations.migrations import Migrations
from framework.sql.migrations.plan.decided.decisions import Decisions
from tests.migrations.conftest import MakeMigrations
from tests.migrations.test_own_domain import execute, started
from tests.migrations.test_renames import RULES

SAID = Decisions(("Item.low=high", "Item.high=low"))


class Item(Resource):
    id: Attr[int] = sequence_key()
    low: Attr[int] = attribute(ge=0, le=10)
    high: Attr[int | None] = attribute(le=90)
    name: Attr[str] = attribute(max_length=5)
    note: Attr[str] = attribute(max_length=5)
    once = identity(low, name)
    by_high = index(high.desc())


def exchanged() -> type[Resource]:
    class Item(Resource):
        id: Attr[int] = sequence_key()
        high: Attr[int] = attribute(ge=0, le=10)
        low: Attr[int | None] = attribute(le=90)
        name: Attr[str] = attribute(max_length=5)
        note: Attr[str] = attribute(max_length=5)
        once = identity(high, name)
        by_high = index(low.desc())

    return Item


FILLED = "INSERT INTO items (low, high, name, note) VALUES (1, 50, 'a', 'x'), (2, NULL, 'b', 'y')"
HELD = "SELECT id, low, high FROM items ORDER BY id"


async def test_an_exchange_that_is_said_moves_what_is_held_there_and_back(migrations: MakeMigrations) -> None:
    await started(old := migrations(Item))
    await execute(old, FILLED)
    before, rules = await execute(old, HELD), set(await execute(old, RULES))
    new = migrations(exchanged())
    path = await new.revision("Exchanged", SAID)
    assert path is not None
    assert "TYPE" not in path.read_text()
    await new.upgrade()
    assert await execute(new, HELD) == [(1, 50, 1), (2, None, 2)]
    assert await new.check() == []
    await new.downgrade("-1")
    assert (await execute(old, HELD), set(await execute(old, RULES))) == (before, rules)
    await new.upgrade()
    assert await new.check() == []
    assert await new.revision("Nothing more") is None


async def test_an_exchange_of_what_is_alike_otherwise_is_one_too(migrations: MakeMigrations) -> None:
    await started(own := migrations(Item))
    await execute(own, FILLED)
    assert await own.revision("Exchanged", Decisions(("Item.name=note", "Item.note=name"))) is not None
    await own.upgrade()

    assert await execute(own, "SELECT name, note FROM items ORDER BY id") == [("x", "a"), ("y", "b")]


async def test_an_exchange_in_a_renamed_resource_is_said_of_the_new_name(
    migrations: MakeMigrations,
) -> None:
    await started(migrations(Item))
    await execute(migrations(Item), FILLED)
    new = migrations(type("Article", (exchanged(),), {"__module__": __name__}))
    renames = ("Item=Article", "Article.low=high", "Article.high=low")
    assert await new.revision("Exchanged", Decisions(renames)) is not None
    await new.upgrade()
    assert await new.check() == []
    assert await execute(new, "SELECT id, low, high FROM articles ORDER BY id") == [(1, 50, 1), (2, None, 2)]


async def test_what_changed_places_and_nobody_says_why_is_asked_about(migrations: MakeMigrations) -> None:
    await started(old := migrations(Item))
    new = migrations(exchanged())
    with pytest.raises(Invalid) as refused:
        await new.revision("Exchanged")
    (issue,) = refused.value.issues
    assert (issue.code, dict(issue.params)) == (
        "undecided_swap",
        {"name": "items.low", "other": "items.high", "renames": ["items.low=high", "items.high=low"]},
    )
    assert issue.hint == (
        "say --rename items.low=high --rename items.high=low if they did, or --keep items.low if each is what it was"
    )
    with pytest.raises(Invalid, match=r"--keep Item\.name: nothing of that name seems to have another one"):
        await new.revision("Exchanged", Decisions(keeps=("Item.name",)))
    await execute(old, "INSERT INTO items (low, high, name, note) VALUES (1, 5, 'a', 'x')")
    assert await new.revision("Kept", Decisions(keeps=("Item.high",))) is not None
    await new.upgrade()
    assert await execute(new, HELD) == [(1, 1, 5)]
    assert await new.check() == []


async def test_rules_that_only_one_of_two_has_are_nobodys_exchange(migrations: MakeMigrations) -> None:
    class Other(Resource):
        id: Attr[int] = sequence_key()
        low: Attr[int] = attribute(ge=0)
        high: Attr[int | None] = attribute(le=80)
        name: Attr[str | None] = attribute(max_length=5)
        note: Attr[str] = attribute(max_length=5)
        once = identity(low, name)
        by_high = index(high.desc())

    await started(migrations(Item))
    new = migrations(type("Item", (Other,), {"__module__": __name__}))
    assert await new.revision("Rules") is not None


class Draft(Resource):
    id: Attr[int] = sequence_key()
    text: Attr[str] = attribute(max_length=9)
    item: One[Item | None] = belongs_to()
    once = identity(text)
    by_text = index(text.desc())


class Post(Resource):
    id: Attr[int] = sequence_key()
    text: Attr[str] = attribute(max_length=9)
    likes: Attr[int] = attribute(ge=0)
    once = identity(text)
    by_text = index(text.desc())


class Reply(Resource):
    id: Attr[int] = sequence_key()
    post: One[Post] = belongs_to()
    draft: One[Draft | None] = belongs_to()


def exchanged_tables() -> tuple[type[Resource], ...]:
    class Draft(Resource):
        id: Attr[int] = sequence_key()
        text: Attr[str] = attribute(max_length=9)
        stars: Attr[int] = attribute(ge=0, renamed_from="likes")
        once = identity(text)
        by_text = index(text.desc())

    class Post(Resource):
        id: Attr[int] = sequence_key()
        text: Attr[str] = attribute(max_length=9)
        item: One[Item | None] = belongs_to()
        once = identity(text)
        by_text = index(text.desc())

    class Reply(Resource):
        id: Attr[int] = sequence_key()
        post: One[Draft] = belongs_to()
        draft: One[Post | None] = belongs_to()

    return Draft, Post, Reply, Item


TABLES = (
    "INSERT INTO drafts (text) VALUES ('draft'), ('other')",
    "INSERT INTO posts (text, likes) VALUES ('post', 7)",
    "INSERT INTO replies (post_id, draft_id) VALUES (1, 2)",
)
BOTH = "SELECT 'draft', id, text FROM drafts UNION ALL SELECT 'post', id, text FROM posts ORDER BY 1, 2"


async def test_tables_that_exchange_their_names_do_so_in_one_step(
    migrations: MakeMigrations, fresh_database_url: str
) -> None:
    await started(old := migrations(Draft, Post, Reply, Item))
    await execute(old, *TABLES)
    before, rules = await execute(old, BOTH), set(await execute(old, RULES))
    new = migrations(*exchanged_tables())
    path = await new.revision("Exchanged", Decisions(("Draft=Post", "Post=Draft")))
    assert path is not None
    upgrade = path.read_text().partition("def upgrade")[2].partition("def downgrade")[0]
    assert not [word for word in ("op.create", "op.drop", "op.add", "op.alter") if word in upgrade]
    await new.upgrade()
    assert await execute(new, BOTH) == [("draft", 1, "post"), ("post", 1, "draft"), ("post", 2, "other")]
    assert await execute(new, "SELECT stars FROM drafts JOIN replies ON post_id = drafts.id") == [(7,)]
    assert (await new.check(), await new.revision("Nothing more")) == ([], None)
    found = set(await execute(new, RULES))
    await new.downgrade("-1")
    assert (await execute(old, BOTH), set(await execute(old, RULES))) == (before, rules)
    await new.upgrade()
    await execute(new, "DROP SCHEMA public CASCADE", "CREATE SCHEMA public")
    anew = Migrations(new.domain, fresh_database_url, {"test": path.parents[1] / "anew"})
    await started(anew)
    assert set(await execute(anew, RULES)) == found


async def test_tables_that_changed_places_and_nobody_says_why_are_asked_about(migrations: MakeMigrations) -> None:
    class Note(Resource):
        id: Attr[int] = sequence_key()
        text: Attr[str] = attribute()

    class Task(Resource):
        id: Attr[int] = sequence_key()
        text: Attr[str | None] = attribute()
        due: Attr[int] = attribute()

    await started(migrations(Note, Task))
    words = {"__module__": __name__}
    new = migrations(type("Task", (Note,), words), type("Note", (Task,), words))
    with pytest.raises(Invalid) as refused:
        await new.revision("Exchanged")
    (issue,) = [each for each in refused.value.issues if each.code == "undecided_swap"]
    assert dict(issue.params) == {"name": "notes", "other": "tasks", "renames": ["notes=tasks", "tasks=notes"]}
    said = Decisions(keeps=("Note",), drops=("tasks.due",))
    assert await new.revision("Kept", said) is not None


async def test_a_member_is_renamed_in_a_column_that_exchanges_its_name(migrations: MakeMigrations) -> None:
    class Item(Resource):
        id: Attr[int] = sequence_key()
        low: Attr[Literal["a", "b"]] = attribute()
        high: Attr[Literal["a", "b"]] = attribute()

    await started(old := migrations(Item))
    await execute(old, "INSERT INTO items (low, high) VALUES ('a', 'b'), ('b', 'a')")

    class Exchanged(Resource):
        id: Attr[int] = sequence_key()
        high: Attr[Literal["a", "b"]] = attribute()
        low: Attr[Literal["a", "c"]] = attribute(renamed_members={"b": "c"})

    Exchanged.__name__ = "Item"
    await (new := migrations(Exchanged)).revision("Exchanged", SAID)
    await new.upgrade()
    assert await execute(new, "SELECT low, high FROM items ORDER BY id") == [("c", "a"), ("a", "b")]
    assert await new.check() == []
    await new.downgrade("-1")
    assert await execute(old, "SELECT low, high FROM items ORDER BY id") == [("a", "b"), ("b", "a")]
