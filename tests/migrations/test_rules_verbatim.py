"""Every rule reaches the database as it was declared, whatever is in it, and comes back as it stood."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal
from uuid import UUID

import pytest

from framework.declare.attributes import Attr, attribute, primary_key
from framework.declare.resource import Resource
from framework.declare.rules import check, identity, index
from framework.sql.migrations.migrations import Migrations
from framework.sql.migrations.plan.decided.decisions import Decisions
from tests.migrations.conftest import MakeMigrations
from tests.migrations.test_own_domain import execute, started

ODD = [
    "50%",
    "100%%",
    ":name",
    "(:c)",
    "a::b",
    "it's",
    'said "so"',
    "back\\slash",
    "näïve ☃",
    "line\nbreak",
    "{x}",
    "$1",
    "?",
]
DEFINED = (
    "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = to_regclass('odds') "
    "AND contype <> 'n' UNION SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'odds'"
)


class Sign(StrEnum):
    PERCENT = "%"
    NAME = ":name"
    QUOTE = "'"


class Other(Resource):
    id: Attr[UUID] = primary_key()


async def defined(migrations: Migrations) -> dict[object, object]:
    """What PostgreSQL holds of the table's rules, by name."""
    return dict(await execute(migrations, DEFINED))  # type: ignore[arg-type]  # rows of two


def odd(text: str) -> type[Resource]:
    class Odd(Resource):
        id: Attr[UUID] = primary_key()
        order: Attr[str] = attribute()
        limit: Attr[str | None] = attribute(default=text)
        once = identity(order, where=order == text)
        found = index(order, where=order != text)
        other = check(order != text)

    return Odd


@pytest.mark.parametrize("text", ODD)
async def test_a_rule_with_anything_in_it_is_the_rule_declared(migrations: MakeMigrations, text: str) -> None:
    own = migrations(odd(text))
    await started(own)
    assert await own.check() == []
    assert await own.revision("Nothing") is None
    found = await defined(own)
    literal = text.replace("'", "''") if "\\" not in text else text
    for rule in ("ck_odds_other", "uq_odds_order_once", "ix_odds_order_partial"):
        assert literal.replace("\\", "\\\\") in str(found[rule]) or literal in str(found[rule]), rule
    gone = migrations(odd("plain"))
    assert await gone.revision("Plain") is not None
    await gone.upgrade()
    await gone.downgrade("-1")
    assert await defined(own) == found
    nothing = migrations(
        type(
            "Other", (Resource,), {"__module__": __name__, "__annotations__": {"id": "Attr[UUID]"}, "id": primary_key()}
        )
    )
    await gone.upgrade()
    assert await nothing.revision("Gone", Decisions(drops=("Odd",))) is not None
    await nothing.upgrade()
    await nothing.downgrade("-2")
    assert await defined(own) == found


async def test_choices_patterns_and_defaults_are_as_declared(migrations: MakeMigrations) -> None:
    class Odd(Resource):
        id: Attr[UUID] = primary_key()

    class Grown(Resource):
        id: Attr[UUID] = primary_key()
        unit: Attr[Literal["%", "(:c)", "b's"]] = attribute(default="%")
        sign: Attr[Sign] = attribute(default=Sign.NAME)
        rate: Attr[str] = attribute(pattern="^(?:a|b)-[0-9]+%$", default="a-1%")

    own = migrations(Odd)
    await started(own)
    await execute(own, "INSERT INTO odds VALUES (gen_random_uuid())")
    new = migrations(type("Odd", (Grown,), {"__module__": __name__}))
    assert await new.revision("Grown") is not None
    await new.upgrade()
    assert await new.check() == []
    assert await execute(new, "SELECT unit, sign, rate FROM odds") == [("%", ":name", "a-1%")]
    found = " ".join(str(text) for _, text in await execute(new, DEFINED))
    assert "^(?:a|b)-[0-9]+%$" in found
    assert "'(:c)'" in found
    assert "'%'" in found
    assert "%%" not in found


async def test_a_type_changes_in_a_column_named_by_a_reserved_word(migrations: MakeMigrations) -> None:
    class Odd(Resource):
        id: Attr[UUID] = primary_key()
        limit: Attr[int] = attribute(ge=1)

    class Wider(Resource):
        id: Attr[UUID] = primary_key()
        limit: Attr[float] = attribute(ge=1)

    own = migrations(Odd)
    await started(own)
    await execute(own, 'INSERT INTO odds (id, "limit") VALUES (gen_random_uuid(), 3)')
    new = migrations(type("Odd", (Wider,), {"__module__": __name__}))
    assert await new.revision("Wider") is not None
    await new.upgrade()
    assert await new.check() == []
    assert await execute(new, 'SELECT "limit" FROM odds') == [(3.0,)]
    await new.downgrade("-1")
    assert await own.check() != []
