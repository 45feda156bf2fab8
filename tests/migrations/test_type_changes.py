"""Every change of a type is right, or refused with what to do; no value is changed without a word."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import partial
from typing import Any, Literal
from uuid import UUID

import psycopg
import pytest

from framework.declare.attributes import Attr, attribute, primary_key, sequence_key
from framework.declare.relationships import One, belongs_to
from framework.declare.resource import Resource
from framework.errors import Invalid
from framework.spec.relationship import OnDelete
from framework.sql.migrations.migrations import Migrations
from framework.sql.migrations.plan.decided.decisions import Decisions
from framework.testing.until import until
from framework.types.resolve import Vector
from tests.migrations.conftest import MakeMigrations
from tests.migrations.test_halted import waits
from tests.migrations.test_own_domain import execute, started


class Size(StrEnum):
    SMALL = "small"
    LARGE = "large"


class Thing(Resource):
    id: Attr[UUID] = primary_key()


class Counted(Resource):
    id: Attr[int] = sequence_key()


def thing(kind: Any, **limits: Any) -> type[Resource]:
    """A thing with a value of that kind; its name is a reserved word."""
    body = {"limit": attribute(**limits)}
    return type("Thing", (Thing,), {"__module__": __name__, "__annotations__": {"limit": Attr[kind]}, **body})


async def kept(migrations: MakeMigrations, old: type[Resource], literal: str) -> Migrations:
    """A database with one such thing."""
    first = migrations(old)
    await started(first)
    await execute(first, f"INSERT INTO things VALUES ('{UUID(int=1)}', {literal})")
    return first


NOON = "'2024-02-29 12:00+00'"
TWO = {"max_digits": 8, "decimal_places": 2}
# From what with which value, to what, and what it is then.
RIGHT: list[tuple[Any, dict[str, Any], str, Any, dict[str, Any], object]] = [
    (int, {}, "3", float, {}, 3.0),
    (int, {}, "3", Decimal, TWO, Decimal("3.00")),
    (int, {}, "3", str, {}, "3"),
    (int, {}, "1", bool, {}, True),
    (bool, {}, "true", int, {}, 1),
    (bool, {}, "true", str, {}, "true"),
    (float, {}, "2", int, {}, 2),
    (Decimal, TWO, "2", int, {}, 2),
    (Decimal, TWO, "2.5", float, {}, 2.5),
    (float, {}, "0.1", float, {"column_type": "real"}, 0.1),
    (Decimal, TWO, "2.50", Decimal, {"max_digits": 8, "decimal_places": 1}, Decimal("2.5")),
    (Decimal, TWO, "2.50", Decimal, {}, Decimal("2.50")),
    (Decimal, {}, "2.5", Decimal, TWO, Decimal("2.5")),
    (str, {"column_type": "varchar(5)"}, "'a'", str, {"column_type": "varchar"}, "a"),
    (str, {"column_type": "text"}, "'a'", str, {}, "a"),
    (str, {}, "'a'", str, {"column_type": "text"}, "a"),
    (datetime, {}, NOON, datetime, {"column_type": "timestamptz(0)"}, datetime.fromisoformat("2024-02-29T12:00Z")),
    (datetime, {"column_type": "timestamptz(0)"}, NOON, datetime, {}, datetime.fromisoformat("2024-02-29T12:00Z")),
    (str, {}, "'7'", int, {}, 7),
    (str, {}, "'small'", Size, {}, "small"),
    (str, {}, """'{"a": "50%"}'""", Any, {}, {"a": "50%"}),
    (Size, {}, "'small'", str, {}, "small"),
    (Size, {"column_type": "size"}, "'small'", Size, {"column_type": "extent"}, "small"),
    (Size, {"column_type": "size"}, "'small'", Any, {}, "small"),
    (Literal["a", "b"], {}, "'a'", Literal["a", "c"], {}, "a"),
    (Literal[1, 2], {}, "1", Literal["1", "2"], {}, "1"),
    (UUID, {}, f"'{UUID(int=7)}'", str, {}, str(UUID(int=7))),
    (str, {}, f"'{UUID(int=7)}'", UUID, {}, UUID(int=7)),
    (date, {}, "'2024-02-29'", datetime, {}, datetime.fromisoformat("2024-02-29T00:00:00+00:00")),
    (datetime, {}, "'2024-02-29 00:00+00'", date, {}, date(2024, 2, 29)),
    (timedelta, {}, "'36 hours'", str, {}, "36:00:00"),
    (list[str], {}, "'[]'", str, {}, "[]"),
    (Any, {}, "'0.1'", float, {}, 0.1),
]


@pytest.mark.parametrize("change", RIGHT, ids=lambda each: f"{each[0]} to {each[3]}")
async def test_a_value_is_the_same_as_another_type(migrations: MakeMigrations, change: tuple[Any, ...]) -> None:
    old, limits, literal, new, others, value = change
    first = await kept(migrations, thing(old, **limits), literal)
    second = migrations(thing(new, **others))
    assert await second.revision("Changed") is not None
    await second.upgrade()
    assert await second.check() == []
    assert await execute(second, 'SELECT "limit" FROM things') == [(value,)]
    await second.downgrade("-1")
    assert await execute(first, f'SELECT count(*) FROM things WHERE "limit" = {literal}') == [(1,)]


async def test_that_a_narrower_type_loses_nothing_is_told_when_its_step_is_written(migrations: MakeMigrations) -> None:
    await kept(migrations, thing(Decimal, **TWO), "12.34")
    (written,) = await migrations(thing(Decimal, max_digits=8, decimal_places=1)).written("Narrower")
    (note,) = written.notes
    assert re.fullmatch("records of `things` that would not keep their `limit` as it is.* stop the step, .*", note)
    written.path.unlink()
    (wider,) = await migrations(thing(str)).written("Wider")
    assert wider.notes == []


# From what with which value, to what; each is a column of one table.
LOSING: list[tuple[Any, dict[str, Any], str, Any, dict[str, Any]]] = [
    (Decimal, TWO, "10.55", int, {}),
    (Decimal, TWO, "12.34", Decimal, {"max_digits": 8, "decimal_places": 1}),
    (Decimal, {}, "1.23456", Decimal, TWO),
    (str, {"column_type": "varchar"}, "'123456'", str, {"column_type": "varchar(5)"}),
    (datetime, {}, "'2024-02-29 12:00:00.6+00'", datetime, {"column_type": "timestamptz(0)"}),
    (Decimal, TWO, "12345.67", Decimal, {"max_digits": 4, "decimal_places": 2}),
    (float, {}, "1.5", int, {}),
    (float, {}, "1e300", int, {}),
    (float, {}, "0.1234567890123", float, {"column_type": "real"}),
    (int, {}, "9007199254740993", float, {}),
    (int, {}, "2", bool, {}),
    (int, {}, "70000", int, {"column_type": "smallint"}),
    (int, {}, "12345", str, {"column_type": "varchar(3)"}),
    (datetime, {}, "'2024-02-29 12:00+00'", date, {}),
    (datetime, {}, "'2024-02-29 12:00:00.6+00'", datetime, {"column_type": "timestamp(0)"}),
    (str, {}, "'0.125'", Decimal, TWO),
    (str, {}, "'0.12345678901234567890'", float, {}),
    (str, {}, "'x'", float, {}),
    (str, {}, "'x'", int, {}),
    (str, {}, "'zz'", UUID, {}),
    (str, {}, "'huge'", Size, {"column_type": "size"}),
    (str, {}, "'{'", Any, {}),
    (str, {}, "'2024-02-29 12:00'", date, {}),
    (str, {}, "'2024-02-29 00:00+02'", date, {}),
    (str, {}, "'today'", date, {}),
    (str, {}, "'01/02/2024'", datetime, {}),
    (str, {}, "'2024-02-29 12:00:00.1234567'", datetime, {}),
    (str, {}, "'00:00:00.1234567'", timedelta, {}),
    (Any, {}, "'1.555'", Decimal, TWO),
    (Any, {}, "'9007199254740993'", float, {}),
    (Any, {}, """'"x"'""", int, {}),
    (Any, {}, """'"huge"'""", Size, {"column_type": "size"}),
    (Any, {}, """'"2024-02-29T12:00"'""", date, {}),
]


def optional(columns: Iterable[tuple[Any, dict[str, Any]]]) -> type[Resource]:
    """Things with a column of each kind."""
    body: dict[str, Any] = {"__module__": __name__, "__annotations__": {}}
    attr: Any = Attr
    for place, (kind, limits) in enumerate(columns):
        body["__annotations__"][f"v{place:02}"] = attr[kind | None]
        body[f"v{place:02}"] = attribute(**limits)
    return type("Thing", (Thing,), body)


async def unlike(migrations: MakeMigrations, *, back: bool) -> Migrations:
    """A database with all of these values, and the step that is to take them to the other types or back from them."""
    held = migrations(optional(each[:2] for each in LOSING))
    meant = migrations(optional(each[3:] for each in LOSING))
    first, second = (meant, held) if back else (held, meant)
    await started(first)
    with pytest.raises(Invalid, match="did the two exchange their names") as asked:
        await second.revision("Changed")
    same = tuple(str(issue.params["name"]) for issue in asked.value.issues)
    assert await second.revision("Changed", Decisions(keeps=same)) is not None
    if back:
        await second.upgrade()
    await execute(first, f"INSERT INTO things VALUES ('{UUID(int=1)}', {', '.join(each[2] for each in LOSING)})")
    return second


def told(place: int) -> str:
    """What is said of the value in that column."""
    return f"1 record of `things` would not keep their `v{place:02}` as it is: .*: id {UUID(int=1)}"


async def test_a_value_that_another_type_cannot_hold_is_told(migrations: MakeMigrations) -> None:
    second = await unlike(migrations, back=False)
    for place, (_, _, literal, *_) in enumerate(LOSING):
        with pytest.raises(Invalid, match=told(place)) as refused:
            await second.upgrade()
        assert refused.value.issues[0].code == "rows_in_the_way"
        mended = f"UPDATE things SET v{place:02} = NULL WHERE v{place:02} = {literal} RETURNING 1"
        assert await execute(second, mended) == [(1,)]
    await second.upgrade()


async def test_a_value_that_the_type_before_cannot_hold_is_told(migrations: MakeMigrations) -> None:
    second = await unlike(migrations, back=True)
    with pytest.raises(Invalid, match=told(len(LOSING) - 1)):
        await second.downgrade("-1")
    await execute(second, "UPDATE things SET " + ", ".join(f"v{place:02} = NULL" for place in range(len(LOSING))))
    await second.downgrade("-1")


async def test_a_null_of_a_document_is_told_where_a_value_is_required(migrations: MakeMigrations) -> None:
    await kept(migrations, thing(Any), "'null'")
    required = migrations(thing(date))
    await required.revision("Changed")
    with pytest.raises(Invalid, match="1 record of `things` would not keep their `limit` as it is"):
        await required.upgrade()


async def test_a_null_of_a_document_that_was_required_is_absent_where_it_is_optional(
    migrations: MakeMigrations,
) -> None:
    await kept(migrations, thing(Any), "'null'")
    second = migrations(thing(date | None))
    await second.revision("Changed")
    await second.upgrade()
    assert await second.check() == []
    assert await execute(second, 'SELECT "limit" FROM things') == [(None,)]
    with pytest.raises(Invalid, match="1 record of `things` have no `limit`, which is required"):
        await second.downgrade("-1")
    await execute(second, "UPDATE things SET \"limit\" = '2024-02-29'")
    await second.downgrade("-1")


@pytest.mark.parametrize("by", ["run", "script"])
async def test_a_text_without_a_zone_is_utc_whatever_the_database_says(migrations: MakeMigrations, by: str) -> None:
    first = migrations(optional([(str, {}), (str, {}), (Any, {})]))
    await started(first)
    ((name,),) = await execute(first, "SELECT current_database()")
    values = """'2024-01-01 10:00', '2024-01-01 10:00+02', '"2024-01-01T10:00"'"""
    await execute(
        first,
        f"ALTER DATABASE \"{name}\" SET timezone = 'Europe/Berlin'",
        f"INSERT INTO things VALUES ('{UUID(int=1)}', {values})",
    )
    second = migrations(optional([(datetime, {}), (datetime, {"column_type": "timestamp"}), (datetime, {})]))
    await second.revision("Changed")
    if by == "run":
        await second.upgrade()
    else:
        await execute(second, await second.upgrade_sql())
    there = "v00 AT TIME ZONE 'UTC', v01, v02 AT TIME ZONE 'UTC'"
    ten = datetime.fromisoformat("2024-01-01T10:00")
    assert await execute(second, f"SELECT {there} FROM things") == [(ten, ten - timedelta(hours=2), ten)]
    assert await second.check() == []


async def test_a_value_that_is_written_meanwhile_is_told_as_well(migrations: MakeMigrations) -> None:
    first = await kept(migrations, thing(Decimal, **TWO), "1")
    second = migrations(thing(int))
    await second.revision("Changed")
    async with await psycopg.AsyncConnection.connect(first.url) as writer:
        await writer.execute("INSERT INTO things VALUES (gen_random_uuid(), 10.55)")
        upgrading = asyncio.create_task(second.upgrade())
        await until(partial(waits, first))
    with pytest.raises(Invalid, match="1 record of `things` would not keep their `limit` as it is"):
        await upgrading
    assert await execute(first, 'SELECT sum("limit") FROM things') == [(Decimal("11.55"),)]


@pytest.mark.parametrize(("old", "literal"), [(int, "5"), (str, "'5'")])
async def test_a_value_that_is_no_list_is_told(migrations: MakeMigrations, old: Any, literal: str) -> None:
    first = await kept(migrations, thing(old), literal)
    second = migrations(thing(list[str]))
    assert await second.revision("Changed") is not None
    with pytest.raises(Invalid, match="1 record of `things` hold a `limit` that is no JSON array"):
        await second.upgrade()
    assert await execute(first, f'SELECT count(*) FROM things WHERE "limit" = {literal}') == [(1,)]


@pytest.mark.parametrize(
    ("old", "new"), [(UUID, int), (int, UUID), (date, int), (timedelta, int), (bool, date), (UUID, datetime)]
)
async def test_a_change_that_there_is_no_conversion_for_is_refused_before_it_is_written(
    migrations: MakeMigrations, old: Any, new: Any
) -> None:
    first = migrations(thing(old))
    await started(first)
    with pytest.raises(Invalid, match=r"`things.limit` cannot become a \w+.* there is no conversion") as refused:
        await migrations(thing(new)).revision("Changed")
    (issue,) = refused.value.issues
    assert issue.code == "no_conversion"
    assert "--drop things.limit" in str(issue.hint)
    assert len([*first.folders["test"].glob("*.py")]) == 1


async def test_a_vector_of_other_dimensions_is_another_type(migrations: MakeMigrations) -> None:
    await started(migrations(thing(Vector, dimensions=3)))
    with pytest.raises(Invalid, match="there is no conversion"):
        await migrations(thing(Vector, dimensions=4)).revision("Changed")


async def test_a_key_that_comes_to_be_counted_is_from_behind_those_that_stand(migrations: MakeMigrations) -> None:
    body = {"__module__": __name__, "__annotations__": {"id": Attr[int]}, "id": attribute(primary_key=True)}
    first, second = (
        migrations(type("Thing", (Resource,), body)),
        migrations(type("Thing", (Counted,), {"__module__": __name__})),
    )
    await started(first)
    with pytest.raises(psycopg.errors.NotNullViolation):
        await execute(first, "INSERT INTO things DEFAULT VALUES")
    await execute(first, "INSERT INTO things VALUES (1), (7)")
    assert await second.revision("Counted") is not None
    await second.upgrade()
    assert await second.check() == []
    assert await execute(second, "INSERT INTO things DEFAULT VALUES RETURNING id") == [(8,)]
    await second.downgrade("-1")
    with pytest.raises(psycopg.errors.NotNullViolation):
        await execute(first, "INSERT INTO things DEFAULT VALUES")


async def test_a_key_of_another_kind_is_refused(migrations: MakeMigrations) -> None:
    await started(migrations(Thing))
    counted = type("Thing", (Counted,), {"__module__": __name__})
    with pytest.raises(Invalid, match=r"`things\.id` cannot become a BIGINT from a UUID"):
        await migrations(counted).revision("Counted")


class Code(Resource):
    code: Attr[str] = attribute(primary_key=True)
    above: One[Code | None] = belongs_to()


class Use(Resource):
    id: Attr[UUID] = primary_key()
    code: One[Code] = belongs_to(on_delete=OnDelete.CASCADE)


async def test_a_key_gets_another_type_with_all_that_leads_to_it(migrations: MakeMigrations) -> None:
    first = migrations(Code, Use)
    await started(first)
    await execute(
        first, "INSERT INTO codes VALUES ('1', NULL), ('2', '1')", "INSERT INTO uses VALUES (gen_random_uuid(), '2')"
    )
    number = {"__module__": __name__, "__annotations__": {"code": Attr[int], "above": "One[Code | None]"}}
    numbered = type("Code", (Resource,), {**number, "code": attribute(primary_key=True), "above": belongs_to()})
    second = migrations(numbered, Use)
    assert await second.revision("Numbered") is not None
    await second.upgrade()
    assert await second.check() == []
    links = "SELECT u.code_id, c.above_id FROM uses u JOIN codes c ON c.code = u.code_id"
    assert await execute(second, links) == [(2, 1)]
    await second.downgrade("-1")
    assert await execute(first, links) == [("2", "1")]
    assert [each for each in await first.check() if "not carried out" not in each] == []
