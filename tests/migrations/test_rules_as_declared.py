"""Every kind of rule: what PostgreSQL holds is what was declared, by a step or at once, there and back."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Literal
from uuid import UUID

import pytest
import sqlalchemy as sa

from framework.declare.attributes import Attr, attribute, primary_key, sequence_key
from framework.declare.relationships import One, belongs_to
from framework.declare.resource import Resource
from framework.declare.rules import check, identity, index
from framework.errors import Invalid
from framework.spec.relationship import OnDelete
from framework.sql.definitions.schema import schema_of
from framework.sql.definitions.server_extensions import create_extension, needed_extensions
from framework.sql.engine import address
from framework.sql.migrations.migrations import Migrations
from framework.types.resolve import Vector
from tests.conftest import MakeDatabase
from tests.migrations.conftest import MakeMigrations
from tests.migrations.test_own_domain import execute, started

HELD = (
    "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = to_regclass('things') "
    "AND contype <> 'n' UNION SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'things'"
)
ODD = 'a%:b (:c) \\ ☃ it\'s "so"'
LONG = "a_name_of_sixty_characters_that_is_all_but_too_long_for_a_db"
Held = dict[str, str]


class Bare(Resource):
    id: Attr[UUID] = primary_key()
    email: Attr[str] = attribute()
    tags: Attr[list[str]] = attribute()
    number: Attr[int] = attribute()
    note: Attr[str | None] = attribute()
    order: Attr[str] = attribute(renamed_from="rank")
    a_name_of_sixty_characters_that_is_all_but_too_long_for_a_db: Attr[str] = attribute()
    place: Attr[Vector] = attribute(dimensions=3)


class Full(Bare):
    once = identity(Bare.email.lower())
    some = identity((Bare.email + ODD).upper(), where=Bare.note != ODD)
    pair = identity(Bare.number, Bare.note, nulls_not_distinct=True)
    ordered = identity(Bare.order.lower(), Bare.a_name_of_sixty_characters_that_is_all_but_too_long_for_a_db)
    by_tag = index(Bare.tags, kind="gin", operators="jsonb_path_ops")
    by_tags = index(Bare.tags, kind="gin", where=Bare.note == ODD)
    by_block = index(Bare.number, kind="brin", options={"pages_per_range": 32})
    by_hash = index(Bare.email, kind="hash")
    by_order = index(Bare.order, kind="btree", include=[Bare.note, Bare.number], options={"fillfactor": 70})
    by_place = index(Bare.place, kind="hnsw", operators="vector_cosine_ops", options={"m": 8})
    by_list = index(Bare.place, kind="ivfflat", operators="vector_l2_ops", options={"lists": 10})
    by_words = index((Bare.email + ODD).lower().desc(), Bare.note.desc(), Bare.number)


AS_DECLARED = {
    "uq_things_email_once": 'UNIQUE btree (lower((email COLLATE "default")))',
    "uq_things_number_note": "UNIQUE NULLS NOT DISTINCT (number, note) DEFERRABLE",
    "ix_things_tags_gin": "gin (tags jsonb_path_ops)",
    "ix_things_number_brin": "brin (number) WITH (pages_per_range='32')",
    "ix_things_email_hash": "hash (email)",
    "ix_things_order": "btree (\"order\") INCLUDE (note, number) WITH (fillfactor='70')",
    "ix_things_place_hnsw": "hnsw (place vector_cosine_ops) WITH (m='8')",
    "ix_things_place_ivfflat": "ivfflat (place) WITH (lists='10')",
}


class Maker(Resource):
    id: Attr[int] = sequence_key()


class Every(Resource):
    """Each limit of each type, and each end of a link."""

    id: Attr[UUID] = primary_key()
    word: Attr[str] = attribute(min_length=2, max_length=9, pattern="^(?:a|b)%:x\\\\.$")
    count: Attr[int] = attribute(ge=1, le=2**40)
    rate: Attr[float] = attribute(ge=0.5)
    price: Attr[Decimal] = attribute(max_digits=8, decimal_places=2, le=Decimal("9.99"))
    digits: Attr[Decimal] = attribute(max_digits=5)
    places: Attr[Decimal] = attribute(decimal_places=3)
    day: Attr[date] = attribute(ge=date(2026, 1, 2))
    at: Attr[datetime] = attribute(le=datetime(2026, 1, 2, tzinfo=UTC))
    lasts: Attr[timedelta] = attribute(le=timedelta(hours=2))
    tags: Attr[list[str]] = attribute(min_length=1, max_length=3)
    unit: Attr[Literal["%", "it's", ":x", "back\\slash"]] = attribute()
    size: Attr[Literal[1, 2]] = attribute()
    maker: One[Maker] = belongs_to()
    owner: One[Maker] = belongs_to(on_delete=OnDelete.CASCADE)
    guest: One[Maker | None] = belongs_to(on_delete=OnDelete.SET_NULL)
    rule = check((word != ODD) | (count > 3))


EVERY = {
    "pk_things": "PRIMARY KEY (id)",
    "ck_things_word_min_length": "CHECK ((char_length(word) >= 2))",
    "ck_things_word_max_length": "CHECK ((char_length(word) <= 9))",
    "ck_things_count_ge": "CHECK ((count >= 1))",
    "ck_things_count_le": "CHECK ((count <= '1099511627776'::bigint))",
    "ck_things_rate_ge": "CHECK ((rate >= (0.5)::double precision))",
    "ck_things_price_le": "CHECK ((price <= 9.99))",
    "ck_things_digits_max_digits": "CHECK ((abs(digits) < '100000'::numeric))",
    "ck_things_places_decimal_places": "CHECK ((scale(places) <= 3))",
    "ck_things_day_ge": "CHECK ((day >= '2026-01-02'::date))",
    "ck_things_tags_min_length": "CHECK ((jsonb_array_length(tags) >= 1))",
    "ck_things_size_choices": "CHECK ((size = ANY (ARRAY[(1)::bigint, (2)::bigint])))",
    "fk_things_maker_id": "FOREIGN KEY (maker_id) REFERENCES makers(id)",
    "fk_things_owner_id": "FOREIGN KEY (owner_id) REFERENCES makers(id) ON DELETE CASCADE",
    "fk_things_guest_id": "FOREIGN KEY (guest_id) REFERENCES makers(id) ON DELETE SET NULL",
    "ix_things_maker_id": "btree (maker_id)",
}


def thing(declared: type[Resource]) -> type[Resource]:
    return type("Thing", (declared,), {"__module__": __name__})


async def held(migrations: Migrations) -> Held:
    """What PostgreSQL holds, by name: a rule as it is said, an index by its kind on."""
    found = sorted((str(name), str(text)) for name, text in await execute(migrations, HELD))
    return {
        name: text.replace("CREATE UNIQUE INDEX", "UNIQUE INDEX").replace(f"INDEX {name} ON public.things USING ", "")
        if text.startswith("CREATE UNIQUE")
        else text.replace(f"CREATE INDEX {name} ON public.things USING ", "")
        for name, text in found
    }


async def test_rules_are_made_as_declared_taken_back_and_made_again(
    migrations: MakeMigrations, make_database: MakeDatabase, tmp_path: Path
) -> None:
    bare, full = migrations(thing(Bare)), migrations(thing(Full))
    await started(bare)
    empty = await held(bare)
    await execute(bare, "CREATE INDEX by_hand ON things (lower(note))")
    assert await full.revision("Full") is not None
    await full.upgrade()
    assert await full.check() == []
    assert await full.revision("Nothing") is None
    there = await held(full)
    assert there | AS_DECLARED == there
    assert await bare.revision("Bare") is not None
    await bare.upgrade()
    assert (await held(bare)).keys() == empty.keys() | {"by_hand"}
    await bare.downgrade("-1")
    assert await held(bare) == there
    at_once = await made_at_once(full, await make_database(), tmp_path)
    assert {**await held(at_once), "by_hand": there["by_hand"]} == there


async def test_every_limit_choice_and_link_is_held_as_declared(
    migrations: MakeMigrations, make_database: MakeDatabase, tmp_path: Path
) -> None:
    own = migrations(Maker, thing(Every))
    await started(own)
    assert await own.check() == []
    there = await held(own)
    assert {name: there.get(name) for name in EVERY} == EVERY
    assert await held(await made_at_once(own, await make_database(), tmp_path)) == there


async def made_at_once(migrations: Migrations, url: str, folder: Path) -> Migrations:
    """The same tables in a database of their own, made without steps."""
    at_once = Migrations(migrations.domain, url, {"test": folder / "none"})
    engine = sa.create_engine(address(at_once.url))
    with engine.begin() as connection:
        schema = schema_of(at_once.domain)
        for name in needed_extensions(schema.metadata.tables.values()):
            connection.exec_driver_sql(create_extension(name))
        schema.metadata.create_all(connection)
    engine.dispose()
    return at_once


async def test_rules_follow_what_is_renamed_and_differ_where_one_word_does(migrations: MakeMigrations) -> None:
    class Older(Resource):
        id: Attr[UUID] = primary_key()
        rank: Attr[str] = attribute()
        note: Attr[str | None] = attribute()
        number: Attr[int] = attribute()
        once = identity(rank.lower())
        pair = identity(number, note)
        by_rank = index(rank.upper(), include=[note])

    class Newer(Resource):
        id: Attr[UUID] = primary_key()
        order: Attr[str] = attribute(renamed_from="rank")
        note: Attr[str | None] = attribute()
        number: Attr[int] = attribute()
        once = identity(order.lower())
        pair = identity(number, note, nulls_not_distinct=True)
        by_rank = index(order.upper(), include=[note, number])

    older, newer = migrations(thing(Older)), migrations(thing(Newer))
    await started(older)
    before = await held(older)
    path = await newer.revision("Newer")
    assert path is not None
    assert "RENAME TO uq_things_order_once" in path.read_text()
    await execute(
        older, "INSERT INTO things (id, rank, number) SELECT gen_random_uuid(), n, 1 FROM unnest('{a,b}'::text[]) n"
    )
    with pytest.raises(Invalid, match="2 records of `things` share their number, note with others") as caught:
        await newer.upgrade()
    assert caught.value.issues[0].code == "rows_in_the_way"
    await execute(older, "UPDATE things SET number = 2 WHERE rank = 'b'")
    await newer.upgrade()
    assert await newer.check() == []
    there = await held(newer)
    assert there["uq_things_number_note"] == "UNIQUE NULLS NOT DISTINCT (number, note) DEFERRABLE"
    assert there["ix_things_order_upper"].endswith('(upper(("order" COLLATE "default"))) INCLUDE (note, number)')
    await newer.downgrade("-1")
    assert await held(older) == before


async def test_an_expression_is_looked_at_before_it_is_to_be_unique(migrations: MakeMigrations) -> None:
    class Older(Resource):
        id: Attr[UUID] = primary_key()
        email: Attr[str] = attribute()

    class Newer(Older):
        once = identity(Older.email.lower())

    older, newer = migrations(thing(Older)), migrations(thing(Newer))
    await started(older)
    await execute(older, "INSERT INTO things SELECT gen_random_uuid(), n FROM unnest('{a,A,b}'::text[]) n")
    assert await newer.revision("Newer") is not None
    with pytest.raises(Invalid, match="2 records of `things` share"):
        await newer.upgrade()


async def test_what_the_server_does_not_have_is_said(migrations: MakeMigrations) -> None:
    class Thing(Resource):
        id: Attr[UUID] = primary_key()
        email: Attr[str] = attribute()
        by_words = index(email, kind="gin", operators="gin_trgm_ops")

    own = migrations(Thing)
    if await execute(own, "SELECT name FROM pg_available_extensions WHERE name = 'pg_trgm'"):
        await started(own)
        assert await own.check() == []
        assert (await held(own))["ix_things_email_gin"] == "gin (email gin_trgm_ops)"
        return
    with pytest.raises(Invalid, match="`ix_things_email_gin` of `things` needs the extension `pg_trgm`"):
        await own.revision("Words")
