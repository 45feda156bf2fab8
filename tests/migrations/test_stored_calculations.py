"""A calculation that is stored: made over records, worked out otherwise, begun and ended, there and back."""

from __future__ import annotations

from uuid import UUID

import pytest

from framework.declare.attributes import Attr, attribute, primary_key
from framework.declare.derived import calculate
from framework.declare.resource import Resource
from framework.declare.rules import check, identity, index
from framework.errors import Invalid
from tests.migrations.conftest import MakeMigrations
from tests.migrations.test_own_domain import execute, started
from tests.migrations.test_rules_as_declared import ODD, held, thing

GENERATED = (
    "SELECT attname, pg_get_expr(adbin, adrelid) FROM pg_attribute JOIN pg_attrdef ON adrelid = attrelid "
    "AND adnum = attnum WHERE attgenerated = 's' AND attrelid = to_regclass('things') ORDER BY 1"
)
TWO = "INSERT INTO things (id, net, name) SELECT gen_random_uuid(), n, 'A' || n FROM generate_series(1, 2) n"


class Bare(Resource):
    id: Attr[UUID] = primary_key()
    net: Attr[int] = attribute()
    name: Attr[str] = attribute()


class Stored(Bare):
    tax: Attr[int] = attribute(backfill=Bare.net * 2)
    gross: Attr[int] = calculate(Bare.net + tax, stored=True)
    label: Attr[str] = calculate(Bare.name.lower() + ODD, stored=True)
    once = identity(label)
    big = check(gross >= 0)
    by_gross = index(gross.desc(), Bare.net, include=[label])
    some = index(Bare.net, where=gross > 1)


class Otherwise(Bare):
    amount: Attr[float] = attribute(renamed_from="tax")
    gross: Attr[float] = calculate(Bare.net * 10 + amount, stored=True)
    label: Attr[str] = calculate(Bare.name.upper() + ODD, stored=True)
    once = identity(label)
    big = check(gross >= 0)
    by_gross = index(gross.desc(), Bare.net, include=[label])
    some = index(Bare.net, where=gross > 1)


async def test_a_stored_calculation_comes_changes_and_goes_with_the_rules_over_it(migrations: MakeMigrations) -> None:
    bare, stored, otherwise = (migrations(thing(each)) for each in (Bare, Stored, Otherwise))
    await started(bare)
    await execute(bare, TWO)
    assert await stored.revision("Stored") is not None
    await stored.upgrade()
    assert await stored.check() == []
    assert await execute(stored, "SELECT gross, label FROM things ORDER BY net") == [(3, f"a1{ODD}"), (6, f"a2{ODD}")]
    rules, worked_out = await held(stored), await execute(stored, GENERATED)
    assert [name for name, _ in worked_out] == ["gross", "label"]

    assert await otherwise.revision("Otherwise") is not None
    await otherwise.upgrade()
    assert await otherwise.check() == []
    assert await execute(stored, "SELECT gross, label FROM things ORDER BY net") == [(12, f"A1{ODD}"), (24, f"A2{ODD}")]
    assert (await held(stored)).keys() == rules.keys()
    await otherwise.downgrade("-1")
    assert await execute(stored, GENERATED) == worked_out
    assert await held(stored) == rules


async def test_a_column_that_begins_to_be_worked_out_is_looked_at_and_one_that_ends_keeps_its_values(
    migrations: MakeMigrations,
) -> None:
    class Worked(Bare):
        gross: Attr[int] = calculate(Bare.net * 2, stored=True)
        low: Attr[str] = calculate(Bare.name.lower(), stored=True)

    class Given(Bare):
        gross: Attr[int] = attribute()
        low: Attr[str] = attribute()

    given, worked = migrations(thing(Given)), migrations(thing(Worked))
    await started(given)
    await execute(given, "INSERT INTO things (id, net, name, gross, low) VALUES (gen_random_uuid(), 1, 'A', 3, 'a')")
    assert await worked.revision("Worked") is not None
    with pytest.raises(Invalid, match="1 record of `things` hold another `gross` than is worked out"):
        await worked.upgrade()
    await execute(given, "UPDATE things SET gross = 2")
    await worked.upgrade()
    assert await worked.check() == []
    assert await given.revision("Given") is not None
    await given.upgrade()
    assert await given.check() == []
    assert await execute(given, "UPDATE things SET gross = 5 RETURNING net, gross") == [(1, 5)]
    with pytest.raises(Invalid, match="hold another `gross`"):
        await given.downgrade("-1")


async def test_what_is_worked_out_goes_without_asking_and_before_what_it_is_worked_out_of(
    migrations: MakeMigrations,
) -> None:
    class Before(Bare):
        double: Attr[int] = calculate(Bare.net * 2, stored=True)

    before, bare = migrations(thing(Before)), migrations(thing(Bare))
    await started(before)
    await execute(before, TWO)
    worked_out = await execute(before, GENERATED)
    assert await bare.revision("Gone") is not None
    await bare.upgrade()
    assert await execute(bare, GENERATED) == []
    await bare.downgrade("-1")
    assert await execute(before, GENERATED) == worked_out
    assert await execute(before, "SELECT double FROM things ORDER BY 1") == [(2,), (4,)]


async def test_a_column_gets_another_type_with_a_calculation_over_it_there_and_back(
    migrations: MakeMigrations,
) -> None:
    class Kept(Bare):
        size: Attr[str | None] = attribute()

    class Counted(Bare):
        size: Attr[int | None] = attribute()
        double: Attr[int | None] = calculate(size * 2, stored=True)

    await started(old := migrations(thing(Kept)))
    await execute(old, "INSERT INTO things (id, net, name, size) VALUES (gen_random_uuid(), 1, 'A', '7')")
    await (new := migrations(thing(Counted))).revision("Counted")
    await new.upgrade()
    assert await execute(new, "SELECT size, double FROM things") == [(7, 14)]
    await new.downgrade("-1")
    assert await execute(old, "SELECT size FROM things") == [("7",)]
    await new.upgrade()
    assert await new.check() == []
