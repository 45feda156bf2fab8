"""Schemas that stand are read, adopted without a change, used, and made the same in an empty database."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

import psycopg
import pytest

from framework.actions.engine import Engine
from framework.actions.notifier import NullNotifier
from framework.actions.query import Query
from framework.actions.session import Session
from framework.compiler.domain import Domain, compile_domain
from framework.errors import Conflict, Invalid
from framework.sql.engine import open_layer
from framework.sql.extension import SQL
from framework.sql.inspection.inspecting import Inspected, inspected
from framework.sql.migrations.migrations import Migrations
from framework.sql.migrations.plan.decided.decisions import Decisions
from tests.conftest import MakeDatabase

SCHEMAS = Path(__file__).parent / "schemas"
# All that is declared of: columns with their types, and rules and indexes as PostgreSQL writes them.
COLUMNS = (
    "SELECT c.relname || '.' || a.attname,"
    # A domain may be over another one.
    " format_type(CASE WHEN b.typtype = 'd' THEN b.typbasetype WHEN t.typtype = 'd' THEN b.oid ELSE a.atttypid END,"
    " CASE WHEN b.typtype = 'd' THEN b.typtypmod WHEN t.typtype = 'd' THEN t.typtypmod ELSE a.atttypmod END)"
    " || ' ' || (a.attnotnull OR t.typnotnull)"
    " FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace"
    " JOIN pg_type t ON t.oid = a.atttypid LEFT JOIN pg_type b ON b.oid = t.typbasetype"
    " WHERE n.nspname IN ('public', 'other') AND c.relkind = 'r' AND a.attnum > 0"
    " AND c.relname NOT LIKE 'alembic_version%'"
)
RULES = (
    "SELECT k.conname::text, pg_get_constraintdef(k.oid)"
    " FROM pg_constraint k JOIN pg_namespace n ON n.oid = k.connamespace"
    " WHERE n.nspname IN ('public', 'other') AND k.contype IN ('p', 'u', 'f', 'c') AND k.conrelid <> 0"
    " AND k.conname NOT LIKE 'alembic_version%'"
    " UNION ALL SELECT indexname::text, indexdef FROM pg_indexes WHERE schemaname IN ('public', 'other')"
    " AND tablename NOT LIKE 'alembic_version%'"
)
# What is taken as it stands.
AS_GOOD = re.compile(r" ON UPDATE \w+| ON DELETE RESTRICT| DEFERRABLE(?! INITIALLY IMM)( INITIALLY DEFERRED)?")


@dataclass(frozen=True)
class Legacy:
    """A schema that stood, what was read of it, its module, and the steps that adopt it."""

    found: Inspected
    module: ModuleType
    migrations: Migrations

    @asynccontextmanager
    async def session(self, url: str) -> AsyncIterator[Session]:
        async with open_layer(self.migrations.domain, url, connections=2) as layer:
            yield Engine(self.migrations.domain, layer, NullNotifier()).session()


async def run(url: str, statements: str) -> list[tuple[Any, ...]]:
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        cursor = await connection.execute(statements.encode())
        return await cursor.fetchall() if cursor.description else []


async def definitions(url: str) -> dict[str, str]:
    return {str(name): AS_GOOD.sub("", str(text)) for name, text in await run(url, f"{COLUMNS} UNION ALL {RULES}")}


def imported(text: str, folder: Path, name: str) -> ModuleType:
    """The module, written to a file as a user would keep it."""
    (folder / f"{name}.py").write_text(text)
    module = ModuleType(name)
    sys.modules[name] = module
    exec(compile(text, str(folder / f"{name}.py"), "exec"), vars(module))
    return module


async def adopted(url: str, name: str, folder: Path, *, schemas: tuple[str, ...] = ("public",)) -> Legacy:
    """The schema, read and adopted: nothing is changed by that, and nothing is left to do."""
    await run(url, (SCHEMAS / f"{name}.sql").read_text())
    found = await inspected(url, "legacy", schemas=schemas)
    assert found.differing == []
    module = imported(found.text, folder, f"legacy_{name}")
    (domain,) = (each for each in vars(module).values() if isinstance(each, Domain))
    # Without the extensions of the platform, whose own tables would be made as well.
    spec = compile_domain(replace(domain, extensions=[SQL]))
    migrations = Migrations(spec, url, {"legacy": folder / "versions"})
    before = await definitions(url)
    with pytest.raises(Invalid, match="is there already") as refused:
        await migrations.revision("Begin")
    assert "dspex revision --adopt" in str(refused.value.issues[0].hint)
    path = await migrations.revision("Adopt", Decisions(adopts=("all",)))
    assert path is not None
    assert steps_where_it_stands(path) == ["Return"]
    await migrations.upgrade()
    assert await migrations.check() == []
    assert await migrations.revision("Nothing") is None
    assert await definitions(url) == before
    return Legacy(found, module, migrations)


def steps_where_it_stands(path: Path) -> list[str]:
    """What the step does in a database that has the tables."""
    (upgrade,) = (
        node
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.FunctionDef) and node.name == "upgrade"
    )
    stands = upgrade.body[0]
    assert isinstance(stands, ast.If)
    return [type(each).__name__ for each in stands.body]


async def same_in_an_empty_one(legacy: Legacy, url: str) -> None:
    """A colleague's database gets what is declared, but for views; taking the step back leaves the tables in either."""
    fresh = replace(legacy.migrations, url=url)
    await fresh.upgrade()
    views = await fresh.check()
    assert all(re.fullmatch(r"table or view .* of others, which \w+ reads, is missing", says) for says in views)
    made, stood = await definitions(url), await definitions(legacy.migrations.url)
    assert made.keys() <= stood.keys()
    different = {name: (text, stood[name]) for name, text in made.items() if text != stood[name]}
    assert different == {}
    for each in (fresh, legacy.migrations):
        before = await definitions(each.url)
        await each.downgrade("base")
        assert await definitions(each.url) == before
        await each.upgrade()
        assert await each.check() == (views if each is fresh else [])


