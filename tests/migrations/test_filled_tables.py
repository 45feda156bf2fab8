"""Tables with records in them: what is required is filled, what is in the way is told, and nothing is lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from pydantic import BaseModel, Field

from framework.declare.attributes import Attr, attribute, created_at, primary_key, updated_at
from framework.declare.relationships import One, belongs_to
from framework.declare.resource import Resource
from framework.declare.rules import check, exclude, identity
from framework.errors import Invalid
from framework.expr.build import Expr, moment
from framework.expr.nodes import Ref
from framework.expr.scopes import Start
from framework.sql.migrations.migrations import Migrations
from framework.sql.migrations.plan.decided.decisions import Decisions, StepMode
from tests.migrations.conftest import MakeMigrations
from tests.migrations.test_own_domain import execute, started

KEYS = [UUID(int=number) for number in range(1, 8)]


class Shelf(Resource):
    id: Attr[UUID] = primary_key()
    name: Attr[str] = attribute()


class Book(Resource):
    id: Attr[UUID] = primary_key()
    title: Attr[str] = attribute()
    pages: Attr[int | None] = attribute()
    shelf: One[Shelf | None] = belongs_to()


async def with_books(migrations: MakeMigrations) -> Migrations:
    """Five books on a shelf and two on none, some alike."""
    old = migrations(Shelf, Book)
    await started(old)
    rows = [f"('{key}', 'book {number % 5}', {number * 100}, '{KEYS[0]}')" for number, key in enumerate(KEYS[:5])]
    rows += [f"('{key}', 'book {number}', NULL, NULL)" for number, key in enumerate(KEYS[5:])]
    await execute(
        old,
        f"INSERT INTO shelfs VALUES ('{KEYS[0]}', 'first')",
        f"INSERT INTO books (id, title, pages, shelf_id) VALUES {', '.join(rows)}",
    )
    return old


def stored(name: str) -> Any:
    """A value of the record, by name: bodies made by hand have no names in sight."""
    return Expr(lambda: Start(None, Ref(name)))


def book(annotations: dict[str, Any] | None = None, **words: Any) -> type[Resource]:
    """The book with more words, or others."""
    return type("Book", (Book,), {"__module__": __name__, "__annotations__": annotations or {}, **words})


class Limits(BaseModel):
    low: int = 1
    of: list[int] = Field(default_factory=list)


class Ticket(BaseModel):
    number: int = Field(default_factory=lambda: 1)


ADDED: dict[str, tuple[Any, Callable[[], Any], str]] = {
    "a moment": (Attr[datetime], lambda: attribute(default=moment()), "added <= now()"),
    "when it was made": (Attr[datetime], created_at, "added <= now()"),
    "when it was changed": (Attr[datetime], updated_at, "added <= now()"),
    "an identifier of each": (
        Attr[UUID],
        lambda: attribute(default_factory=uuid4),
        "(SELECT count(DISTINCT added) FROM books) = 7",
    ),
    "a list": (Attr[list[str]], lambda: attribute(default_factory=list), "added = '[]'"),
    "a model of constants": (
        Attr[Limits],
        lambda: attribute(default_factory=Limits),
        """added = '{"low": 1, "of": []}'""",
    ),
    "a backfill beside a function": (
        Attr[Decimal],
        lambda: attribute(default_factory=lambda: Decimal(1), backfill=Decimal(2)),
        "added = 2",
    ),
    "a percent sign and a colon": (
        Attr[str],
        lambda: attribute(default="50% :off 'now' \\n"),
        r"added = '50% :off ''now'' \n'",
    ),
    "a backfill": (Attr[int], lambda: attribute(backfill=3), "added = 3"),
    "a backfill of the record": (
        Attr[int],
        lambda: attribute(backfill=Book.pages.or_else(7) + 1),
        "added = coalesce(pages, 7) + 1",
    ),
    "a backfill of another record": (
        Attr[str],
        lambda: attribute(backfill=Book.shelf.name.or_else("none")),
        "added = CASE WHEN shelf_id IS NULL THEN 'none' ELSE 'first' END",
    ),
    "a backfill before the default": (Attr[int], lambda: attribute(default=1, backfill=2), "added = 2"),
}


@pytest.mark.parametrize("name", ADDED)
async def test_what_is_added_and_required_is_filled(migrations: MakeMigrations, name: str) -> None:
    await with_books(migrations)
    kind, said, holds = ADDED[name]
    new = migrations(Shelf, book({"added": kind}, added=said()))
    assert await new.revision("Added") is not None
    await new.upgrade()
    assert await new.check() == []
    assert await execute(new, f"SELECT count(*) FROM books WHERE {holds}") == [(7,)]
    await new.downgrade("-1")
    assert await execute(new, "SELECT count(*) FROM books") == [(7,)]
    await new.upgrade()
    assert await new.check() == []


async def test_what_becomes_required_is_filled_first(migrations: MakeMigrations) -> None:
    await with_books(migrations)
    new = migrations(Shelf, book({"pages": Attr[int]}, pages=attribute(default=12)))
    assert await new.revision("Required") is not None
    await new.upgrade()
    assert await new.check() == []
    assert await execute(new, "SELECT count(*) FILTER (WHERE pages = 12), count(*) FROM books") == [(2, 7)]
    await new.downgrade("-1")
    await new.upgrade()


REFUSED: dict[str, tuple[Callable[[], type[Resource]], int, str]] = {
    "required, with nothing to put there": (
        lambda: book({"added": Attr[int]}, added=attribute()),
        7,
        "7 records of `books` would have nothing in `added`, which is required with neither",
    ),
    "required, with what a function makes": (
        lambda: book({"added": Attr[int]}, added=attribute(default_factory=lambda: 1)),
        7,
        "7 records of `books` would have nothing in `added`, which is required with neither a backfill nor a default",
    ),
    "required, with a model of which a function makes a part": (
        lambda: book({"added": Attr[Ticket]}, added=attribute(default_factory=Ticket)),
        7,
        "7 records of `books` would have nothing in `added`, which is required with neither",
    ),
    "required now, and absent": (
        lambda: book({"pages": Attr[int]}, pages=attribute()),
        2,
        f"2 records of `books` have no `pages`, which is required: id {KEYS[5]}, {KEYS[6]}",
    ),
    "a check": (
        lambda: book(short=check(Book.pages < 300)),
        2,
        "2 records of `books` break the rule `ck_books_short`: pages < 300",
    ),
    "a limit": (
        lambda: book({"title": Attr[str]}, title=attribute(max_length=5)),
        7,
        "7 records of `books` break the rule `ck_books_title_max_length`",
    ),
    "unique": (
        lambda: book(once=identity(Book.title)),
        4,
        "4 records of `books` share their title with others, which `uq_books_title` forbids",
    ),
    "unique among some": (
        lambda: book(once=identity(Book.title, where=Book.title != "book 0")),
        2,
        "2 records of `books` share their title with others",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_what_is_in_the_way_is_told_and_nothing_is_changed(migrations: MakeMigrations, name: str) -> None:
    old = await with_books(migrations)
    before = await execute(old, "SELECT * FROM books ORDER BY id")
    declared, rows, says = REFUSED[name]
    new = migrations(Shelf, declared())
    (written,) = await new.written("In the way")
    with pytest.raises(Invalid) as refused:
        await new.upgrade()
    (issue,) = refused.value.issues
    absent = "would have nothing in" in says
    assert (issue.code, issue.params["rows"], issue.params["table"]) == ("rows_in_the_way", rows, "books")
    assert says in issue.message
    # What is not there yet cannot be mended, and is told before the step is tried.
    assert ("backfill=" if absent else "revision --empty") in str(issue.hint)
    assert [f"the step stops: {says}" in note for note in written.notes] == [True] * absent
    assert await execute(old, "SELECT * FROM books ORDER BY id") == before
    assert len(await new.pending()) == 1
    await execute(new, "DELETE FROM books")
    await new.upgrade()
    assert await new.check() == []


async def test_keys_of_no_record_are_told(migrations: MakeMigrations) -> None:
    class Box(Resource):
        id: Attr[UUID] = primary_key()
        shelf_id: Attr[UUID] = attribute()

    class Linked(Resource):
        id: Attr[UUID] = primary_key()
        shelf: One[Shelf] = belongs_to()

    old = migrations(Shelf, Box)
    await started(old)
    await execute(old, f"INSERT INTO boxes VALUES ('{uuid4()}', '{uuid4()}')")
    new = migrations(Shelf, type("Box", (Linked,), {"__module__": __name__}))
    assert await new.revision("Linked") is not None
    with pytest.raises(Invalid, match="1 record of `boxes` hold a `shelf_id` that no record of `shelfs` has"):
        await new.upgrade()


async def test_the_look_is_part_of_the_sql_too(migrations: MakeMigrations) -> None:
    await with_books(migrations)
    new = migrations(Shelf, book(short=check(Book.pages < 300), once=identity(Book.title)))
    assert await new.revision("Looks") is not None
    text = await new.upgrade_sql()
    assert "IF EXISTS (SELECT 1 FROM books WHERE NOT (pages < 300)) THEN RAISE EXCEPTION" in text
    with pytest.raises(Exception, match=r"forbids|break the rule"):
        await execute(new, text)


async def test_values_are_filled_after_those_they_are_worked_out_of(migrations: MakeMigrations) -> None:
    await with_books(migrations)
    declared = book(
        {"pages": Attr[str], "half": Attr[int], "twice": Attr[int], "home": Attr[str]},
        pages=attribute(default="unknown"),
        half=attribute(backfill=Book.title.length() - 1),
        twice=attribute(default=1, backfill=stored("half") * 2, ge=0),
        home=attribute(backfill=stored("pages")),
    )
    new = migrations(Shelf, declared)
    assert await new.revision("Chain") is not None
    await new.upgrade()
    assert await new.check() == []
    assert await execute(new, "SELECT count(*) FROM books WHERE twice = 2 * half AND home = pages") == [(7,)]
    assert await execute(new, "SELECT count(*) FROM books WHERE pages = 'unknown'") == [(2,)]


async def test_a_value_that_is_worked_out_is_held_to_its_limits(migrations: MakeMigrations) -> None:
    await with_books(migrations)
    new = migrations(Shelf, book({"added": Attr[int]}, added=attribute(ge=0, backfill=Book.pages.or_else(0) - 10)))
    assert await new.revision("Limits") is not None
    with pytest.raises(Invalid, match="3 records of `books` break the rule `ck_books_added_ge`"):
        await new.upgrade()


async def test_an_optional_value_is_filled_where_that_was_said(migrations: MakeMigrations) -> None:
    await with_books(migrations)
    new = migrations(Shelf, book({"added": Attr[int | None]}, added=attribute(backfill=Book.pages)))
    assert await new.revision("Optional") is not None
    await new.upgrade()
    assert await execute(new, "SELECT count(*) FROM books WHERE added IS NOT DISTINCT FROM pages") == [(7,)]


async def test_a_rule_that_nothing_breaks_is_looked_at(migrations: MakeMigrations) -> None:
    await with_books(migrations)
    new = migrations(
        Shelf,
        book({"added": Attr[int | None]}, added=attribute(), some=check(stored("added").or_else(0) > 0)),
    )
    assert await new.revision("Some") is not None
    with pytest.raises(Invalid, match="7 records of `books` break the rule `ck_books_some`"):
        await new.upgrade()


class Stay(Resource):
    id: Attr[UUID] = primary_key()
    room: Attr[int | None] = attribute()
    begins: Attr[int] = attribute()
    ends: Attr[int | None] = attribute()
    low = check(room < 5)
    once = identity(room, where=begins > 0)
    alone = exclude(overlapping=(begins, ends), where=ends > 0)


BROKEN: dict[str, tuple[str, Callable[[], Any], frozenset[StepMode], int]] = {
    "ck_stays_low": ("room", lambda: attribute(default=9), frozenset(), 3),
    "uq_stays_room_once": ("room", lambda: attribute(default=1), frozenset({StepMode.ONLINE}), 3),
    "ex_stays_alone": ("ends", lambda: attribute(backfill=Stay.begins + 2), frozenset(), 2),
}


@pytest.mark.parametrize("rule", BROKEN)
async def test_records_that_break_a_standing_rule_once_they_are_filled_are_told(
    migrations: MakeMigrations, rule: str
) -> None:
    column, said, modes, rows = BROKEN[rule]
    old = migrations(Stay)
    await started(old)
    await execute(old, "INSERT INTO stays (id, begins) SELECT gen_random_uuid(), unnest(ARRAY[1, 2, 50])")
    words = {"__module__": __name__, "__annotations__": {column: Attr[int]}, column: said()}
    new = migrations(type("Stay", (Stay,), words))
    assert await new.revision("Required", Decisions(modes=modes)) is not None
    with pytest.raises(Invalid) as refused:
        await new.upgrade()
    (issue,) = refused.value.issues
    assert (issue.code, issue.params["rows"], len(issue.params["sample"])) == ("rows_in_the_way", rows, rows)
    assert f"have no `{column}`, and with what they are to get there they would break `{rule}`: " in issue.message
    assert "say another backfill=, or mend these records first" in str(issue.hint)
    await execute(new, "DELETE FROM stays")
    await new.upgrade()
    assert await new.check() == []


async def test_links_that_lead_nowhere_once_they_are_filled_are_told(migrations: MakeMigrations) -> None:
    await with_books(migrations)
    words = {"shelf": belongs_to(backfill=UUID(int=99))}
    new = migrations(
        Shelf, type("Book", (Book,), {"__module__": __name__, "__annotations__": {"shelf": One[Shelf]}, **words})
    )
    assert await new.revision("Shelves") is not None
    with pytest.raises(
        Invalid, match="2 records of `books` have no `shelf_id`, and with what they are to get"
    ) as refused:
        await new.upgrade()
    assert "FOREIGN KEY (shelf_id) REFERENCES shelfs(id)" in refused.value.issues[0].message
