"""Keys: which columns are the primary one, and when unique rules are looked at, is kept there and back."""

from __future__ import annotations

from uuid import UUID

import pytest

from framework.declare.attributes import Attr, attribute, primary_key
from framework.declare.relationships import One, belongs_to
from framework.declare.resource import Resource
from framework.declare.rules import identity
from framework.errors import Invalid
from framework.sql.migrations.plan.decided.decisions import Decisions, StepMode
from tests.migrations.conftest import MakeMigrations
from tests.migrations.test_own_domain import execute, started

DEFINED = "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'uq_things_name'"
AS_DECLARED = [("UNIQUE (name) DEFERRABLE",)]


class Thing(Resource):
    id: Attr[UUID] = primary_key()
    name: Attr[str] = attribute()
    once = identity(name)


class Other(Resource):
    id: Attr[UUID] = primary_key()


def twice() -> type[Resource]:
    class Thing(Resource):
        id: Attr[UUID] = primary_key()
        name: Attr[str] = attribute()

    return Thing


async def test_a_rule_that_is_looked_at_at_another_time_differs(migrations: MakeMigrations) -> None:
    own = migrations(Thing)
    await started(own)
    await execute(own, "ALTER TABLE things DROP CONSTRAINT uq_things_name, ADD CONSTRAINT uq_things_name UNIQUE (name)")
    assert await own.check() == [
        "constraint uq_things_name on things is not declared or differs",
        "constraint uq_things_name is missing or differs",
    ]
    assert await own.revision("As declared") is not None
    await own.upgrade()
    assert await own.check() == []
    assert await execute(own, DEFINED) == AS_DECLARED
    await own.downgrade("-1")
    assert await execute(own, DEFINED) == [("UNIQUE (name)",)]


async def test_a_rule_that_went_comes_back_as_it_was(migrations: MakeMigrations) -> None:
    own = migrations(Thing)
    await started(own)
    without = migrations(twice())
    assert await without.revision("Twice") is not None
    await without.upgrade()
    assert await execute(own, DEFINED) == []
    await without.downgrade("-1")
    assert await execute(own, DEFINED) == AS_DECLARED


async def test_a_table_that_went_comes_back_with_its_rules(migrations: MakeMigrations) -> None:
    own = migrations(Thing)
    await started(own)
    none = migrations(Other)
    assert await none.revision("Gone", Decisions(drops=("Thing",))) is not None
    await none.upgrade()
    await none.downgrade("-1")
    assert await execute(own, DEFINED) == AS_DECLARED


class Part(Resource):
    id: Attr[UUID] = primary_key()
    code: Attr[str | None] = attribute()


class Use(Resource):
    id: Attr[UUID] = primary_key()
    part: One[Part] = belongs_to()


def by_code() -> type[Resource]:
    class Part(Resource):
        code: Attr[str] = attribute(primary_key=True)

    return Part


KEY = "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'pk_parts'"
PART = "INSERT INTO parts VALUES (gen_random_uuid(), 'x')"


async def test_another_primary_key_is_made_once_no_two_records_share_it(migrations: MakeMigrations) -> None:
    first = migrations(Part)
    await started(first)
    await execute(first, PART, PART)
    second = migrations(by_code())
    assert await second.revision("By code", Decisions(drops=("Part.id",))) is not None
    with pytest.raises(Invalid, match="2 records of `parts` share their code with others, which `pk_parts` forbids"):
        await second.upgrade()
    await execute(first, "DELETE FROM parts WHERE id = (SELECT min(id::text) FROM parts)::uuid")
    await second.upgrade()
    assert await second.check() == []
    assert await execute(second, KEY) == [("PRIMARY KEY (code)",)]
    await execute(second, "DELETE FROM parts")
    await second.downgrade("-1")
    assert await execute(first, KEY) == [("PRIMARY KEY (id)",)]


async def test_a_table_that_lost_its_primary_key_differs(migrations: MakeMigrations) -> None:
    own = migrations(Part)
    await started(own)
    await execute(own, "ALTER TABLE parts DROP CONSTRAINT pk_parts")
    assert await own.check() == ["constraint pk_parts is missing or differs"]
    assert await own.revision("Key") is not None
    await own.upgrade()
    assert await own.check() == []


async def test_another_primary_key_is_refused_where_a_link_leads_to_the_one_before(migrations: MakeMigrations) -> None:
    await started(migrations(Part, Use))
    renamed = type(
        "Use", (Use,), {"__module__": __name__, "part": belongs_to(), "__annotations__": {"part": "One[Part]"}}
    )
    refused = r"the primary key of `parts` is another one, and `uses\.part_id` holds values of the one before"
    with pytest.raises(Invalid, match=refused):
        await migrations(by_code(), renamed).revision("By code", Decisions(drops=("Part.id",)))


@pytest.mark.parametrize("mode", StepMode)
async def test_another_primary_key_is_neither_online_nor_split(migrations: MakeMigrations, mode: StepMode) -> None:
    await started(migrations(Part))
    with pytest.raises(Invalid, match=f"--{mode}: the primary key of `parts` is another one"):
        await migrations(by_code()).revision("By code", Decisions(drops=("Part.id",), modes=frozenset({mode})))