async def test_a_rental_shop(fresh_database_url: str, make_database: MakeDatabase, tmp_path: Path) -> None:
    legacy = await adopted(fresh_database_url, "rental", tmp_path)
    says = "\n".join(legacy.found.left)
    for expected in (
        "public.film_actor: its key is of several columns: actor_id, film_id",
        "public.payment: a partitioned table",
        "public.totals: a view of which no column looks like a key",
        "film: film_fulltext_idx: CREATE INDEX film_fulltext_idx ON public.film USING gist (fulltext), of which ",
        "film: fulltext: the type tsvector is none of ours, so the column is left to the database",
        "rental: rental_period_excl: EXCLUDE USING gist (period WITH &&)",
    ):
        assert expected in says
    await same_in_an_empty_one(legacy, await make_database())
    shop = legacy.module
    async with legacy.session(fresh_database_url) as session:
        wanted = Query().where(shop.Film.rating == shop.MpaaRating.PG_13).sorted_by(shop.Film.title.desc())
        films = await session.read(shop.Film.browse, wanted.loading(language=Query()))
        assert [film.title for film in films] == ["Film J", "Film G", "Film D", "Film A"]
        assert {film.language.name for film in films} == {"English", "Deutsch"}
        given = {"title": "New", "language_id": 1, "rating": "NC-17", "special_features": ["Trailers"]}
        film = await session.create(shop.Film.create, given)
        assert (film.rental_rate, film.rental_duration, film.special_features) == (Decimal("4.99"), 3, ["Trailers"])
        assert film.last_update > datetime(2020, 1, 1, tzinfo=UTC)
        changed = await session.update(shop.Film.update, film.id, {"length_value": 90, "rating": "G"})
        assert (changed.length_value, changed.rating) == (90, shop.MpaaRating.G)
        assert len(await run(fresh_database_url, "SELECT 1 FROM film WHERE fulltext @@ 'new'")) == 1
        with pytest.raises(Invalid, match="does not match the pattern"):
            await session.create(shop.Film.create, {**given, "title": "lower"})
        written = {"store_id": 1, "first_name": "Mary", "address_id": 1, "email": "MARY@example.org"}
        with pytest.raises(Conflict, match="email"):
            await session.create(shop.Customer.create, {**written, "create_date": "2024-02-29"})
        with pytest.raises(Conflict, match="uses the language"):
            await session.destroy(shop.Language.destroy, 1)
        listed = await session.read(shop.FilmList.browse, Query().where(shop.FilmList.language == "English"))
        assert len(listed) == 7
        page = await session.page(session.spec(shop.Film.browse), replace(wanted, limit=2))
        rest = await session.page(session.spec(shop.Film.browse), replace(wanted, limit=9, after=page.keys[-1]))
        assert [each["title"] for each in rest.records] == ["Film D", "Film A"]


