"""A user's own domain: from nothing to its tables, on to what it becomes, and back."""

from __future__ import annotations

import ast
import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from uuid import UUID

import psycopg
import pytest

from framework.declare.attributes import Attr, attribute, primary_key, sequence_key
from framework.declare.relationships import One, belongs_to
from framework.declare.resource import Resource
from framework.declare.rules import check, identity, index
from framework.errors import Invalid, Unavailable
from framework.spec.relationship import OnDelete
from framework.sql.migrations.migrations import Migrations
from framework.sql.migrations.running.advisory_lock import LOCK
from framework.types.resolve import Vector
from tests.migrations.conftest import MakeMigrations


class Size(StrEnum):
    SMALL = "small"
    LARGE = "large"


class Maker(Resource):
    id: Attr[UUID] = primary_key()
    name: Attr[str] = attribute(max_length=40)


class Product(Resource):
    id: Attr[int] = sequence_key()
    title: Attr[str] = attribute(pattern="^[A-Z]")
    price: Attr[Decimal | None] = attribute(max_digits=8, decimal_places=2, ge=0)
    size: Attr[Size] = attribute()
    tags: Attr[list[str]] = attribute(max_length=3)
    sold: Attr[bool] = attribute()
    maker: One[Maker] = belongs_to(on_delete=OnDelete.CASCADE)
    replaces: One[Product | None] = belongs_to(on_delete=OnDelete.SET_NULL)
    once = identity(title, where=sold == False)  # noqa: E712 - an expression
    by_price = index(price.desc(), title)
    priced = check((price > 0) | (sold == False), message="what is sold has a price")  # noqa: E712


async def execute(migrations: Migrations, *statements: str) -> list[tuple[object, ...]]:
    """What somebody does to the database by hand; gives what the last statement gave."""
    async with await psycopg.AsyncConnection.connect(migrations.url, autocommit=True) as connection:
        cursor = connection.cursor()
        for statement in statements:
            await cursor.execute(statement.encode())
        return await cursor.fetchall() if cursor.description else []


async def started(migrations: Migrations) -> Path:
    """The first revision, written and carried out."""
    path = await migrations.revision("Begin")
    assert path is not None
    await migrations.upgrade()
    return path


