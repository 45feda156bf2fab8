"""Only what was declared is ever altered, dropped or called drift; what else is in the database stays as it is."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import pytest

from framework.declare.attributes import Attr, attribute, primary_key
from framework.declare.relationships import One, belongs_to
from framework.declare.resource import Resource
from framework.errors import Invalid
from framework.sql.migrations.plan.decided.decisions import Decisions
from tests.migrations.conftest import MakeMigrations
from tests.migrations.test_own_domain import execute, started

FOREIGN = (
    "CREATE TABLE invoices (number int PRIMARY KEY, total numeric NOT NULL)",
    "INSERT INTO invoices VALUES (1, 9.5), (2, 1)",
    "CREATE INDEX by_total ON invoices (total)",
    "CREATE VIEW dear AS SELECT * FROM invoices WHERE total > 5",
    "CREATE FUNCTION twice(n int) RETURNS int LANGUAGE sql AS 'SELECT 2 * n'",
    "CREATE SCHEMA elsewhere",
    "CREATE TABLE elsewhere.makers (id int)",
    "CREATE TYPE mood AS ENUM ('good', 'bad')",
)
BY_HAND = (
    "CREATE INDEX by_hand ON makers (lower(name))",
    "CREATE UNIQUE INDEX only_one ON makers (name)",
    "ALTER TABLE makers ADD note text, ADD CONSTRAINT short CHECK (char_length(name) < 30)",
    "ALTER TABLE makers ADD CONSTRAINT twins UNIQUE (name, note)",
    "ALTER TABLE makers ADD invoice int REFERENCES invoices",
    "CREATE TRIGGER always BEFORE UPDATE ON makers FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
)
STANDING = (
    "SELECT 'table', table_schema || '.' || table_name FROM information_schema.tables "
    "WHERE table_schema IN ('public', 'elsewhere') AND table_name NOT LIKE 'alembic_version%' "
    "UNION ALL SELECT 'column', table_name || '.' || column_name FROM information_schema.columns "
    "WHERE table_schema IN ('public', 'elsewhere') AND table_name NOT LIKE 'alembic_version%' "
    "UNION ALL SELECT 'index', indexname FROM pg_indexes "
    "WHERE schemaname IN ('public', 'elsewhere') AND tablename NOT LIKE 'alembic_version%' "
    "UNION ALL SELECT 'rule', conname FROM pg_constraint WHERE connamespace = 'public'::regnamespace "
    "AND contype <> 'n' AND conname NOT LIKE 'alembic_version%' "
    "UNION ALL SELECT 'trigger', tgname FROM pg_trigger WHERE NOT tgisinternal "
    "UNION ALL SELECT 'function', proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace "
    "UNION ALL SELECT 'type', typname FROM pg_type WHERE typname = 'mood'"
)


class Maker(Resource):
    id: Attr[UUID] = primary_key()
    name: Attr[str] = attribute(max_length=40)


class Product(Resource):
    id: Attr[UUID] = primary_key()
    maker: One[Maker] = belongs_to()


async def test_a_first_revision_leaves_what_others_own(migrations: MakeMigrations) -> None:
    own = migrations(Maker)
    await execute(own, *FOREIGN)
    before = set(await execute(own, STANDING))
    path = await started(own)
    assert "drop" not in path.read_text().partition("def upgrade")[2].partition("def downgrade")[0]
    assert set(await execute(own, STANDING)) >= before
    assert await execute(own, "SELECT count(*), sum(total) FROM invoices") == [(2, 10.5)]
    assert await own.check() == []
    await own.downgrade("base")
    assert set(await execute(own, STANDING)) == before


async def test_what_is_added_by_hand_to_our_tables_stays(migrations: MakeMigrations) -> None:
    first = migrations(Maker)
    await execute(first, *FOREIGN)
    await started(first)
    await execute(first, *BY_HAND)
    by_hand = set(await execute(first, STANDING))
    assert await first.check() == []
    assert await first.revision("Nothing") is None
    grown = migrations(Maker, Product)
    assert await grown.revision("Products") is not None
    await grown.upgrade()
    assert await grown.check() == []
    assert set(await execute(grown, STANDING)) >= by_hand
    await grown.downgrade("-1")
    assert set(await execute(grown, STANDING)) == by_hand


async def test_what_is_no_longer_declared_goes_and_only_that(migrations: MakeMigrations) -> None:
    both = migrations(Maker, Product)
    await execute(both, *FOREIGN)
    await started(both)
    before = set(await execute(both, STANDING))
    # Goes with the table, and is not ours to bring back.
    await execute(both, "ALTER TABLE products ADD seen text, ADD CONSTRAINT seen_late CHECK (seen <> 'late')")
    one = migrations(Maker)
    assert (await one.check())[-1] == "table products is not declared"
    assert await one.revision("No products", Decisions(drops=("Product",))) is not None
    await one.upgrade()
    assert await one.check() == []
    gone = {name for _, name in before - set(await execute(one, STANDING))}
    assert gone == {
        *("public.products", "products.id", "products.maker_id"),
        *("pk_products", "fk_products_maker_id", "ix_products_maker_id"),
    }
    await one.downgrade("-1")
    assert set(await execute(one, STANDING)) == before


async def test_a_table_dropped_and_made_by_others_is_theirs(migrations: MakeMigrations) -> None:
    both = migrations(Maker, Product)
    await started(both)
    one = migrations(Maker)
    assert await one.revision("No products", Decisions(drops=("Product",))) is not None
    await one.upgrade()
    await execute(one, "CREATE TABLE products (id int)")
    assert await one.check() == []
    assert await one.revision("Nothing") is None


async def test_a_step_says_what_it_creates_and_drops(migrations: MakeMigrations) -> None:
    def said(path: Path | None) -> str:
        assert path is not None
        lines = path.read_text().splitlines()
        return "\n".join(line for line in lines if line.startswith(("creates", "drops", "renames")))

    first = migrations(Maker)
    assert said(await first.revision("Begin")).splitlines() == [
        "creates: dict[str, list[str]] = {'makers': ['ck_makers_name_max_length', 'id', 'name', 'pk_makers']}",
        "drops: dict[str, list[str]] = {}",
        "renames: list[tuple[str, ...]] = []",
    ]
    await first.upgrade()


async def test_a_foreign_table_under_a_declared_name_is_not_touched(migrations: MakeMigrations) -> None:
    own = migrations(Maker)
    await execute(own, "CREATE TABLE makers (number int PRIMARY KEY)", "INSERT INTO makers VALUES (1)")
    with pytest.raises(
        Invalid, match="`makers` is there already, and no step of ours says that it has made it"
    ) as refused:
        await own.revision("Begin")
    assert "Table(" in str(refused.value.issues[0].hint)
    assert await execute(own, "SELECT * FROM makers") == [(1,)]


async def test_a_default_set_by_hand_and_what_hangs_on_our_tables_is_left_alone(migrations: MakeMigrations) -> None:
    first = migrations(Maker)
    await execute(first, "CREATE EXTENSION IF NOT EXISTS vector", *FOREIGN)
    await started(first)
    await execute(
        first,
        *BY_HAND,
        "ALTER TABLE makers ALTER name SET DEFAULT 'nobody', ALTER id SET DEFAULT gen_random_uuid()",
        "CREATE POLICY mine ON makers USING (name <> '')",
        "COMMENT ON COLUMN makers.name IS 'full'",
        "COMMENT ON TABLE makers IS 'theirs'",
    )
    standing = (
        "SELECT polname::text FROM pg_policy UNION ALL SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
        " UNION ALL SELECT description FROM pg_description WHERE objoid = 'makers'::regclass"
        " UNION ALL SELECT column_default FROM information_schema.columns WHERE table_name = 'makers'"
        " UNION ALL SELECT extname FROM pg_extension UNION ALL SELECT proname FROM pg_proc WHERE proname = 'twice'"
    )
    before = set(await execute(first, standing))
    assert {("mine",), ("'nobody'::text",), ("full",), ("vector",)} < before
    assert await first.check() == []
    longer = type("Maker", (Maker,), {"__module__": __name__, "name": attribute(max_length=60)})
    grown = migrations(longer, Product)
    path = await grown.revision("Products")
    assert path is not None
    assert "server_default" not in path.read_text()
    await grown.upgrade()
    assert await grown.check() == []
    await grown.downgrade("-1")
    await grown.upgrade()
    assert set(await execute(grown, standing)) == before


async def test_a_step_that_has_lost_its_list_is_told_which_one_it_is(migrations: MakeMigrations) -> None:
    own = migrations(Maker)
    path = await started(own)
    text = path.read_text()
    creates = next(line for line in text.splitlines() if line.startswith("creates"))
    path.write_text(text.replace(creates, "creates: dict[str, list[str]] = {}"))
    says = "table makers is there already, and no step of ours says that it has made it"
    assert (await own.check())[0] == says
    with pytest.raises(Invalid, match="`makers` is there already") as refused:
        await own.revision("More")
    hint = str(refused.value.issues[0].hint)
    assert hint.endswith("creates = {'makers': ['ck_makers_name_max_length', 'id', 'name', 'pk_makers']}")
    path.write_text(text.replace(creates, hint.rpartition("write there: ")[2]))
    assert await own.check() == []
    assert await own.revision("Nothing") is None


async def test_an_old_name_that_is_a_thing_of_others_is_refused(migrations: MakeMigrations) -> None:
    class Bill(Resource):
        renamed_from = "Invoice"
        id: Attr[UUID] = primary_key()
        total: Attr[int] = attribute()

    class Named(Resource):
        id: Attr[UUID] = primary_key()
        name: Attr[str] = attribute(max_length=40)
        remark: Attr[str | None] = attribute(renamed_from="note")
        bill: One[Bill | None] = belongs_to(renamed_from="invoice")

    await started(migrations(Maker))
    await execute(migrations(Maker), *FOREIGN, *BY_HAND, "ALTER TABLE makers ADD invoice_id int")
    before = set(await execute(migrations(Maker), STANDING))
    new = migrations(type("Maker", (Named,), {"__module__": __name__}), Bill)
    things = {
        "Maker.remark": "column `note` of `makers`",
        "Maker.bill_id": "column `invoice_id` of `makers`",
        "Bill": "table `invoices`",
    }
    ours = "is none of ours, as no step says that it has made it"
    says = [f"`{path}.renamed_from`: the {thing} {ours}" for path, thing in things.items()]
    with pytest.raises(Invalid) as refused:
        await new.revision("Renamed")
    assert sorted(issue.message for issue in refused.value.issues) == sorted(says)
    assert {issue.code for issue in refused.value.issues} == {"foreign_rename"}
    assert {*says} <= {*await new.check()}
    with pytest.raises(Invalid, match="`Invoice` is no table of ours that is no longer declared"):
        await new.revision("Renamed", Decisions(("Invoice=Bill",)))
    assert set(await execute(new, STANDING)) == before