async def test_a_wholesaler(fresh_database_url: str, make_database: MakeDatabase, tmp_path: Path) -> None:
    legacy = await adopted(fresh_database_url, "trade", tmp_path)
    assert legacy.found.left == [
        "public.Order Details: its key is of several columns: OrderID, ProductID",
        "Categories: Picture: the type bytea is none of ours, so the column is left to the database",
    ]
    await same_in_an_empty_one(legacy, await make_database())
    trade = legacy.module
    async with legacy.session(fresh_database_url) as session:
        found = await session.read(trade.Order.browse, Query().where(trade.Order.customer.country == "France"))
        assert len(found) == 6
        await session.create(trade.Customer.create, {"id": "NEW", "company_name": "New one"})
        order = await session.create(trade.Order.create, {"customer_id": "NEW", "order_date": date(2024, 2, 29)})
        assert (order.customer_id, order.freight) == ("NEW", 0.0)
        cheap = await session.read(trade.Product.browse, Query().where(trade.Product.unit_price <= 0.3))
        assert [product.unit_price for product in cheap] == [0.1, 0.2, 0.3]
        (fuller,) = await session.read(
            trade.Employee.browse, Query().where(trade.Employee.reports_to.last_name == "Davolio")
        )
        assert fuller.reports_to_id == 1
        with pytest.raises(Invalid, match="ck_unit_price") as refused:
            await session.create(trade.Product.create, {"product_name": "Dear", "unit_price": -1})
        assert refused.value.issues[0].code == "check_failed"
        dear = await session.read(trade.ProductsAboveAverage.browse)
        assert len(dear) == 6


async def test_odd_names_and_rules(fresh_database_url: str, make_database: MakeDatabase, tmp_path: Path) -> None:
    legacy = await adopted(fresh_database_url, "odd", tmp_path, schemas=("public", "other"))
    await same_in_an_empty_one(legacy, await make_database())
    odd = legacy.module
    async with legacy.session(fresh_database_url) as session:
        given = {"from_value": 7, "from_value_2": "it's", "state": "", "marks": [1, 2], "span": "P1D"}
        made = await session.create(odd.Select.create, given)
        assert (made.state, made.marks, made.data, made.and_value) == (odd.State.EMPTY, [1, 2], {}, False)
        with pytest.raises(Invalid, match="listed"):
            await session.create(odd.Select.create, {**given, "from_value_2": "c"})
        with pytest.raises(Invalid, match="odd"):
            await session.create(odd.Select.create, {**given, "from_value": 5000})
        old = await session.read(odd.Select.browse, Query().where(odd.Select.from_value < 3))
        assert [each.from_value_2 for each in old] == [None, None]
        (extra,) = await session.read(odd.Extra.browse, Query().loading(job=Query()))
        assert extra.job.name == "first"


KINDS_LEFT = {
    *("by_list", "by_mood", "child", "far", "nothing", "parted", "parted_0", "besides", "caseless", "digits", "dotted"),
    *("rowwise", "t_first", "t_path", "t_pattern", "t_spgist", "t_words", "chief_parted_fkey"),
    *("address", "at", "bits", "clock", "days", "exact", "felt", "full_name", "german", "home", "hour", "hundreds"),
    *("gross", "money", "moods", "number", "numbers", "other", "page", "picture", "sums", "varying", "words", "booked"),
    *("code", "price", "tables that inherit from it", "unlike"),
}
KINDS_SAID = (
    'name: Attr[str | None] = attribute(default=None, pattern="^[A-Z]{2}(-[0-9]+)?$")',
    "twice: Attr[int | None] = calculate(net * 2, stored=True)",
    "no_two = exclude(overlapping=(starts, ends), where=room > 0)",
    "identity(room, name, deferrable=False, nulls_not_distinct=True)",
    "identity(v.lower(), where=mood == Mood.GOOD)",
    "index(v.lower())",
    'index(data, kind="gin")',
    'index(data, kind="gin", operators="jsonb_path_ops", where=room.is_null())',
    'index(starts, kind="brin", options={"pages_per_range": 32})',
    'index(v, kind="hash")',
    "index(room.desc(), include=[v, name])",
    'index(starts, options={"fillfactor": 70})',
    "index(twice)",
    "lowered = check(v == v.lower())",
    "large: Attr[bool | None] = calculate(room > 5, stored=True)",
    "index(net, where=large)",
    "positive = check(room.or_else(1) > 0)",
    'id: Attr[str] = attribute(column_type="bpchar", primary_key=True)',
    "changed: Attr[datetime | None] = updated_at()",
)