async def test_a_domain_goes_up_is_clean_and_goes_down(migrations: MakeMigrations) -> None:
    own = migrations(Maker, Product)
    assert "table products is missing" in await own.check()
    path = await own.revision("Begin")
    assert path is not None
    assert [step.partition(": ")[2] for step in await own.pending()] == ["Begin."]
    await own.upgrade()
    assert (await own.pending(), await own.check()) == ([], [])
    await own.downgrade("base")
    left = await execute(own, "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
    assert left == [("alembic_version",), ("alembic_version_steps",)]
    await own.upgrade()
    assert await own.check() == []


async def test_a_revision_without_changes_is_not_written(migrations: MakeMigrations) -> None:
    own = migrations(Maker, Product)
    path = await started(own)
    assert await own.revision("Nothing") is None
    assert [file.name for file in path.parent.glob("*.py")] == [path.name]


async def test_a_revision_imports_nothing_but_alembic_and_sqlalchemy(migrations: MakeMigrations) -> None:
    path = await started(migrations(Maker, Product))
    imported = {
        (node.module or "") if isinstance(node, ast.ImportFrom) else node.names[0].name
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    assert {name.partition(".")[0] for name in imported} == {"alembic", "sqlalchemy"}


async def test_the_same_declaration_makes_the_same_revision(migrations: MakeMigrations, tmp_path: Path) -> None:
    def steps(path: Path | None) -> str:
        assert path is not None
        return path.read_text().partition("def upgrade")[2]

    own = migrations(Maker, Product)
    again = Migrations(migrations(Product, Maker).domain, own.url, {"test": tmp_path / "again"})
    first = steps(await own.revision("Begin"))
    assert first == steps(await again.revision("Begin"))


def replaced(table: str, name: str, definition: str) -> str:
    """A constraint made anew under the same name."""
    return f"ALTER TABLE {table} DROP CONSTRAINT {name}, ADD CONSTRAINT {name} {definition}"


def remade(kind: str, name: str, definition: str) -> str:
    """An index made anew under the same name."""
    return f"DROP INDEX {name}; CREATE {kind} {name} ON products {definition}"


DRIFT = {
    "a check that is gone": (
        "ALTER TABLE products DROP CONSTRAINT ck_products_priced",
        ["constraint ck_products_priced is missing or differs"],
    ),
    "a check that says something else": (
        replaced("makers", "ck_makers_name_max_length", "CHECK (char_length(name) <= 41)"),
        [
            "constraint ck_makers_name_max_length on makers is not declared or differs",
            "constraint ck_makers_name_max_length is missing or differs",
        ],
    ),
    "another condition of an index": (
        remade("UNIQUE INDEX", "uq_products_title_once", "(title) WHERE sold"),
        [
            "index uq_products_title_once on products is not declared or differs",
            "index uq_products_title_once on products is missing or differs",
        ],
    ),
    "an index without its condition": (
        remade("UNIQUE INDEX", "uq_products_title_once", "(title)"),
        [
            "index uq_products_title_once on products is not declared or differs",
            "index uq_products_title_once on products is missing or differs",
        ],
    ),
    "another direction of an index": (
        remade("INDEX", "ix_products_price_desc_title", "(price DESC, title)"),
        [
            "index ix_products_price_desc_title on products is not declared or differs",
            "index ix_products_price_desc_title on products is missing or differs",
        ],
    ),
    "another rule of a link": (
        replaced("products", "fk_products_maker_id", "FOREIGN KEY (maker_id) REFERENCES makers"),
        [
            "constraint fk_products_maker_id on products is not declared or differs",
            "constraint fk_products_maker_id is missing or differs",
        ],
    ),
    "another order of text": (
        'ALTER TABLE makers ALTER name TYPE text COLLATE "POSIX"',
        ["column makers.name differs"],
    ),
    "a value that may be absent": ("ALTER TABLE makers ALTER name DROP NOT NULL", ["column makers.name differs"]),
    "another precision": ("ALTER TABLE products ALTER price TYPE numeric(9, 2)", ["column products.price differs"]),
}


async def test_drift_is_found_and_a_revision_undoes_it(migrations: MakeMigrations) -> None:
    own = migrations(Maker, Product)
    await started(own)
    for name, (statement, says) in DRIFT.items():
        await execute(own, statement)
        assert await own.check() == says, name
        assert await own.revision(name) is not None
        await own.upgrade()
        assert await own.check() == [], name
        await own.downgrade("-1")
        await own.upgrade()
    assert await own.check() == []


async def test_comments_are_left_to_whoever_runs_the_database(migrations: MakeMigrations) -> None:
    own = migrations(Maker, Product)
    await started(own)
    await execute(own, "COMMENT ON TABLE makers IS 'ours'", "COMMENT ON COLUMN makers.name IS 'full'")
    assert await own.check() == []


async def test_what_is_declared_anew_is_all_that_the_next_revision_says(migrations: MakeMigrations) -> None:
    await started(migrations(Maker))
    grown = type(
        "Maker",
        (Maker,),
        {
            "__module__": __name__,
            "__annotations__": {"age": "Attr[int | None]"},
            "age": attribute(ge=18),
        },
    )
    own = migrations(grown)
    path = await own.revision("Ages")
    assert path is not None
    upgrade = path.read_text().partition("def upgrade() -> None:\n")[2].partition("\n\n")[0]
    assert upgrade.splitlines() == [
        "    op.add_column('makers', sa.Column('age', sa.BigInteger(), nullable=True))",
        "    op.create_check_constraint('ck_makers_age_ge', 'makers', 'age >= 18')",
    ]
    await own.upgrade()
    assert await own.check() == []


async def test_records_that_stand_get_the_default_of_a_new_attribute(migrations: MakeMigrations) -> None:
    class Parcel(Resource):
        id: Attr[int] = sequence_key()

    old = migrations(Parcel)
    await started(old)
    await execute(old, "INSERT INTO parcels DEFAULT VALUES")
    added = {
        "size": attribute(default=Size.LARGE),
        "count": attribute(default=3),
        "tags": attribute(default_factory=list),
        "about": attribute(default="it's"),
        "sold": attribute(default=False),
        "price": attribute(default=Decimal("1.5")),
        "span": attribute(default=timedelta(hours=-36)),
        "made": attribute(default=datetime(2024, 1, 1, tzinfo=UTC)),
    }
    kinds = {
        "size": "Attr[Size]",
        "count": "Attr[int]",
        "tags": "Attr[list[str]]",
        "about": "Attr[str]",
        "sold": "Attr[bool]",
        "price": "Attr[Decimal]",
        "span": "Attr[timedelta]",
        "made": "Attr[datetime]",
    }
    new = migrations(type("Parcel", (Parcel,), {"__module__": __name__, "__annotations__": kinds, **added}))
    assert await new.revision("More") is not None
    await new.upgrade()
    assert await new.check() == []
    rows = await execute(new, "SELECT size, count, tags, about, sold, price, span, made FROM parcels")
    made = datetime(2024, 1, 1, tzinfo=UTC)
    assert rows == [("large", 3, [], "it's", False, Decimal("1.5"), timedelta(hours=-36), made)]
    await new.downgrade("-1")
    await new.upgrade()
    assert await new.check() == []


class Hen(Resource):
    id: Attr[UUID] = primary_key()
    egg: One[Egg | None] = belongs_to()


class Egg(Resource):
    id: Attr[UUID] = primary_key()
    hen: One[Hen] = belongs_to()


async def test_links_that_lead_in_a_circle(migrations: MakeMigrations) -> None:
    own = migrations(Hen, Egg)
    await started(own)
    assert await own.check() == []
    await own.downgrade("base")
    await own.upgrade()
    assert await own.check() == []


async def test_a_vector_brings_its_extension(migrations: MakeMigrations) -> None:
    class Passage(Resource):
        id: Attr[UUID] = primary_key()
        embedding: Attr[Vector] = attribute(dimensions=3)

    own = migrations(Passage)
    path = await started(own)
    assert "op.execute('CREATE EXTENSION IF NOT EXISTS vector')" in path.read_text()
    assert await own.check() == []
    await execute(own, "ALTER TABLE passages ALTER embedding TYPE vector(4)")
    assert await own.check() == ["column passages.embedding differs"]


async def test_two_that_upgrade_at_once_do_it_once(migrations: MakeMigrations) -> None:
    own = migrations(Maker, Product)
    assert await own.revision("Begin") is not None
    await asyncio.gather(own.upgrade(), own.upgrade())
    assert await own.check() == []


async def test_an_upgrade_waits_for_one_in_another_process(migrations: MakeMigrations) -> None:
    own = migrations(Maker)
    assert await own.revision("Begin") is not None
    # It asks again and again, so its session is at one of these two.
    asked = (
        b"SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        b" AND query ~ 'pg_try_advisory_lock|^ROLLBACK'"
    )
    async with await psycopg.AsyncConnection.connect(own.url, autocommit=True) as other:
        await other.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        upgrade = asyncio.create_task(own.upgrade())
        while await (await other.execute(asked)).fetchone() == (0,):
            assert not upgrade.done()
        assert await execute(own, "SELECT to_regclass('makers')") == [(None,)]
        await other.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
        await upgrade
    assert await own.check() == []


async def test_a_revision_on_a_database_that_is_behind_is_refused(migrations: MakeMigrations) -> None:
    own = migrations(Maker)
    assert await own.revision("Begin") is not None
    with pytest.raises(Invalid, match="these wait"):
        await own.revision("Too early")


async def test_a_database_that_took_steps_of_another_version_is_refused(migrations: MakeMigrations) -> None:
    own = migrations(Maker)
    await started(own)
    await execute(own, "UPDATE alembic_version SET version_num = 'abc123'")
    for look in (own.pending, own.check):
        with pytest.raises(Invalid, match="stands at the step `abc123`, which is none of those here") as refused:
            await look()
        assert refused.value.issues[0].code == "unknown_step"
        ways = "run the version that made it, or bring its file back; or begin with an empty database"
        assert str(refused.value.issues[0].hint).startswith(ways)


async def test_a_database_that_is_not_there_is_unavailable(migrations: MakeMigrations) -> None:
    own = Migrations(migrations(Maker).domain, "postgresql://nobody@127.0.0.1:1/none", migrations(Maker).folders)
    with pytest.raises(Unavailable):
        await own.upgrade()
