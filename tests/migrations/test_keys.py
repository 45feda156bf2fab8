"""Unique rules: when they are looked at is part of what they say, and is kept there and back."""

from __future__ import annotations

from uuid import UUID

from framework.declare.attributes import Attr, attribute, primary_key
from framework.declare.resource import Resource
from framework.declare.rules import identity
from framework.sql.migrations.plan.decisions import Decisions
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