async def test_types_rules_and_indexes_of_every_kind(
    fresh_database_url: str, make_database: MakeDatabase, tmp_path: Path
) -> None:
    legacy = await adopted(fresh_database_url, "kinds", tmp_path)
    told = [says.removeprefix("public.").split(": ") for says in legacy.found.left]
    tables = ("things", "parent", "chief", "led", "seen")
    assert {words[1] if words[0] in tables else words[0] for words in told} == KINDS_LEFT
    assert [said for said in KINDS_SAID if said not in legacy.found.text] == []
    (guess,) = legacy.found.guessed
    assert guess.startswith("seen: that `id` is the key: a view has none;")
    await same_in_an_empty_one(legacy, await make_database())
    kinds = legacy.module
    async with legacy.session(fresh_database_url) as session:
        (thing,) = await session.read(kinds.Thing.browse)
        assert (thing.name, thing.twice, thing.code, thing.price) == ("AB-1", 8, "x", Decimal("3.00"))
        given = {"price": "1.50", "net": 1, "code": "y", "room": 1, "starts": "2025-01-01T00:00:00Z"}
        given |= {"ends": "2025-02-01T00:00:00Z"}
        assert (await session.create(kinds.Thing.create, given)).twice == 2
        with pytest.raises(Invalid, match="does not match the pattern"):
            await session.create(kinds.Thing.create, {**given, "name": "lower"})
        with pytest.raises(Conflict, match="the database refuses this by a rule of its own, `rowwise`"):
            await session.create(kinds.Thing.create, {**given, "name": "AB", "net": 2, "room": 2})
        (led,) = await session.read(kinds.Led.browse, Query().loading(chief=Query()))
        assert (led.chief_id, led.chief.id) == ("one", "one")


async def test_rules_over_constants_of_every_form_are_said_and_those_over_a_link_told(fresh_database_url: str) -> None:
    rules = {
        "apart": "parent_id <> id",
        "cheap": "price > 0 AND price < 1e6",
        "cold": "degrees > -5",
        "even": "price < 1000000",
        "low": "price >= -5.5",
        "slow": "speed > -1 AND speed < 1.5e6",
    }
    said = ", ".join(f"CONSTRAINT {name} CHECK ({rule})" for name, rule in rules.items())
    await run(
        fresh_database_url,
        "CREATE TABLE part (id uuid PRIMARY KEY, parent_id uuid REFERENCES part, price numeric(10, 2) NOT NULL, "
        f"degrees int NOT NULL, speed float8 NOT NULL, name text NOT NULL, {said})",
    )
    found = await inspected(fresh_database_url, "own", schemas=["public"])
    (left,) = [says.partition(": ")[2] for says in found.left if "CHECK" in says]
    assert left == (
        "apart: CHECK (parent_id <> id), of which `parent_id`, the key of the link `parent`, is none of ours"
    )
    assert found.differing == []
    for word in (
        'cheap = check((price > 0) & (price < Decimal("1E+6")))',
        "cold = check(degrees > -5)",
        "even = check(price < 1000000)",
        'low = check(price >= -Decimal("5.5"))',
        'slow = check((speed > -1) & (speed < Decimal("1.5E+6")))',
    ):
        assert word in found.text


async def test_a_table_of_the_name_of_one_of_ours_keeps_it(fresh_database_url: str) -> None:
    await run(fresh_database_url, "CREATE TABLE jobs (id serial PRIMARY KEY, name text)")
    found = await inspected(fresh_database_url, "own", schemas=["public"])
    assert 'schema="own",' in found.text
    assert 'sections = (\n        Table(\n            "jobs",\n            schema="public",' in found.text
    assert (found.left, found.differing) == ([], [])


async def test_tables_are_chosen_by_name(fresh_database_url: str) -> None:
    await run(fresh_database_url, (SCHEMAS / "trade.sql").read_text())
    found = await inspected(fresh_database_url, "some", schemas=["public"], tables=["Orders", "Customers"])
    assert re.findall(r"class (\w+)", found.text) == ["Customer", "Order"]
    assert "Orders: Orders_EmployeeID_fkey: a link to `public.Employees`, which is not declared here" in found.left
    with pytest.raises(Invalid, match="there is no table `Order`"):
        await inspected(fresh_database_url, "some", schemas=["public"], tables=["Order"])


async def test_what_counts_the_steps_is_left_out_and_nothing_that_is_called_alike(fresh_database_url: str) -> None:
    tables = ("kept", "kept_steps", "alembic_version", "alembic_version_notes")
    made = "CREATE TABLE {} (version_num text PRIMARY KEY)"
    await run(fresh_database_url, "; ".join(map(made.format, tables)))
    found = await inspected(fresh_database_url, "own", schemas=["public"], version_table="kept")
    assert re.findall(r"class (\w+)", found.text) == ["AlembicVersionNote"]
