"""What an expand may hold old code to: columns filled in their order, and rules that say nothing of what is absent."""

from __future__ import annotations

from uuid import UUID

import pytest

from framework.declare.attributes import Attr, attribute, primary_key
from framework.declare.resource import Resource
from framework.declare.rules import check, exclude, identity
from framework.errors import Invalid
from framework.sql.migrations.plan.decided.decisions import Decisions, StepMode
from tests.migrations.conftest import MakeMigrations
from tests.migrations.test_own_domain import execute, started

SPLIT = Decisions(modes=frozenset({StepMode.SPLIT}))


class Before(Resource):
    id: Attr[UUID] = primary_key()
    netto: Attr[int] = attribute()


class After(Resource):
    id: Attr[UUID] = primary_key()
    net: Attr[int] = attribute(renamed_from="netto")
    vat: Attr[int] = attribute(backfill=net + 1)
    gross: Attr[int] = attribute(backfill=vat + 1)


def item(like: type[Resource]) -> type[Resource]:
    return type("Item", (like,), {"__module__": __name__})


async def test_what_old_code_leaves_out_is_filled_from_what_is_filled_before(migrations: MakeMigrations) -> None:
    old, new = migrations(item(Before)), migrations(item(After))
    await started(old)
    assert len(await new.written("Gross", SPLIT)) == 2
    await new.expand()
    add = "INSERT INTO items (id, netto) VALUES (gen_random_uuid(), {})"
    await execute(old, add.format(5))
    assert await execute(new, "SELECT net, vat, gross FROM items") == [(5, 6, 7)]
    await new.upgrade()
    assert await new.check() == []
    await new.downgrade("-2")
    assert [each for each in await old.check() if "not carried out" not in each] == []


class Bare(Resource):
    id: Attr[UUID] = primary_key()


class EitherOr(Resource):
    id: Attr[UUID] = primary_key()
    a: Attr[int | None] = attribute()
    b: Attr[int | None] = attribute()
    either = check(a.is_null() != b.is_null())


class Present(Resource):
    id: Attr[UUID] = primary_key()
    a: Attr[int | None] = attribute()
    present = check(~a.is_null())


class AlikeWithout(Resource):
    id: Attr[UUID] = primary_key()
    a: Attr[int | None] = attribute()
    once = identity(a, nulls_not_distinct=True)


class Preset(Resource):
    id: Attr[UUID] = primary_key()
    a: Attr[int] = attribute(default=3)
    once = identity(a)


class Span(Resource):
    id: Attr[UUID] = primary_key()
    a: Attr[int | None] = attribute()
    b: Attr[int | None] = attribute()
    alone = exclude(overlapping=(a, b))


REFUSING = [EitherOr, Present, AlikeWithout, Preset, Span]
INSERT = "INSERT INTO items (id) VALUES (gen_random_uuid())"


@pytest.mark.parametrize("like", REFUSING, ids=lambda like: like.__name__)
async def test_a_rule_that_what_is_absent_breaks_waits_for_the_contract(
    migrations: MakeMigrations, like: type[Resource]
) -> None:
    old, new = migrations(item(Bare)), migrations(item(like))
    await started(old)
    assert len(await new.written("Ruled", SPLIT)) == 2
    await new.expand()
    await execute(old, INSERT, INSERT)
    await execute(old, "DELETE FROM items")
    await new.upgrade()
    assert await new.check() == []


@pytest.mark.parametrize("like", [EitherOr, Present], ids=lambda like: like.__name__)
async def test_records_that_break_a_rule_by_what_they_lack_are_told(
    migrations: MakeMigrations, like: type[Resource]
) -> None:
    old, new = migrations(item(Bare)), migrations(item(like))
    await started(old)
    await execute(old, INSERT)
    await new.revision("Ruled")
    with pytest.raises(Invalid, match="1 record of `items` break the rule"):
        await new.upgrade()


class Compared(Resource):
    id: Attr[UUID] = primary_key()
    a: Attr[int | None] = attribute(ge=0, le=9)
    b: Attr[int | None] = attribute()
    less = check((a < b) | (b > 5))
    once = identity(a, b)


async def test_a_rule_that_says_nothing_of_what_is_absent_comes_with_the_expand(migrations: MakeMigrations) -> None:
    old, new = migrations(item(Bare)), migrations(item(Compared))
    await started(old)
    assert len(await new.written("Compared", SPLIT)) == 1
    await new.expand()
    await execute(old, INSERT, INSERT)
    assert await new.check() == []
